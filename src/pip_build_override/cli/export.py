"""``export``: write the rules of an overrides file for another front end."""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib import import_module
from typing import Any, Sequence

from .. import asking_pip, records, rules, switch
from ..errors import OverrideError
from ..exporting.gathering import Built, Chosen, Gathering, chosen
from ..exporting.outcome import Unsaid, Written
from ..in_pip.state.explanation import Explanation
from ..near_files import nearest
from ..rules.reading.requirement import RequirementError
from ..rules.reading.requirement_slips import read
from ..rules.standards import normalise
from ..startup import target
from ..terminal import Style
from ..variables import without_rules
from . import explain, options, verify

SUMMARY = "write the rules for another front end, as far as it can express them"
DESCRIPTION = """Write the rules of an overrides file for another front end: settings for uv or Poetry,
a build constraints file for pip, or settings for fromager. Source tables become the versions that they
resolve to, as explain finds them, or as the report of a run has them.

What the front end cannot say is listed on standard error, and then the exit status is 1: nothing is
replaced by something weaker."""
EXAMPLE = "pip-build-override export --to uv build-overrides.toml"

FORMAT = 1
"""Version of the JSON answer, to be raised if a field is removed or changes its meaning."""
_FRONT_ENDS = ("uv", "pip", "poetry", "fromager")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", choices=_FRONT_ENDS, required=True, help="the front end")
    options.add_python(
        parser,
        "the interpreter that builds, or its environment, which is the target; by default this one",
    )
    parser.add_argument(
        "--package",
        metavar="REQUIREMENT",
        action="append",
        default=[],
        help="only the rules for this package, which you build by itself; with ==, in that version; may"
        " be repeated for packages that are built together",
    )
    parser.add_argument(
        "--report", metavar="FILE", help="the report of a run, with all that is built, and the versions"
    )
    options.add_format(parser)
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help=f"the overrides file; by default the one that {switch.SWITCH} names",
    )


def main(args: argparse.Namespace) -> int:
    """Write the rules.

    Returns:
        The exit status: 0, or 1 if the front end cannot say all of them.

    Raises:
        OverrideError: If the file is missing or invalid, or the interpreter cannot be asked.
    """
    path = args.file or os.environ.get(switch.SWITCH, "")
    if not path:
        raise OverrideError(
            "there is no overrides file to export",
            kind="usage",
            hint=f"name it: pip-build-override export --to {args.to} build-overrides.toml",
        )
    overrides = rules.load_overrides(path)
    named = [_chosen(text) for text in args.package]
    builds = None if args.report is None else _builds(args.report)
    python = target.find(args.python)
    variables = without_rules()
    environment = verify.listed(python, variables)
    front_end: Any = import_module(f"..exporting.{args.to}", __package__)

    def ask(requirement: str, hooks: bool) -> Explanation:
        return explain.ask(python, [requirement], overrides=path, hooks=hooks)

    def look(requirements: Sequence[str], limits: Sequence[str]) -> Sequence[asking_pip.Content]:
        return asking_pip.ask_for_contents(
            python, requirements, limits, overrides=os.path.abspath(path)
        )

    world = Gathering(
        overrides,
        environment["markers"],
        {normalise(each["name"]): each["version"] for each in environment["distributions"]},
        ask,
        look if front_end.LOOKS_INTO_ENVIRONMENTS else None,
        needs_hooks=front_end.NEEDS_HOOKS,
        chosen=named,
        builds=builds,
    ).world()
    written: Written = front_end.write(world)
    if args.format == "json":
        print(json.dumps(_answer(args.to, written, world.checked_with), indent=2))
    else:
        print(written.text, end="")
        _list(args.to, path, written.unsaid)
        if world.checked_with:
            print(Style(sys.stderr).message(_note(world.checked_with)), file=sys.stderr)
    return 1 if written.unsaid else 0


def _answer(front_end: str, written: Written, checked_with: Sequence[str]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "to": front_end,
        "text": written.text,
        "checked_with": list(checked_with),
        "unsaid": [each.to_json() for each in written.unsaid],
    }


def _note(checked_with: Sequence[str]) -> str:
    """Return the warning that other releases may declare something else."""
    warning = OverrideError(
        f"checked with {', '.join(checked_with)} only; another release may declare something else",
        kind="may-differ",
        hint="name the release that you build: --package NAME==VERSION",
    )
    return f"pip-build-override: warning: {warning.shown}"


def _list(front_end: str, path: str, unsaid: tuple[Unsaid, ...]) -> None:
    style = Style(sys.stderr)
    for each in unsaid:
        error = OverrideError(each.message, kind="not-expressible", hint=each.hint)
        text = f"pip-build-override: not exported: {error.shown}"
        print(style.message(text), file=sys.stderr)
    if unsaid:
        count = "1 rule" if len(unsaid) == 1 else f"{len(unsaid)} rules"
        error = OverrideError(
            f"{count} cannot be said for {front_end}",
            kind="not-expressible",
            hint=f"build these with pip: pip-build-override run --overrides {path} -- pip wheel …",
        )
        print(style.message(f"pip-build-override: error: {error.shown}"), file=sys.stderr)


def _chosen(text: str) -> Chosen:
    try:
        found = read(text)
    except RequirementError as error:
        raise OverrideError(
            f"--package: {text} is not a requirement: {error.problem}",
            kind="usage",
            hint=_package_hint(),
        ) from None
    if found.url or found.marker or found.extras:
        raise OverrideError(
            f"--package: {text} is more than a name and its versions",
            kind="usage",
            hint=_package_hint(),
        )
    return chosen(found.name, found.specifier)


def _package_hint() -> str:
    return "write a name, and a version if it matters: --package pyworld==0.3.3"


def _builds(path: str) -> list[Built]:
    try:
        with open(path, "rb") as file:
            builds = records.read_report(json.loads(file.read()))
        return [Built(record, bool(build.get("nested"))) for build, record in builds]
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
    except ValueError as error:
        problem = f"is not a report: {error}"
    raise OverrideError(f"--report {path} {problem}", kind="unreadable-file", hint=_report_hint(path))


def _report_hint(path: str) -> str:
    near = "" if os.path.exists(path) else nearest(path, lambda other: other.endswith(".json"))
    return f"did you mean --report {near}?" if near else "name a report that run --report has written"
