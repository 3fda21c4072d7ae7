"""pre-commit runs the hook of this repository, installed as for any other project."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.network

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Case:
    """A run of pre-commit.

    Attributes:
        python: The minor version of an interpreter.
        seconds: What it takes on two slow cores.
    """

    python: str = "3.11"
    seconds: int = 60


@pytest.mark.parametrize("case", [Case()], ids=["pre-commit"])
def test_the_hook(case: Case, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    file = project / "build-overrides.toml"
    file.write_text('[package.x]\nad = ["a"]\n', encoding="utf-8")
    file.chmod(0o644)
    for command in (["git", "init", "--quiet"], ["git", "add", "."]):
        subprocess.run(command, cwd=project, check=True)
    uvx = Path(sysconfig.get_path("scripts"), "uvx")
    command = [str(uvx), "--quiet", "--python", case.python, "pre-commit", "try-repo", str(ROOT)]
    settings = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}
    for text, status, said in (
        ('[package.x]\nad = ["a"]\n', 1, "did you mean add?"),
        ('[package.x]\nadd = ["a"]\n', 0, "Passed"),
    ):
        file.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [*command, "pip-build-override-check", "--all-files"],
            cwd=project,
            env=settings,
            capture_output=True,
            encoding="utf-8",
        )
        assert (done.returncode, said in done.stdout) == (status, True), done.stdout + done.stderr
