"""The cells of a plan as a table, Python by version, for a terminal and as Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Sequence

from packaging.version import InvalidVersion, Version

from .cells import Cell
from .plan import Plan

RUNS_WITH = "runs with"
NOTHING = "-"
# Whatever a Markdown renderer of GitHub may take for something else than a character.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~$&])")
# Control characters, among them those that begin an escape sequence of a terminal.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_INDENT = "  "


@dataclass(frozen=True)
class Part:
    """What is shown for one cell.

    Attributes:
        text: The text.
        state: The state of the cell, by which it is coloured.
    """

    text: str
    state: str


Entry = Sequence[Part]
"""What is shown for one Python and what runs there; more than one part if several are built."""

Paint = Callable[[str, str], str]
"""Returns a text in the colour of a state."""


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes:
        pythons: The minor versions, a column each.
        rows: What runs, in words, and an entry for each Python.
    """

    pythons: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Entry, ...]], ...]


def grid(plan: Plan, shown: Callable[[Cell], Part]) -> Grid:
    """Return the table of a plan: a row for the versions that run, and a column for each Python.

    Args:
        plan: The plan.
        shown: Returns what is shown for a cell.
    """
    pythons = tuple(each.minor for each in plan.interpreters)
    rows: dict[tuple[tuple[str, str], ...], dict[str, list[Part]]] = {}
    for cell in plan.cells:
        rows.setdefault(cell.runs, {}).setdefault(cell.python, []).append(shown(cell))
    return Grid(
        pythons,
        tuple(
            (versions(runs), tuple(tuple(rows[runs].get(minor, ())) for minor in pythons))
            for runs in sorted(rows, key=_order)
        ),
    )


def versions(pairs: Iterable[tuple[str, str]]) -> str:
    """Return names with their versions, in words."""
    return one_line(", ".join(f"{name} {version}" for name, version in pairs))


def built(cell: Cell) -> str:
    """Return the versions that a cell is to be built against, with their names if there are several."""
    return (
        versions(cell.built) if len(cell.built) > 1 else "".join(version for _, version in cell.built)
    )


def _plain(text: str, state: str) -> str:
    return text


def as_lines(table: Grid, width: int = 0, paint: Paint = _plain) -> list[str]:
    """Return the lines of a table.

    If it is too wide, there is a paragraph for each Python instead.

    Args:
        table: The table.
        width: The number of characters that fit on a line; 0 for any number.
        paint: Returns a text in the colour of a state.
    """
    plain = [[RUNS_WITH, *(f"Python {minor}" for minor in table.pythons)]]
    plain += [[runs, *map(_text, entries)] for runs, entries in table.rows]
    widths = [max(map(len, column)) for column in zip(*plain)]
    if width and sum(widths) + 2 * len(widths) - 2 > width:
        return _narrow(table, paint)
    lines = ["  ".join(map(str.ljust, plain[0], widths)).rstrip()]
    for (runs, entries), texts in zip(table.rows, plain[1:]):
        # A colour has no width.
        padding = [" " * (each - len(text)) for text, each in zip(texts, widths)]
        shown = [runs, *(_painted(entry, paint) for entry in entries)]
        lines.append("  ".join(map("{}{}".format, shown, padding)).rstrip())
    return lines


def _narrow(table: Grid, paint: Paint) -> list[str]:
    lines: list[str] = []
    for position, minor in enumerate(table.pythons):
        found = [(runs, entries[position]) for runs, entries in table.rows if entries[position]]
        if not found:
            continue
        lines += [*([""] if lines else []), f"Python {minor}"]
        longest = max(len(runs) for runs, _ in found)
        for runs, entry in found:
            for number, part in enumerate(entry):
                lines.append(
                    f"{_INDENT}{'' if number else runs:{longest}}  {paint(part.text, part.state)}"
                )
    return lines


def as_markdown(table: Grid) -> list[str]:
    """Return the lines of a table in the Markdown of GitHub."""
    header = [RUNS_WITH, *(f"Python {minor}" for minor in table.pythons)]
    body = [[runs, *map(_text, entries)] for runs, entries in table.rows]
    return [
        _row(map(escaped, header)),
        _row("---" for _ in header),
        *(_row(map(escaped, row)) for row in body),
    ]


def _row(entries: Iterable[str]) -> str:
    return f"| {' | '.join(entries)} |"


def escaped(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line."""
    return _MARKDOWN.sub(r"\\\1", one_line(text))


def one_line(text: str) -> str:
    """Return a text on one line, without control characters."""
    return _CONTROL.sub(" ", text).strip()


def _text(entry: Entry) -> str:
    return "; ".join(part.text for part in entry) or NOTHING


def _painted(entry: Entry, paint: Paint) -> str:
    return "; ".join(paint(part.text, part.state) for part in entry) or NOTHING


def reasons(cells: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Return each reason once, with the names of the cells that it is about.

    Args:
        cells: The reason and the name of each.
    """
    found: dict[str, list[str]] = {}
    for reason, name in cells:
        found.setdefault(one_line(reason), []).append(name)
    return list(found.items())


def counted(number: int, what: str) -> str:
    """Return a number with what is counted."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _order(runs: tuple[tuple[str, str], ...]) -> list[tuple[bool, Any]]:
    keys: list[tuple[bool, Any]] = []
    for _, version in runs:
        try:
            keys.append((False, Version(version)))
        except InvalidVersion:
            # What there is no version for comes last.
            keys.append((True, version))
    return keys
