"""A plan as ``matrix list`` shows it: as a table, and in the formats of those that can carry it out."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any, Mapping

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


def tox(plan: Plan) -> str:
    """Return a tox.ini that runs the cells without the plugin: pip builds once for each cell."""
    testenv = ["[testenv]", "package = sdist", "allowlist_externals = pip-build-override"]
    for key, names in (("dependency_groups", plan.groups), ("extras", plan.extras)):
        testenv += [f"{key} ="] + [f"    {name}" for name in names] if names else []
    if plan.command:
        testenv.append(f"commands = {_ini(shlex.join(plan.command))}")
    found = ["[tox]", "env_list =", *(f"    {cell.name}" for cell in plan.planned), "", *testenv]
    for cell in plan.planned:
        found += ["", f"[testenv:{cell.name}]", f"base_python = python{cell.python}", "deps ="]
        found += [f"    {name}=={version}" for name, version in cell.runs]
        words = ["pip-build-override", "run", "--allow-unused"]
        if plan.overrides:
            words += ["--overrides", plan.overrides]
        for name, version in cell.built:
            # Without a name the rule is for each package that pip builds.
            words += ["--set", f"{plan.project or '*'}: {name}=={version}"]
        if cell.built or plan.overrides:
            words += ["--", "python", "-m", "pip", "install"]
            found.append(f"install_command = {_ini(shlex.join(words))} {{opts}} {{packages}}")
    return "\n".join([*found, ""])


def _ini(text: str) -> str:
    """Return a text for which tox substitutes nothing."""
    return re.sub(r"([\\{}#])", r"\\\1", text)


def nox(plan: Plan, options: Mapping[str, Any]) -> str:
    """Return a noxfile with the matrix of some options.

    Args:
        plan: The plan.
        options: The options of ``plan_here`` as the user gives them; None for what is not given.
    """
    arguments = []
    for key, value in options.items():
        if key == "vary" and value:
            pairs = (each.partition("=") for each in value)
            words: dict[str, list[str]] = {}
            for name, _, versions in pairs:
                words.setdefault(name.strip(), []).extend(
                    part.strip() for part in versions.split(",") if part.strip()
                )
            arguments.append(f"vary={json.dumps(words, ensure_ascii=False)}")
        elif value:
            arguments.append(f"{key}={json.dumps(value, ensure_ascii=False)}")
    command = "".join(f", {json.dumps(word, ensure_ascii=False)}" for word in plan.command)
    return f"""\
import nox

from pip_build_override.engines.nox import cells, run_cell


@nox.session
@nox.parametrize("python,cell", cells({", ".join(arguments)}))
def tests(session, cell):
    run_cell(session, cell{command}, *session.posargs)
"""
