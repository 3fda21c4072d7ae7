"""``matrix list``: what it prints, from the files of a project, on a machine that is made up."""

from __future__ import annotations

import json
import re
import shlex
import sys
from datetime import date
from pathlib import Path
from typing import Any, Sequence

import pytest

from pip_build_override import switch
from pip_build_override.cli.main import main
from pip_build_override.matrix import project_plan
from pip_build_override.matrix.cells import IMPOSSIBLE, PLANNED
from pip_build_override.matrix.making import Answers
from pip_build_override.matrix.plan import Interpreter, Plan
from pip_build_override.matrix.reading import matrix_in
from pip_build_override.matrix.table import BUILD_WORDS, CELLS, WINDOWS, WORDS, Exclusion, Matrix
from pip_build_override.matrix.versions import CONTRADICTION, NO_WHEEL
from pip_build_override.releases import Available
from pip_build_override.rules.reading.matrix_outline import KEYS

from ..support.documents import answered
from ..support.hints import follows
from .matrices import interpreters, numpy, releases

Capture = pytest.CaptureFixture[str]

PROJECT = """
[build-system]
requires = ["setuptools", "numpy>=2.0"]

[project]
name = "p"
requires-python = ">=3.9"
dependencies = ["numpy>=1.26", "b"]
"""
STATES = (PLANNED, IMPOSSIBLE, NO_WHEEL, CONTRADICTION)
# What some tables name for the tests.
FOR_TESTS = "[project.optional-dependencies]\nall = []\n[dependency-groups]\ntest = ['pytest']\n"
OWN = "[tool.pip-build-override.matrix]\nvary.numpy = ['latest']\n"


class Machine:
    """The interpreters, what their pips find, and what was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.minors = ["3.9", "3.12", "3.13"]
        self.without_times: tuple[str, ...] = ()
        self.wanted: list[Any] = []
        monkeypatch.setattr(project_plan.interpreters, "find", self._find)
        monkeypatch.setattr(project_plan.asking, "answers", self._answers)

    def _find(self, wanted: Sequence[str] | None = None) -> list[Interpreter]:
        self.wanted.append(wanted)
        return interpreters(*self.minors)

    def _answers(self, table: Matrix, chosen: Sequence[Interpreter]) -> dict[str, Answers]:
        return {
            each.minor: Answers(
                Available(
                    {"python_version": each.minor},
                    {"numpy": numpy(each.minor), "b": releases("1.0", "2.0"), "numpi": releases("1.0")},
                    self.without_times,
                )
            )
            for each in chosen
        }


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(switch.SWITCH, raising=False)
    Path("pyproject.toml").write_text(PROJECT, encoding="utf-8")
    return Machine(monkeypatch)


def listed(capsys: Capture, *arguments: str) -> str:
    assert main(["matrix", "list", *arguments]) == 0
    return capsys.readouterr().out


def refused(capsys: Capture, *arguments: str) -> str:
    assert main(["matrix", *arguments]) == 2
    return capsys.readouterr().err


def test_a_table(machine: Machine, capsys: Capture) -> None:
    out = listed(capsys, "--vary", "numpy=oldest,1.26.*,latest")
    floor = "[project] declares numpy>=1.26, but 1.26 has no wheel for this Python"
    assert out.splitlines() == [
        "runs with     Python 3.9        Python 3.12       Python 3.13",
        "numpy 1.26.0  built with 2.0.2  built with 2.4.6  -",
        "numpy 1.26.4  built with 2.0.2  -                 -",
        "numpy 2.0.2   built with 2.0.2  -                 -",
        "numpy 2.1.0   -                 -                 built with 2.4.6",
        "numpy 2.4.6   -                 built with 2.4.6  built with 2.4.6",
        "numpy 1.26.*  -                 -                 no wheel",
        "",
        "no wheel: numpy 1.26.* has no wheel for this Python (py313-numpy1.26)",
        f"Python 3.13: {floor}; the oldest here is 2.1.0",
        "7 cells, 3 builds, 1 cannot be run",
    ]
    assert machine.wanted == [None]


def test_several_names_and_builds(machine: Machine, capsys: Capture) -> None:
    Path("pyproject.toml").write_text(PROJECT.replace('"numpy>=2.0"', '"numpy", "b"'), encoding="utf-8")
    varied = ["--vary", "numpy=latest", "--vary", "b=oldest,latest"]
    out = listed(capsys, *varied, "--python", "3.12", "--build=oldest,same")
    name = "py312-numpy2.4.6-b{0}-built_numpy1.26.0-built_b1.0".format
    old = "impossible (numpy 1.26.0, b 1.0)"
    assert out.splitlines() == [
        "runs with           Python 3.12",
        f"numpy 2.4.6, b 1.0  {old}; built with numpy 2.4.6, b 1.0",
        f"numpy 2.4.6, b 2.0  {old}; built with numpy 2.4.6, b 2.0",
        "",
        (
            "impossible: what is built against numpy 1.x does not run with 2.x"
            f" ({name('1.0')}, {name('2.0')})"
        ),
        "2 cells, 2 builds, 2 cannot be run",
    ]
    assert machine.wanted == [("3.12",)]


def test_what_nothing_is_built_against(machine: Machine, capsys: Capture) -> None:
    out = listed(capsys, "--vary", "b=oldest", "--python", "3.12,3.13")
    assert out.splitlines() == [
        "runs with  Python 3.12  Python 3.13",
        "b 1.0      yes          yes",
        "",
        "2 cells, 2 builds",
    ]


def test_one_line_for_github(machine: Machine, capsys: Capture) -> None:
    assert main(["matrix", "list", "--vary", "numpy=oldest,latest", "--format", "github"]) == 0
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    document = json.loads(out)
    assert document["include"][0] == {
        "name": "py39-numpy1.26",
        "python": "3.9",
        "numpy": "1.26.0",
        "build_numpy": "2.0.2",
    }
    assert [each["name"] for each in document["include"]][1:] == [
        "py39-numpy2.0",
        "py312-numpy1.26",
        "py312-numpy2.4",
        "py313-numpy2.1",
        "py313-numpy2.4",
    ]
    # Only what can be run is for a workflow, but what a reader must know is not lost.
    assert "note: Python 3.13: [project] declares numpy>=1.26" in err


def test_json(machine: Machine, capsys: Capture) -> None:
    Path("pyproject.toml").write_text(PROJECT + FOR_TESTS, encoding="utf-8")
    Path("o.toml").write_text(
        "[matrix]\nvary.numpy = ['1.26.*', 'latest']\nwindow = 'nep29'\ngroups = ['test']\n"
        "extras = ['all']\ncommand = ['pytest']\ncells = 'all'\npython = ['3.12', '3.13']\n",
        encoding="utf-8",
    )
    document = answered(
        "matrix-list",
        listed(capsys, "--overrides", "o.toml", "--as-of", "2025-09-16", "--format", "json"),
    )
    assert Plan.from_json(document).to_json() == document
    cells = document.pop("cells")
    assert document == {
        "format": 1,
        "project": "p",
        "day": "2025-09-16",
        "window": "nep29",
        "groups": ["test"],
        "extras": ["all"],
        "command": ["pytest"],
        "overrides": str(Path("o.toml").absolute()),
        "pythons": [
            {"minor": "3.12", "version": "3.12.7", "path": "/opt/python3.12"},
            {"minor": "3.13", "version": "3.13.7", "path": "/opt/python3.13"},
        ],
        "notes": [],
        "declared": {"3.12": {"numpy": ">=1.26"}, "3.13": {"numpy": ">=1.26"}},
        "milestones": {
            "3.12": {"numpy": ["1.26.0", "1.26.4", "2.0.2", "2.1.3", "2.2.6", "2.3.2"]},
            "3.13": {"numpy": ["2.1.0", "2.1.3", "2.2.6", "2.3.2"]},
        },
    }
    assert cells[0] == {
        "name": "py312-numpy1.26",
        "python": "3.12",
        "runs": {"numpy": "1.26.4"},
        "built": {"numpy": "2.3.2"},
        "nightly": [],
        "state": "planned",
        "reason": "",
    }
    assert [cell["state"] for cell in cells] == ["planned", "planned", "planned", "no wheel"]


def test_the_table_of_the_project(machine: Machine, capsys: Capture, monkeypatch: Any) -> None:
    Path("pyproject.toml").write_text(PROJECT + OWN, encoding="utf-8")
    assert "numpy 2.4.6" in listed(capsys)
    # It is an overrides file, too.
    assert "numpy 2.4.6" in listed(capsys, "--overrides", "pyproject.toml")
    # Without a table, an overrides file of the environment changes nothing.
    Path("o.toml").write_text("[package.p]\nadd = ['a']\n", encoding="utf-8")
    Path("o.txt").write_text("numpy<2\n", encoding="utf-8")
    for name in ("o.toml", "o.txt"):
        monkeypatch.setenv(switch.SWITCH, name)
        assert "numpy 2.4.6" in listed(capsys)


def test_the_table_of_the_environment(machine: Machine, capsys: Capture, monkeypatch: Any) -> None:
    Path("o.toml").write_text("[matrix]\nvary.numpy = ['1.26.*']\n", encoding="utf-8")
    monkeypatch.setenv(switch.SWITCH, "o.toml")
    assert "numpy 1.26.4" in listed(capsys)


def test_two_tables(machine: Machine, capsys: Capture) -> None:
    Path("pyproject.toml").write_text(PROJECT + OWN, encoding="utf-8")
    Path("o.toml").write_text("[matrix]\nvary.numpy = ['1.26.*']\n", encoding="utf-8")
    said = refused(capsys, "list", "--overrides", "o.toml")
    assert "o.toml: matrix: pyproject.toml has a table [tool.pip-build-override.matrix], too" in said
    assert follows("remove the table from {}", said) == "remove the table from pyproject.toml"
    Path("pyproject.toml").write_text(PROJECT, encoding="utf-8")
    assert "numpy 1.26.4" in listed(capsys, "--overrides", "o.toml")


def test_a_file_without_a_table(machine: Machine, capsys: Capture) -> None:
    Path("o.toml").write_text("[package.p]\nadd = ['a']\n", encoding="utf-8")
    options = ["--overrides", "o.toml", "--vary", "numpy=latest"]
    said = refused(capsys, "list", *options)
    assert "o.toml: there is no [matrix] in it" in said
    assert follows("leave out --overrides", said)
    assert "numpy 2.4.6" in listed(capsys, *options[2:])


def test_a_table_beside_include(machine: Machine, capsys: Capture) -> None:
    Path("base.toml").write_text("[matrix]\nvary.numpy = ['1.26.*']\n", encoding="utf-8")
    include = "include = ['none.toml', 'base.toml']\n"
    Path("none.toml").touch()
    Path("o.toml").write_text(f"{include}[matrix]\nvary.numpy = ['latest']\n", encoding="utf-8")
    out = listed(capsys, "--overrides", "o.toml")
    assert "numpy 2.4.6" in out
    assert "1.26" not in out
    assert main(["check", "o.toml"]) == 0
    # An included one is not used, and nobody has to find out why.
    Path("o.toml").write_text(include, encoding="utf-8")
    said = refused(capsys, "list", "--overrides", "o.toml")
    assert "o.toml: there is no [matrix] in it, and that of base.toml, which it includes, is" in said
    option, file = follows("write --overrides {}", said).split()[1:]
    assert "numpy 1.26.4" in listed(capsys, option, file)
    # Rules in it would be overlooked, so they are refused there, too.
    Path("base.toml").write_text("[matrix]\nadd = ['a']\n", encoding="utf-8")
    assert "base.toml: matrix: add is a rule" in refused(capsys, "list", "--overrides", "o.toml")


def test_a_file_with_nothing_but_a_table(machine: Machine, capsys: Capture) -> None:
    Path("o.toml").write_text("[matrix]\nvary.numpy = ['latest']\n", encoding="utf-8")
    Path("o.toml").chmod(0o600)
    assert main(["check", "o.toml"]) == 0
    assert capsys.readouterr().err == ""
    Path("o.toml").write_text("[matrix]\n[package.p]\n", encoding="utf-8")
    assert main(["check", "o.toml"]) == 0
    assert "there is no rule in this table" in capsys.readouterr().err


def test_files_with_mistakes(machine: Machine, capsys: Capture) -> None:
    Path("o.toml").write_text("[matrix]\nvary.numpy = ['newest']\n", encoding="utf-8")
    assert 'o.toml: matrix: vary.numpy: "newest"' in refused(capsys, "list", "--overrides", "o.toml")
    Path("o.toml").write_text("[matrix]\n[package.p]\nad = 1\n", encoding="utf-8")
    assert "o.toml: package.p: unknown key ad" in refused(capsys, "list", "--overrides", "o.toml")
    Path("pyproject.toml").write_text("[project]\nname = \n", encoding="utf-8")
    assert "pyproject.toml: " in refused(capsys, "list")
    Path("pyproject.toml").write_text(PROJECT + "[tool]\npip-build-override = 1\n", encoding="utf-8")
    assert "is a number, not a table" in refused(capsys, "list")


def test_no_project(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    Path("pyproject.toml").unlink()
    said = refused(capsys, "list", "--vary", "numpy=latest")
    assert f"there is no pyproject.toml in {tmp_path}" in said
    assert follows("run it in the root of the project that is to be tested", said)
    Path("pyproject.toml").write_text(PROJECT, encoding="utf-8")
    assert listed(capsys, "--vary", "numpy=latest")


def test_what_is_not_there_is_refused_first(machine: Machine, capsys: Capture) -> None:
    # Before any interpreter is looked for, or any pip is asked.
    assert "there is nothing to vary" in refused(capsys, "list")
    assert machine.wanted == []
    table = f'{OWN}groups = ["tests"]\nextras = ["al"]\n'
    groups = "[dependency-groups]\nTest = []\n"
    extras = "[project.optional-dependencies]\nall = []\n"
    Path("pyproject.toml").write_text(PROJECT + table, encoding="utf-8")
    said = refused(capsys, "list")
    assert "groups has tests, and pyproject.toml has no such dependency group" in said
    hint = follows("write {} = […] under [{}], or leave it out", said)
    assert hint == "write tests = […] under [dependency-groups], or leave it out"
    Path("pyproject.toml").write_text(PROJECT + table + groups, encoding="utf-8")
    assert follows("did you mean {}?", refused(capsys, "list")) == "did you mean test?"
    table = table.replace("tests", "test")
    Path("pyproject.toml").write_text(PROJECT + table + groups + extras, encoding="utf-8")
    said = refused(capsys, "list")
    assert "extras has al, and pyproject.toml has no such extra" in said
    assert follows("did you mean {}?", said) == "did you mean all?"
    table = table.replace('"al"', '"all"')
    Path("pyproject.toml").write_text(PROJECT + table + groups + extras, encoding="utf-8")
    assert listed(capsys)


def test_a_misspelt_name(machine: Machine, capsys: Capture) -> None:
    said = refused(capsys, "list", "--vary", "nmpy=latest")
    assert "--vary: pip finds no release of nmpy, and pyproject.toml does not declare it" in said
    assert follows("did you mean {}?", said) == "did you mean numpy?"
    # Anybody could have registered one that is almost right.
    said = refused(capsys, "list", "--vary", "numpi=latest")
    assert "--vary: pyproject.toml does not declare numpi" in said
    hint = follows("did you mean {}? if not, add {} to dependencies under [project]", said)
    assert hint.startswith("did you mean numpy?")
    declared = PROJECT.replace("dependencies = [", 'dependencies = ["numpi", ')
    assert declared != PROJECT
    Path("pyproject.toml").write_text(declared, encoding="utf-8")
    assert listed(capsys, "--vary", "numpi=latest")
    Path("pyproject.toml").write_text(PROJECT, encoding="utf-8")
    # One that is like no other is shown in the plan.
    assert "no cell of the matrix" in refused(capsys, "list", "--vary", "scikit-learn=latest")


def test_messages_name_the_option(machine: Machine, capsys: Capture) -> None:
    machine.minors = ["3.9", "3.12"]
    said = refused(capsys, "list", "--vary", "numpy=latest", "--python", "3.12,3.14")
    assert "error: --python: there is no interpreter with pip for Python 3.14 here" in said
    assert "found: 3.9 and 3.12" in said
    assert machine.wanted == [("3.12", "3.14"), None]
    dynamic = PROJECT.replace("dependencies =", "dynamic = ['dependencies']\n[x]\ny =")
    Path("pyproject.toml").write_text(dynamic, encoding="utf-8")
    assert "error: --vary: vary.numpy has oldest, " in refused(capsys, "list", "--vary", "numpy=oldest")
    out = listed(capsys, "--vary", "numpy=latest")
    assert "numpy has no known limits" in out
    assert "does not declare numpy" not in out
    other = PROJECT.replace('"numpy>=2.0"', '"b"')
    Path("pyproject.toml").write_text(other, encoding="utf-8")
    said = refused(capsys, "list", "--vary", "numpy=latest", "--build", "oldest")
    assert "error: --build: build is given, but" in said


def test_a_python_that_the_project_excludes(machine: Machine, capsys: Capture) -> None:
    machine.minors = ["3.8", "3.9"]
    said = refused(capsys, "list", "--vary", "numpy=latest", "--python", "3.8,3.9")
    assert "--python: requires-python >=3.9 of pyproject.toml excludes Python 3.8.7" in said
    hint = follows("leave {} out of python, or correct requires-python", said)
    assert hint.startswith("leave 3.8 out")
    assert listed(capsys, "--vary", "numpy=latest", "--python", "3.9")


def test_no_cell_can_be_run(machine: Machine, capsys: Capture) -> None:
    assert main(["matrix", "list", "--vary", "numpy=1.26.*", "--python", "3.13"]) == 2
    out, err = capsys.readouterr()
    assert "no wheel: numpy 1.26.* has no wheel for this Python" in out
    assert "0 cells, 0 builds, 1 cannot be run" in out
    assert "no cell of the matrix can be run" in err
    hint = follows("{}; name other versions, or another Python", err)
    assert hint.startswith("the plan says why")
    assert listed(capsys, "--vary", "numpy=2.1.*", "--python", "3.13")


@pytest.mark.parametrize("day", ["2025-6-30", "yesterday", "2025-02-30", "20250630", ""])
def test_what_is_not_a_day(day: str, machine: Machine, capsys: Capture) -> None:
    said = refused(capsys, "list", "--vary", "numpy=latest", "--as-of", day)
    hint = follows("write it as in --as-of 2025-06-30", said)
    assert ", as of 2025-06-30" in listed(capsys, "--vary", "numpy=latest", *hint.split(" ")[-2:])


def test_words_that_are_no_action(machine: Machine, capsys: Capture) -> None:
    options = ["--vary", "numpy=latest"]
    hint = follows("did you mean {}?", refused(capsys, "lst", *options))
    assert listed(capsys, *options)
    assert hint == "did you mean list?"
    said = refused(capsys, "run", *options)
    assert "pip-build-override matrix: run is not known" in said
    assert follows("leave it out: {} runs the matrix", said)
    said = refused(capsys, "pytest", *options)
    words = shlex.split(follows("put a command after two dashes: {} -- {}", said).split(": ")[1])
    said = refused(capsys, "pytest", *options, "--", "-q")
    assert "two dashes: pip-build-override matrix -- pytest -q" in said
    # With list, it is the command of the plan.
    shown = listed(capsys, *options, "--format", "json", *words[2:])
    assert answered("matrix-list", shown)["command"] == ["pytest"]
    assert "did you mean github?" in refused(capsys, "list", "--format", "githb")


def test_options_of_the_other(machine: Machine, capsys: Capture) -> None:
    options = ["--vary", "numpy=latest"]
    for option in ("--jobs", "--report", "--junit"):
        said = refused(capsys, "list", *options, option, "1")
        assert f"{option} is not an option of pip-build-override matrix list" in said
        assert follows("leave out --{}, or list", said) == f"leave out {option}, or list"
        assert not Path("1").exists()
    said = refused(capsys, *options, "--format", "json")
    hint = follows("write {} list --format {}, or --report FILE instead", said)
    words = hint[len("write ") :].partition(",")[0].split()
    assert main([*words[1:], *options]) == 0


def test_a_command_line_of_words_and_options(machine: Machine, capsys: Capture) -> None:
    # Wherever list is, and whatever the command's own arguments look like.
    for arguments in (
        ["list", "--vary", "numpy=latest", "--format", "json"],
        ["--vary", "numpy=latest", "list", "--format", "json"],
        ["--vary", "numpy=latest", "--format", "json", "list"],
    ):
        for command in ([], ["pytest", "--vary", "x", "list", "--", "-q"]):
            dashes = ["--", *command] if command else []
            assert main(["matrix", *arguments, *dashes]) == 0
            assert answered("matrix-list", capsys.readouterr().out)["command"] == command


def test_a_tox_ini(machine: Machine, capsys: Capture) -> None:
    Path("pyproject.toml").write_text(PROJECT + FOR_TESTS, encoding="utf-8")
    Path("o.toml").write_text(
        "[matrix]\ngroups = ['test']\nextras = ['all']\nvary.numpy = ['oldest', '1.26.*']\n"
        "python = ['3.12', '3.13']\ncommand = ['pytest', '-k', 'a {b}']\n[package.p]\nadd = ['c']\n",
        encoding="utf-8",
    )
    out = listed(capsys, "--overrides", "o.toml", "--format", "tox")
    install = f"pip-build-override run --allow-unused --overrides {Path('o.toml').absolute()}"
    install += " --set 'p: numpy==2.4.6' -- python -m pip install {opts} {packages}"
    assert out.splitlines()[:24] == [
        "[tox]",
        "env_list =",
        "    py312-numpy1.26.0",
        "    py312-numpy1.26.4",
        "    py313-numpy2.1",
        "",
        "[testenv]",
        "package = sdist",
        "allowlist_externals = pip-build-override",
        "dependency_groups =",
        "    test",
        "extras =",
        "    all",
        "commands = pytest -k 'a \\{b\\}'",
        "",
        "[testenv:py312-numpy1.26.0]",
        "base_python = python3.12",
        "deps =",
        "    numpy==1.26.0",
        f"install_command = {install}",
        "",
        "[testenv:py312-numpy1.26.4]",
        "base_python = python3.12",
        "deps =",
    ]
    # A name that nothing is built against needs no rule.
    out = listed(capsys, "--vary", "b=oldest", "--python", "3.12", "--format", "tox")
    assert out.endswith("[testenv:py312-b1.0]\nbase_python = python3.12\ndeps =\n    b==1.0\n")


def test_a_noxfile(machine: Machine, capsys: Capture) -> None:
    options = ["--vary", "numpy=oldest, latest", "--vary", "b=1.0", "--python", "3.12"]
    out = listed(capsys, *options, "--build", "latest", "--format", "nox", "--", "pytest", "-k", 'a"b')
    compile(out, "noxfile.py", "exec")
    wanted = 'vary={"numpy": ["oldest", "latest"], "b": ["1.0"]}, build="latest", python="3.12"'
    assert f'@nox.parametrize("python,cell", cells({wanted}))' in out
    assert 'run_cell(session, cell, "pytest", "-k", "a\\"b", *session.posargs)' in out
    Path("pyproject.toml").write_text(PROJECT + OWN, encoding="utf-8")
    out = listed(capsys, "--format", "nox")
    assert "cells())" in out
    assert "run_cell(session, cell, *session.posargs)" in out


def test_a_terminal_that_is_too_narrow(
    machine: Machine, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    out = listed(capsys, "--vary", "numpy=oldest,latest", "--python", "3.12,3.13")
    assert out.splitlines()[:3] == [
        "Python 3.12",
        "  numpy 1.26.0  built with 2.4.6",
        "  numpy 2.4.6   built with 2.4.6",
    ]
    monkeypatch.setenv("COLUMNS", "80")
    out = listed(capsys, "--vary", "numpy=oldest,latest", "--python", "3.12,3.13")
    assert out.startswith("runs with ")


def test_a_window_needs_times(machine: Machine, capsys: Capture) -> None:
    machine.without_times = ("https://h.test/numpy/",)
    assert listed(capsys, "--vary", "numpy=latest")
    said = refused(capsys, "list", "--vary", "numpy=latest", "--as-of", "2025-01-01")
    assert "https://h.test/numpy/ does not say when files were uploaded" in said


def test_notes_on_pythons(machine: Machine, capsys: Capture) -> None:
    Path("o.toml").write_text("[matrix]\nvary.numpy = ['latest']\nwindow = 'spec0'\n", encoding="utf-8")
    out = listed(capsys, "--overrides", "o.toml", "--as-of", "2026-01-01")
    assert "Python 3.9: outside of the window of SPEC 0 on 2026-01-01" in out
    assert "Python 3.12  Python 3.13" in out.splitlines()[0].replace("     ", "")


def test_check_reads_it_too(machine: Machine, capsys: Capture) -> None:
    Path("o.toml").write_text(
        "[matrix]\nvary.numpy = ['newest']\ncells = 'some'\n[package.p]\nadd = ['a']\n",
        encoding="utf-8",
    )
    assert main(["check", "o.toml"]) == 1
    err = capsys.readouterr().err
    assert 'o.toml: matrix: vary.numpy: "newest" is neither' in err
    assert 'o.toml: matrix: cells is "some"' in err
    Path("o.toml").write_text("[matrix]\nvary.numpy = ['latest']\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["check", "o.toml"]) == 0
    assert capsys.readouterr().out == "o.toml: valid, 1 table: matrix\n"
    Path("pyproject.toml").write_text(PROJECT + OWN, encoding="utf-8")
    assert main(["check", "pyproject.toml"]) == 0
    said = capsys.readouterr()
    assert said.out == "pyproject.toml: valid, 1 table: tool.pip-build-override.matrix\n"
    assert said.err == ""


def test_today_is_the_day_without_another(machine: Machine, capsys: Capture) -> None:
    Path("o.toml").write_text(
        "[matrix]\nvary.numpy = ['latest']\nwindow = 'nep29'\npython = ['3.13']\n", encoding="utf-8"
    )
    document = answered("matrix-list", listed(capsys, "--overrides", "o.toml", "--format", "json"))
    assert abs((date.fromisoformat(document["day"]) - date.today()).days) <= 1


# docs/matrix.md


DOCS = (Path(__file__).parents[2] / "docs" / "matrix.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("value", [*KEYS, *WORDS, *CELLS, *WINDOWS[1:], *STATES])
def test_each_value_has_a_row(value: str) -> None:
    assert re.search(rf"^\| [^|]*`{value}[.`]", DOCS, re.MULTILINE)


@pytest.mark.parametrize("value", [*BUILD_WORDS, *WINDOWS, *CELLS])
def test_each_value_of_a_key_is_in_its_row(value: str) -> None:
    (table,) = re.findall(r"^\| key .*?\n\n", DOCS, re.DOTALL | re.MULTILINE)
    assert f'`"{value}"`' in table


def test_the_defaults_are_as_said() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    found = matrix_in(text.encode(), path="o.toml", shown="o.toml")
    assert found is not None
    default = Matrix(found.place)
    for key, value in re.findall(r'^\| `(\w+)` \| `"(\w+)"` \(default\)', DOCS, re.MULTILINE):
        assert getattr(default, key) == {"latest": None, "declared": None}.get(value, value) or (
            key == "window" and default.window == value
        )
    assert found.exclude == (Exclusion("==3.13.*", (("numpy", "<2.1"),), "no wheels"),)


def test_the_keys_for_a_workflow(machine: Machine, capsys: Capture) -> None:
    out = listed(capsys, "--vary", "numpy=oldest,latest", "--format", "github")
    used = set(re.findall(r"\$\{\{ matrix\.(\w+) \}\}", DOCS))
    assert used == set(json.loads(out)["include"][0])
