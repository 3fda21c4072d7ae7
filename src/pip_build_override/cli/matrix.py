"""``matrix``: build and test a project against several versions of a dependency, or only plan that."""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
from dataclasses import replace
from datetime import date
from typing import NoReturn, Sequence

from .. import switch
from ..errors import OverrideError
from ..matrix import listing
from ..matrix import plan as plans
from ..matrix.plan import Plan
from ..matrix.project_plan import PROJECT, plan_here, refuse_without_cells
from ..rules.moments import read_day
from ..rules.place import did_you_mean
from ..terminal import Style
from .waiting import waiting

SUMMARY = "build and test against several versions of a dependency"
DESCRIPTION = """Build the project of the current directory against several versions of a dependency,
and test each wheel with several versions, on several Pythons.

What to combine is in [matrix] of an overrides file, in [tool.pip-build-override.matrix] of
pyproject.toml, or in the options. tox runs the cells. Each is tested with COMMAND, or else with the
command of the table; without either, the compiled modules of the wheel are only imported.

With list, the plan is shown, nothing is built, and nothing is run.

The exit status is 0 if all cells passed, 1 if one did not, and 2 if the matrix cannot be carried
out."""
EXAMPLE = "pip-build-override matrix --vary numpy=oldest,latest -- pytest"

FORMAT = plans.FORMAT
"""Version of the JSON answer."""

LIST = "list"
FORMATS = ("table", "json", "github", "tox", "nox")
_PROGRAM = "pip-build-override matrix"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", metavar=LIST, nargs="?", help="only show the plan")
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
        "--jobs", metavar="N", help="how many cells to run at a time; by default one for each processor"
    )
    parser.add_argument("--report", metavar="FILE", help="write what came of each cell, as JSON")
    parser.add_argument("--junit", metavar="FILE", help="write the same as JUnit XML")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="of list; github: one line for fromJSON in a workflow, tox and nox: a part of their files",
    )
    # argparse shows nothing else for this; main.py fills it.
    parser.usage = "%(prog)s [list] [options] [-- COMMAND …]"
    parser.set_defaults(after_dashes=[])


def main(args: argparse.Namespace) -> int:
    """Carry out the plan, or show it.

    Returns:
        The exit status: 0 if the plan was shown, or if all cells passed; 1 if a cell did not; 2 if one
        could not be run for another reason than the project.

    Raises:
        OverrideError: If there is no plan, or if no cell of it can be run.
    """
    if args.action not in (None, LIST):
        _refuse_action(args)
    _refuse_options_of_the_other(args)
    if args.action == LIST:
        plan = _plan(args)
        _show(plan, args)
        refuse_without_cells(plan, shown=True)
        return 0
    from . import matrix_run  # a plan needs less

    options = matrix_run.checked(args)
    plan = _plan(args)
    if not plan.planned:
        print("\n".join(listing.table(plan, width())))
    refuse_without_cells(plan, shown=True)
    return matrix_run.run(plan, options)


def width() -> int:
    """Return how many characters fit on a line of standard output; 0 if it is not a terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


def _plan(args: argparse.Namespace) -> Plan:
    plan = plan_here(
        waiting,
        overrides=args.overrides,
        vary=args.vary,
        build=args.build,
        python=args.python,
        as_of=None if args.as_of is None else _day(args.as_of),
    )
    return replace(plan, command=tuple(args.after_dashes)) if args.after_dashes else plan


def _show(plan: Plan, args: argparse.Namespace) -> None:
    if args.format == "json":
        print(json.dumps(plan.to_json(), indent=2))
    elif args.format == "github":
        print(listing.github(plan))
    elif args.format == "tox":
        print(listing.tox(plan), end="")
    elif args.format == "nox":
        given = {
            "vary": args.vary,
            "build": args.build,
            "python": args.python,
            "overrides": args.overrides,
            "as_of": args.as_of,
        }
        print(listing.nox(plan, given), end="")
    else:
        print("\n".join(listing.table(plan, width())))
        return
    # The readers of these must not overlook what people have to know.
    style = Style(sys.stderr)
    for note in plan.notes:
        print(style.message(f"pip-build-override: note: {note}"), file=sys.stderr)


def _refuse_action(args: argparse.Namespace) -> NoReturn:
    word = args.action
    near = did_you_mean(word, [LIST])
    if near:
        hint = _near_hint(near)
    elif word == "run":
        hint = _run_hint()
    else:
        hint = _dashes_hint([word, *args.after_dashes])
    raise OverrideError(f"{_PROGRAM}: {shlex.quote(word)} is not known", kind="usage", hint=hint)


def _near_hint(near: str) -> str:
    return f"did you mean {near}?"


def _run_hint() -> str:
    return f"leave it out: {_PROGRAM} runs the matrix"


def _dashes_hint(words: Sequence[str]) -> str:
    return f"put a command after two dashes: {_PROGRAM} -- {' '.join(map(shlex.quote, words))}"


def _refuse_options_of_the_other(args: argparse.Namespace) -> None:
    if args.action == LIST:
        for option in ("jobs", "report", "junit"):
            if getattr(args, option) is not None:
                raise OverrideError(
                    f"--{option} is not an option of {_PROGRAM} list, which runs nothing",
                    kind="usage",
                    hint=f"leave out --{option}, or list",
                )
    elif args.format is not None:
        raise OverrideError(
            "--format is an option of list",
            kind="usage",
            hint=f"write {_PROGRAM} list --format {args.format}, or --report FILE instead",
        )


def _day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError:
        raise OverrideError(
            f"--as-of: {text} is not a day", kind="usage", hint="write it as in --as-of 2025-06-30"
        ) from None
