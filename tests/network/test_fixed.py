"""``tests/logs/fixed.toml`` again: what a failed build ends in makes the same command work."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .real import Outcome, Venv, pip_environment, shared_downloads

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytestmark = pytest.mark.network

LOGS = Path(__file__).parent.parent / "logs"
SECONDS = 90


@dataclass(frozen=True)
class Fixed:
    """One case of fixed.toml, where the keys are explained; the rest of it is for the unit tests."""

    package: str
    python: str
    present: list[str]
    module: str
    fails: str
    rounds: int
    seconds: int = SECONDS
    # The newest that the Python has: an older one may build in the old way, and not fail.
    pip: str = "pip>=25"

    @property
    def install(self) -> list[str]:
        """The arguments of ``pip install``."""
        return ["--no-binary", self.package.partition("==")[0], self.package]


def load() -> list[Fixed]:
    """Return the cases that work in the end."""
    cases: list[dict[str, Any]] = tomllib.loads((LOGS / "fixed.toml").read_text(encoding="utf-8"))[
        "case"
    ]
    keys = ("package", "python", "present", "module", "fails", "rounds")
    return [Fixed(**{key: case[key] for key in keys}) for case in cases if case["rounds"]]


@pytest.mark.parametrize("case", load(), ids=lambda case: f"{case.package}-py{case.python}")
def test_what_is_offered_fixes_it(case: Fixed, tmp_path: Path, downloads: Path) -> None:
    shared_downloads(tmp_path / "cache", downloads)
    environment = pip_environment(tmp_path / "cache")
    overrides = tmp_path / "build-overrides.toml"
    overrides.touch(mode=0o600)
    for number in range(case.rounds + 1):
        venv = Venv(case.python, tmp_path / f"venv{number}", environment)
        venv.prepare(case)
        outcome = venv.pip_install(*case.install, overrides=overrides)
        imported = venv.smoke(f"import {case.module}") if case.module and not outcome.status else None
        if not outcome.status and (imported is None or not imported.status):
            assert number == case.rounds
            return
        if imported is None:
            overrides.write_text(pasted(outcome), encoding="utf-8")
        else:
            add_suggested(overrides, outcome.output + imported.output, venv.python)
    pytest.fail(f"still failing after {case.rounds} rounds")


def pasted(outcome: Outcome) -> str:
    """Return the lines that a failed build ends in."""
    lines = r"^hint: write into .*?\n(.*?)^  then run: "
    found = re.search(lines, outcome.output, re.MULTILINE | re.DOTALL)
    assert found is not None
    return textwrap.dedent(found[1])


def add_suggested(overrides: Path, log: str, python: str) -> None:
    """Let ``suggest`` add what it finds in a log."""
    command = [sys.executable, "-m", "pip_build_override", "suggest", "--python", python]
    done = subprocess.run(
        [*command, "--write", str(overrides)],
        input=log,
        encoding="utf-8",
        capture_output=True,
        check=False,
    )
    print(done.stdout, done.stderr, flush=True)
    assert done.returncode == 0
