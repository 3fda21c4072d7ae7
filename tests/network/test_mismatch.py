"""Real packages that are built against another numpy than they will run with, and what is said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from .real import Venv, pip_environment, shared_downloads

pytestmark = pytest.mark.network


@dataclass(frozen=True)
class Misfit:
    """A package that nothing is said about in the overrides file.

    Attributes:
        pip: the one to use.
        built: numpy's version in the build environment.
        here: its version in the environment.
        suggested: the two lines.
    """

    name: str
    version: str
    python: str
    pip: str
    built: str
    here: str
    suggested: str
    seconds: int


CASES = [
    Misfit(
        "pyworld",
        "0.3.2",
        "3.8",
        "pip==25.0.1",
        "1.24.4",
        "1.20.1",
        '[package.pyworld]\nreplace.numpy = "numpy==1.20.1"',
        150,
    ),
    Misfit(
        "bottleneck",
        "1.3.7",
        "3.11",
        "pip==26.3",
        "1.23.2",
        "2.4.6",
        '[package.bottleneck]\nreplace.oldest-supported-numpy = "numpy==2.4.6"',
        150,
    ),
]
RECORD_ALL = '[settings]\nrecord = "all"\n'


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_said_stopped_and_put_right(case: Misfit, tmp_path: Path, downloads: Path) -> None:
    shared_downloads(tmp_path / "cache", downloads)
    environment = pip_environment(tmp_path / "cache")
    overrides = tmp_path / "build-overrides.toml"
    venv = Venv(case.python, tmp_path / "venv", environment)
    assert venv.pip_install("--only-binary", ":all:", case.pip).status == 0
    # An old setuptools of the environment has no say: the build is isolated.
    assert venv.pip_install("--only-binary", ":all:", f"numpy=={case.here}").status == 0
    install = ("--no-binary", case.name, f"{case.name}=={case.version}")
    before = venv.smoke(_INSTALLED).output

    overrides.write_text(f'{RECORD_ALL}mismatch = "error"\n', encoding="utf-8")
    outcome = venv.pip_install(*install, overrides=overrides)
    assert outcome.status == 2
    assert case.suggested in outcome.output
    assert venv.smoke(_INSTALLED).output == before

    overrides.write_text(RECORD_ALL, encoding="utf-8")
    outcome = venv.pip_install(*install, overrides=overrides)
    assert outcome.status == 0
    said = f"is built against numpy {case.built}, and will run with numpy {case.here}"
    assert f"{case.name} {case.version} {said}" in outcome.unfolded
    assert case.suggested in outcome.output
    assert venv.smoke(f"import {case.name}").status != 0

    overrides.write_text(f"{case.suggested}\n\n{RECORD_ALL}", encoding="utf-8")
    outcome = venv.pip_install("--force-reinstall", "--no-deps", *install, overrides=overrides)
    assert outcome.status == 0
    assert "is built against" not in outcome.output
    assert venv.smoke(f"import {case.name}").status == 0


_INSTALLED = (
    "from importlib.metadata import distributions;"
    "print(sorted((d.metadata['Name'], d.version) for d in distributions()))"
)
