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
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ContextManager, Mapping, NoReturn, Sequence

import nox
from nox.command import CommandFailed

from .. import switch
from ..errors import OverrideError
from ..files import unique
from ..matrix.asking import NIGHTLY_INDEX
from ..matrix.cells import PLANNED
from ..matrix.kept_plan import kept_plan
from ..matrix.plan import Plan
from ..matrix.project_plan import PROJECT, plan_here, refuse_without_cells
from ..matrix.results import NOT_INSTALLED, PASSED, TESTS_FAILED, Result
from ..matrix.wheels import NotBuilt, wheel_of
from ..rules.moments import read_day
from ..rules.place import listing
from ..terminal import Style
from . import installed
from .cell import STORE, CellRun
from .left_in_sdist import refuse_left
from .project_sdist import ProjectSdist


@dataclass(frozen=True)
class _Matrix:
    """What all cells of one plan have in common.

    Attributes:
        plan: The plan.
        store: The directory of all that is kept from one run to the next.
        sdist: The sdist of the project.
        run: A name that no other run of nox has.
    """

    plan: Plan
    store: str
    sdist: ProjectSdist
    run: str


# Older releases of nox show what every library logs.
logging.getLogger("filelock").setLevel(logging.INFO)


class PlannedCell(str):
    """The name of a cell, which also knows the matrix that it is from.

    nox shows the values of parameters, and writes them into its report: for both this is a text.

    Attributes:
        matrix: The matrix.
    """

    matrix: _Matrix

    def __new__(cls, name: str, matrix: _Matrix) -> PlannedCell:
        made = super().__new__(cls, name)
        made.matrix = matrix
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
    store = os.path.abspath(os.path.join(str(nox.options.envdir or ".nox"), ".cache", STORE))
    path = os.path.join(store, f"plan-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json")
    try:
        plan = kept_plan(path, [text, *filter(None, [overrides])], lambda: _plan(asked))
        refuse_without_cells(plan)
    except OverrideError as error:
        _end(_of_arguments(error))
    left = [cell.name for cell in plan.cells if cell.state != PLANNED]
    if left:
        print(
            f"pip-build-override: note: {len(left)} of {len(plan.cells)} cells cannot be run;"
            " pip-build-override matrix list says why",
            file=sys.stderr,
        )
    sdist = ProjectSdist(os.getcwd(), os.path.join(store, "logs", "sdist.log"))
    matrix = _Matrix(plan, store, sdist, unique())
    return [
        nox.param(plan.interpreter(cell).path, PlannedCell(cell.name, matrix), id=cell.name)
        for cell in plan.planned
    ]


def run_cell(
    session: Any,
    cell: PlannedCell,
    *command: str,
    env: Mapping[str, str | None] | None = None,
    external: bool = False,
) -> None:
    """Build the project for a cell, install it with the versions of the cell, and run the tests.

    The wheel is built once for all cells that have the same interpreter and are built against the same
    versions, and kept. The session fails unless the environment has exactly what the cell says, both
    when the tests start and after they ended.

    Args:
        session: The session, whose Python is the parameter ``python``.
        cell: The parameter ``cell``.
        command: What tests; by default the command of the table. Without either, the compiled modules
            of the wheel are only imported.
        env: Environment variables for the command, as for ``session.run``.
        external: Whether the command may be a program outside of the environment of the session.
    """
    try:
        _Run(session, cell).run(command, dict(env or {}), external)
    except OverrideError as error:
        _abort(session, error)


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
    command = [*_overridden(os.fspath(overrides)), _python(session), "-m", "pip", "install"]
    session.run_install(*command, *arguments, external=True)


class _Run:
    """The run of a cell in a session.

    Args:
        session: The session.
        cell: The name of the cell.

    Raises:
        OverrideError: If it is not one that ``cells`` has returned.
    """

    def __init__(self, session: Any, cell: PlannedCell) -> None:
        if not isinstance(cell, PlannedCell):
            raise OverrideError(
                f"{cell!r} is not a cell of a matrix",
                kind="usage",
                hint='write @nox.parametrize("python,cell", cells()), and pass cell to run_cell',
            )
        self._session = session
        self._matrix = cell.matrix
        self._plan = cell.matrix.plan
        self._cell = next(each for each in self._plan.planned if each.name == cell)
        self._run = CellRun(self._matrix.store, self._cell)

    def run(self, command: Sequence[str], env: dict[str, str | None], external: bool) -> None:
        """Build, install and test.

        Args:
            command: What tests; empty for the command of the plan, or for nothing but imports.
            env: Environment variables for it.
            external: Whether it may be a program outside of the environment.

        Raises:
            OverrideError: If the cell has not passed for any other reason than its tests.
        """
        self._run.begin()
        words = command or self._plan.command
        _check_pip(self._session)
        self._check_interpreter()
        wheel = self._wheel()
        self._install(wheel)
        if words:
            self._check_command(words[0], external)
        variables = self._variables()
        python = _python(self._session)
        self._end(self._run.before_tests(self._root, python, variables, tested=bool(words)))
        self._test(words, env, external)

    def _check_interpreter(self) -> None:
        """Check that the environment has the interpreter for which the wheel is built.

        Raises:
            OverrideError: If it has another one.
        """
        wanted = self._plan.interpreter(self._cell)
        command = [_python(self._session), "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        found = done.stdout.decode(errors="replace").strip()
        if found != wanted.version:
            raise OverrideError(
                f"session {self._session.name} has Python {found}, and the cell is for"
                f" {wanted.version}, in {wanted.path}",
                kind="wrong-python",
                hint='write @nox.parametrize("python,cell", cells()), and @nox.session without python=',
            )

    def _wheel(self) -> str:
        """Return the wheel of the cell, which is built if it is not there.

        Raises:
            OverrideError: If there is none.
        """
        session, matrix = self._session, self._matrix
        against = f" against {_shown(self._cell.built)}" if self._cell.built else ""
        session.log(f"building the project{against}, unless its wheel is there")
        interpreter = self._plan.interpreter(self._cell)
        try:
            sdist = matrix.sdist.path()
            refuse_left(sdist, os.getcwd())
            built = wheel_of(
                Path(matrix.store),
                sdist,
                interpreter,
                self._cell,
                self._plan,
                run=matrix.run,
            )
        except NotBuilt as error:
            self._end(self._run.ends(error.state, error.reason, hints=error.hints, log=error.log))
            raise AssertionError("a cell without a wheel does not go on") from None
        session.log(f"{'using' if built.reused else 'built'} {built.path.name}")
        self._run.has_wheel(str(built.path), built.built_with, reused=built.reused)
        return str(built.path)

    def _install(self, wheel: str) -> None:
        """Install the wheel, the varied versions and what the tests need.

        Raises:
            OverrideError: If pip cannot install it.
        """
        extras = f"[{','.join(self._plan.extras)}]" if self._plan.extras else ""
        wanted = [f"{wheel}{extras}", *(f"{name}=={version}" for name, version in self._cell.runs)]
        if self._cell.nightly:
            wanted += ["--extra-index-url", NIGHTLY_INDEX]
        self._pip([*wanted, *self._groups()])
        if installed.differs_from(self._root, self._cell.python, wheel):
            # pip does not replace a distribution that has the same version.
            self._pip(["--no-deps", "--force-reinstall", wheel])

    def _groups(self) -> tuple[str, ...]:
        """Return the requirements of the dependency groups (PEP 735)."""
        if not self._plan.groups:
            return ()
        try:
            return tuple(
                nox.project.dependency_groups(nox.project.load_toml(PROJECT), *self._plan.groups)
            )
        except (LookupError, TypeError, ValueError) as error:
            raise OverrideError(
                f"the dependency groups {listing(self._plan.groups)} cannot be read: {error}",
                kind="invalid-project",
                where=PROJECT,
                hint="write them under [dependency-groups], or leave them out of groups",
            ) from None

    def _pip(self, arguments: Sequence[str]) -> None:
        command = [_python(self._session), "-m", "pip", "install", *arguments]
        # Rules that are already in force below a run cannot be replaced.
        if self._plan.overrides and switch.WATCH not in os.environ:
            command = [*_overridden(self._plan.overrides, "--allow-unused"), *command]
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            try:
                self._session.run_install(*command, external=True, stdout=output)
            except CommandFailed as error:
                output.seek(0)
                said = output.read()
                self._end(self._run.not_installed(said, _status(error)))

    def _check_command(self, program: str, external: bool) -> None:
        """Check that a program of another environment is not taken for one of this.

        Raises:
            OverrideError: If the environment does not have it.
        """
        if (
            not external
            and shutil.which(program, path=os.pathsep.join(self._session.bin_paths)) is None
        ):
            self._run.ends(NOT_INSTALLED, f"{program} is not in the environment")
            raise OverrideError(
                f"{program} is not in the environment of {self._cell.name}",
                kind="tool-not-installed",
                hint='write groups = ["test"] in the table, if that group has it, or external=True',
            )

    def _test(self, words: Sequence[str], env: dict[str, str | None], external: bool) -> None:
        begun = time.monotonic()
        failed: CommandFailed | None = None
        done: object = True
        try:
            if words:
                done = self._session.run(*words, env=env, external=external or "error")
            else:
                self._session.log("there is no command that tests, so the wheel is only imported")
        except CommandFailed as error:
            failed = error
            done = False
        milliseconds = round((time.monotonic() - begun) * 1000)
        if done is None:
            self._run.not_tested("nox was told --install-only")
            return
        status = 0 if failed is None else _status(failed)
        result = self._run.after_tests(self._root, status, milliseconds)
        if failed is not None and result.state == TESTS_FAILED:
            raise failed
        self._end(result)
        built = [(name, result.built_with.get(name, "?")) for name, _ in self._cell.built]
        ran = _shown(list(result.ran_with.items()))
        self._session.log(f"built with {_shown(built) or 'what it requires'}, ran with {ran}")

    @property
    def _root(self) -> str:
        """The directory of the environment; older releases of nox have no name for it."""
        scripts: str = os.path.abspath(self._session.bin)
        return os.path.dirname(scripts)

    def _variables(self) -> dict[str, str]:
        variables = {**os.environ, **self._session.env}
        return {name: value for name, value in variables.items() if value is not None}

    def _end(self, result: Result | None) -> None:
        """End the session if its cell has not passed.

        Args:
            result: The result; None if there is none yet.

        Raises:
            OverrideError: If it has not passed.
        """
        if result is not None and result.state != PASSED:
            hint = "; ".join(result.hints) or (f"see {result.log}" if result.log else "")
            raise OverrideError(
                f"{self._cell.name}: {result.state}: {result.reason}", kind="cell-failed", hint=hint
            )


def _status(error: CommandFailed) -> int:
    """Return the exit status of a command that has failed."""
    found = re.search(r"-?[0-9]+$", str(error.reason or ""))
    return int(found[0]) if found else 1


def _shown(versions: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions)


def _overridden(overrides: str, *options: str) -> list[str]:
    """Return the beginning of a command that runs under an overrides file."""
    tool = [sys.executable, "-m", "pip_build_override"]
    return [*tool, "run", "--overrides", os.path.abspath(overrides), *options, "--"]


def _plan(asked: Mapping[str, Any]) -> Plan:
    values = dict(asked)
    if values["as_of"] is not None:
        values["as_of"] = _day(values["as_of"])
    return plan_here(_waiting, **values)


def _of_arguments(error: OverrideError) -> OverrideError:
    """Return an error about an option of the command as one about an argument of ``cells``."""
    if not error.where.startswith("--"):
        return error
    return OverrideError(
        error.message, kind=error.kind, where=f"cells({error.where[2:]}=…)", hint=error.hint
    )


def _waiting(text: str) -> ContextManager[object]:
    print(f"pip-build-override: {text}", file=sys.stderr)
    return nullcontext()


def _day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError:
        raise OverrideError(
            f"as_of: {text} is not a day", kind="usage", hint='write it as in as_of="2025-06-30"'
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
            kind="not-reached",
            hint='write @nox.session(venv_backend="virtualenv")',
        )
    asked = [_python(session), "-c", "import pip"]
    done = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise OverrideError(
            f"there is no pip in the environment of session {session.name}, which the backend"
            f" {session.venv_backend} has made, and only pip is overridden",
            kind="not-reached",
            hint='write @nox.session(venv_backend="virtualenv")',
        )


def _end(error: OverrideError) -> NoReturn:
    """End nox while it loads the noxfile, with an error of ours."""
    _print(error)
    raise SystemExit(2) from None


def _abort(session: Any, error: OverrideError) -> NoReturn:
    """End a session with an error of ours."""
    _print(error)
    # nox puts a period after this, and repeats it at the end, so it has no hint.
    session.error(error.shown.partition("\n")[0])
    raise AssertionError("session.error returns never")


def _print(error: OverrideError) -> None:
    message = Style(sys.stderr).message(f"pip-build-override: error: {error.shown}")
    print(message, file=sys.stderr, flush=True)
