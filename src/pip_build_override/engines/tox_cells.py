"""The environment of tox that is a cell: one wheel, one pip command, and checks around the tests."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from pyproject_api import BackendFailed
from tox.config.types import Command
from tox.execute.request import StdinSource
from tox.plugin.manager import MANAGER
from tox.tox_env.errors import Fail, Recreate, Skip
from tox.tox_env.python.api import NoInterpreter
from tox.tox_env.python.dependency_groups import resolve
from tox.tox_env.python.package import SdistPackage, WheelPackage
from tox.tox_env.python.pip.req_file import PythonDeps
from tox.tox_env.python.virtual_env.api import VirtualEnv
from tox.tox_env.python.virtual_env.runner import VirtualEnvRunner
from tox.tox_env.runner import RunToxEnv

from .. import rules, switch
from ..errors import OverrideError
from ..matrix.asking import NIGHTLY_INDEX
from ..matrix.cells import PLANNED
from ..matrix.results import NOT_INSTALLED, Result
from ..matrix.wheels import BuiltWheel, NotBuilt, wheel_of
from . import tox_override
from .cell import CellRun
from .left_in_sdist import refuse_left
from .tox_matrix import RUNNER, cell_of

if TYPE_CHECKING:
    from tox.execute import Outcome
    from tox.tox_env.api import ToxEnvCreateArgs
    from tox.tox_env.package import Package

_CACHE = "pip-build-override"
_TESTS = "commands["
# tox redirects the standard error of the whole process while it looks for an interpreter. Two threads
# that do so at a time may leave it redirected, and then no command can be run.
_LOOKING = Lock()


class CellRunner(VirtualEnvRunner):
    """The environment of a cell."""

    def __init__(self, create_args: ToxEnvCreateArgs) -> None:
        self._run: CellRun | None = None
        self._ended_early = False
        self._tests_started = False
        self._of_builds: dict[str, str] = {}
        super().__init__(create_args)

    @staticmethod
    def id() -> str:
        return RUNNER

    def setup(self) -> None:
        """Make the environment, and write down why if that fails.

        Raises:
            Skip: If the plan says that the cell cannot be run.
        """
        matrix, _, cell = cell_of(self.conf)
        if cell.state != PLANNED:
            raise Skip(f"{cell.state}: {cell.reason}")
        self._run = CellRun(matrix.store, cell)
        self._run.begin()
        own = self.conf["set_env"]
        # As if pip built the project in this environment, before anything of ours is set there.
        self._of_builds = {**os.environ, **{name: own.load(name) for name in own}}
        try:
            self._prepare()
            super().setup()
        except NoInterpreter as error:
            paths = list(map(str, error.base_pythons))
            # It was run for the plan, so it is there.
            reason = f"virtualenv makes no environment for {', '.join(paths)}"
            raise _failed(
                self._run.ends(NOT_INSTALLED, reason, hints=(_interpreter_hint(paths[0]),))
            ) from None
        except (Fail, OverrideError) as error:
            if self._run.result is None:
                self._run.ends(NOT_INSTALLED, str(error).partition("\nhint: ")[0])
            raise
        except SystemExit as error:
            # A command of tox itself failed, such as that of the packaging environment.
            if self._run.result is None and not self._ended_early:
                self._run.ends(NOT_INSTALLED, f"tox could not make the environment: {error.code}")
            raise
        if getattr(self.options, "no_test", False):
            self._run.not_tested("notest")

    def _prepare(self) -> None:
        with _LOOKING:
            for packaging in self.package_envs:
                # Hardly anything of what the sdist needs is ever imported.
                packaging.conf["set_env"].update({"PIP_COMPILE": "0"}, override=False)
            for each in (self, *self.package_envs):
                # tox itself says which interpreter is missing.
                with suppress(RuntimeError):
                    _ = each.session if isinstance(each, VirtualEnv) else None

    def interrupt(self) -> None:
        """End early: then the cell has no result."""
        self._ended_early = True
        super().interrupt()

    def create_python_env(self) -> None:
        """Make the virtual environment, which is made again if this does not end."""
        os.makedirs(self.env_dir, exist_ok=True)
        with tox_override.unfinished(self):
            super().create_python_env()

    def before_tests(self) -> None:
        """Check the environment.

        Raises:
            Fail: If the tests cannot be run in it.
        """
        assert self._run is not None
        if not self._packages:
            return
        variables = dict(self.environment_variables)
        # Nothing is installed, so no pip needs the shim.
        for name in (switch.SWITCH, switch.WATCH):
            variables.pop(name, None)
        result = self._run.before_tests(
            str(self.env_dir),
            str(self.env_python()),
            variables,
            tested=bool(self.conf["commands"]),
        )
        if result is not None:
            raise _failed(result)

    def execute(self, cmd: Any, stdin: StdinSource, *args: Any, **kwargs: Any) -> Outcome:
        """Run a command; before the first test, check what the commands before it have changed."""
        tests = str(kwargs.get("run_id", "")).startswith(_TESTS)
        if tests and not self._tests_started and self._run is not None and self._packages:
            self._tests_started = True
            if self.conf["commands_pre"]:
                result = self._run.check_versions(str(self.env_dir))
                if result is not None:
                    raise _failed(result)
        try:
            if tests and os.sep not in cmd[0] and shutil.which(cmd[0], path=self._path) is None:
                raise Fail(f"there is no program {cmd[0]}")
            return super().execute(cmd, stdin, *args, **kwargs)
        except Fail:
            # Not what a test says: tox starts no program from outside of the environment.
            if tests and self._run is not None and self._run.result is None:
                reason = f"{cmd[0]} is not in the environment"
                self._run.ends(NOT_INSTALLED, reason, hints=(_program_hint(cmd[0]),))
            raise

    @property
    def _path(self) -> str:
        return str(self.environment_variables.get("PATH", ""))

    def after_tests(self, exit_code: int, outcomes: list[Outcome]) -> None:
        """Write what came of the tests.

        Raises:
            Fail: If they succeeded, and the cell did not.
        """
        assert self._run is not None
        if self._ended_early or self._run.result is not None:
            return
        if not self._packages:
            self._run.not_tested("the package was not installed")
            return
        milliseconds = round(1000 * sum(each.elapsed for each in outcomes))
        output = "".join(f"{each.out}{each.err}" for each in outcomes)
        result = self._run.after_tests(str(self.env_dir), exit_code, milliseconds, output)
        if result.reason and not exit_code:
            raise _failed(result)

    def _setup_env(self) -> None:
        tox_override.refuse_unfinished(self)
        super()._setup_env()

    def _install_deps(self) -> None:
        """Install nothing: pip gets everything at once, so that nothing is changed later."""

    def _install_dependency_groups(self) -> None:
        """Install nothing, as above."""

    def _setup_pkg(self) -> None:
        packages = self._build_sdist()
        if self.options.package_only:
            return
        (sdist,) = [each.path for each in packages if isinstance(each, SdistPackage)]
        built = self._wheel(sdist)
        assert self._run is not None
        self._run.has_wheel(str(built.path), built.built_with, reused=built.reused)
        self._packages = [WheelPackage(built.path, [])]
        self._attach()
        self._install_cell(built.path)
        self._handle_journal_package(self.journal, self._packages)

    def _build_sdist(self) -> list[Package]:
        assert self._run is not None
        try:
            return self._build_packages()
        except BackendFailed as error:
            if self._ended_early:
                raise
            why = f"{error.exc_type}: {error.exc_msg}" if error.exc_type else "the build backend failed"
            raise _failed(self._run.no_sdist(why, f"{error.out}{error.err}")) from None
        except Fail as error:
            # Before there is a backend to ask.
            raise _failed(self._run.no_sdist("", str(error))) from None

    def _wheel(self, sdist: Path) -> BuiltWheel:
        matrix, plan, cell = cell_of(self.conf)
        assert self._run is not None
        try:
            refuse_left(sdist, str(self.core["package_root"]))
            return wheel_of(
                Path(matrix.store),
                sdist,
                plan.interpreter(cell),
                cell,
                plan,
                environment=self._of_builds,
                run=matrix.run,
            )
        except NotBuilt as error:
            raise _failed(
                self._run.ends(error.state, error.reason, hints=error.hints, log=error.log)
            ) from None
        except OverrideError as error:
            raise tox_override.failure(error) from None

    def _attach(self) -> None:
        """Put the rules in force, if there are any for what pip may build here."""
        _, plan, _ = cell_of(self.conf)
        if plan.overrides:
            try:
                given = plan.overrides if rules.load_overrides(plan.overrides).tables else ""
            except OverrideError as error:
                raise tox_override.failure(error) from None
            if not given:
                return
            tox_override.attach(self, given, ready_made=True)

    def _install_cell(self, wheel: Path) -> None:
        """Install the wheel, the varied names and what the tests need, by one pip command."""
        _, plan, cell = cell_of(self.conf)
        arguments, known = self._wanted()
        pins = [f"{name}=={version}" for name, version in cell.runs]
        extras = sorted({*self.conf["extras"], *plan.extras})
        package = f"{wheel}[{','.join(extras)}]" if extras else str(wheel)
        # Most modules are never imported, and those that are get compiled then.
        options = ["--no-compile"]
        if cell.nightly:
            options += ["--extra-index-url", NIGHTLY_INDEX]
        value = {
            "wheel": hashlib.sha256(wheel.read_bytes()).hexdigest(),
            "requirements": [*known, *pins, *extras, *options],
        }
        with self.cache.compare(value, _CACHE) as (equal, old):
            assert self._run is not None
            if equal and not self._run.other_than_planned(str(self.env_dir)):
                return
            if old is not None:
                raise Recreate("it is not what the cell needs now")
            MANAGER.tox_on_install(self, self._packages, RunToxEnv.__name__, "package")
            self._run_pip([*options, *arguments, *pins, package])

    def _wanted(self) -> tuple[list[str], list[str]]:
        """Return what the tests need, as arguments of pip, and with the lines of all files."""
        _, plan, _ = cell_of(self.conf)
        arguments: list[str] = []
        known: list[str] = []
        settings = [self.conf["deps"]]
        if "constraints" in self.conf:
            settings.append(self.conf["constraints"])
        for setting in settings:
            assert isinstance(setting, PythonDeps) or hasattr(setting, "unroll")
            arguments += setting.as_root_args
            lines, requirements = setting.unroll()
            known += [*lines, *requirements]
        groups = {*self.conf["dependency_groups"], *plan.groups}
        if groups:
            found = sorted(map(str, resolve(self.core["package_root"], groups)))
            arguments += found
            known += found
        return arguments, known

    def _run_pip(self, arguments: list[str]) -> None:
        assert self._run is not None
        command: Command = self.conf["install_command"]
        with tox_override.unfinished(self):
            outcome = self.execute(
                self.installer.build_install_cmd(arguments),
                stdin=StdinSource.OFF,
                run_id="install_package",
            )
            if outcome.exit_code:
                if self._ended_early:
                    raise SystemExit(outcome.exit_code)
                output = f"$ {' '.join(command.args)}\n{outcome.out}{outcome.err}"
                result = self._run.not_installed(output, outcome.exit_code)
                raise _failed(result)
            override = tox_override.attached(self)
            if override is not None:
                override.check()


def _interpreter_hint(path: str) -> str:
    python = shlex.quote(sys.executable)
    return (
        f"see why: {python} -m virtualenv --python {shlex.quote(path)} DIRECTORY; an older release of"
        " virtualenv may support it"
    )


def _program_hint(program: str) -> str:
    return (
        'correct the name, or name the group that has it, as in groups = ["test"] of the matrix, or'
        f" write allowlist_externals = {program} under [testenv]"
    )


def _failed(result: Result) -> Fail:
    """Return the error with which tox reports a cell that has not passed."""
    return Fail("\nhint: ".join([f"{result.state}: {result.reason}", *result.hints]))
