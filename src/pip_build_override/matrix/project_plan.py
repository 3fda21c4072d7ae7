"""The plan of the project in the current directory: its metadata, its table, and what pips answer."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from datetime import date, datetime, timezone
from typing import Any, Callable, ContextManager, Sequence

from .. import switch
from ..errors import OverrideError
from ..files import shown_path
from ..rules import load_overrides, read_file
from ..rules.place import TOOL, Place
from ..rules.reading.document import decode, parse_toml
from . import asking, interpreters
from .making import check, choose_pythons, make_plan
from .plan import Plan
from .project import Project, read_project
from .reading import matrix_in
from .table import Matrix, with_options

PROJECT = "pyproject.toml"

Waiting = Callable[[str], ContextManager[object]]
"""What shows the user, with a text, that something takes a while."""


def plan_here(
    waiting: Waiting,
    *,
    overrides: str | None = None,
    vary: Sequence[str] = (),
    build: str | None = None,
    python: str | None = None,
    as_of: date | None = None,
) -> Plan:
    """Return the plan of the project in the current directory.

    Args:
        waiting: What shows that something takes a while.
        overrides: A file with the table, as the user names it; None for the one that the environment
            names, and then the project's own.
        vary: Each ``NAME=VERSION,VERSION``, instead of what the table varies.
        build: Versions to build against, separated by commas, instead of those in the table.
        python: Versions of Python, separated by commas, instead of those in the table.
        as_of: The day after whose end no file counts.

    Raises:
        OverrideError: If there is no plan.
    """
    project, own = _project()
    matrix = with_options(_matrix(overrides, own, project), vary, build, python)
    today = datetime.now(timezone.utc).date()
    check(matrix, project, as_of)
    with waiting("looking for interpreters"):
        found = interpreters.find(matrix.python)
        if set(matrix.python or ()) - {each.minor for each in found}:
            # The message names those that are there.
            found = interpreters.find()
    chosen, notes = choose_pythons(matrix, project, found, as_of or today)
    with waiting("asking pip"):
        answers = asking.answers(matrix, chosen)
    plan = make_plan(matrix, project, chosen, answers, today=today, as_of=as_of)
    in_force = overrides or os.environ.get(switch.SWITCH, "") or (PROJECT if _has_rules(own) else "")
    return replace(
        plan,
        notes=(*notes, *plan.notes),
        overrides=os.path.abspath(in_force) if in_force else "",
    )


def has_matrix(overrides: str) -> bool:
    """Return whether the project in the current directory has a matrix.

    Args:
        overrides: The overrides file that is in force there; "" for none.

    Raises:
        OverrideError: If a file that may have one cannot be read.
    """
    if not os.path.exists(PROJECT):
        return False
    _, own = _project()
    return any(_read(file) is not None for file in _files(own, overrides))


def refuse_without_cells(plan: Plan, *, shown: bool = False) -> None:
    """Refuse a plan of which no cell can be run.

    Args:
        plan: The plan.
        shown: Whether the user sees it.

    Raises:
        OverrideError: If it is one.
    """
    if not plan.planned:
        raise OverrideError(
            "no cell of the matrix can be run",
            kind="impossible-matrix",
            hint=f"{_reasons(shown)}; name other versions, or another Python",
        )


def _reasons(shown: bool) -> str:
    return "the plan says why" if shown else "pip-build-override matrix list says why"


def _project() -> tuple[Project, dict[str, Any]]:
    """Return the metadata of the project here, and the content of its pyproject.toml."""
    if not os.path.exists(PROJECT):
        raise OverrideError(
            f"there is no {PROJECT} in {os.getcwd()}",
            kind="file-not-found",
            hint="run it in the root of the project that is to be tested",
        )
    place = Place(PROJECT, "pyproject")
    document = parse_toml(decode(read_file(PROJECT), place), place)
    return read_project(document, place), document


def _matrix(given: str | None, own: dict[str, Any], project: Project) -> Matrix:
    """Return the table of the overrides file, or else that of the project."""
    found = []
    included: list[str] = []
    for file in _files(own, given or os.environ.get(switch.SWITCH, "")):
        included += (inner for inner, _ in load_overrides(file).included)
        matrix = _read(file)
        if matrix is not None:
            found.append(matrix)
    if len(found) > 1:
        one, other = (matrix.place for matrix in found)
        raise other.error(
            f"{one.shown} has a table [{one.table}], too",
            f"remove the table from {one.shown}",
            kind="duplicate-name",
        )
    if found:
        return found[0]
    if given and not _is_project(given):
        for file in included:
            if _read(file) is not None:
                raise OverrideError(
                    f"there is no [matrix] in it, and that of {shown_path(file)}, which it includes, is"
                    " not used",
                    kind="wrong-file",
                    where=shown_path(given),
                    hint=f"write --overrides {shlex.quote(shown_path(file))}",
                )
        raise OverrideError(
            "there is no [matrix] in it",
            kind="wrong-file",
            where=shown_path(given),
            hint="leave out --overrides",
        )
    return Matrix(project.place)


def _files(own: dict[str, Any], overrides: str) -> list[str]:
    """Return the files that may have the table: the project's own, and the overrides file."""
    files = [PROJECT] if _has_rules(own) else []
    return [*files, overrides] if overrides and not _is_project(overrides) else files


def _read(file: str) -> Matrix | None:
    return matrix_in(read_file(file), path=file, shown=shown_path(file))


def _has_rules(own: dict[str, Any]) -> bool:
    tool = own.get("tool")
    return isinstance(tool, dict) and TOOL[5:] in tool


def _is_project(path: str) -> bool:
    return os.path.realpath(path) == os.path.realpath(PROJECT)
