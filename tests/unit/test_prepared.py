"""Environments that exist already: their interpreters, their variables, and what they lack."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import switch
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds import prepared
from pip_build_override.in_pip.builds.prepared import Prepared
from pip_build_override.in_pip.target import interpreter
from pip_build_override.in_pip.target.interpreter import Interpreter

from ..support.hints import follows
from .test_fulfilled import put

OWN = Interpreter("/py", "CPython", "3.11", "linux-x86_64", ("a", 0), ("/lib",), ("/std",), "/bin", "/")


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """Return a virtual environment without pip."""
    directory = tmp_path / "venv"
    command = [sys.executable, "-m", "venv", "--without-pip", str(directory)]
    subprocess.run(command, check=True)
    return directory


def _site(directory: Path) -> Path:
    return next(iter(directory.glob("lib/python*/site-packages")), directory / "Lib" / "site-packages")


def _made(value: str, **variables: str) -> Prepared:
    return Prepared(value, "o.toml: package.x", {**os.environ, **variables})


def test_what_is_found_in_an_environment(venv: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    found = _made(str(venv), PYTHONPATH=os.pathsep.join([switch.INJECTED, str(elsewhere)]), PATH="/p")
    assert found.directories == (str(_site(venv)),)
    assert found.name == str(venv)
    assert Path(found.interpreter.prefix) == venv
    with found.entered({}):
        assert os.environ["PATH"] == os.pathsep.join([found.interpreter.scripts, "/p"])
        assert "PYTHONPATH" not in os.environ
        assert os.environ["PYTHONNOUSERSITE"] == "1"
    with found.entered({"PATH": "/mine"}):
        assert os.environ["PATH"].endswith(f"{os.pathsep}/mine")
    assert os.environ.get("PYTHONNOUSERSITE") != "1"


def test_the_target_is_run_without_what_is_on_pythonpath(tmp_path: Path) -> None:
    found = _made("target", PYTHONPATH=os.pathsep.join([switch.INJECTED, str(tmp_path)]), PATH="/p")
    assert found.is_target
    assert found.name == "the target environment"
    assert found.interpreter.python == sys.executable
    assert str(tmp_path) not in found.directories
    assert switch.INJECTED not in found.directories
    with found.entered({}):
        assert os.environ["PATH"] == "/p"
        assert "PYTHONPATH" not in os.environ


def test_what_it_lacks(venv: Path) -> None:
    found = _made(str(venv))
    put(_site(venv), "numpy", "1.26", ["mint"])
    with pytest.raises(OverrideError) as caught:
        found.check("x 1", ["numpy>2", "numpy", "spice"])
    assert caught.value.message == (
        f"x 1 is built in {venv}, into which nothing is installed, and which lacks numpy>2 (1.26 is"
        " installed), spice, mint (required by numpy 1.26)"
    )
    assert found.used == {"numpy"}
    command = follows("{}; or remove build-environment", f"hint: {caught.value.hint}").partition(";")[0]
    python = found.interpreter.python
    wanted = ["numpy>2", "spice", "mint"]
    assert shlex.split(command) == [sys.executable, "-m", "pip", "--python", python, "install", *wanted]
    for name, version in (("pip", "26"), ("mint", "1"), ("spice", "1")):
        put(_site(venv), name, version)
    assert found.install("a") == f"{python} -m pip install a"
    found.check("x 1", ["numpy", "spice"])
    # Which of two copies is imported does not matter, if nothing asks for it.
    put(_site(venv), "mint", "2")
    assert "mint" not in found.copies()


def test_no_environment_at_all(tmp_path: Path) -> None:
    with pytest.raises(OverrideError, match="is not an environment: it has no interpreter") as caught:
        _made(str(tmp_path))
    assert caught.value.where == "o.toml: package.x"
    hint = follows("name a directory that contains bin/python, as {} -m venv creates it", _hint(caught))
    python = hint.rpartition(", as ")[2].partition(" -m")[0]
    subprocess.run([python, "-m", "venv", "--without-pip", str(tmp_path)], check=True)
    assert _made(str(tmp_path)).directories == (str(_site(tmp_path)),)


def _hint(caught: Any) -> str:
    return f"hint: {caught.value.hint}"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 3", "it ended with status 3"),
        ("echo broken >&2; exit 1", "broken"),
        ("echo 7", "it did not describe itself"),
        ("exit 0", "it did not describe itself"),
        (None, "Permission denied"),
    ],
)
def test_an_interpreter_that_does_not_run(tmp_path: Path, script: str | None, why: str) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    if script is not None:
        python.chmod(0o755)
    with pytest.raises(OverrideError, match="cannot be run: ") as caught:
        _made(str(tmp_path))
    assert caught.value.message.endswith(why)
    python.unlink()
    command = follows("create that environment again, with {}", _hint(caught)).rpartition("with ")[2]
    subprocess.run([*shlex.split(command), "--without-pip", str(tmp_path)], check=True)
    assert _made(str(tmp_path)).interpreter.python == str(python)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (
            {"version": "3.9"},
            "of CPython 3.9 on linux-x86_64, but pip installs for CPython 3.11 on linux",
        ),
        ({"implementation": "PyPy"}, "an environment of PyPy 3.11 on linux-x86_64, but"),
        (
            {"platform": "linux-i686"},
            "of CPython 3.11 on linux-i686, but pip installs for CPython 3.11",
        ),
        (
            {"abi": ("t", 0)},
            "of CPython 3.11 on linux-x86_64 (t), but pip installs for CPython 3.11 on",
        ),
    ],
)
def test_an_environment_of_another_interpreter(
    venv: Path, monkeypatch: pytest.MonkeyPatch, other: dict[str, Any], said: str
) -> None:
    own = OWN._replace(python=sys.executable)
    answers = {sys.executable: own}
    monkeypatch.setattr(
        interpreter, "ask", lambda python, _: answers.get(python, own._replace(python=python, **other))
    )
    with pytest.raises(OverrideError) as caught:
        _made(str(venv))
    assert said in caught.value.message
    hint = follows("create it with {} -m venv, or run pip with {}", _hint(caught))
    # With that, pip installs for the same interpreter.
    monkeypatch.setattr(prepared.sys, "executable", hint.rpartition("with ")[2])
    assert _made(str(venv)).interpreter.python == hint.rpartition("with ")[2]
