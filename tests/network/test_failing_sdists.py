"""Sdists of failing_sdists.toml: they fail, build under the rule given there, and ``fix`` finds one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from .failing import FailingSdist, listed
from .real import Venv, pip_environment, shared_downloads

pytestmark = pytest.mark.network

FIXABLE = [sdist for sdist in listed() if sdist.works]
# It stops after two attempts where something else is missing than a build requirement.
ATTEMPTS = 2


def label(case: FailingSdist) -> str:
    return case.label


@pytest.mark.parametrize("case", FIXABLE, ids=label)
def test_builds_under_its_rule_only(case: FailingSdist, tmp_path: Path, downloads: Path) -> None:
    shared_downloads(tmp_path / "cache", downloads)
    venv = Venv(case.python, tmp_path / "venv", pip_environment(tmp_path / "cache"))
    venv.prepare(case)
    assert venv.pip_install(*case.install).status != 0
    overrides = tmp_path / "build-overrides.toml"
    overrides.write_text(f'[package."{case.name}"]\n{case.works}\n', encoding="utf-8")
    assert venv.pip_install(*case.install, overrides=overrides).status == 0


@pytest.mark.parametrize("case", [replace(each, seconds=150) for each in FIXABLE], ids=label)
def test_is_fixed(case: FailingSdist, tmp_path: Path, downloads: Path) -> None:
    shared_downloads(tmp_path / "cache", downloads)
    venv = Venv(case.python, tmp_path / "venv", pip_environment(tmp_path / "cache"))
    venv.prepare(case)
    overrides = tmp_path / "build-overrides.toml"
    outcome = venv.fix(overrides, *case.install)
    if outcome.status:
        # What builds need not work: its import tells.
        assert "cannot be imported" in outcome.unfolded
        assert not overrides.exists()
    else:
        assert venv.pip_install("--force-reinstall", *case.install, overrides=overrides).status == 0


@pytest.mark.parametrize("case", [each for each in listed() if each.cause], ids=label)
def test_another_cause(case: FailingSdist, tmp_path: Path, downloads: Path) -> None:
    shared_downloads(tmp_path / "cache", downloads)
    venv = Venv(case.python, tmp_path / "venv", pip_environment(tmp_path / "cache"))
    venv.prepare(case)
    overrides = tmp_path / "build-overrides.toml"
    outcome = venv.fix(overrides, *case.install)
    assert outcome.status == 1
    assert not overrides.exists()
    if case.cause == "library":
        assert len(re.findall(r": trying ", outcome.output)) <= ATTEMPTS
