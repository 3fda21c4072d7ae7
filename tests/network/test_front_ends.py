"""Front ends that build without pip: what ``run`` says of them, and that its hints work."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import pytest

from ..support.hints import follows
from .real import STEP_SECONDS, Outcome, Venv, pip_environment, shared_downloads

pytestmark = pytest.mark.network

TOOL = [sys.executable, "-m", "pip_build_override"]
SETUPTOOLS = ('"setuptools"', "setuptools.build_meta")
HATCHLING = ('"hatchling"', "hatchling.build")
POETRY = ('"poetry-core"', "poetry.core.masonry.api")
PDM = ('"pdm-backend"', "pdm.backend")
FLIT = ('"flit_core"', "flit_core.buildapi")
PROJECT = """\
[build-system]
requires = [{}]
build-backend = "{}"
[project]
name = "one"
version = "1.0"
description = "one"
requires-python = ">=3.9"
[project.scripts]
one = "one:main"
"""
# The setuptools that builds it says so in the wheel.
SETUP = """\
import setuptools
with open("one/built.py", "w") as file:
    file.write(f"WITH = {setuptools.__version__!r}\\n")
setuptools.setup(packages=["one"])
"""
MODULE = '"""One."""\ndef main():\n    from one.built import WITH\n    print("built with", WITH)\n'


@dataclass(frozen=True)
class Case:
    """A command of a front end, in the directory of a project that has a table.

    Attributes:
        name: Of the test.
        tools: What is installed from the index.
        backend: Of the project.
        command: What is run.
        says: What ``run`` says at its end.
        settings: Environment variables.
        silent: Commands of the same front end, which build nothing.
        seconds: What the test takes on two slow cores.
    """

    name: str
    tools: tuple[str, ...]
    backend: tuple[str, str]
    command: str
    says: str
    settings: tuple[tuple[str, str], ...] = ()
    silent: str = ""
    python: str = "3.11"
    seconds: int = 90


UV = "uv>=0.8.6"
POETRY_ITSELF = ("poetry>=2.3",)
CASES = [
    Case("uv", (UV,), HATCHLING, "uv build", "uv built one itself", silent="uv pip list"),
    Case("uv-sync", (UV,), SETUPTOOLS, "uv sync", "uv built one itself"),
    Case(
        "hatch",
        ("hatch", UV),
        HATCHLING,
        "hatch build",
        "hatch built one itself",
        silent="hatch version",
    ),
    Case("hatch-setuptools", ("hatch", UV), SETUPTOOLS, "hatch build", "hatch built one itself"),
    Case(
        *("hatch-uv", ("hatch", UV), HATCHLING, "hatch run python -V"),
        "uv, started by hatch, built one itself",
        (("HATCH_ENV_TYPE_VIRTUAL_UV_PATH", "{bin}/uv"),),
    ),
    Case(
        "poetry",
        POETRY_ITSELF,
        POETRY,
        "poetry build",
        "poetry built one itself",
        silent="poetry check",
    ),
    Case("poetry-install", POETRY_ITSELF, POETRY, "poetry install", "poetry built one itself"),
    Case(
        *("poetry-setuptools", POETRY_ITSELF, SETUPTOOLS, "poetry build"),
        "poetry fills the build environment of one 1.0 itself",
    ),
    Case("pdm", ("pdm", "hishel<2"), PDM, "pdm build", "pdm built one itself", silent="pdm info"),
    Case("flit", ("flit",), FLIT, "flit build --no-use-vcs", "flit built one itself"),
    Case(
        *("pipx-run-uv", ("pipx", UV), SETUPTOOLS, "pipx run --spec . one"),
        "uv, started by pipx, built one itself",
        (("PIPX_DEFAULT_BACKEND", "uv"),),
    ),
    Case(
        *("tox-uv", ("tox-uv",), SETUPTOOLS, "tox run"),
        "uv, started by tox, built one itself",
        (("TOX_OVERRIDE", "testenv.deps=."),),
    ),
]


class World:
    """A project, an overrides file, and front ends in an environment."""

    def __init__(self, venv: Venv, room: Path) -> None:
        self.room = room
        self.venv = venv
        self.bin = Path(venv.python).parent
        self.overrides = room / "o.toml"
        self.environment = {**venv.environment, "HOME": str(room), "UV_NO_CACHE": "1"}
        for name in (
            "POETRY_CACHE_DIR",
            "PDM_CACHE_DIR",
            "HATCH_DATA_DIR",
            "PIPX_HOME",
            "PIPX_BIN_DIR",
        ):
            self.environment[name] = str(room / name)
        self.environment["POETRY_VIRTUALENVS_IN_PROJECT"] = "1"
        self.environment["PATH"] = os.pathsep.join([str(self.bin), venv.environment["PATH"]])

    def project(self, backend: tuple[str, str]) -> Path:
        tree = self.room / "project"
        (tree / "one").mkdir(parents=True)
        (tree / "pyproject.toml").write_text(PROJECT.format(*backend), encoding="utf-8")
        (tree / "one" / "__init__.py").write_text(MODULE, encoding="utf-8")
        if backend == SETUPTOOLS:
            (tree / "setup.py").write_text(SETUP, encoding="utf-8")
        name = backend[0].strip('"')
        self.overrides.write_text(f'[package.one]\nconstrain = ["{name}<70"]\n', encoding="utf-8")
        # Whatever the umask is.
        self.overrides.chmod(0o600)
        return tree

    def run(self, command: list[str], directory: Path) -> Outcome:
        print("$", *command, flush=True)
        done = subprocess.run(
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env=self.environment,
            timeout=STEP_SECONDS,
        )
        print(done.stdout, f"[exit status {done.returncode}]", sep="\n", flush=True)
        return Outcome(done.returncode, done.stdout)

    def override(self, command: str, directory: Path) -> Outcome:
        """Run a command of a shell, after a pip that loads the shim."""
        script = f"{self.venv.python} -m pip download -q --no-deps -d {self.room} pip && {command}"
        run = [*TOOL, "run", "--overrides", str(self.overrides), "--"]
        return self.run([*run, "sh", "-c", script], directory)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory, downloads: Path) -> Callable[..., World]:
    """Return a function that makes a world with tools in its environment, which is made once."""
    made: dict[tuple[str, ...], Venv] = {}

    def world(room: Path, *tools: str) -> World:
        if tools not in made:
            place = tmp_path_factory.mktemp("tools")
            shared_downloads(place / "cache", downloads)
            made[tools] = Venv("3.11", place / "venv", pip_environment(place / "cache"))
            assert made[tools].pip_install(*tools).status == 0
        return World(made[tools], room)

    return world


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_named(case: Case, tmp_path: Path, worlds: Callable[..., World]) -> None:
    world = worlds(tmp_path, *case.tools)
    tree = world.project(case.backend)
    for name, value in case.settings:
        world.environment[name] = value.format(bin=world.bin)
    if case.name == "tox-uv":
        (tree / "tox.ini").write_text("[testenv]\nskip_install = true\ndeps = .\n", encoding="utf-8")
    if case.silent:
        assert world.override(case.silent, tree).status == 0
    ended = world.override(case.command, tree)
    assert ended.status == 2
    assert case.says in ended.unfolded


def test_the_hints_for_pipx(tmp_path: Path, worlds: Callable[..., World]) -> None:
    world = worlds(tmp_path, "pipx", UV)
    tree = world.project(SETUPTOOLS)
    world.environment["PATH"] += os.pathsep + str(Path(sys.executable).parent)
    run = [*TOOL, "run", "--overrides", str(world.overrides), "--"]
    said = world.override("pipx install .", tree).output
    hint = follows("let pipx use its own pip, with the start-up hook in it: {}", said)
    commands, _, then = hint.partition(": ")[2].partition(", and then ")
    reinstall, _, once = then.partition(";")[0].partition(", or ")
    # Before it is followed: a pip without the shim.
    said = world.run([*run, *shlex.split(reinstall)], tree).output
    other = follows("install the start-up hook into the pip of pipx: {}", said)
    assert other.partition(": ")[2].partition(";")[0] == commands
    assert world.run(["sh", "-c", commands], tree).status == 0
    assert world.run([*run, *shlex.split(reinstall)], tree).status == 0
    assert "built with 69." in world.run([str(tmp_path / "PIPX_BIN_DIR" / "one")], tree).output
    words = shlex.split(once.replace("…", "--no-cache --spec . one"))
    ended = world.run([*run, *words], tree)
    assert (ended.status, "built with 69." in ended.output) == (0, True)


def test_poetry_does_what_was_exported(tmp_path: Path, worlds: Callable[..., World]) -> None:
    """For a dependency; ``poetry build`` of a project has no such settings."""
    world = worlds(tmp_path, *POETRY_ITSELF)
    one = world.project(SETUPTOOLS)
    index = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    source = (
        f'[[tool.poetry.source]]\nname = "simple"\nurl = "{world.venv.smoke(index).output.strip()}"\n'
    )
    two = tmp_path / "two"
    two.mkdir()
    project = two / "pyproject.toml"
    project.write_text(
        '[project]\nname = "two"\nversion = "1.0"\nrequires-python = ">=3.11,<4"\n'
        f'dependencies = ["one @ {one.as_uri()}"]\n[tool.poetry]\npackage-mode = false\n' + source,
        encoding="utf-8",
    )
    refused = world.override("poetry install", two)
    assert refused.status == 1
    assert "poetry fills the build environment of one 1.0 itself" in refused.output
    hint = follows("let Poetry follow the rules itself: {}", refused.output.partition("\n\nPEP")[0])
    words = shlex.split(hint.partition(" pip-build-override ")[2].partition(" prints")[0])
    exported = world.run([*TOOL, *words], two)
    assert exported.status == 0
    with project.open("a", encoding="utf-8") as file:
        file.write(exported.output)
    shutil.rmtree(two / ".venv")
    assert world.run(["poetry", "lock"], two).status == 0
    assert world.run(["poetry", "install"], two).status == 0
    assert "built with 69." in world.run([str(two / ".venv" / "bin" / "one")], two).output
