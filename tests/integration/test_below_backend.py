"""A pip that a build backend runs follows the same rules, or the build stops."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from ..support.environments import SWITCH, Target, tool
from ..support.hints import follows
from ..support.serving import index_of_files
from ..support.store import index_wheel

OVERRIDES = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
# A pip that the backend starts would not run with that variable, which is not for it.
WITH_VARIABLE = f'{OVERRIDES}[package.runs-pip]\nenv.PIP_CONSTRAINT = "missing.txt"\n'
PYPROJECT = """
[build-system]
requires = ["stampbackend"]
build-backend = "backend"
backend-path = ["."]

[project]
name = "runs-pip"
version = "1.0"
"""
BACKEND = """
import os, subprocess, sys
import stampbackend
from stampbackend import *

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    pip = [sys.executable, *os.environ.get("INNER_FLAGS", "").split(), os.environ["INNER_PIP"]]
    directory = os.environ["INNER_DIRECTORY"]
    # What pip tells this backend by them is not for the other one.
    theirs = ("_BACKEND_PATH", "_BUILD_BACKEND")
    environment = {k: v for k, v in os.environ.items() if not any(t in k for t in theirs)}
    name = os.environ.get("INNER_NAME", "declares")
    command = [*pip, "install", "--upgrade", "--target", directory, name]
    subprocess.run(command, env=environment, check=True)
    return stampbackend.build_wheel(wheel_directory, config_settings, metadata_directory)
"""


def project(target: Target) -> tuple[Path, dict[str, str]]:
    (target.room / "project").mkdir()
    target.write(PYPROJECT, "project/pyproject.toml")
    target.write(BACKEND, "project/backend.py")
    settings = {
        "INNER_PIP": str(index_wheel(f"pip=={target.pip.version}") / "pip"),
        "INNER_DIRECTORY": str(target.room / "inner"),
    }
    return target.room / "project", settings


def inner(target: Target) -> dict[str, str]:
    asked = "import json, declares; print(json.dumps(declares.STAMP))"
    settings = {"PYTHONPATH": str(target.room / "inner")}
    result = target.execute(target.python, "-c", asked, settings=settings).succeeded()
    stamp: dict[str, str] = json.loads(result.stdout)
    return {name: version for name, version in stamp.items() if name != "stampbackend"}


@pytest.mark.pips(only=["21.2.4"])
def test_under_run(target: Target) -> None:
    directory, settings = project(target)
    result = target.override(WITH_VARIABLE, "install", directory, settings=settings).succeeded()
    assert inner(target) == {"ingredient": "1.0"}
    assert "declares 2.0" in result.summary
    assert result.warnings == []


@pytest.mark.pips(only=["26.3+venv"])
def test_with_the_hook(target: Target) -> None:
    directory, settings = project(target)
    target.execute(*tool(), "install", "--python", target.python).succeeded()
    settings[SWITCH] = str(target.write(WITH_VARIABLE))
    result = target.run_pip("install", directory, settings=settings).succeeded()
    assert inner(target) == {"ingredient": "1.0"}
    assert "declares 2.0" in result.summary
    assert result.warnings == []
    # Whatever log the user wants.
    target.write(OVERRIDES)
    settings["INNER_FLAGS"] = "-S"
    settings["PIP_LOG"] = str(target.room / "mine.log")
    refused = target.run_pip("install", directory, settings=settings)
    refused.refused("runs-pip", "did not load pip-build-override")


@pytest.mark.pips(only=["26.3"])
def test_what_it_was_built_with_is_not_kept_for_others(target: Target) -> None:
    directory, settings = project(target)
    sdist = _archive(target, directory)
    target.override(OVERRIDES, "install", f"runs-pip @ {sdist}", settings=settings).succeeded()
    assert inner(target) == {"ingredient": "1.0"}
    # A plain pip does not get that wheel, nor does another run: nobody knows what it will ask for.
    target.builds()
    words = ("install", "--force-reinstall", f"runs-pip @ {sdist}")
    target.run_pip(*words, settings=settings).succeeded()
    assert "runs-pip" in target.builds()
    target.override(OVERRIDES, *words, settings=settings).succeeded()
    assert "runs-pip" in target.builds()


@pytest.mark.seam("build environments")
def test_it_is_under_the_limit_of_the_build(target: Target) -> None:
    directory, settings = project(target)
    rules = "[package.runs-pip]\nas-of = 2020-12-31\n"
    usual = "2020-01-01T00:00:00Z"
    with index_of_files(target.index, {"ingredient-3.0": "2021-01-01T00:00:00Z"}, usual) as served:
        everything = {**settings, **served, "INNER_NAME": "ingredient"}
        target.override(rules, "install", directory, settings=everything).succeeded()
        names = [path.name for path in (target.room / "inner").glob("*.dist-info")]
        assert names == ["ingredient-2.0.dist-info"]
        target.run_pip("install", "--force-reinstall", directory, settings=everything).succeeded()
    # Without it, it is not.
    assert (target.room / "inner" / "ingredient-3.0.dist-info").is_dir()


def _archive(target: Target, directory: Path) -> str:
    path = target.room / "runs-pip-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(directory, "runs-pip-1.0")
    return path.as_uri()


@pytest.mark.pips(only=["26.3"])
def test_one_that_refuses_or_loads_nothing_stops_the_build(target: Target) -> None:
    directory, settings = project(target)
    settings["INNER_FLAGS"] = "-I"
    result = target.override(OVERRIDES, "install", directory, settings=settings)
    result.refused("runs-pip", "did not load pip-build-override")
    assert target.versions() == {}
    said = follows(
        "change the backend so that it starts pip without -I, -E and -S, and passes PYTHONPATH and the"
        " PIP_ variables on",
        result.error,
    )
    assert settings["INNER_FLAGS"] in said
    del settings["INNER_FLAGS"]
    target.override(OVERRIDES, "install", directory, settings=settings).succeeded()
    assert inner(target) == {"ingredient": "1.0"}
    target.run_pip("uninstall", "-y", "runs-pip").succeeded()
    # The backend goes on, whatever became of its pip.
    backend = directory / "backend.py"
    backend.write_text(BACKEND.replace("check=True", "check=False"), encoding="utf-8")
    overrides = '[package.declares]\nreplace.mint = "mint==1.0"\n'
    result = target.override(overrides, "install", directory, settings=settings)
    result.failed(2)
    follows("see its message above, or run the command with pip -v", result.stderr)
    assert target.versions() == {}
    # Its message is that of the rule, with a hint of its own.
    result = target.override(overrides, "install", "-v", directory, settings=settings).failed(2)
    assert "declares no build requirement mint" in str(result)
