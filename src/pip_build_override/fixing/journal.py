"""The journal of a search: what is tried is said while it is, and is a table at the end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable

from ..diagnosis import Failure, diagnose
from ..diagnosis.wording import sentences
from ..urls import without_secrets
from .attempts import BUILT, REFUSED, Attempt, Imported

_HEADER = ("PACKAGE", "TRIED", "RESULT", "SECONDS")
_WIDEST = (22, 25)
# What is left of a result is too little to be understood if it is shorter than this.
_SHORTEST_RESULT = 20
_VERB = re.compile(r"(does not build|cannot be imported)(, for an unknown reason)?(: |$)")


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        package: Name and version of the package; "" for the command itself.
        tried: What was tried, in a few words.
        result: What came of it.
        seconds: How long it took; None if that is not known.
    """

    package: str
    tried: str
    result: str
    seconds: float | None = None


class Journal:
    """All that a search has tried, in its order.

    Args:
        show: Shows a line to the user while the search goes on; by default nothing is shown.

    Attributes:
        rows: What was tried.
    """

    def __init__(self, show: Callable[[str], None] = lambda line: None) -> None:
        self._show = show
        self._begun = ("", "")
        self.rows: list[Row] = []

    def begin(self, package: str, purpose: str) -> None:
        """Say that an attempt begins.

        Args:
            package: Name and version of the package.
            purpose: What the attempt is to find out, such as ``with cython<3.1``.
        """
        self._begun = (package, without_secrets(purpose))
        self._show(f"{package}: trying {self._begun[1]}")

    def end(self, attempt: Attempt) -> None:
        """Say what came of the attempt that began last."""
        package, purpose = self._begun
        self._add(Row(package, purpose, _result(attempt), attempt.seconds))

    def imported(self, package: str, result: Imported) -> None:
        """Say whether what was built can be imported.

        Args:
            package: Name and version of the package.
            result: Whether it can, and why not.
        """
        said = "works" if result.works else "fails"
        why = result.reason or (_why(result.failure) if result.failure is not None else "")
        self._add(Row(package, "import", ": ".join(filter(None, (said, without_secrets(why))))))

    def ran(self, result: str, seconds: float) -> None:
        """Keep what came of the command itself, which has said that itself.

        Args:
            result: What came of it, in a few words.
            seconds: How long it took.
        """
        self.rows.append(Row("", "COMMAND", result, seconds))

    def table(self, width: int = 80) -> list[str]:
        """Return all rows as lines, with a header; none if nothing was tried.

        Args:
            width: How many columns there are. Longer results are cut.
        """
        if not self.rows:
            return []
        cells = [_HEADER, *(_cells(row) for row in self.rows)]
        first, second = (
            min(widest, max(len(row[column]) for row in cells)) for column, widest in enumerate(_WIDEST)
        )
        last = max(len(row[3]) for row in cells)
        room = max(_SHORTEST_RESULT, width - first - second - last - 6)
        third = min(room, max(len(row[2]) for row in cells))
        return [
            f"{_cut(package, first):{first}}  {_cut(tried, second):{second}}"
            f"  {_cut(result, third):{third}}  {seconds:>{last}}".rstrip()
            for package, tried, result, seconds in cells
        ]

    def _add(self, row: Row) -> None:
        self.rows.append(row)
        seconds = "" if row.seconds is None else f" ({_seconds(row)} s)"
        self._show(f"{row.package}: {row.tried}: {row.result}{seconds}")


def _cells(row: Row) -> tuple[str, str, str, str]:
    return row.package, row.tried, row.result, _seconds(row)


def _seconds(row: Row) -> str:
    return "" if row.seconds is None else f"{row.seconds:.0f}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def _result(attempt: Attempt) -> str:
    if attempt.state == BUILT:
        return "builds"
    if attempt.state == REFUSED:
        return f"refused: {without_secrets(attempt.refusal.partition(chr(10))[0])}"
    return ": ".join(filter(None, ("fails", _why(attempt.failure) if attempt.failure else "")))


def _why(failure: Failure) -> str:
    """Return why a build or import fails, in the words of the diagnosis, but without the package."""
    said = sentences(diagnose(failure))[0]
    if said.startswith(failure.label):
        said = said[len(failure.label) :].lstrip()
    return _VERB.sub("", said)
