"""Sdists of failing_sdists.toml fail to build by themselves, and build under the rule given there."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .real import Venv, pip_environment, shared_downloads

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytestmark = pytest.mark.network

SECONDS = 60


@dataclass(frozen=True)
class FailingSdist:
    """One ``[[sdist]]`` of failing_sdists.toml, where the keys are explained."""

    name: str
    version: str
    python: str
    works: str
    seconds: int = SECONDS
    # The newest that the Python has.
    pip: str = "pip>=25"
    present: tuple[str, ...] = ()

    @property
    def install(self) -> list[str]:
        """The arguments of ``pip install``."""
        return ["--no-deps", "--no-binary", self.name, f"{self.name}=={self.version}"]


def load() -> list[FailingSdist]:
    """Return the sdists for which a rule is known."""
    text = (Path(__file__).parent / "failing_sdists.toml").read_text(encoding="utf-8")
    sdists: list[dict[str, Any]] = tomllib.loads(text)["sdist"]
    keys = ("name", "version", "python", "works")
    return [FailingSdist(**{key: sdist[key] for key in keys}) for sdist in sdists if "works" in sdist]


@pytest.mark.parametrize("case", load(), ids=lambda case: f"{case.name}-{case.version}-py{case.python}")
def test_builds_under_its_rule_only(case: FailingSdist, tmp_path: Path, downloads: Path) -> None:
    shared_downloads(tmp_path / "cache", downloads)
    venv = Venv(case.python, tmp_path / "venv", pip_environment(tmp_path / "cache"))
    venv.prepare(case)
    assert venv.pip_install(*case.install).status != 0
    overrides = tmp_path / "build-overrides.toml"
    overrides.write_text(f'[package."{case.name}"]\n{case.works}\n', encoding="utf-8")
    assert venv.pip_install(*case.install, overrides=overrides).status == 0
