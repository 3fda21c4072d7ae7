"""``matrix``: plan which versions a project is built against and tested with, on which Pythons."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import sys
from datetime import date, datetime, timezone
from typing import Any, Sequence

from packaging.version import InvalidVersion, Version

from .. import switch
from ..errors import OverrideError
from ..files import shown_path
from ..matrix import asking, interpreters
from ..matrix.cells import PLANNED, Cell
from ..matrix.plan import Plan, choose_pythons, make_plan
from ..matrix.project import Project, read_project
from ..matrix.reading import matrix_in
from ..matrix.table import Matrix, with_options
from ..rules import load_overrides, read_file
from ..rules.place import TOOL, Place
from ..rules.reading.document import decode, parse_toml
from ..terminal import Style
from .waiting import waiting

SUMMARY = "plan tests against several versions of a dependency"
DESCRIPTION = """List the environments in which to test the project of the current directory.

Each has a Python, the versions that the tests run with, and those that the project is built against.
What to combine is in [matrix] of an overrides file, in [tool.pip-build-override.matrix] of
pyproject.toml, or in the options. Nothing is built, and nothing is run."""
EXAMPLE = "pip-build-override matrix list --vary numpy=oldest,latest"

FORMAT = 1
"""Version of the JSON answer, to be raised if a field is removed or changes its meaning."""

_PROJECT = "pyproject.toml"
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
        help=f"a file with [matrix]; by default the one that {switch.SWITCH} names, then {_PROJECT}",
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
    project, own = _project()
    matrix = with_options(_matrix(args.overrides, own, project), args.vary, args.build, args.python)
    plan = _plan(matrix, project, as_of)
    if args.format == "json":
        print(json.dumps(answer(plan), indent=2))
    elif args.format == "github":
        print(github(plan))
    else:
        print("\n".join(table(plan)))
    if args.format != "table":
        # Their readers must not overlook what people have to know.
        style = Style(sys.stderr)
        for note in plan.notes:
            print(style.message(f"pip-build-override: note: {note}"), file=sys.stderr)
    if not plan.planned:
        raise matrix.place.error(
            "no cell of the matrix can be run",
            "pip-build-override matrix list says why; name other versions, or another Python",
        )
    return 0


def _plan(matrix: Matrix, project: Project, as_of: date | None) -> Plan:
    today = datetime.now(timezone.utc).date()
    with waiting("looking for interpreters"):
        found = interpreters.find(matrix.python)
    chosen, notes = choose_pythons(matrix, project, found, as_of or today)
    with waiting("asking pip"):
        answers = asking.answers(matrix, chosen)
    plan = make_plan(matrix, project, chosen, answers, today=today, as_of=as_of)
    return Plan(matrix, plan.interpreters, plan.cells, (*notes, *plan.notes), plan.day)


def _day(text: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise OverrideError(f"--as-of: {text} is not a day", hint="write it as in --as-of 2025-06-30")


def _project() -> tuple[Project, dict[str, Any]]:
    """Return the metadata of the project here, and the content of its pyproject.toml."""
    if not os.path.exists(_PROJECT):
        raise OverrideError(
            f"there is no {_PROJECT} in {os.getcwd()}",
            hint="run it in the root of the project that is to be tested",
        )
    place = Place(_PROJECT, "pyproject")
    document = parse_toml(decode(read_file(_PROJECT), place), place)
    return read_project(document, place), document


def _matrix(given: str | None, own: dict[str, Any], project: Project) -> Matrix:
    """Return the table of the overrides file, or else that of the project."""
    path = given or os.environ.get(switch.SWITCH, "")
    files = []
    tool = own.get("tool")
    if isinstance(tool, dict) and TOOL[5:] in tool:
        files.append(_PROJECT)
    if path and not _is_project(path):
        files.append(path)
    found = []
    included: list[str] = []
    for file in files:
        included += (inner for inner, _ in load_overrides(file).included)
        matrix = _read(file)
        if matrix is not None:
            found.append(matrix)
    if len(found) > 1:
        one, other = (matrix.place for matrix in found)
        raise other.error(
            f"{one.shown} has a table [{one.table}], too", f"remove the table from {one.shown}"
        )
    if found:
        return found[0]
    if given and not _is_project(given):
        for file in included:
            if _read(file) is not None:
                raise OverrideError(
                    f"there is no [matrix] in it, and that of {shown_path(file)}, which it includes, is"
                    " not used",
                    where=shown_path(given),
                    hint=f"write --overrides {shlex.quote(shown_path(file))}",
                )
        raise OverrideError(
            "there is no [matrix] in it", where=shown_path(given), hint="leave out --overrides"
        )
    return Matrix(project.place)


def _read(file: str) -> Matrix | None:
    return matrix_in(read_file(file), path=file, shown=shown_path(file))


def _is_project(path: str) -> bool:
    return os.path.realpath(path) == os.path.realpath(_PROJECT)


def answer(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON."""
    return {
        "format": FORMAT,
        "day": None if plan.day is None else plan.day.isoformat(),
        "window": plan.matrix.window,
        "groups": list(plan.matrix.groups),
        "extras": list(plan.matrix.extras),
        "command": list(plan.matrix.command),
        "pythons": [vars(each) for each in plan.interpreters],
        "cells": [
            {
                "name": cell.name,
                "python": cell.python,
                "runs": dict(cell.runs),
                "built": dict(cell.built),
                "nightly": list(cell.nightly),
                "state": cell.state,
                "reason": cell.reason,
            }
            for cell in plan.cells
        ],
        "notes": list(plan.notes),
    }


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
