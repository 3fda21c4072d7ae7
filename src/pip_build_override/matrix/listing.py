"""A plan as ``matrix list`` shows it: as a table, and in the formats of those that can carry it out."""

from __future__ import annotations

import json

from .cells import PLANNED, Cell
from .grid import Part, as_lines, built, counted, grid, reasons
from .plan import Plan


def table(plan: Plan, width: int = 0) -> list[str]:
    """Return the lines of a table, with reasons, notes and numbers below it.

    Args:
        plan: The plan.
        width: The number of characters that fit on a line; 0 for any number.
    """
    why = reasons(
        (f"{cell.state}: {cell.reason}", cell.name) for cell in plan.cells if cell.state != PLANNED
    )
    return [
        *as_lines(grid(plan, _shown), width),
        "",
        *(f"{reason} ({', '.join(names)})" for reason, names in why),
        *plan.notes,
        _total(plan),
    ]


def _shown(cell: Cell) -> Part:
    against = built(cell)
    if cell.state == PLANNED:
        return Part(f"built with {against}" if against else "yes", cell.state)
    return Part(f"{cell.state} ({against})" if against else cell.state, cell.state)


def _total(plan: Plan) -> str:
    builds = {(cell.python, cell.built) for cell in plan.planned}
    parts = [counted(len(plan.planned), "cell"), counted(len(builds), "build")]
    others = len(plan.cells) - len(plan.planned)
    if others:
        parts.append(f"{others} cannot be run")
    if plan.day:
        parts.append(f"as of {plan.day}")
    return ", ".join(parts)


def github(plan: Plan) -> str:
    """Return the cells that can be run as one line, for ``matrix: ${{ fromJSON(…) }}`` in a workflow.

    An expression there cannot name a key with a dash or a dot.
    """
    included = [
        {
            "name": cell.name,
            "python": cell.python,
            **{_key(name): version for name, version in cell.runs},
            **{f"build_{_key(name)}": version for name, version in cell.built},
        }
        for cell in plan.planned
    ]
    return json.dumps({"include": included}, separators=(",", ":"))


def _key(name: str) -> str:
    return name.replace("-", "_").replace(".", "_")
