"""The overrides file of one build of a matrix: the user's rules, and the versions to build against."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ..rules.including import text_including
from ..rules.standards import normalise
from .project import NUMPY_BY_ANOTHER_NAME, Project

_FIRST = "# Made for one build of a matrix. Changes have no effect: it is written again for each build."
_SETTINGS: Mapping[str, str] = {
    # What was not read from the record of a wheel is not claimed.
    "record": "all",
    # The interpreter that builds is not the environment in which the wheel runs.
    "mismatch": "ignore",
}


def rules_of_build(
    project: Project,
    environment: Mapping[str, str],
    built: Sequence[tuple[str, str]],
    overrides: str = "",
    content: bytes = b"",
) -> str:
    """Return the overrides file of one build.

    It has the rules of the user's file too, as ``text_including`` says.

    Args:
        project: What the sdist declares; it has a name.
        environment: The markers of the interpreter that builds (PEP 508).
        built: Names and versions to build against; none if only the user's rules are in force.
        overrides: Absolute path of the overrides file of the user; "" if there is none.
        content: Its content, which is needed of a .txt file only.
    """
    tables = {normalise(project.name): _table(project, environment, built)} if built else {}
    return text_including(overrides, tables, first=[_FIRST], settings=_SETTINGS, content=content)


def _table(
    project: Project, environment: Mapping[str, str], built: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """Return the table of the project, in which no rule is without effect.

    A rule for a name that the project does not declare would be an error, so what is written depends on
    what it declares for this interpreter.
    """
    table: dict[str, Any] = {"reason": "the matrix builds against this version"}
    for name, version in built:
        wanted = f"{name}=={version}"
        if project.declares_to_build(name, environment):
            table.setdefault("replace", {})[name] = wanted
        else:
            table.setdefault("add", []).append(wanted)
        if name == "numpy" and project.declares_to_build(NUMPY_BY_ANOTHER_NAME, environment):
            # It requires one numpy exactly.
            table["remove"] = [NUMPY_BY_ANOTHER_NAME]
    return table
