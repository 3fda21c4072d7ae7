"""The rules of an overrides file, and the plan that they make of declared requirements.

No pip and, beyond the overrides file, no input or output: the same plan is shown by ``explain``
and carried out inside pip.
"""

from __future__ import annotations

from ..errors import OverrideError
from .command_line import with_constraints
from .declared import Declared
from .document import read_file
from .parse import load_overrides, parse_overrides
from .plan import Change, Plan, Unused, plan
from .rule import Rule
from .select import Selection, needs_version, select
from .tables import (
    EMPTY,
    Alternative,
    Constraint,
    Overrides,
    Package,
    Removal,
    Table,
    package,
)

__all__ = [
    "EMPTY",
    "Alternative",
    "Change",
    "Constraint",
    "Declared",
    "OverrideError",
    "Overrides",
    "Package",
    "Plan",
    "Removal",
    "Rule",
    "Selection",
    "Table",
    "Unused",
    "load_overrides",
    "needs_version",
    "package",
    "parse_overrides",
    "plan",
    "read_file",
    "select",
    "with_constraints",
]
