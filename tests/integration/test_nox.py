"""The functions for noxfiles, in real ones that the real nox loads."""

from __future__ import annotations

import json
import sys

import pytest

from ..support.environments import Result, Target
from ..support.hints import follows
from ..support.virtualenvs import VIRTUALENV

pytestmark = pytest.mark.seam("none")

MINOR = ".".join(map(str, sys.version_info[:2]))
PY = "py" + MINOR.replace(".", "")
NOXFILE = f"""
import nox
from pip_build_override.engines.nox import cells, install_with_overrides, run_cell

@nox.session
@nox.parametrize("python,cell", cells({{"ingredient": ["2.0", "3.0"]}}, build="same", python="{MINOR}"))
def tests(session, cell):
    run_cell(session, cell, "python", "-c", "import p; print('STAMP', p.STAMP)")

@nox.session(default=False, reuse_venv=True)
@nox.parametrize("python,cell", cells({{"ingredient": "3.0"}}, build="same", python="{MINOR}"))
def changes(session, cell):
    install = "import os; os.system('python -m pip install -q ingredient==1.0')"
    run_cell(session, cell, *(session.posargs or ("python", "-c", install)))

@nox.session(default=False)
def overridden(session):
    install_with_overrides(session, "o.toml", "declares")
    session.run("python", "-c", "import declares; print('OTHER STAMP', declares.STAMP)")

@nox.session(default=False, venv_params=["--no-pip"])
def no_pip(session):
    install_with_overrides(session, "o.toml", "declares")
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


def nox(target: Target, *options: str) -> Result:
    return target.execute(sys.executable, "-m", "nox", *options, settings=VIRTUALENV)


def stamps(result: Result) -> list[str]:
    return [line for line in result.lines if line.startswith("STAMP")]


def cell_results(target: Target) -> dict[str, tuple[str, str]]:
    found = {}
    for path in (target.room / ".nox/.cache/pip-build-override/cells").glob("*.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = (document["state"], document["reason"])
    return found


def test_noxfile(target: Target) -> None:
    two, three = f"{PY}-ingredient2.0", f"{PY}-ingredient3.0"
    target.write(PROJECT, "pyproject.toml")
    target.write(NOXFILE, "noxfile.py")
    target.write('[package.declares]\nreplace.ingredient = "ingredient==1.0"\n', "o.toml")
    result = nox(target, "-l").succeeded()
    assert {f"* tests({two})", f"* tests({three})"} < set(result.lines)
    assert target.calls() == []

    result = nox(target, "-s", "tests", "overridden", "no_pip")
    assert result.status == 1
    assert "Traceback" not in result.stderr
    for stamp, version in zip(stamps(result), ("2.0", "3.0")):
        assert f"'ingredient': '{version}'" in stamp
        assert f"built with ingredient {version}, ran with ingredient {version}" in result.stderr
    calls = target.calls()
    assert calls.count(("build_sdist", "p")) == 1
    assert calls.count(("build_wheel", "p")) == 2
    assert cell_results(target) == {two: ("passed", ""), three: ("passed", "")}
    (other,) = (line for line in result.lines if line.startswith("OTHER STAMP"))
    assert "'ingredient': '1.0'" in other
    hint = follows('write @nox.session(venv_backend="virtualenv")', result.stderr).splitlines()[0]
    assert "there is no pip in the environment of session no_pip" in result.stderr

    # Nothing is planned or built again.
    for path in (target.room / ".nox/.cache/pip-build-override").glob("plan-*.json"):
        kept = json.loads(path.read_text(encoding="utf-8"))
        kept["plan"]["cells"] = kept["plan"]["cells"][-1:]
        path.write_text(json.dumps(kept), encoding="utf-8")
    # And the hint is followed.
    text = NOXFILE.replace('(default=False, venv_params=["--no-pip"])', hint.partition("session")[2])
    assert text != NOXFILE
    target.write(text, "noxfile.py")
    result = nox(target, "-s", "no_pip", "tests", "changes")
    assert "no_pip was successful" in result.stderr
    assert f"tests({three}) was successful" in result.stderr
    assert two not in result.stderr
    assert ("build_wheel", "p") not in target.calls()
    # Tests that install something else test something else.
    assert result.status == 1
    changed = "ingredient 3.0 was to run, but ingredient 1.0 is installed after the tests"
    assert changed in result.stderr
    assert cell_results(target)[three] == ("contradiction", changed)
    # The next run in the same environment corrects that.
    result = nox(target, "-s", "changes", "--", "python", "-c", "import p").succeeded()
    assert cell_results(target)[three] == ("passed", "")


def test_errors_while_a_noxfile_is_loaded(target: Target) -> None:
    target.write(PROJECT, "pyproject.toml")
    target.write(NOXFILE.replace('python="', 'python="3.99,'), "noxfile.py")
    nox(target, "-l").refused("there is no interpreter with pip for Python 3.99")
