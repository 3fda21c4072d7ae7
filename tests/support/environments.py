"""A real virtual environment with a real pip, and what comes of running it."""

from __future__ import annotations

import ast
import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Mapping

from .pips import Pip
from .store import environment_template, silent_commands, site_packages, unpack_wheel

SOURCE = Path(__file__).resolve().parents[2] / "src"
SWITCH = "PIP_BUILD_REQUIREMENTS_OVERRIDE"
# Set for all tests by ``pytest --no-reuse``.
NO_REUSE = "PIP_BUILD_REQUIREMENTS_OVERRIDE_NO_REUSE"
OVERRIDES = "build-overrides.toml"
ERROR = "pip-build-override: error: "
WARNING = "WARNING: pip-build-override: "
# A run that takes longer hangs.
TIMEOUT_SECONDS = 240


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it printed."""

    command: tuple[str, ...]
    status: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        return (
            f"{' '.join(self.command)}\nexit status {self.status}\n"
            f"--- standard output\n{self.stdout}\n--- standard error\n{self.stderr}"
        )

    @property
    def lines(self) -> list[str]:
        """Standard output's, without the indentation that pip gives them."""
        return [line.strip() for line in self.stdout.splitlines()]

    @property
    def reported(self) -> list[str]:
        """Those lines that say what an override changed, or what was built with it."""
        return [
            line for line in self.lines if re.match(r"\S+( \S+)?: .*(\[\S+: .*\]$|built with )", line)
        ]

    @property
    def summary(self) -> str:
        """The line that ends an overridden run."""
        found = [line for line in self.lines if OVERRIDES in line and line not in self.reported]
        assert found, f"no summary line in\n{self}"
        return found[-1]

    @property
    def warnings(self) -> list[str]:
        """What our warnings on standard error say, each with its hint."""
        found: list[str] = []
        for line in map(str.strip, self.stderr.splitlines()):
            if line.startswith(WARNING):
                found.append(line[len(WARNING) :])
            elif found and line.startswith("hint: "):
                found[-1] += "\n" + line
        return found

    @property
    def error(self) -> str:
        """The text of our one error, and all that follows it, such as its hint."""
        assert self.stderr.count(ERROR) == 1, f"not one error of ours in\n{self}"
        return self.stderr[self.stderr.index(ERROR) + len(ERROR) :]

    def succeeded(self) -> Result:
        """Insist on it."""
        assert self.status == 0, str(self)
        return self

    def failed(self, status: int = 1) -> Result:
        """Insist on it, and on no traceback that leads to us.

        Args:
            status: the exit status wanted.
        """
        assert self.status == status, str(self)
        assert not re.search(r'File ".*\bpip_build_override\b', self.stdout + self.stderr), str(self)
        return self

    def refused(self, *words: str) -> Result:
        """Insist on exit status 2, on one line of ours with a hint below it, and on no traceback.

        Args:
            words: what the error must say, in any order.
        """
        self.failed(2)
        assert "Traceback" not in self.stdout + self.stderr, str(self)
        error = self.error
        assert re.search(r"^hint: \S", error, re.MULTILINE), f"no hint in\n{self}"
        for word in words:
            assert word in error, f"{word!r} is not said in\n{self}"
        return self


@dataclass
class Target:
    """A virtual environment that holds a pip, and the place that its runs work in.

    Attributes:
        pip: the one that is in it.
        environment: directory of the environment.
        room: directory for the files of the test; also pip's working directory.
        index: directory of the wheels and sdists that pip can find.
        cache: pip's cache directory, shared by all environments made from this one.
    """

    pip: Pip
    environment: Path
    room: Path
    index: Path
    cache: Path = field(init=False)

    def __post_init__(self) -> None:
        self.cache = self.room / "cache"
        self.builds_log = self.room / "builds.log"
        for directory in (self.room, self.room / "home", self.temporary):
            directory.mkdir(parents=True, exist_ok=True)
        _copy(environment_template(self.pip), self.environment)

    @property
    def temporary(self) -> Path:
        """The directory for temporary files; as on many machines, its path holds a space."""
        return self.room / "temporary files"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        if os.name == "nt":
            return self.environment / "Scripts" / "python.exe"
        return self.environment / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        """Where the environment's distributions are."""
        return site_packages(self.environment)

    def fresh(self) -> Target:
        """Make another environment with the same pip, working in the same place."""
        number = 2
        while self.environment.with_name(f"environment-{number}").exists():
            number += 1
        return Target(
            self.pip, self.environment.with_name(f"environment-{number}"), self.room, self.index
        )

    def put(self, *wheels: Path) -> None:
        """Have pure wheels installed.

        Args:
            wheels: their files.
        """
        for wheel in wheels:
            unpack_wheel(wheel, self.site_packages)

    def write(self, text: str, name: str = OVERRIDES) -> Path:
        """Write a file beside the test's others.

        Args:
            text: of the file.
            name: of the file.
        """
        path = self.room / name
        path.write_text(text, encoding="utf-8")
        return path

    def run_pip(self, *arguments: object, settings: Mapping[str, str] | None = None) -> Result:
        """Run pip as if nothing of ours existed.

        Args:
            arguments: of pip.
            settings: more environment variables.
        """
        return self.execute(self.python, "-m", "pip", *arguments, settings=settings)

    def override(
        self,
        overrides: str | Path,
        *arguments: object,
        settings: Mapping[str, str] | None = None,
        options: tuple[str, ...] = (),
    ) -> Result:
        """Run pip under an overrides file, through ``pip-build-override run``.

        Args:
            overrides: the text of one, or where it is.
            arguments: of pip.
            settings: more environment variables.
            options: of ``run``.
        """
        return self.run(
            overrides, self.python, "-m", "pip", *arguments, settings=settings, options=options
        )

    def run(
        self,
        overrides: str | Path,
        *command: object,
        settings: Mapping[str, str] | None = None,
        options: tuple[str, ...] = (),
    ) -> Result:
        """Run any command through ``pip-build-override run``.

        Args:
            overrides: the text of an overrides file, or where it is.
            command: what is run.
            settings: more environment variables.
            options: of ``run``.
        """
        path = overrides if isinstance(overrides, Path) else self.write(overrides)
        return self.execute(
            *tool(), "run", "--overrides", path, *options, "--", *command, settings=settings
        )

    def refuses(
        self,
        overrides: str | Path,
        *arguments: object,
        words: tuple[str, ...] = (),
        settings: Mapping[str, str] | None = None,
    ) -> Result:
        """Run pip under an overrides file that cannot be honoured, and insist that nothing came of it.

        Args:
            overrides: the text of one, or where it is.
            arguments: of pip.
            words: what the error must say.
            settings: more environment variables.
        """
        installed, stored = self.installed(), self.stored_wheels()
        result = self.override(overrides, *arguments, settings=settings).refused(*words)
        assert self.installed() == installed, f"something was installed by\n{result}"
        assert self.stored_wheels() == stored, f"a wheel was stored by\n{result}"
        return result

    def execute(self, *command: object, settings: Mapping[str, str] | None = None) -> Result:
        """Run a command in the room, with no pip settings but those of the tests.

        Args:
            command: a path or text for each argument.
            settings: more environment variables.
        """
        arguments = tuple(map(str, command))
        done = subprocess.run(
            arguments,
            cwd=self.room,
            env={**self.variables(), **(settings or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT_SECONDS,
        )
        return Result(arguments, done.returncode, done.stdout, done.stderr)

    def variables(self) -> dict[str, str]:
        """The environment variables of every run: no index, one local directory, a cache of its own."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PIP_", "_PIP", "PYTHON", "PYTEST", "COV_", "VIRTUAL_ENV"))
            or name == NO_REUSE
        }
        temporary = str(self.temporary)
        home = str(self.room / "home")
        if os.name != "nt":
            kept["PATH"] = os.pathsep.join([str(silent_commands()), kept["PATH"]])
        return {
            **kept,
            **self.pip.settings,
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.index),
            "PIP_CACHE_DIR": str(self.cache),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "STAMP_LOG": str(self.builds_log),
            "HOME": home,
            "USERPROFILE": home,
            "TMPDIR": temporary,
            "TEMP": temporary,
            "TMP": temporary,
        }

    def stamp(self, module: str) -> dict[str, str]:
        """What an installed mini-project was built with: distribution -> version, the backend left out.

        Args:
            module: as it is imported.
        """
        stamp: dict[str, str] = self.constant(module, "STAMP")
        return _without_backend(stamp)

    def nested_stamps(self, module: str) -> dict[str, dict[str, str]]:
        """The same of those build requirements of it that were built themselves.

        Args:
            module: as it is imported.
        """
        stamps: dict[str, dict[str, str]] = self.constant(module, "NESTED")
        return {name: _without_backend(stamp) for name, stamp in stamps.items()}

    def wheel_in(self, directory: str, name: str) -> dict[str, str]:
        """What the one wheel of a mini-project in a directory of the room was built with.

        Args:
            directory: below the room.
            name: of the mini-project.
        """
        (wheel,) = (self.room / directory).glob(f"{name.replace('-', '_')}-*.whl")
        return wheel_stamp(wheel)

    def constant(self, module: str, name: str) -> Any:
        """A constant of an installed module, by way of its literal.

        Args:
            module: as it is imported.
            name: of the constant.
        """
        asked = f"import {module}; print(ascii({module}.{name}))"
        return ast.literal_eval(self.execute(self.python, "-c", asked).succeeded().stdout)

    def installed(self) -> dict[str, int]:
        """Every file of the environment's distributions, with its size; without compiled ones."""
        return {
            str(path.relative_to(self.site_packages)): path.stat().st_size
            for path in self.site_packages.rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }

    def versions(self) -> dict[str, str]:
        """The environment's distributions but pip: name -> version."""
        found = {}
        for directory in self.site_packages.glob("*.dist-info"):
            name, _, version = directory.name[: -len(".dist-info")].partition("-")
            found[name.replace("_", "-")] = version
        found.pop("pip")
        return found

    def stored_wheels(self) -> dict[str, bytes]:
        """Every file under pip's cache of built wheels, with its content."""
        wheels = self.cache / "wheels"
        return {
            path.relative_to(wheels).as_posix(): path.read_bytes()
            for path in sorted(wheels.rglob("*"))
            if path.is_file()
        }

    def builds(self) -> list[str]:
        """Names of the mini-projects of which a wheel was built since this was last asked."""
        return [name for hook, name in self.calls() if hook in ("build_wheel", "build_editable")]

    def preparations(self) -> list[str]:
        """Names of the mini-projects whose metadata were prepared since hooks were last asked for.

        Each time in a build environment of its own.
        """
        return [name for hook, name in self.calls() if hook.startswith("prepare_metadata_")]

    def calls(self) -> list[tuple[str, str]]:
        """Each call of a hook of the backend since this was last asked: the hook and the project."""
        if not self.builds_log.exists():
            return []
        calls = self.builds_log.read_text(encoding="utf-8").splitlines()
        self.builds_log.unlink()
        return [(hook, name) for hook, name in map(str.split, calls)]


@functools.lru_cache(maxsize=None)
def tool() -> tuple[str, ...]:
    """The command line of the tool itself, on the Python of the tests and not on the target's."""
    if _is_installed():
        return (sys.executable, "-m", "pip_build_override")
    # Not by PYTHONPATH, which would reach the pip below as well.
    start = (
        f"import sys, runpy; sys.path.insert(0, {str(SOURCE)!r}); "
        "runpy.run_module('pip_build_override', run_name='__main__', alter_sys=True)"
    )
    return (sys.executable, "-c", start)


@functools.lru_cache(maxsize=None)
def injected() -> str:
    """What ``run`` puts on PYTHONPATH, for the tests that must not go through it."""
    with tempfile.TemporaryDirectory() as directory:
        overrides = Path(directory) / OVERRIDES
        overrides.write_text('[package.x]\nadd = ["y"]\n', encoding="utf-8")
        command = [*tool(), "run", "--overrides", str(overrides), "--allow-unused", "--"]
        command += [sys.executable, "-c", "import os; print(os.environ['PYTHONPATH'])"]
        asked = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return asked.stdout.strip().partition(os.pathsep)[0]


def wheel_stamp(wheel: Path) -> dict[str, str]:
    """What the mini-project in a wheel was built with.

    Args:
        wheel: the file.
    """
    module = wheel.name.split("-")[0] + ".py"
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(module).decode()
    (line,) = [line for line in text.splitlines() if line.startswith("STAMP = ")]
    stamp: dict[str, str] = ast.literal_eval(line[len("STAMP = ") :])
    return _without_backend(stamp)


def _is_installed() -> bool:
    spec = find_spec("pip_build_override")
    if spec is None or spec.origin is None:
        return False
    # With pytest's own ``pythonpath`` it can be imported here, and not by a process that we start.
    asked = [sys.executable, "-c", "import pip_build_override"]
    return subprocess.run(asked, stderr=subprocess.DEVNULL).returncode == 0


def _without_backend(stamp: dict[str, str]) -> dict[str, str]:
    return {name: version for name, version in stamp.items() if name != "stampbackend"}


def _copy(template: Path, environment: Path) -> None:
    def link(source: str, copy: str) -> None:
        # If a file has a hash in RECORD, another link to it can be told from a change of its content.
        if source.endswith((".py", ".pem")) or "__pycache__" in source:
            try:
                os.link(source, copy, follow_symlinks=False)
                return
            except OSError:
                pass
        shutil.copy2(source, copy, follow_symlinks=False)

    shutil.copytree(template, environment, symlinks=True, copy_function=link)
