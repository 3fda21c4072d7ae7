"""No name is guessed, because anybody could register the name of a module on an index."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pip_build_override.cli import suggest
from pip_build_override.cli.main import main
from pip_build_override.diagnosis import Failure, diagnose, read_log
from pip_build_override.diagnosis.wording import command
from pip_build_override.in_pip.state.explanation import ExplainedBuild, Explanation
from pip_build_override.verifying.imports import Failure as ImportFailure
from pip_build_override.verifying.judging import Environment, Finding

PLANNED = ExplainedBuild(
    ready_made=False,
    name="lamp",
    version="1.0",
    declared=("numpy",),
    declared_by_hook=None,
    effective=("numpy",),
    effective_of_hook=None,
    constraints=(),
    changes=(),
    settled=(),
    set_aside=(),
    unused=(),
    not_used_so_far=(),
)
IMPORT = """\
Traceback (most recent call last):
  File "/venv/lib/python3.11/site-packages/surprise/__init__.py", line 3, in <module>
    from .parts import part
ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 96, got 88
"""
BUILD = """\
  Building wheel for {} (pyproject.toml) did not run successfully.
  [1 lines of output]
      ModuleNotFoundError: No module named 'pkg_resources'
      [end of output]
"""

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    def ask(python: str, requirements: list[str], hooks: bool) -> Explanation:
        asked.append(requirements)
        return Explanation((PLANNED,))

    asked: list[list[str]] = []
    monkeypatch.setattr(suggest, "ask", ask)
    monkeypatch.setattr(suggest, "_asked", asked, raising=False)
    path = tmp_path / "log"
    path.write_text(IMPORT, encoding="utf-8")
    return str(path)


def environment_of(*distributions: tuple[str, str, list[str]]) -> Any:
    listed = [
        {"name": name, "version": version, "top_level": top} for name, version, top in distributions
    ]
    return lambda python, variables: {"distributions": listed}


def test_a_module_is_no_distribution() -> None:
    (failure,) = read_log(IMPORT.splitlines())
    assert (failure.name, failure.module) == ("", "surprise")
    assert "the module surprise" in failure.label
    assert Failure.from_json(json.loads(json.dumps(failure.to_json()))) == failure
    diagnosis = diagnose(failure)
    assert not diagnosis.rules
    assert diagnosis.nameless_rules
    # As pip's own lines give it, or the table of known modules.
    installed = f"Successfully installed Surprise-1.1.4 numpy-1.20\n{IMPORT}"
    (failure,) = read_log(installed.splitlines())
    assert (failure.name, failure.version, failure.module) == ("surprise", "1.1.4", "")
    (failure,) = read_log(IMPORT.replace("surprise", "yaml").splitlines())
    assert (failure.name, failure.module) == ("pyyaml", "")


def test_two_modules_are_two_failures() -> None:
    lines = [f"one  | {line}" for line in IMPORT.splitlines()]
    lines += [f"two  | {line}" for line in IMPORT.replace("surprise", "other").splitlines()]
    assert [failure.module for failure in read_log(lines)] == ["surprise", "other"]


@pytest.mark.parametrize(
    "environment",
    [
        environment_of(("numpy", "1.20", ["numpy"]), ("surprise", "0.1", ["else"])),
        environment_of(("scikit-surprise", "1.1.4", ["surprise"]), ("other", "1", ["surprise"])),
    ],
)
def test_no_command_where_nothing_tells_the_name(
    log: str, environment: Any, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(suggest, "listed", environment)
    assert main(["suggest", log]) == 1
    printed = capsys.readouterr().out
    assert "pip install" not in printed
    assert "package.surprise" not in printed
    assert "[package.NAME]" in printed
    assert (
        "hint: name the interpreter that has surprise with --python, or replace NAME here by" in printed
    )
    assert suggest._asked == []  # type: ignore[attr-defined]


def test_the_name_that_the_environment_gives(
    log: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    environment = environment_of(("scikit-surprise", "1.1.4", ["surprise", "docs"]))
    monkeypatch.setattr(suggest, "listed", environment)
    assert main(["suggest", log]) == 0
    printed = capsys.readouterr().out
    options = "--force-reinstall --no-deps --no-binary scikit-surprise"
    assert f"-- pip install {options} scikit-surprise==1.1.4\n" in printed
    assert "[package.scikit-surprise]" in printed
    assert suggest._asked == [["scikit-surprise==1.1.4"]]  # type: ignore[attr-defined]


def test_an_environment_that_cannot_be_looked_at(log: str, capsys: Capture) -> None:
    assert main(["suggest", "--python", "/missing/python", log]) == 1
    assert "[package.NAME]" in capsys.readouterr().out
    assert main(["suggest", "--python", sys.executable, log]) == 1
    assert "pip install" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["x;id", "$(id)", "`id`", "-r", "./x", "x&&id", "\u017fix"])
def test_what_is_no_name_is_not_taken_for_one(name: str) -> None:
    for text in (BUILD.format(name), f"Failed to build '{name}'\n"):
        for failure in read_log(text.splitlines()):
            assert failure.name == ""
            assert not diagnose(failure).rules
    unbuilt = f"{BUILD.format('')}ERROR: Failed building wheel for {name}\n"
    assert [failure.name for failure in read_log(unbuilt.splitlines())] == [""]


def test_the_command_is_quoted() -> None:
    (failure,) = read_log(BUILD.format("lamp").splitlines())
    found = diagnose(Failure("lamp", "1.0;id", hits=failure.hits))
    assert shlex.split(command([found], "my file.toml"))[3:] == [
        "my file.toml",
        *("--", "pip", "install", "--no-binary", "lamp", "lamp==1.0;id"),
    ]


def test_the_command_installs_what_is_already_installed() -> None:
    (failure,) = read_log(BUILD.format("lamp").splitlines())
    built = diagnose(failure)
    imported = replace(built, failure=Failure("lamp", "1.0", step="import"))
    assert command([imported]).endswith(
        " -- pip install --force-reinstall --no-deps --no-binary lamp lamp==1.0"
    )
    assert " -- pip install --force-reinstall --no-binary lamp lamp" in command([built, imported])


@pytest.mark.parametrize(
    ("others", "against"),
    [
        ([("parts-lib", ["parts"])], "parts-lib"),
        ([("parts", [])], "parts"),
        ([("parts", ["something"])], ""),
        ([("one", ["parts"]), ("two", ["parts"])], ""),
        ([], "parts"),
    ],
)
def test_what_a_module_was_built_against(others: list[tuple[str, list[str]]], against: str) -> None:
    distributions = [
        {
            "name": name,
            "version": "1.0",
            "top_level": top,
            "requires": [],
            "record": None,
            "direct_url": {},
        }
        for name, top in [("lamp", ["lamp"]), *others]
    ]
    environment = Environment({"distributions": distributions, "markers": {}}, "python")
    failure = ImportFailure(
        "lamp.core", "import", "parts.Part size changed, x. Expected 96 from C header, got 88"
    )
    finding = environment.by_failure(distributions[0], failure, None, lambda: True)
    assert isinstance(finding, Finding)
    assert finding.against == against
    assert bool(finding.command) is bool(against and others)
    assert (f"{against}@target" in finding.command) is bool(finding.command)
