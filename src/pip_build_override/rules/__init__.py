"""The rules of an overrides file, and the plan that they make of declared requirements.

No pip and, beyond the overrides file, no input or output: the same plan is shown by ``explain``
and carried out inside pip.
"""

from __future__ import annotations

from ..errors import OverrideError
from .changes import Change, Plan, Unused
from .command_line import CommandLine, with_command_line
from .declared import Declared
from .document import read_file
from .parse import load_overrides, parse_overrides
from .plan import plan
from .rule import Rule
from .select import Selection, needs_version, select
from .settle import Answer, Question, Settle
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
