"""``show``: what an installed distribution or a wheel was built with, by its record."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from typing import Any, NamedTuple

from .. import records
from ..errors import OverrideError
from ..near_files import nearest
from ..records.showing import lines_of
from ..rules.place import did_you_mean
from ..rules.standards import normalise
from ..startup import target
from ..terminal import Style
from ..variables import without_rules
from ..verifying.judging import Environment
from . import options, verify

SUMMARY = "show what an installed package or a wheel was built with"
DESCRIPTION = """Show what installed packages, or wheels, were built with: the versions in the build
environment, what was declared, and what was used instead and why.

This is read from the record that a build under an override puts into its wheel. The exit status is 1 if
one of them has no record."""
EXAMPLE = "pip-build-override show pyworld"

FORMAT = 1
"""Version of the JSON answer, to be raised if a field is removed or changes its meaning."""


class Shown(NamedTuple):
    """One package or wheel.

    Attributes:
        asked: What was given on the command line.
        record: The record; None if there is none.
        problem: Why there is none.
        hint: What to do about it.
    """

    asked: str
    record: records.Record | None
    problem: str = ""
    hint: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_python(parser)
    options.add_format(parser)
    parser.add_argument(
        "packages", metavar="PACKAGE|WHEEL", nargs="+", help="an installed package, or a wheel"
    )


def main(args: argparse.Namespace) -> int:
    """Show the records.

    Returns:
        The exit status: 0, or 1 if there is no record of one of them.

    Raises:
        OverrideError: If the environment cannot be inspected.
    """
    environment = None
    if not all(map(_is_wheel, args.packages)):
        python = target.find(args.python)
        variables = without_rules()
        environment = Environment(verify.listed(python, variables), python)
    shown = [
        _of_wheel(each) if environment is None or _is_wheel(each) else _of_package(each, environment)
        for each in args.packages
    ]
    if args.format == "json":
        print(json.dumps(_answer(shown), indent=2))
    else:
        texts = ["\n".join(lines_of(each.record)) for each in shown if each.record is not None]
        if texts:
            print("\n\n".join(texts))
        for each in shown:
            if each.record is None:
                error = OverrideError(each.problem, kind="no-record", hint=each.hint)
                text = f"pip-build-override: error: {error.shown}"
                print(Style(sys.stderr).message(text), file=sys.stderr)
    return 1 if any(each.record is None for each in shown) else 0


def _answer(shown: list[Shown]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "packages": [
            {
                "asked": each.asked,
                "record": each.record.to_json() if each.record is not None else None,
                **({"problem": each.problem, "hint": each.hint} if each.record is None else {}),
            }
            for each in shown
        ],
    }


def _is_wheel(text: str) -> bool:
    return text.endswith(".whl")


def _of_wheel(path: str) -> Shown:
    if not os.path.isfile(path):
        return Shown(path, None, f"{path}: there is no such wheel", _wheel_hint(path))
    try:
        record = records.read_from_wheel(path)
    except ValueError as error:
        return Shown(path, None, f"{path}: {error}", "build it again")
    if record is None:
        name = os.path.basename(path).partition("-")[0]
        return Shown(path, None, f"{path}: it has no record of its build", _no_record_hint(name))
    return Shown(path, record)


def _wheel_hint(path: str) -> str:
    near = nearest(path, _is_wheel)
    return f"did you mean {shlex.quote(near)}?" if near else "give the path of a wheel"


def _of_package(text: str, environment: Environment) -> Shown:
    name = normalise(text)
    for each in environment.distributions:
        if normalise(each["name"]) != name:
            continue
        record = environment.record(each)
        if record is not None:
            return Shown(text, record)
        label = f"{name} {each['version']}"
        if each["record"]:
            return Shown(text, None, f"{label}: its record cannot be read", "build it again")
        return Shown(text, None, f"{label}: it has no record of its build", _no_record_hint(name))
    problem = f"{name} is not installed for {environment.python}"
    return Shown(text, None, problem, _not_installed_hint(name, sorted(environment.versions)))


def _no_record_hint(name: str) -> str:
    return (
        f"build it under an override to get one: pip-build-override run --overrides FILE --"
        f" pip install --force-reinstall --no-binary {name} {name}; with [settings] record ="
        ' "all", builds that no rule changes have one, too'
    )


def _not_installed_hint(name: str, installed: list[str]) -> str:
    near = did_you_mean(name, installed)
    return f"did you mean {near}?" if near else "name its environment with --python"
