"""Functions for a noxfile: the cells of a matrix as parameters, one cell in a session, and overrides.

They are used like this::

    import nox
    from pip_build_override.engines.nox import cells, run_cell

    @nox.session
    @nox.parametrize("python,cell", cells(vary={"numpy": ["oldest", "latest"]}))
    def tests(session, cell):
        run_cell(session, cell, "pytest", *session.posargs)

The names of functions and arguments are an interface: noxfiles that nobody here has seen use them.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from contextlib import nullcontext
from datetime import date
from typing import Any, ContextManager, Mapping, NoReturn, Sequence

import nox

from ..errors import OverrideError
from ..matrix.cells import PLANNED
from ..matrix.kept_plan import kept_plan
from ..matrix.plan import Plan
from ..matrix.project_plan import plan_here, refuse_without_cells
from ..terminal import Style

_STORE = os.path.join(".cache", "pip-build-override")


class PlannedCell(str):
    """The name of a cell, which also knows the plan that it is from.

    nox shows the values of parameters, and writes them into its report: for both this is a text.

    Attributes:
        plan: The plan.
        store: The directory of all that is kept from one run to the next.
    """

    plan: Plan
    store: str

    def __new__(cls, name: str, plan: Plan, store: str) -> PlannedCell:
        made = super().__new__(cls, name)
        made.plan = plan
        made.store = store
        return made

    def __deepcopy__(self, memo: object) -> PlannedCell:
        # nox copies functions, with their parameters, for each Python.
        return self


def cells(
    vary: Mapping[str, str | Sequence[str]] | None = None,
    *,
    build: str | Sequence[str] | None = None,
    python: str | Sequence[str] | None = None,
    overrides: str | None = None,
    as_of: str | None = None,
) -> list[Any]:
    """Return the cells that can be run, for ``@nox.parametrize("python,cell", …)``.

    Each has the cell's name as its id, and the path of the cell's interpreter as the parameter
    ``python``, which nox uses for the session's environment. The plan is kept for the day, so that a
    noxfile loads fast. Without arguments the matrix is that of the table in pyproject.toml.

    Args:
        vary: The versions to run with, by the names of dependencies, instead of what the table varies.
        build: The versions to build against, instead of those in the table.
        python: The versions of Python, instead of those in the table.
        overrides: A file with the table.
        as_of: The day after whose end no file counts, as YYYY-MM-DD.
    """
    asked = {
        "vary": [f"{name}={_joined(words)}" for name, words in (vary or {}).items()],
        "build": None if build is None else _joined(build),
        "python": None if python is None else _joined(python),
        "overrides": overrides,
        "as_of": as_of,
    }
    text = json.dumps(asked, sort_keys=True)
    store = os.path.abspath(os.path.join(str(nox.options.envdir or ".nox"), _STORE))
    path = os.path.join(store, f"plan-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json")
    try:
        plan = kept_plan(path, [text, *filter(None, [overrides])], lambda: _plan(asked))
        refuse_without_cells(plan)
    except OverrideError as error:
        _end(error)
    left = [cell.name for cell in plan.cells if cell.state != PLANNED]
    if left:
        print(
            f"pip-build-override: note: {len(left)} of {len(plan.cells)} cells cannot be run;"
            " pip-build-override matrix list says why",
            file=sys.stderr,
        )
    return [
        nox.param(plan.interpreter(cell).path, PlannedCell(cell.name, plan, store), id=cell.name)
        for cell in plan.planned
    ]


def install_with_overrides(session: Any, overrides: str | os.PathLike[str], *arguments: str) -> None:
    """Install into the environment of a session, as ``session.install`` does, under an overrides file.

    Args:
        session: The session.
        overrides: The overrides file.
        arguments: Those of ``pip install``.
    """
    try:
        _check_pip(session)
    except OverrideError as error:
        _abort(session, error)
    path = os.path.abspath(os.fspath(overrides))
    command = [sys.executable, "-m", "pip_build_override", "run", "--overrides", path, "--"]
    session.run_install(*command, _python(session), "-m", "pip", "install", *arguments, external=True)


def _plan(asked: Mapping[str, Any]) -> Plan:
    values = dict(asked)
    if values["as_of"] is not None:
        values["as_of"] = _day(values["as_of"])
    return plan_here(_waiting, **values)


def _waiting(text: str) -> ContextManager[object]:
    print(f"pip-build-override: {text}", file=sys.stderr)
    return nullcontext()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise OverrideError(
            f"as_of: {text} is not a day", hint='write it as in as_of="2025-06-30"'
        ) from None


def _joined(words: str | Sequence[str]) -> str:
    return words if isinstance(words, str) else ",".join(words)


def _python(session: Any) -> str:
    """Return the interpreter in the environment of a session."""
    return os.path.join(session.bin, "python.exe" if os.name == "nt" else "python")


def _check_pip(session: Any) -> None:
    """Check that a session has an environment of its own, with a pip in it.

    Only pip is overridden. The backend ``uv`` makes environments without it, and fills them itself.

    Raises:
        OverrideError: If it has none.
    """
    if session.bin_paths is None:
        raise OverrideError(
            f"session {session.name} has no environment of its own",
            hint='write @nox.session(venv_backend="virtualenv")',
        )
    asked = [_python(session), "-c", "import pip"]
    done = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise OverrideError(
            f"there is no pip in the environment of session {session.name}, which the backend"
            f" {session.venv_backend} has made, and only pip is overridden",
            hint='write @nox.session(venv_backend="virtualenv")',
        )


def _end(error: OverrideError) -> NoReturn:
    """End nox while it loads the noxfile, with an error of ours."""
    message = Style(sys.stderr).message(f"pip-build-override: error: {error}")
    print(message, file=sys.stderr)
    raise SystemExit(2) from None


def _abort(session: Any, error: OverrideError) -> NoReturn:
    """End a session with an error of ours."""
    session.error(f"pip-build-override: error: {error}")
    raise AssertionError("session.error returns never")
