"""The rules of an overrides file, and the plan that results from applying them.

``reading`` turns the bytes of a file into ``Overrides``; ``planning`` turns ``Overrides`` and the
declared requirements of a package into a ``Plan``. Nothing here uses pip or does any input or output
except reading the overrides file, so ``explain`` shows the same plan that is carried out inside pip.

Each name is loaded on first use (PEP 562), because a pip that builds nothing plans nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..command_line import CommandLine
    from ..errors import OverrideError
    from .command_line import with_command_line
    from .planning.changes import Change, Plan, Unused
    from .planning.declared import Declared
    from .planning.plan import plan
    from .planning.rule import Rule
    from .planning.select import Selection, needs_version, select
    from .planning.settle import Answer, Question, Settle
    from .reading.document import read_file
    from .reading.parse import load_overrides, parse_overrides
    from .tables import (
        EMPTY,
        Alternative,
        Constraint,
        Overrides,
        Package,
        Removal,
        Source,
        Table,
        package,
    )

__all__ = [
    "EMPTY",
    "Alternative",
    "Answer",
    "Change",
    "CommandLine",
    "Constraint",
    "Declared",
    "OverrideError",
    "Overrides",
    "Package",
    "Plan",
    "Question",
    "Removal",
    "Rule",
    "Selection",
    "Settle",
    "Source",
    "Table",
    "Unused",
    "load_overrides",
    "needs_version",
    "package",
    "parse_overrides",
    "plan",
    "read_file",
    "select",
    "with_command_line",
]

_HOMES = {
    "..errors": ("OverrideError",),
    "..command_line": ("CommandLine",),
    ".command_line": ("with_command_line",),
    ".planning.changes": ("Change", "Plan", "Unused"),
    ".planning.declared": ("Declared",),
    ".planning.plan": ("plan",),
    ".planning.rule": ("Rule",),
    ".planning.select": ("Selection", "needs_version", "select"),
    ".planning.settle": ("Answer", "Question", "Settle"),
    ".reading.document": ("read_file",),
    ".reading.parse": ("load_overrides", "parse_overrides"),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    home = next((module for module, names in _HOMES.items() if name in names), ".tables")
    value = globals()[name] = getattr(import_module(home, __name__), name)
    return value
