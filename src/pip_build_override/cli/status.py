"""``status``: say whether an override would be in force in the pip of an environment, or why not."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import sys
from typing import Any, Iterator

from .. import rules, switch
from ..errors import OverrideError
from ..files import shown_path
from ..rules import permissions
from ..rules.place import listing
from ..startup import block, others, routes
from ..startup import target as targets
from . import options, startup_files

SUMMARY = "say whether an override would be in force in an environment"
DESCRIPTION = f"""Start an interpreter with the current environment variables, and say whether an
override would be in force in its pip: whether the shim loads and by which route, whether it supports
that pip, which file {switch.SWITCH} names, and what prevents it.

The answer also lists what else Python runs when it starts there, and which installed package that is
from: .pth and .start files with code, sitecustomize and usercustomize. And it says what it does not
cover, such as environments that are made from this one, because they have no start-up hook.

The exit status is 0 if an override would be in force, and 1 if not, which includes that the variable is
not set. It is 2 if there is no such interpreter."""
EXAMPLE = "pip-build-override status --python .venv"

# Of what a long file imports, this much is shown.
_SHOWN = 8

FORMAT = 2
"""Version of the JSON answer, to be raised if a field is removed or changes its meaning."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_python(parser)
    options.add_format(parser)


def main(args: argparse.Namespace) -> int:
    """Print the answer.

    Returns:
        The exit status: 0 if an override would be in force, 1 if it would not.

    Raises:
        OverrideError: If there is no such interpreter.
    """
    targets.find(args.python)
    try:
        answer = _ask(args.python)
    except OverrideError as error:
        # An interpreter that is too old or does not start is another reason for the answer no.
        if args.format == "text":
            print(f"pip-build-override: error: {error.shown}", file=sys.stderr)
            return 1
        answer = {"python": args.python, "problems": [error.to_json()], "in_force": False}
    if args.format == "json":
        print(json.dumps({"format": FORMAT, **answer}, indent=2))
    else:
        print("\n".join(_text(answer)))
    return 0 if answer["in_force"] else 1


def _ask(python: str) -> dict[str, Any]:
    target = targets.describe(python)
    given = os.environ.get(switch.SWITCH, "")
    started = targets.loading(target, given or startup_files.PROOF, clean=False)
    files = targets.start_files_now(target)
    answer: dict[str, Any] = {
        "python": target.python,
        "version": ".".join(map(str, target.version)),
        "hooks": [
            {"route": route, "version": version, "file": path}
            for route, version, path in routes.installed(target)
        ],
        "loads": bool(started["armed"]),
        "route": started["route"],
        "package": started["package"],
        "pip": _pip(started),
        "variable": _variable(given),
        "sitecustomize": list(files.sitecustomize),
        "startup": [other.to_json() for other in others.others(files, target.prefix)],
    }
    answer["not_covered"] = list(_not_covered(answer))
    answer["problems"] = [problem.to_json() for problem in _problems(answer, started)]
    answer["in_force"] = not answer["problems"]
    return answer


def _pip(started: dict[str, Any]) -> dict[str, Any] | None:
    if started["pip"] is None:
        return None
    problem = startup_files.first_error(started).message if started.get("problem") else None
    supported = not problem if started.get("loaded") else None
    return {**started["pip"], "supported": supported, "problem": problem}


def _variable(given: str) -> dict[str, Any]:
    path = os.path.abspath(given) if given else None
    answer: dict[str, Any] = {"value": given or None, "path": path, "valid": None}
    if path is not None:
        try:
            data, warnings = permissions.read_trusted(path)
            overrides = rules.parse_overrides(data, path=path, shown=shown_path(path))
            tables = list(dict.fromkeys(table.where for table in overrides.tables))
            for included, _ in overrides.included:
                warnings = [*warnings, *permissions.read_trusted(included)[1]]
            answer.update(
                valid=True, tables=tables, warnings=[warning.to_json() for warning in warnings]
            )
        except OverrideError as error:
            answer.update(valid=False, error=error.to_json())
    return answer


def _problems(answer: dict[str, Any], started: dict[str, Any]) -> Iterator[OverrideError]:
    hooks = answer["hooks"]
    if not answer["loads"] and not hooks:
        yield OverrideError(
            "no start-up hook is installed",
            kind="hook-not-there",
            hint=_install_hint(answer["python"]),
        )
    elif not answer["loads"]:
        yield OverrideError(
            f"the start-up hook in {hooks[0]['file']} does not load{_hidden_by(answer)}",
            kind="hook-not-there",
            hint="use pip-build-override run, which needs no hook",
        )
    if answer["pip"] is None:
        yield OverrideError(
            "no pip is installed", kind="unusable-python", hint=_pip_hint(answer["python"])
        )
    if started.get("problem"):
        yield startup_files.first_error(started)
    if not answer["variable"]["value"]:
        yield OverrideError(
            f"{switch.SWITCH} is not set",
            kind="not-switched-on",
            hint="set it to the path of an overrides file, or use pip-build-override run --overrides"
            " FILE",
        )
    elif not answer["variable"]["valid"]:
        yield OverrideError.from_json(answer["variable"]["error"])


def _install_hint(python: str) -> str:
    return f"add one: pip-build-override install --python {shlex.quote(python)}"


def _pip_hint(python: str) -> str:
    return f"install one: {shlex.quote(python)} -m ensurepip"


def _not_covered(answer: dict[str, Any]) -> Iterator[str]:
    """Yield what the answer does not cover, although a reader may assume that it does."""
    if answer["route"] == "PYTHONPATH":
        yield "interpreters that are started with -I, -E or -S, or without PYTHONPATH"
    else:
        yield (
            "other environments, such as those that python -m venv, virtualenv, tox, nox or pipx create"
            " from this one: run pip-build-override install --python ENVIRONMENT for each of them"
        )
        yield "interpreters that are started with -S"
    yield "packages that pip does not build, because uv or tox builds them"
    other = _other_environment(answer["python"])
    if other:
        yield f"the pip that is first on PATH, which is that of {other}"


def _other_environment(python: str) -> str:
    """Return the virtual environment of the first pip on PATH, or "" if it is none or this one."""
    pip = shutil.which("pip")
    environment = os.path.dirname(os.path.dirname(os.path.abspath(pip))) if pip else ""
    own = os.path.dirname(os.path.dirname(os.path.abspath(python)))
    if not os.path.isfile(os.path.join(environment, "pyvenv.cfg")) or environment == own:
        return ""
    return "" if os.path.realpath(environment) == os.path.realpath(own) else environment


def _hidden_by(answer: dict[str, Any]) -> str:
    first = answer["sitecustomize"][:1]
    if answer["hooks"][0]["route"] == block.SITECUSTOMIZE and first != [answer["hooks"][0]["file"]]:
        return f": {', '.join(first) or 'nothing'} is loaded instead"
    return ""


def _of_other(other: dict[str, Any]) -> str:
    """Return what a start-up file of somebody else does, in words."""
    owner = f"of {other['package']}" if other["package"] else "of no installed package"
    if other["imports"] is None:
        return f"{other['file']}, {owner}, which cannot be read as Python"
    names = other["imports"]
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if names[_SHOWN:] else "")
    word = "calls" if other["kind"] == block.START else "imports"
    said = f"{word} {shown}" if names else "imports nothing"
    calls = f", calls {listing(other['calls'])}" if other["calls"] else ""
    return f"{other['file']}, {owner}, {said}{calls}"


def _text(answer: dict[str, Any]) -> list[str]:
    lines = [f"interpreter: {answer['python']} (Python {answer['version']})"]
    if answer["loads"]:
        lines.append(f"shim: loads, by {answer['route']}, from {answer['package']}")
    else:
        lines.append("shim: does not load")
    for hook in answer["hooks"]:
        lines.append(f"start-up hook: {hook['file']}, written by version {hook['version']}")
    pip = answer["pip"]
    if pip is not None:
        known = {True: "supported", False: "not supported", None: "not checked"}[pip["supported"]]
        lines.append(f"pip: {pip['version']} in {pip['path']}, {known}")
    variable = answer["variable"]
    if variable["value"]:
        said = "not valid"
        if variable["valid"]:
            said = f"valid, {options.count_of_tables(variable['path'], variable['tables'])}"
        lines.append(f"{switch.SWITCH}: {variable['path']}, {said}")
        if not os.path.isabs(variable["value"]):
            lines.append(
                f"  {variable['value']} is relative to the directory in which the outermost pip is"
                f" started; here: {os.getcwd()}"
            )
        lines += [f"warning: {_shown(warning)}" for warning in variable.get("warnings", ())]
    else:
        lines.append(f"{switch.SWITCH}: not set")
    for name, other in zip(answer["sitecustomize"], answer["sitecustomize"][1:]):
        lines.append(f"sitecustomize: {name} is found before {other}")
    lines += [f"also runs at start-up: {_of_other(other)}" for other in answer["startup"]]
    lines += [f"not covered: {what}" for what in answer["not_covered"]]
    lines += [f"problem: {_shown(problem)}" for problem in answer["problems"]]
    lines.append(f"an override would {'' if answer['in_force'] else 'not '}be in force")
    return lines


def _shown(document: object) -> str:
    return OverrideError.from_json(document).shown
