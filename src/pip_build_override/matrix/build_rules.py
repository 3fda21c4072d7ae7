"""The overrides file of one build of a matrix: the user's rules, and the versions to build against."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ..rules.place import toml_value
from ..rules.reading.document import form_of
from ..rules.standards import normalise
from ..rules.written import Table, lines_of_tables, tables_in
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

    It includes the file of the user, so that whatever it says about a requirement of the project is
    instead of what that file says, in whichever table. A .txt file cannot be included. Its lines are
    short for rules for every package, which are less specific than those for the project.

    Args:
        project: What the sdist declares; it has a name.
        environment: The markers of the interpreter that builds (PEP 508).
        built: Names and versions to build against; none if only the user's rules are in force.
        overrides: Absolute path of the overrides file of the user; "" if there is none.
        content: Its content, which is needed of a .txt file only.
    """
    lines = [_FIRST]
    tables: dict[str, Table] = {}
    if overrides and form_of(overrides) == "txt":
        tables.update(tables_in(content, "txt"))
    elif overrides:
        lines.append(f"include = {toml_value([overrides])}")
    lines += ["", "[settings]", *(f"{key} = {toml_value(value)}" for key, value in _SETTINGS.items())]
    if built:
        tables[normalise(project.name)] = _table(project, environment, built)
    if tables:
        lines += ["", *lines_of_tables(tables)]
    return "".join(f"{line}\n" for line in lines)


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
