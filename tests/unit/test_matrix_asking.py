"""The interpreters of a machine, and what their pips find: found out by what is started, not by pip."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override import switch
from pip_build_override.diagnosis.failed_command import FailedCommand
from pip_build_override.errors import OverrideError
from pip_build_override.fixing import asking as of_failed
from pip_build_override.matrix import asking
from pip_build_override.matrix import interpreters as search
from pip_build_override.matrix.making import Answers
from pip_build_override.matrix.plan import Interpreter
from pip_build_override.matrix.table import Matrix
from pip_build_override.releases import Available, Release

from ..support.hints import follows
from .matrices import PLACE

AVAILABLE = Available(
    {"python_version": "3.11"},
    {"numpy": (Release("2.0.0", True, False, date(2024, 6, 16), date(2024, 6, 17)), Release("2.1"))},
    ("https://h.test/simple/numpy/",),
)


class Machine:
    """A machine with interpreters: what each of them says if it is started."""

    def __init__(self, room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = room
        self.said: dict[str, str] = {}
        self.started: list[str] = []
        self.path: list[str] = []
        monkeypatch.setattr(search, "_output", self._output)
        monkeypatch.setattr(sys, "executable", str(room / "own"))
        for name in ("PYENV_ROOT", "RUNNER_TOOL_CACHE", "AGENT_TOOLSDIRECTORY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PATH", "")
        self._monkeypatch = monkeypatch

    def _output(self, command: list[str]) -> str:
        self.started.append(command[0])
        return self.said.get(command[0], "")

    def put(self, path: str, said: str, on_path: bool = False) -> str:
        file = self.room / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        self.said[str(file)] = said
        if on_path and str(file.parent) not in self.path:
            self.path.append(str(file.parent))
            self._monkeypatch.setenv("PATH", os.pathsep.join(self.path))
        return str(file)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_on_path(machine: Machine) -> None:
    first = machine.put("a/python3.9", "cpython 3.9.1 True", on_path=True)
    machine.put("b/python3.9", "cpython 3.9.2 True", on_path=True)
    newer = machine.put("b/python3.10", "cpython 3.10.4 True", on_path=True)
    for name in ("python3", "python", "python3.9-config", "python3.13t", "pypy3.9"):
        machine.put(f"b/{name}", "cpython 3.9.3 True", on_path=True)
    machine.path.insert(0, str(machine.room / "missing"))
    assert search.find() == [Interpreter("3.9", "3.9.1", first), Interpreter("3.10", "3.10.4", newer)]


@pytest.mark.parametrize(
    "said",
    [
        "",
        "cpython 3.9.1 False",
        "pypy 3.9.1 True",
        "cpython 3.10.1 True",
        "cpython 3.9.1 True and more",
    ],
)
def test_what_is_none(machine: Machine, said: str) -> None:
    machine.put("a/python3.9", said, on_path=True)
    other = machine.put("b/python3.9", "cpython 3.9.2 True", on_path=True)
    assert [each.path for each in search.find()] == [other]


def test_too_old(machine: Machine) -> None:
    machine.put("a/python3.7", "cpython 3.7.9 True", on_path=True)
    assert search.find() == []


def test_this_one_comes_first(machine: Machine) -> None:
    minor = ".".join(map(str, sys.version_info[:2]))
    machine.put(f"a/python{minor}", f"cpython {minor}.1 True", on_path=True)
    own = machine.put("own", f"cpython {minor}.2 True")
    assert search.find() == [Interpreter(minor, f"{minor}.2", own)]


def test_those_of_pyenv(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    root = machine.room / "pyenv"
    machine.said["pyenv"] = str(root)
    machine.put("pyenv/versions/3.9.9/bin/python", "cpython 3.9.9 True")
    newest = machine.put("pyenv/versions/3.9.18/bin/python", "cpython 3.9.18 True")
    shim = machine.put("pyenv/shims/python3.9", "cpython 3.9.9 True", on_path=True)
    only = machine.put("pyenv/shims/python3.8", "cpython 3.8.1 True", on_path=True)
    machine.put("pyenv/versions/pypy3.10-7.3/bin/python", "cpython 3.10.9 True")
    machine.put("pyenv/versions/3.13.0t/bin/python", "cpython 3.13.0 True")
    found = [Interpreter("3.8", "3.8.1", only), Interpreter("3.9", "3.9.18", newest)]
    assert search.find() == found
    # A shim takes long, so it is started only if there is nothing else.
    assert shim not in machine.started
    monkeypatch.setenv("PYENV_ROOT", str(root))
    machine.said.pop("pyenv")
    assert search.find() == found


@pytest.mark.parametrize("variable", ["RUNNER_TOOL_CACHE", "AGENT_TOOLSDIRECTORY"])
def test_those_of_a_runner(machine: Machine, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = machine.put("tools/Python/3.12.4/x64/bin/python", "cpython 3.12.4 True")
    other = machine.put("tools/Python/3.11.4/x64/python.exe", "cpython 3.11.4 True")
    monkeypatch.setenv(variable, str(machine.room / "tools"))
    assert [each.path for each in search.find()] == [other, path]


def test_only_those_that_are_wanted(machine: Machine) -> None:
    machine.put("a/python3.9", "cpython 3.9.1 True", on_path=True)
    machine.put("a/python3.10", "cpython 3.10.1 True", on_path=True)
    assert [each.minor for each in search.find(["3.10", "3.13"])] == ["3.10"]
    assert not any(path.endswith("python3.9") for path in machine.started)


def test_this_very_interpreter() -> None:
    minor = ".".join(map(str, sys.version_info[:2]))
    (found,) = search.find([minor])
    assert found.version == ".".join(map(str, sys.version_info[:3]))


def test_what_cannot_be_started(tmp_path: Path) -> None:
    assert search._output([str(tmp_path / "none")]) == ""
    assert search._output([sys.executable, "-c", "print(1); raise SystemExit(3)"]) == ""
    assert search._output([sys.executable, "-c", "print(1)"]) == "1"


def test_what_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_TIMEOUT_SECONDS", 0.1)
    assert search._output([sys.executable, "-c", "import time; time.sleep(60)"]) == ""


class Pips:
    """What is started instead of pips, and their answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: list[Any] = []
        self.commands: list[list[str]] = []
        self.environments: list[dict[str, str]] = []
        self.directories: list[str | None] = []
        monkeypatch.setattr(subprocess, "run", self._run)

    def _run(self, command: list[str], env: dict[str, str], **more: Any) -> Any:
        self.commands.append(command)
        self.directories.append(more["cwd"])
        self.environments.append(env)
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            return SimpleNamespace(returncode=1, stderr=answer.encode())
        if answer is not None:
            Path(env[switch.EXPLAIN]).write_text(json.dumps(answer), encoding="utf-8")
        assert Path(env[switch.SWITCH]).read_bytes() == b""
        return SimpleNamespace(returncode=0, stderr=b"")


@pytest.fixture
def pips(monkeypatch: pytest.MonkeyPatch) -> Pips:
    return Pips(monkeypatch)


HERE = Interpreter("3.11", "3.11.7", "/opt/python3.11")


def matrix(*numpy: str, **more: Any) -> Matrix:
    return Matrix(PLACE, vary=(("numpy", numpy), ("scipy", ("latest",))), **more)


def test_the_answer_of_a_pip(pips: Pips) -> None:
    pips.answers = [AVAILABLE.to_json()]
    assert asking.answers(matrix("latest"), [HERE]) == {"3.11": Answers(AVAILABLE)}
    assert pips.commands[0][0] == "/opt/python3.11"
    assert pips.commands[0][-3:] == ["--", "numpy", "scipy"]
    assert pips.environments[0][switch.RELEASES] == "1"
    assert pips.environments[0]["PIP_REQUIRE_VIRTUALENV"] == "0"
    assert switch.INJECTED in pips.environments[0]["PYTHONPATH"]


@pytest.mark.parametrize(
    ("table", "names"),
    [
        (matrix("nightly"), ["numpy"]),
        (matrix("latest", build=("nightly",)), ["numpy", "scipy"]),
    ],
)
def test_nightly_builds_have_an_index_of_their_own(pips: Pips, table: Matrix, names: list[str]) -> None:
    nightly = Available({}, {"numpy": (Release("2.5.0.dev0"), Release("2.4.0"))})
    pips.answers = [AVAILABLE.to_json(), nightly.to_json()]
    found = asking.answers(table, [HERE])["3.11"]
    # Releases that are there, too, are no nightly builds.
    assert found.nightly == Available({}, {"numpy": (Release("2.5.0.dev0"),)})
    assert pips.commands[1][pips.commands[1].index("--") + 1 :] == names
    assert pips.environments[1]["PIP_INDEX_URL"] == asking.NIGHTLY_INDEX
    assert pips.environments[1]["PIP_EXTRA_INDEX_URL"] == ""
    assert "PIP_INDEX_URL" not in pips.environments[0]


@pytest.mark.parametrize("answer", [None, {"format": 0}, {"format": 1}])
def test_no_answer(pips: Pips, answer: Any) -> None:
    pips.answers = [answer]
    with pytest.raises(OverrideError, match="pip gave no answer") as caught:
        asking.answers(matrix("latest"), [HERE])
    hint = follows("see what it prints: {} download {}", str(caught.value))
    assert hint.endswith("/opt/python3.11 -m pip download numpy scipy")
    assert caught.value.where == "/opt/python3.11"


def test_a_pip_that_fails(pips: Pips) -> None:
    pips.answers = ["ERROR: https://h.test/simple/numpy/ cannot be read: HTTP status 500"]
    with pytest.raises(OverrideError, match="HTTP status 500") as caught:
        asking.answers(matrix("latest"), [HERE])
    assert caught.value.where == "/opt/python3.11"


def test_the_pip_of_a_command_that_failed(pips: Pips, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(switch.FIX, "/fix")
    options = ("--index-url=https://h.test/simple", "--constraint=/c.txt", "--config-settings=a=b")
    command = FailedCommand("/opt/python", "/opt/pip/__pip-runner__.py", options, (), "/home")
    old, new = Release("1.9"), Release("1.10")
    pips.answers = [Available({}, {"nu-mpy": (new, old), "scipy": ()}).to_json()]
    found = of_failed.releases_of(command, ["Nu_mpy", "scipy", "nu-mpy"])
    assert found == {"nu-mpy": (old, new), "scipy": ()}
    (asked,) = pips.commands
    assert asked[:3] == ["/opt/python", "/opt/pip/__pip-runner__.py", "download"]
    assert asked[-4:] == [options[0], "--", "nu-mpy", "scipy"]
    assert pips.directories == ["/home"]
    assert switch.FIX not in pips.environments[0]
    assert of_failed.releases_of(command, []) == {}
    assert len(pips.commands) == 1
