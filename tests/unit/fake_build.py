"""A stand-in for pypa/build that installs and builds nothing, but calls what the shim patches."""

from __future__ import annotations

import atexit
import logging
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Callable, Iterable

import pytest

from pip_build_override import switch
from pip_build_override.in_build import gate
from pip_build_override.in_pip.builds.member import Member
from pip_build_override.in_pip.state import nested_report
from pip_build_override.in_pip.state.nested_report import Report

from ..support.stampbackend import write_wheel

PYPROJECT = '[build-system]\nrequires = []\n\n[project]\nname = "{}"\nversion = "1.0"\n'


class Failed(Exception):
    """As ``build.FailedProcessError``."""

    def __init__(self, exception: Exception, description: str) -> None:
        super().__init__(description)


class World:
    """The fake front end, and what happens in it.

    Attributes:
        declares: the static requirements of the project.
        returns: what its hook returns.
        installs: the version that each requirement brings; by default what follows ``==``, or 1.0.
        brings: what each requirement brings with it.
        command: how it starts an installer.
        commands: the installers that it has started.
        handed: what each of them was told.
        hooks: each hook with its settings and the variable FLAG.
        report: what a nested pip reports; None if it has not loaded the shim.
        status: the exit status of installers.
        file_name: name and version of what is built.
        site: the library directory of the last environment.
        in_build: what the backend does there while it builds.
        prepared: the directory of the metadata; None if the backend has no hook for them.
    """

    def __init__(self, room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = room
        self.declares: set[str] = {"ingredient"}
        self.returns: set[str] = set()
        self.installs: dict[str, str] = {}
        self.brings: dict[str, str] = {}
        self.command = ("python", "-Im", "pip", "install")
        self.commands: list[list[str]] = []
        self.handed: list[Any] = []
        self.hooks: list[Any] = []
        self.report: Report | None = Report(resolved=True)
        self.status = 0
        self.file_name = ("x", "1.0")
        self.prepared: str | None = None
        self.site = room
        self.in_build: Callable[[Path], object] = lambda site: None
        self._monkeypatch = monkeypatch
        self.tree = room / "x"
        self.tree.mkdir()
        (self.tree / "pyproject.toml").write_text(PYPROJECT.format("x"), encoding="utf-8")
        self.module, self.env = _modules(self)
        monkeypatch.setitem(sys.modules, "build", self.module)
        monkeypatch.setitem(sys.modules, "build.env", self.env)
        monkeypatch.setattr(gate, "_sessions", [])
        monkeypatch.chdir(room)
        for name in (*switch.CHANGED_BY_A_COMMAND, switch.COMMAND_LINE, switch.WATCH):
            monkeypatch.delenv(name, raising=False)
        logger = logging.getLogger("pip_build_override")
        for name in ("handlers", "propagate", "level"):
            monkeypatch.setattr(logger, name, [] if name == "handlers" else getattr(logger, name))
        monkeypatch.setattr(atexit, "register", lambda function: function)

    def rules(self, text: str) -> None:
        """Put an overrides file in force, in a new process."""
        path = self.room / "o.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        self._monkeypatch.setenv(switch.SWITCH, str(path))
        gate._sessions.clear()

    def engage(self) -> None:
        """Load the shim."""
        assert gate.engage(self.module) is True

    def environment(self) -> Any:
        """Make a build environment."""
        return self.env.DefaultIsolatedEnv(self.room / f"env-{os.urandom(4).hex()}").__enter__()

    def build(self, distribution: str = "wheel", *, isolated: bool = True, **settings: object) -> str:
        """Build the project as the command line of ``build`` does, and return the path."""
        if not isolated:
            builder = self.module.ProjectBuilder(self.tree)
            builder.get_requires_for_build(distribution, settings)
        else:
            environment = self.environment()
            builder = self.module.ProjectBuilder(self.tree, environment.python_executable)
            environment.install(builder.build_system_requires)
            environment.install(builder.get_requires_for_build(distribution, settings))
        return str(builder.build(distribution, self.room / "dist", settings))

    def end(self) -> None:
        """End the process."""
        for session in gate._sessions:
            session.end()

    def refused(self, capsys: pytest.CaptureFixture[str], *args: Any, **kwargs: Any) -> str:
        """Build, insist on a refusal, and return its text."""
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            self.build(*args, **kwargs)
        assert caught.value.code == 2
        said = capsys.readouterr().err
        assert said.count("pip-build-override: error: ") == 1
        return said.partition("pip-build-override: error: ")[2]


def _modules(world: World) -> tuple[Any, Any]:
    module: Any = ModuleType("build")
    env: Any = ModuleType("build.env")

    class ProjectBuilder:
        def __init__(
            self, source_dir: Path, python_executable: str = sys.executable, runner: object = None
        ) -> None:
            self._source_dir = str(source_dir)
            self._python = python_executable
            self._hook = SimpleNamespace(source_dir=self._source_dir, backend_path=None)

        @property
        def source_dir(self) -> str:
            return self._source_dir

        @property
        def python_executable(self) -> str:
            return self._python

        @property
        def build_system_requires(self) -> set[str]:
            return set(world.declares)

        def get_requires_for_build(self, distribution: str, config_settings: Any = None) -> set[str]:
            self._call(f"requires {distribution}", config_settings)
            return set(world.returns)

        def prepare(
            self, distribution: str, output_directory: Path, config_settings: Any = None
        ) -> str | None:
            self._call(f"prepare {distribution}", config_settings)
            return world.prepared

        def build(self, distribution: str, output_directory: Path, config_settings: Any = None) -> str:
            self._call(f"build {distribution}", config_settings)
            world.in_build(world.site)
            Path(output_directory).mkdir(exist_ok=True)
            name, version = world.file_name
            if distribution == "sdist":
                path = Path(output_directory) / f"{name}-{version}.tar.gz"
                path.write_bytes(b"")
                return str(path)
            file = write_wheel(str(output_directory), name, version, {f"{name}.py": ""})
            return str(Path(output_directory) / file)

        def _call(self, hook: str, settings: Any) -> None:
            world.hooks.append((hook, dict(settings or {}), os.environ.get("FLAG"), self._hook))

    class DefaultIsolatedEnv:
        def __init__(self, place: Path) -> None:
            self._place = place

        def __enter__(self) -> DefaultIsolatedEnv:
            self.site.mkdir(parents=True)
            world.site = self.site
            return self

        @property
        def site(self) -> Path:
            base = {"base": str(self._place), "platbase": str(self._place)}
            scheme = "venv" if "venv" in sysconfig.get_scheme_names() else "posix_prefix"
            return Path(sysconfig.get_path("purelib", scheme, vars=base))

        @property
        def path(self) -> str:
            return str(self._place)

        @property
        def python_executable(self) -> str:
            return str(self._place / "bin" / "python")

        def make_extra_environ(self) -> dict[str, str]:
            return {"PATH": "/env/bin", "PYTHONPATH": ""}

        def install(self, requirements: Iterable[str], constraints: Iterable[str] = ()) -> None:
            wanted = sorted(requirements)
            if wanted:
                env.run_subprocess([*world.command, *wanted])
                for text in wanted:
                    self._put(text)
                    if text in world.brings:
                        self._put(world.brings[text])

        def _put(self, text: str) -> None:
            name, _, version = text.partition("==")
            name = name.partition("<")[0].partition(">")[0]
            version = world.installs.get(name, version or "1.0")
            for old in self.site.glob(f"{name}-*.dist-info"):
                (old / "METADATA").unlink()
                old.rmdir()
            (self.site / f"{name}-{version}.dist-info").mkdir()
            metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            (self.site / f"{name}-{version}.dist-info" / "METADATA").write_text(metadata, "utf-8")

    def run_subprocess(cmd: list[str]) -> None:
        world.commands.append(list(cmd))
        directory = os.environ.get(switch.ENVIRONMENT_DIRECTORY, "")
        if directory:
            world.handed.append(Path(directory, "handed.json").read_text("utf-8"))
            if world.report is not None:
                nested_report._write(directory, world.report)
        if world.status:
            raise subprocess.CalledProcessError(world.status, cmd)

    module.__version__ = "1.9"
    module.ProjectBuilder = ProjectBuilder
    module.FailedProcessError = Failed
    module.BuildBackendException = Exception
    env.DefaultIsolatedEnv = DefaultIsolatedEnv
    env.run_subprocess = run_subprocess
    return module, env


def nested(name: str, *, rules: str = "digest") -> Report:
    """Return the report of a pip that has built a requirement under rules."""
    return Report(resolved=True, members=(Member(name, "1.0", source=True, rules=rules),))
