"""Real packages, built by uv and by a plain pip with what ``export`` has written for them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from .real import STEP_SECONDS, Outcome, Venv, pip_environment, shared_downloads

pytestmark = pytest.mark.network

# Any one that reads --build-constraint.
PIP = "pip>=25.3"


@dataclass(frozen=True)
class Exported:
    """A package that does not build by itself.

    Attributes:
        name: Of the test.
        python: The interpreter, by its minor version.
        packages: What is built, each with its version.
        overrides: The rules with which it builds.
        smoke: A program that must exit 0 then.
        present: What the environment has.
        seconds: What the test takes on two slow cores.
    """

    name: str
    python: str
    packages: list[str]
    overrides: str
    smoke: str
    present: list[str] = field(default_factory=list)
    seconds: int = 60

    @property
    def names(self) -> list[str]:
        return [package.partition("==")[0] for package in self.packages]

    def options(self) -> list[str]:
        return [word for package in self.packages for word in ("--package", package)]


DEMJSON = Exported(
    "demjson",
    "3.11",
    ["demjson==2.2.4"],
    '[package.demjson]\nconstrain = ["setuptools<58"]\n',
    "import demjson; print(demjson.decode('{a:1}'))",
)
THREADPOOLCTL = Exported(
    "threadpoolctl",
    "3.12",
    ["threadpoolctl==3.2.0"],
    '[package.threadpoolctl]\nconstrain = ["flit-core<4"]\n',
    "import threadpoolctl; print(threadpoolctl.__version__)",
)
BENCODER = Exported(
    "bencoder",
    "3.13",
    ["bencoder.pyx==3.0.1"],
    '[package."bencoder.pyx"]\nconstrain = ["cython<3.1"]\n',
    "import bencoder; print(bencoder.bencode({b'a': 1}))",
)
LAP = Exported(
    "lap",
    "3.10",
    ["lap==0.4.0"],
    "[package.lap]\n"
    'constrain = ["setuptools<60"]\n'
    'add = ["cython<3", { name = "numpy", from = "target" }]\n',
    "import lap, numpy as np; print(lap.lapjv(np.random.rand(3, 3))[0])",
    ["numpy==1.26.4"],
    seconds=90,
)
OPPOSITE = Exported(
    "opposite-needs",
    "3.11",
    ["PyYAML==5.4.1", "editdistpy==0.1.6"],
    '[package.PyYAML]\nreplace.cython = "cython<3"\n'
    '[package.editdistpy]\nreplace.setuptools = "setuptools>=77.0.3,<82"\n',
    "import yaml; print(yaml.safe_load('a: 1')); import editdistpy.levenshtein",
    seconds=90,
)


def run(command: list[str], environment: dict[str, str], directory: Path) -> Outcome:
    print("$", *command, flush=True)
    done = subprocess.run(
        command,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=environment,
        timeout=STEP_SECONDS,
        check=False,
    )
    print(done.stdout, f"[exit status {done.returncode}]", sep="\n", flush=True)
    return Outcome(done.returncode, done.stdout)


def export(front_end: str, case: Exported, venv: Venv, directory: Path) -> Outcome:
    overrides = directory / "build-overrides.toml"
    overrides.write_text(case.overrides, encoding="utf-8")
    command = [sys.executable, "-m", "pip_build_override", "export", "--to", front_end]
    command += ["--python", venv.python, *case.options(), str(overrides)]
    return run(command, venv.environment, directory)


@pytest.fixture(scope="module")
def uv(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The newest uv."""
    place = tmp_path_factory.mktemp("uv")
    venv = Venv("3.11", place / "venv", pip_environment(place / "cache"))
    assert venv.pip_install("uv").status == 0
    return str(Path(venv.python).with_name("uv.exe" if os.name == "nt" else "uv"))


@pytest.mark.parametrize("case", [THREADPOOLCTL, LAP, OPPOSITE], ids=lambda case: case.name)
def test_uv_builds_it_with_what_was_written(
    case: Exported, uv: str, tmp_path: Path, downloads: Path
) -> None:
    shared_downloads(tmp_path / "cache", downloads)
    environment = {**pip_environment(tmp_path / "cache"), "UV_CACHE_DIR": str(tmp_path / "uv-cache")}
    venv = Venv(case.python, tmp_path / "venv", environment)
    if case.present:
        assert venv.pip_install("--only-binary", ":all:", *case.present).status == 0
    project = tmp_path / "pyproject.toml"
    project.write_text("[project]\nname = 'ours'\nversion = '1'\n", encoding="utf-8")
    options = [word for name in case.names for word in ("--no-binary", name)]
    install = [uv, "pip", "install", "--python", venv.python, *options, *case.packages]
    assert run(install, environment, tmp_path).status != 0, "it builds without a rule"
    written = export("uv", case, venv, tmp_path)
    assert written.status == 0
    with project.open("a", encoding="utf-8") as file:
        file.write(written.output)
    assert run(install, environment, tmp_path).status == 0
    assert venv.smoke(case.smoke).status == 0


@pytest.mark.parametrize("case", [DEMJSON, THREADPOOLCTL, BENCODER], ids=lambda case: case.name)
def test_a_plain_pip_builds_it_with_what_was_written(
    case: Exported, tmp_path: Path, downloads: Path
) -> None:
    shared_downloads(tmp_path / "cache", downloads)
    venv = Venv(case.python, tmp_path / "venv", pip_environment(tmp_path / "cache"))
    assert venv.pip_install(PIP).status == 0
    arguments = ["--no-binary", ",".join(case.names), *case.packages]
    assert venv.pip_install(*arguments).status != 0, "it builds without a rule"
    written = export("pip", case, venv, tmp_path)
    assert written.status == 0
    constraints = tmp_path / "build-constraints.txt"
    constraints.write_text(written.output, encoding="utf-8")
    assert venv.pip_install("--build-constraint", str(constraints), *arguments).status == 0
    assert venv.smoke(case.smoke).status == 0
