"""Packages from the index: wrong under a plain pip, right under the same command with an override."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ..support.environments import SWITCH
from .real import (
    EXAMPLES,
    Case,
    Venv,
    hide_program,
    load_cases,
    pip_environment,
    shared_downloads,
)

pytestmark = pytest.mark.network


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.name)
def test_wrong_without_and_right_with_the_override(case: Case, tmp_path: Path, downloads: Path) -> None:
    # One cache for both halves: a wrong wheel of the first must not come back in the second.
    shared_downloads(tmp_path / "cache", downloads)
    environment = pip_environment(tmp_path / "cache", find_links=case.find_links)
    if case.absent:
        hide_program(case.absent, tmp_path / "path", environment)

    plain = Venv(case.python, tmp_path / "plain", environment)
    plain.prepare(case)
    arguments = case.arguments(tmp_path)
    outcome = plain.pip_install(*arguments)
    if case.fails == "import":
        assert outcome.status == 0
        outcome = plain.smoke(case.smoke)
    assert outcome.status != 0
    assert case.symptom in outcome.unfolded

    overrides = case.overrides_file(tmp_path)
    for route in case.routes:
        # Built once for each route; what the first has built is not to help the second.
        shutil.rmtree(tmp_path / "cache" / "wheels", ignore_errors=True)
        overridden = Venv(case.python, tmp_path / route, environment)
        overridden.prepare(case)
        if route == "run":
            outcome = overridden.pip_install(*arguments, overrides=overrides)
        else:
            assert overridden.install_hook().status == 0
            overridden.environment = {**environment, SWITCH: str(overrides)}
            outcome = overridden.pip_install(*arguments)
        assert outcome.status == 0
        for line in case.says:
            assert line in outcome.output
        assert overrides.name in outcome.output
        assert overridden.smoke(case.smoke).status == 0


def test_every_example_is_run_on_a_real_package() -> None:
    assert {case.example for case in load_cases()} - {""} == {
        path.name
        for path in EXAMPLES.glob("*.toml")
        if path.name != "matrix.toml"  # for one's own
    }
