"""``matrix``: plan which versions a project is built against and tested with, on which Pythons."""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import date
from typing import Any, Sequence

from packaging.version import InvalidVersion, Version

from .. import switch
from ..errors import OverrideError
from ..matrix.cells import PLANNED, Cell
from ..matrix.plan import Plan
from ..matrix.project_plan import PROJECT, plan_here, refuse_without_cells
from ..terminal import Style
from .waiting import waiting

SUMMARY = "plan tests against several versions of a dependency"
DESCRIPTION = """List the environments in which to test the project of the current directory.

Each has a Python, the versions that the tests run with, and those that the project is built against.
What to combine is in [matrix] of an overrides file, in [tool.pip-build-override.matrix] of
pyproject.toml, or in the options. Nothing is built, and nothing is run."""
EXAMPLE = "pip-build-override matrix list --vary numpy=oldest,latest"

_LIST = "list"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", metavar=_LIST, help="show the plan")
    parser.add_argument(
        "--vary",
        metavar="NAME=VERSION,…",
        action="append",
        default=[],
        help="a dependency and its versions: oldest, minors, latest, nightly, 1.26.* or 1.26.4;"
        " repeatable",
    )
    parser.add_argument(
        "--build",
        metavar="VERSION,…",
        help="what to build against: latest (the default), oldest, same, nightly, or versions",
    )
    parser.add_argument(
        "--python", metavar="X.Y,…", help="the Pythons; by default those that requires-python allows"
    )
    parser.add_argument(
        "--as-of", metavar="DATE", help="plan as on this day (YYYY-MM-DD), without later uploads"
    )
    parser.add_argument(
        "--overrides",
        metavar="FILE",
        help=f"a file with [matrix]; by default the one that {switch.SWITCH} names, then {PROJECT}",
    )
    parser.add_argument(
        "--format",
        choices=("table", "json", "github"),
        default="table",
        help="github: one line for fromJSON in a workflow",
    )


def main(args: argparse.Namespace) -> int:
    """Show the plan.

    Returns:
        The exit status: 0.

    Raises:
        OverrideError: If there is no plan, or if no cell of it can be run.
    """
    if args.action != _LIST:
        raise OverrideError(
            f"matrix can only plan yet: {args.action} is not known",
            hint="write pip-build-override matrix list",
        )
    as_of = None if args.as_of is None else _day(args.as_of)
    plan = plan_here(
        waiting,
        overrides=args.overrides,
        vary=args.vary,
        build=args.build,
        python=args.python,
        as_of=as_of,
    )
    if args.format == "json":
        print(json.dumps(plan.to_json(), indent=2))
    elif args.format == "github":
        print(github(plan))
    else:
        print("\n".join(table(plan)))
    if args.format != "table":
        # Their readers must not overlook what people have to know.
        style = Style(sys.stderr)
        for note in plan.notes:
            print(style.message(f"pip-build-override: note: {note}"), file=sys.stderr)
    refuse_without_cells(plan)
    return 0


def _day(text: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise OverrideError(f"--as-of: {text} is not a day", hint="write it as in --as-of 2025-06-30")


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


def table(plan: Plan) -> list[str]:
    """Return the lines of a table: a row for the versions that run, and a column for each Python."""
    pythons = [each.minor for each in plan.interpreters]
    rows: dict[tuple[tuple[str, str], ...], dict[str, list[Cell]]] = {}
    for cell in plan.cells:
        rows.setdefault(cell.runs, {}).setdefault(cell.python, []).append(cell)
    lines = [["runs with", *(f"Python {minor}" for minor in pythons)]]
    for runs in sorted(rows, key=_order):
        shown = ", ".join(f"{name} {version}" for name, version in runs)
        lines.append([shown, *(_shown(rows[runs].get(minor, [])) for minor in pythons)])
    widths = [max(map(len, column)) for column in zip(*lines)]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in lines]
    return [*text, "", *_reasons(plan), *plan.notes, _total(plan)]


def _shown(cells: Sequence[Cell]) -> str:
    """Return what is shown for one Python and what runs there."""
    parts = []
    for cell in cells:
        several = len(cell.built) > 1
        built = ", ".join(f"{name} {version}" if several else version for name, version in cell.built)
        if cell.state == PLANNED:
            parts.append(f"built with {built}" if built else "yes")
        else:
            parts.append(f"{cell.state} ({built})" if built else cell.state)
    return "; ".join(parts) or "-"


def _reasons(plan: Plan) -> list[str]:
    """Return why cells cannot be run, each reason once."""
    found: dict[str, list[str]] = {}
    for cell in plan.cells:
        if cell.state != PLANNED:
            found.setdefault(f"{cell.state}: {cell.reason}", []).append(cell.name)
    return [f"{reason} ({', '.join(names)})" for reason, names in found.items()]


def _total(plan: Plan) -> str:
    builds = {(cell.python, cell.built) for cell in plan.planned}
    parts = [_counted(len(plan.planned), "cell"), _counted(len(builds), "build")]
    others = len(plan.cells) - len(plan.planned)
    if others:
        parts.append(f"{others} cannot be run")
    if plan.day:
        parts.append(f"as of {plan.day}")
    return ", ".join(parts)


def _counted(number: int, what: str) -> str:
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
