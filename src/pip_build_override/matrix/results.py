"""What came of the cells of a matrix: their states, and the document of each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Mapping

from packaging.version import InvalidVersion, Version

from ..documents import fields_of_format, flag, number, read, table_of, text, tuple_of
from ..files import Json
from .cells import IMPOSSIBLE, PLANNED, Cell
from .versions import CONTRADICTION, NO_WHEEL

FORMAT = 1
"""Increase this if a field is added or removed, or changes its meaning."""

PASSED = "passed"
TESTS_FAILED = "tests failed"
NOT_IMPORTED = "does not import"
NOT_BUILT = "does not build"
BUILT_OTHERWISE = "built with something else"
NOT_INSTALLED = "not installed"
SKIPPED = "skipped"

STATES = (
    *(PASSED, TESTS_FAILED, NOT_IMPORTED, NOT_BUILT, BUILT_OTHERWISE, NO_WHEEL, CONTRADICTION),
    *(IMPOSSIBLE, SKIPPED, NOT_INSTALLED),
)
"""All states, in the order in which they are counted."""

FAILED = (TESTS_FAILED, NOT_IMPORTED, NOT_BUILT, BUILT_OTHERWISE, CONTRADICTION)
"""The states of cells that count as a failure of the project."""

NOT_RUN = (NO_WHEEL, IMPOSSIBLE)
"""The states of cells that the plan already says cannot be run, whatever the project is like."""


@dataclass(frozen=True)
class Result:
    """What came of one cell.

    Attributes:
        cell: The name of the cell.
        state: One of the states above.
        reason: The reason for it, in one line; "" if it passed.
        hints: What to do about it, a line each.
        built_with: The version of each distribution that was in the build environment, as the record
            in the wheel says.
        ran_with: The version of each varied name that was installed when the tests ran.
        wheel: The file name of the wheel; "" if there is none.
        reused: Whether the wheel was there before this run.
        log: Path of the output of what failed; "" if there is none.
        milliseconds: How long the tests took.
        tested: Whether a command tests the cell; if none does, it is only imported.
    """

    cell: str
    state: str
    reason: str = ""
    hints: tuple[str, ...] = ()
    built_with: Mapping[str, str] = field(default_factory=dict)
    ran_with: Mapping[str, str] = field(default_factory=dict)
    wheel: str = ""
    reused: bool = False
    log: str = ""
    milliseconds: int = 0
    tested: bool = True

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {
            "format": FORMAT,
            **vars(self),
            "hints": list(self.hints),
            "built_with": dict(self.built_with),
            "ran_with": dict(self.ran_with),
        }

    @classmethod
    def from_json(cls, document: object) -> Result:
        """Read a document.

        Raises:
            ValueError: If it is not a valid document.
        """
        versions = table_of(text)
        return read(
            cls,
            fields_of_format(document, FORMAT),
            {
                "cell": text,
                "state": text,
                "reason": text,
                "hints": tuple_of(text),
                "built_with": versions,
                "ran_with": versions,
                "wheel": text,
                "reused": flag,
                "log": text,
                "milliseconds": number,
                "tested": flag,
            },
        )


def result_of(cell: Cell, found: Result | None) -> Result:
    """Return what came of a cell of a plan.

    Args:
        cell: The cell.
        found: What the engine has written down; None if it has not come to this cell.
    """
    if cell.state != PLANNED:
        return Result(cell.name, cell.state, cell.reason)
    if found is None:
        return Result(cell.name, SKIPPED, "it was not run")
    return _confirmed(cell, replace(found, cell=cell.name))


def _confirmed(cell: Cell, result: Result) -> Result:
    """Return a result; it is another one if a cell passed without the versions that were asked for."""
    if result.state not in STATES:
        return replace(result, state=SKIPPED, reason=f"its state, {result.state}, is not known")
    if result.state != PASSED:
        return result
    for state, verb, asked, seen in (
        (BUILT_OTHERWISE, "the wheel was built with", cell.built, result.built_with),
        (NOT_INSTALLED, "the tests ran with", cell.runs, result.ran_with),
    ):
        for name, version in asked:
            if not is_same(seen.get(name, ""), version):
                found = seen.get(name, "an unknown version")
                return replace(result, state=state, reason=f"{verb} {name} {found}, not {version}")
    return result


def is_same(one: str, other: str) -> bool:
    """Return whether two texts are the same version (PEP 440)."""
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return False
