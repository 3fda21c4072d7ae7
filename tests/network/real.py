"""Real packages, real venvs and the index: what the tests in this directory share."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..support.interpreters import find_interpreter

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "config-examples"
STEP_SECONDS = 900


@dataclass(frozen=True)
class Case:
    """One ``[[case]]`` of cases.toml, where each key is explained."""

    name: str
    python: str
    present: list[str]
    install: list[str]
    fails: str
    symptom: str
    smoke: str
    seconds: int
    pip: str = ""
    says: list[str] = field(default_factory=list)
    overrides: str = ""
    example: str = ""
    absent: str = ""
    requirements: list[str] = field(default_factory=list)
    routes: list[str] = field(default_factory=lambda: ["run", "install"])
    find_links: bool = False

    def arguments(self, directory: Path) -> list[str]:
        """Return the arguments of ``pip install``; writes the requirements file if there is one."""
        if not self.requirements:
            return self.install
        path = directory / "requirements.txt"
        path.write_text("\n".join(self.requirements) + "\n", encoding="utf-8")
        return [*self.install, "-r", str(path)]

    def overrides_file(self, directory: Path) -> Path:
        """Write the overrides file into ``directory``, or return the example itself."""
        if self.example:
            return EXAMPLES / self.example
        path = directory / "build-overrides.toml"
        path.write_text(self.overrides, encoding="utf-8")
        return path


def load_cases() -> list[Case]:
    """Read cases.toml."""
    with open(HERE / "cases.toml", "rb") as file:
        return [Case(**case) for case in tomllib.load(file)["case"]]


@dataclass(frozen=True)
class Outcome:
    """The result of a command: its exit status, and all that it printed."""

    status: int
    output: str

    @property
    def unfolded(self) -> str:
        """The output in one line, for a symptom that a program may have wrapped."""
        return re.sub(r"\s+", " ", self.output)


class Venv:
    """A fresh venv, whose pip has no configuration but where to find the index."""

    def __init__(self, python: str, directory: Path, environment: dict[str, str]) -> None:
        self.environment = environment
        interpreter = find_interpreter(python)
        assert interpreter is not None
        subprocess.run([str(interpreter), "-m", "venv", str(directory)], check=True, env=environment)
        binaries = directory / ("Scripts" if os.name == "nt" else "bin")
        self.python = str(binaries / ("python.exe" if os.name == "nt" else "python"))

    def prepare(self, case: Any) -> None:
        """Put in place what ``case`` finds in the environment."""
        for requirements in ([case.pip] if case.pip else [], case.present):
            if requirements:
                assert self.pip_install("--only-binary", ":all:", *requirements).status == 0

    def pip_install(self, *arguments: str, overrides: Path | None = None) -> Outcome:
        """Run ``pip install``, with an overrides file through ``pip-build-override run``."""
        command = [self.python, "-m", "pip", "install", *arguments]
        if overrides is not None:
            run = [sys.executable, "-m", "pip_build_override", "run"]
            command = [*run, "--overrides", str(overrides), "--", *command]
        return self._run(command)

    def fix(self, overrides: Path, *arguments: str) -> Outcome:
        """Run ``pip-build-override fix`` for ``pip install``, which writes to an overrides file."""
        fix = [sys.executable, "-m", "pip_build_override", "fix", "--write", str(overrides)]
        return self._run([*fix, "--", self.python, "-m", "pip", "install", *arguments])

    def install_hook(self) -> Outcome:
        """Run ``pip-build-override install`` for this environment."""
        command = [sys.executable, "-m", "pip_build_override", "install", "--python", self.python]
        return self._run(command)

    def smoke(self, program: str) -> Outcome:
        """Run a short Python program."""
        return self._run([self.python, "-c", program])

    def _run(self, command: list[str]) -> Outcome:
        print("$", *command, flush=True)
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env=self.environment,
            timeout=STEP_SECONDS,
            check=False,
        )
        print(done.stdout, f"[exit status {done.returncode}]", sep="\n", flush=True)
        return Outcome(done.returncode, done.stdout)


def pip_environment(cache: Path, *, find_links: bool = False) -> dict[str, str]:
    """Return the environment for a pip that knows the index, certificates, ``cache``, and no more.

    Local settings beyond these may distort what old interpreters are offered; ``find_links`` lets
    those hold that name a place beside the index.
    """
    kept = {"PIP_INDEX_URL", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_TRUSTED_HOST"}
    if find_links:
        kept |= {"PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"}
    environment: dict[str, Any] = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "PYTHON", "COV_", "COVERAGE_")) or name in kept
    }
    environment.update(
        PIP_CONFIG_FILE=os.devnull,
        PIP_CACHE_DIR=str(cache),
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PIP_NO_INPUT="1",
        PIP_DEFAULT_TIMEOUT="120",
        PYTHONUTF8="1",
    )
    return environment


def shared_downloads(cache: Path, shared: Path) -> None:
    """Let the pip cache in ``cache`` keep its downloads, and only them, in ``shared``."""
    cache.mkdir(parents=True)
    if os.name == "nt":
        # Symbolic links need a privilege there: downloads are not shared.
        return
    for name in ("http", "http-v2"):
        (shared / name).mkdir(parents=True, exist_ok=True)
        (cache / name).symlink_to(shared / name, target_is_directory=True)


def hide_program(name: str, directory: Path, environment: dict[str, str]) -> None:
    """Take the program ``name`` off PATH, if it is there, and leave all others on it."""
    path = environment["PATH"].split(os.pathsep)
    hidden = [entry for entry in path if shutil.which(name, path=entry)]
    if not hidden:
        return
    directory.mkdir()
    for entry in hidden:
        links = directory / str(len(list(directory.iterdir())))
        links.mkdir()
        for program in Path(entry).iterdir():
            if program.stem != name:
                (links / program.name).symlink_to(program)
        path[path.index(entry)] = str(links)
    environment["PATH"] = os.pathsep.join(path)
