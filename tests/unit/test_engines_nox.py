"""The functions for noxfiles, with a session that is made up. test_nox.py has the real nox."""

from __future__ import annotations

import copy
import functools
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from nox.command import CommandFailed

from pip_build_override.engines import cell, installed
from pip_build_override.engines import nox as engine
from pip_build_override.engines.cell import results_in
from pip_build_override.engines.project_sdist import ProjectSdist
from pip_build_override.errors import OverrideError
from pip_build_override.files import read_json
from pip_build_override.matrix import results
from pip_build_override.matrix.cells import Cell
from pip_build_override.matrix.plan import Interpreter, Plan
from pip_build_override.matrix.wheels import BuiltWheel, NotBuilt

from ..support.hints import follows

Capture = pytest.CaptureFixture[str]

VERSION = ".".join(map(str, sys.version_info[:3]))
MINOR = VERSION.rpartition(".")[0]
CELL = Cell(MINOR, (("numpy", "1.0"),), (("numpy", "2.0"),), name="py-numpy1.0")
OTHER = Cell(MINOR, (("numpy", "0.9"),), (), "impossible", "too old", name="py-numpy0.9")


class Aborted(Exception):
    """What nox raises in ``session.error``."""


class Session:
    """A session of nox whose environment is that of the tests."""

    def __init__(self, directory: Path) -> None:
        self.name = "tests"
        self.venv_backend = "virtualenv"
        self.bin_paths: list[str] | None = [os.path.dirname(sys.executable)]
        self.env: dict[str, str | None] = {"HIDDEN": None}
        self.installs: list[list[str]] = []
        self.commands: list[tuple[str, ...]] = []
        self.said: list[str] = []
        self.run_result: object = True
        self.external: object = None
        self.install_output = ""

    @property
    def bin(self) -> str:
        assert self.bin_paths is not None
        return self.bin_paths[0]

    def run_install(self, *command: str, stdout: Any = None, external: bool = False) -> None:
        self.installs.append(list(command[command.index("install") + 1 :]))
        if self.install_output:
            stdout.write(self.install_output)
            stdout.flush()
            raise CommandFailed("Returned code 1")

    def run(self, *command: str, env: object = None, external: object = None) -> object:
        self.commands.append(command)
        self.external = external
        if isinstance(self.run_result, Exception):
            raise self.run_result
        return self.run_result

    def log(self, text: str) -> None:
        self.said.append(text)

    def error(self, text: str) -> None:
        raise Aborted(text)


class Unwatched:
    """The imports of a project that has nothing to import."""

    def __init__(self, *_: object) -> None:
        pass

    def begin(self) -> None:
        pass

    def elsewhere(self) -> tuple[str, str]:
        return "", ""

    def anything(self) -> bool:
        return True


class Room:
    """A project with one cell, all of whose parts that take long are made up."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch, capture: Capture) -> None:
        self._capture = capture
        self.session = Session(directory)
        self.store = str(directory / "store")
        self.wheel = directory / "p-1.0-py3-none-any.whl"
        self.not_built: NotBuilt | None = None
        self.versions = {"numpy": "1.0"}
        self.different: list[str] = []
        self.plan = Plan("p", (Interpreter(MINOR, VERSION, sys.executable),), (OTHER, CELL))
        self.plans = 0
        sdist = ProjectSdist(str(directory), str(directory / "log"))
        monkeypatch.setattr(sdist, "path", lambda: directory / "p-1.0.tar.gz")
        self.sdist = sdist
        monkeypatch.setattr(engine, "wheel_of", self._wheel_of)
        monkeypatch.setattr(engine, "plan_here", self._plan_here)
        monkeypatch.setattr(installed, "versions", lambda *_: self.versions)
        monkeypatch.setattr(installed, "differs_from", self._differs)
        self.modules: list[str] = []
        monkeypatch.setattr(installed, "modules_of", lambda _: ([], self.modules))
        monkeypatch.setattr(installed, "names_of", lambda _: [])
        # It writes into the environment, which is that of the tests.
        monkeypatch.setattr(cell, "Watching", Unwatched)

    def _wheel_of(self, *_: object, run: str) -> BuiltWheel:
        if self.not_built is not None:
            raise self.not_built
        return BuiltWheel(self.wheel, {"numpy": "2.0"}, False)

    def _plan_here(self, waiting: Any, **asked: Any) -> Plan:
        self.plans += 1
        self.asked = asked
        with waiting("asking pip"):
            return self.plan

    def _differs(self, *_: object) -> str:
        return self.different.pop(0) if self.different else ""

    @property
    def cell(self) -> engine.PlannedCell:
        return engine.PlannedCell(CELL.name, engine._Matrix(self.plan, self.store, self.sdist, "run"))

    def run(self, *command: str, **options: Any) -> None:
        engine.run_cell(self.session, self.cell, *command, **options)

    def aborts(self, *command: str) -> str:
        self._capture.readouterr()
        with pytest.raises(Aborted) as caught:
            self.run(*command)
        said = self._capture.readouterr().err
        assert said.startswith(f"pip-build-override: error: {caught.value}")
        return said

    @property
    def result(self) -> tuple[str, str]:
        document = read_json(os.path.join(results_in(self.store), f"{CELL.name}.json"))
        assert document is not None
        return document["state"], document["reason"]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Room:
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text("[dependency-groups]\ntest = ['pytest']\n", encoding="utf-8")
    return Room(tmp_path, monkeypatch, capsys)


def test_cells(room: Room, capsys: Capture) -> None:
    (parameter,) = engine.cells({"numpy": ["oldest", "1.0"]}, build="same", python=[MINOR])
    assert (parameter.id, parameter.args) == (CELL.name, (sys.executable, CELL.name))
    assert room.asked == {
        "vary": ["numpy=oldest,1.0"],
        "build": "same",
        "python": MINOR,
        "overrides": None,
        "as_of": None,
    }
    said = capsys.readouterr().err
    assert "pip-build-override: asking pip\n" in said
    assert "1 of 2 cells cannot be run; pip-build-override matrix list says why" in said
    assert json.loads(json.dumps(parameter.args[1])) == CELL.name
    # The sdist is made once for all cells.
    assert copy.deepcopy(parameter.args[1]).matrix is parameter.args[1].matrix
    engine.cells({"numpy": ["oldest", "1.0"]}, build="same", python=[MINOR])
    assert room.plans == 1
    engine.cells(as_of="2025-06-30")
    assert room.plans == 2
    assert str(room.asked["as_of"]) == "2025-06-30"


def test_no_cells(room: Room, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as caught:
        # Newer Pythons read this as a day.
        engine.cells(as_of="20250630")
    assert caught.value.code == 2
    hint = follows('write it as in as_of="2025-06-30"', capsys.readouterr().err)
    engine.cells(as_of=hint.split('"')[1])
    room.plan = Plan("p", (), (OTHER,))
    with pytest.raises(SystemExit):
        engine.cells()
    assert "no cell of the matrix can be run" in capsys.readouterr().err


def test_a_cell_that_passes(room: Room) -> None:
    room.run("python", "-V")
    assert room.session.installs == [[str(room.wheel), "numpy==1.0"]]
    assert room.session.commands == [("python", "-V")]
    # nox finds no program of another environment.
    assert room.session.external == "error"
    assert room.session.said[-1] == "built with numpy 2.0, ran with numpy 1.0"
    assert room.result == (results.PASSED, "")


def test_what_is_installed_for_the_tests(room: Room) -> None:
    room.plan = Plan(
        "p",
        room.plan.interpreters,
        (Cell(MINOR, CELL.runs, CELL.built, nightly=("numpy",), name=CELL.name),),
        groups=("test",),
        extras=("a", "b"),
        command=("python",),
        overrides="/o.toml",
    )
    room.different = ["another build"]
    room.run()
    first, second = room.session.installs
    assert first[0] == f"{room.wheel}[a,b]"
    assert first[-1] == "pytest"
    assert "--extra-index-url" in first
    assert second == ["--no-deps", "--force-reinstall", str(room.wheel)]
    assert room.session.commands == [("python",)]


def test_nothing_that_tests(room: Room) -> None:
    room.run()
    assert room.session.commands == []
    assert any("only imported" in line for line in room.session.said)
    assert room.result == (results.PASSED, "")


def test_tests_that_fail(room: Room) -> None:
    room.session.run_result = CommandFailed("Returned code -11")
    with pytest.raises(CommandFailed):
        room.run("python")
    assert room.result == (results.TESTS_FAILED, "the tests ended with status -11")
    room.session.run_result = CommandFailed("External program disallowed.")
    with pytest.raises(CommandFailed):
        room.run("python")
    assert room.result == (results.TESTS_FAILED, "the tests ended with status 1")


def test_install_only(room: Room) -> None:
    room.session.run_result = None
    room.run("python")
    assert room.result == (results.SKIPPED, "nox was told --install-only")


def test_the_wheel_is_not_built(room: Room) -> None:
    room.not_built = NotBuilt(results.NOT_BUILT, "no C compiler", ("install one",), "build.log")
    said = room.aborts("python")
    assert "pip-build-override: error: py-numpy1.0: does not build: no C compiler" in said
    assert "hint: install one" in said
    assert room.result == (results.NOT_BUILT, "no C compiler")
    assert room.session.installs == []


def test_pip_fails(room: Room) -> None:
    room.session.install_output = "x\nERROR: No matching distribution found for numpy==1.0\n"
    said = room.aborts("python")
    assert "not installed: No matching distribution found for numpy==1.0" in said
    assert room.session.commands == []


def test_other_versions(room: Room) -> None:
    room.versions = {"numpy": "2.0"}
    assert "numpy 1.0 was to run, but numpy 2.0 is installed" in room.aborts("python")
    assert room.session.commands == []


def test_mistakes_name_the_argument(
    room: Room, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def no_plan(*_: object, where: str, **__: object) -> Plan:
        raise OverrideError("a mistake", kind="usage", where=where, hint="correct it")

    for where, said in (("--python", "cells(python=…)"), ("o.toml: matrix", "o.toml: matrix")):
        monkeypatch.setattr(engine, "plan_here", functools.partial(no_plan, where=where))
        with pytest.raises(SystemExit):
            engine.cells(python=["3.99"])
        assert f"error: {said}: a mistake [usage]\nhint: correct it" in capsys.readouterr().err


def test_a_command_that_is_not_in_the_environment(room: Room) -> None:
    said = room.aborts("git")
    assert room.result[0] == results.NOT_INSTALLED
    hint = follows('write groups = ["test"] in the table, if that group has it, or external=True', said)
    room.run("git", **{hint.rpartition(" ")[2].partition("=")[0]: True})
    assert room.session.external is True


def test_something_else_than_a_cell(room: Room, capsys: Capture) -> None:
    with pytest.raises(Aborted):
        engine.run_cell(room.session, "py-numpy1.0", "python")  # type: ignore[arg-type]
    hint = 'write @nox.parametrize("python,cell", cells()), and pass cell to run_cell'
    assert (
        follows(
            'write @nox.parametrize("python,cell", cells()), and pass cell to run_cell',
            capsys.readouterr().err,
        )
        == hint
    )
    (parameter,) = engine.cells()
    engine.run_cell(room.session, parameter.args[1], "python")


def test_another_interpreter(room: Room) -> None:
    room.plan = Plan("p", (Interpreter(MINOR, "3.7.0", "/python"),), (CELL,))
    said = room.aborts("python")
    assert f"session tests has Python {VERSION}, and the cell is for 3.7.0, in /python" in said
    hint = 'write @nox.parametrize("python,cell", cells()), and @nox.session without python='
    assert (
        follows(
            'write @nox.parametrize("python,cell", cells()), and @nox.session without python=', said
        )
        == hint
    )
    room.plan = Plan("p", (Interpreter(MINOR, VERSION, sys.executable),), (CELL,))
    room.run("python")


def test_groups_that_are_not_there(room: Room) -> None:
    room.plan = Plan("p", room.plan.interpreters, (CELL,), groups=("docs",))
    said = room.aborts("python")
    follows("write them under [dependency-groups], or leave them out of groups", said)
    Path("pyproject.toml").write_text("[dependency-groups]\ndocs = ['a']\n", encoding="utf-8")
    room.run("python")
    assert room.session.installs[-1][-1] == "a"


def test_an_environment_without_pip(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.session.bin_paths = None
    said = room.aborts("python")
    assert "session tests has no environment of its own" in said
    with pytest.raises(Aborted):
        engine.install_with_overrides(room.session, "o.toml", "x")


def test_install_with_overrides(room: Room) -> None:
    engine.install_with_overrides(room.session, Path("o.toml"), "-e", ".")
    assert room.session.installs == [["-e", "."]]


class TestSdist:
    def test_that_cannot_be_made(self, tmp_path: Path) -> None:
        log = tmp_path / "logs" / "sdist.log"
        with pytest.raises(OverrideError) as caught:
            ProjectSdist(str(tmp_path), str(log)).path()
        hint = follows("see {}, and try python -m build --sdist", str(caught.value))
        assert hint.startswith(f"see {log}")
        assert caught.value.message.endswith(log.read_text(encoding="utf-8").splitlines()[-1])

    def test_without_build(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pip_build_override.engines.project_sdist.find_spec", lambda _: None)
        with pytest.raises(OverrideError) as caught:
            ProjectSdist(str(tmp_path), str(tmp_path / "log")).path()
        hint = "pip install 'pip-build-override[nox]'"
        assert follows("pip install 'pip-build-override[nox]'", str(caught.value)) == hint
