"""``matrix``, with the real tox below it: the table, the reports, the exit status, the second run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from junitparser import JUnitXml

from pip_build_override import switch

from ..support.hints import follows

pytestmark = pytest.mark.seam("none")

MINOR = ".".join(map(str, sys.version_info[:2]))
PY = f"py{MINOR.replace('.', '')}"
PROJECT = f"""
[build-system]
requires = ["stampbackend", "ingredient"]
build-backend = "stampbackend"

[project]
name = "m"
version = "1.0"
requires-python = ">=3.8"
dependencies = ["ingredient"]

[tool.pip-build-override.matrix]
vary.ingredient = ["1.0", "2.0", "latest"]
build = "2.0"
python = ["{MINOR}"]
command = ["python", "-c", "import m, ingredient; assert ingredient.VERSION != '2.0', 'too old'"]
"""


@pytest.fixture
def project(tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("VIRTUALENV_NO_PERIODIC_UPDATE", "1")
    for name in (switch.SWITCH, switch.WATCH, "PYTHONPATH", "GITHUB_STEP_SUMMARY", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    # Next to the project, nothing of it is in the way: tox is that of this environment.
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    monkeypatch.chdir(root)
    return root


def matrix(*arguments: str, status: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip_build_override", "matrix", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == status, f"{done.stdout}\n{done.stderr}"
    return done


def test_a_matrix(project: Path) -> None:
    first, second, third = (f"{PY}-ingredient{version}" for version in ("1.0", "2.0", "3.0"))
    reports = ["--report", "r.json", "--junit", "j.xml"]
    done = matrix(*reports, status=1)
    table = done.stdout[done.stdout.index("runs with") :].splitlines()
    assert [line.split("  ")[0] for line in table[:4]] == [
        "runs with",
        "ingredient 1.0",
        "ingredient 2.0",
        "ingredient 3.0",
    ]
    assert table[1].endswith("  impossible (2.0)")
    assert table[2].endswith("  tests failed, built with 2.0")
    assert table[3].endswith("  passed, built with 2.0")
    assert f"tests failed: the tests ended with status 1 ({second})" in table
    assert "3 cells: 1 passed, 1 tests failed, 1 impossible; 1 wheel" in table
    assert table[-1].startswith("the oldest ingredient that works, of those that were run, is 3.0; ")
    # The output of the tests that failed is shown, and nothing else that tox prints.
    assert "  AssertionError: too old" in done.stdout
    assert f"{third}: OK" not in done.stdout + done.stderr
    assert f"] {third}: passed, built with 2.0" in done.stderr
    document = json.loads(Path("r.json").read_text(encoding="utf-8"))
    states = {cell["name"]: cell["state"] for cell in document["cells"]}
    assert states == {first: "impossible", second: "tests failed", third: "passed"}
    assert document["cells"][2]["built_with"]["stampbackend"] == "1.0"
    (suite,) = JUnitXml.fromfile("j.xml")
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (3, 1, 0, 1)

    # The second run builds nothing.
    done = matrix(*reports, status=1)
    assert "1 wheel, all of them reused" in done.stdout
    assert "  AssertionError: too old" in done.stdout


def test_a_program_that_is_not_in_the_environment(project: Path) -> None:
    options = ["--vary", "ingredient=3.0"]
    arguments = ("-c", "python -c 'import m'")
    for program in ("no-such-program", "sh"):
        done = matrix(*options, "--", program, *arguments, status=2)
        reason = f"not installed: {program} is not in the environment ({PY}-ingredient3.0)"
        assert reason in done.stdout
    hint = follows("or write allowlist_externals = {} under [testenv]", done.stdout)
    line = hint.partition(" or write ")[2].partition(" under ")[0]
    Path("tox.ini").write_text(f"[testenv]\n{line}\n", encoding="utf-8")
    assert "1 cell: 1 passed; 1 wheel" in matrix(*options, "--", "sh", *arguments, status=0).stdout
