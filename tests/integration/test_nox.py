"""The functions for noxfiles, in real ones that the real nox loads."""

from __future__ import annotations

import json
import sys

import pytest

from ..support.environments import Result, Target

pytestmark = pytest.mark.seam("none")

MINOR = ".".join(map(str, sys.version_info[:2]))
PY = "py" + MINOR.replace(".", "")
NOXFILE = f"""
import nox
from pip_build_override.engines.nox import cells, install_with_overrides

@nox.session
@nox.parametrize("python,cell", cells({{"ingredient": ["2.0", "3.0"]}}, build="same", python="{MINOR}"))
def tests(session, cell):
    pass

@nox.session(default=False)
@nox.parametrize("backend", ["virtualenv"])
def overridden(session, backend):
    install_with_overrides(session, "o.toml", "declares")
    session.run("python", "-c", "import declares; print('STAMP', declares.STAMP)")
"""
PROJECT = """
[build-system]
requires = ["stampbackend", "ingredient>=1"]
build-backend = "stampbackend"

[project]
name = "p"
version = "1.0"
requires-python = ">=3.8"
dependencies = ["ingredient>=1"]
"""


@pytest.fixture
def project(target: Target) -> Target:
    target.write(PROJECT, "pyproject.toml")
    target.write(NOXFILE, "noxfile.py")
    return target


def nox(target: Target, *options: str, settings: dict[str, str] | None = None) -> Result:
    # Nobody is asked for a newer pip than the one that came with virtualenv.
    given = {"VIRTUALENV_NO_PERIODIC_UPDATE": "1", **(settings or {})}
    return target.execute(sys.executable, "-m", "nox", *options, settings=given)


def stamps(result: Result) -> list[str]:
    return [line for line in result.lines if line.startswith("STAMP")]


def test_the_sessions(project: Target) -> None:
    result = nox(project, "-l").succeeded()
    assert f"* tests({PY}-ingredient2.0)" in result.lines
    assert f"* tests({PY}-ingredient3.0)" in result.lines
    (kept,) = (project.room / ".nox" / ".cache" / "pip-build-override").glob("plan-*.json")
    # Planned once: an interpreter that is not started any more need not be a Python.
    document = json.loads(kept.read_text(encoding="utf-8"))
    document["plan"]["cells"] = document["plan"]["cells"][:1]
    kept.write_text(json.dumps(document), encoding="utf-8")
    result = nox(project, "-l").succeeded()
    assert f"* tests({PY}-ingredient2.0)" in result.lines
    assert f"{PY}-ingredient3.0" not in result.stdout


def test_install_with_overrides(project: Target) -> None:
    project.write('[package.declares]\nreplace.ingredient = "ingredient==1.0"\n', "o.toml")
    result = nox(project, "-s", "overridden").succeeded()
    (stamp,) = stamps(result)
    assert "'ingredient': '1.0'" in stamp
