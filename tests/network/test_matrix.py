"""The plan for a project on numpy, with numpy as it is on the index."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..support.interpreters import find_interpreter
from .real import pip_environment

pytestmark = pytest.mark.network

PROJECT = """
[build-system]
requires = ["setuptools", "numpy>=2.0"]

[project]
name = "p"
version = "1.0"
requires-python = ">=3.9"
dependencies = ["numpy>=1.21.7"]
"""
# The oldest releases of 1.21.7 and later with a wheel. The day of the plan is past, so they stay.
OLDEST = {"3.9": "1.22.0", "3.11": "1.23.2", "3.13": "2.1.0"}
LATEST = {"3.9": "2.0.2", "3.11": "2.2.6", "3.13": "2.2.6"}
DAY = "2025-06-06"


@dataclass(frozen=True)
class Planned:
    """A plan for all three Pythons, of which the one that is named has to be there."""

    python: str = "3.11"
    seconds: int = 60


@pytest.mark.parametrize("case", [Planned()], ids=["numpy"])
def test_numpy(case: Planned, tmp_path: Path) -> None:
    pythons = [python for python in OLDEST if find_interpreter(python) is not None]
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    command = [sys.executable, "-m", "pip_build_override", "matrix", "list", "--as-of", DAY]
    command += ["--python", ",".join(pythons)]
    environment = pip_environment(tmp_path / "cache")

    def planned(*arguments: str) -> Any:
        done = subprocess.run(
            [*command, *arguments, "--format", "json"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=600,
        )
        print(done.stdout, done.stderr)
        assert done.returncode == 0
        return json.loads(done.stdout)

    document = planned("--vary", "numpy=oldest,latest")
    found = {python: [] for python in pythons}  # type: dict[str, list[tuple[str, str, str]]]
    for cell in document["cells"]:
        found[cell["python"]].append((cell["runs"]["numpy"], cell["built"]["numpy"], cell["state"]))
    for python in pythons:
        assert found[python] == [
            (OLDEST[python], LATEST[python], "planned"),
            (LATEST[python], LATEST[python], "planned"),
        ]
        assert any(
            f"numpy>=1.21.7, but pip finds no release 1.21.7; the oldest here is {OLDEST[python]}"
            in note
            for note in document["notes"]
        )

    # x.y.0 of 1.25 was uploaded on 2023-06-17, so that its two years are not over.
    (tmp_path / "pyproject.toml").write_text(
        PROJECT + '[tool.pip-build-override.matrix]\nwindow = "spec0"\nvary.numpy = ["oldest"]\n',
        encoding="utf-8",
    )
    runs = {cell["python"]: cell["runs"]["numpy"] for cell in planned()["cells"]}
    in_window = {"3.9": "1.25.0", "3.11": "1.25.0", "3.13": "2.1.0"}
    assert runs == {python: in_window[python] for python in pythons}
    # What cannot be: built with 1.x, and run with 2.x.
    (tmp_path / "pyproject.toml").write_text(PROJECT.replace(">=2.0", ""), encoding="utf-8")
    cells = planned("--vary", "numpy=latest,1.26.*", "--build", "1.26.*,same")["cells"]
    states = {
        (cell["python"], cell["runs"]["numpy"], cell["built"].get("numpy")): cell["state"]
        for cell in cells
    }
    for python in pythons:
        if python == "3.13":
            assert states[python, "1.26.*", None] == "no wheel"
            assert states[python, "2.2.6", "1.26.*"] == "no wheel"
        else:
            assert states[python, "1.26.4", "1.26.4"] == "planned"
            assert states[python, LATEST[python], "1.26.4"] == "impossible"
        assert states[python, LATEST[python], LATEST[python]] == "planned"
