"""Rules that were found are in force before they are written, and say the same once they are."""

from __future__ import annotations

import os
import shlex
from functools import partial
from pathlib import Path
from typing import Callable

import pytest

from pip_build_override.cli import file_of_tables
from pip_build_override.cli.main import main
from pip_build_override.diagnosis import Failure
from pip_build_override.errors import OverrideError
from pip_build_override.fixing.found_rules import FoundRules
from pip_build_override.fixing.result import Fixed
from pip_build_override.rules import Declared, load_overrides, package, parse_overrides, plan

from ..support.hints import follows

FILE = "o.toml"
LAMP = Failure("Lamp", "1.0", python="3.11", declared=("setuptools", "cython"))
CYTHON = Fixed("Lamp", "1.0", {"constrain": ["cython<3"], "reason": "found"}, "signature")
NUMPY = Fixed("Lamp", "1.0", {"add": ["numpy<2"]}, "search")


@pytest.fixture(autouse=True)
def _room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


Make = Callable[[str], FoundRules]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    numbers = iter(range(99))

    def made(text: str) -> FoundRules:
        if text:
            write(text)
        return FoundRules(
            FILE,
            bool(text),
            file_of_tables.read(FILE),
            partial(file_of_tables.merged, FILE),
            lambda kind: str(tmp_path / f"{kind}-{next(numbers)}"),
        )

    return made


def write(text: str) -> None:
    Path(FILE).write_text(text, encoding="utf-8")
    Path(FILE).chmod(0o600)


def limits(path: str) -> set[str]:
    made = plan(
        load_overrides(path),
        package("lamp", "1.0"),
        Declared(("setuptools", "cython"), ()),
        {"python_version": "3.11"},
        lambda question: pytest.fail("not asked"),
    )
    return {*made.static, *made.constraints}


def test_nothing_is_in_force_without_a_file(make: Make) -> None:
    assert make("").in_force == ""
    assert make("[package.a]\n").in_force == os.path.abspath(FILE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"setuptools", "cython", "cython<3"}),
        ("# mine\n[package.other]\nadd = ['a']\n", {"setuptools", "cython", "cython<3"}),
        ("[package.LAMP]\nadd = ['a']\n", {"setuptools", "cython", "a", "cython<3"}),
        (
            "[package.lamp]\nconstrain = ['cython<4,>=0.29']\n",
            {"setuptools", "cython", "cython>=0.29,<3"},
        ),
        (
            '[package."*"]\nconstrain = ["cython<4", "b<2"]\n',
            {"setuptools", "cython", "cython<3", "b<2"},
        ),
        # The table of the version overrules that of the name.
        ('[package."lamp<2"]\nconstrain = ["cython<4"]\n', {"setuptools", "cython", "cython<3"}),
    ],
)
def test_the_temporary_file_says_what_the_written_one_does(
    text: str, expected: set[str], make: Make
) -> None:
    rules = make(text)
    rules.add(CYTHON, LAMP)
    assert Path(FILE).exists() is bool(text)
    assert limits(rules.in_force) == expected
    file_of_tables.add(FILE, rules.tables)
    assert limits(FILE) == expected
    assert Path(FILE).read_text("utf-8").startswith(text.partition("\n")[0])
    assert make(Path(FILE).read_text("utf-8")).in_force == os.path.abspath(FILE)


def test_rules_of_two_packages_and_more_for_the_first(make: Make) -> None:
    rules = make("[package.other]\nadd = ['a']\n")
    rules.add(CYTHON, LAMP)
    first = rules.in_force
    rules.add(Fixed("shade", "2", {"add": ["b"]}, "signature"), Failure("shade", "2"))
    rules.add(NUMPY, LAMP)
    assert rules.in_force != first
    assert rules.tables == {
        "lamp": {"constrain": ["cython<3"], "reason": "found", "add": ["numpy<2"]},
        "shade": {"add": ["b"]},
    }
    assert limits(rules.in_force) == {"setuptools", "cython", "cython<3", "numpy<2"}
    rules.take_out(CYTHON)
    assert rules.tables == {"shade": {"add": ["b"]}, "lamp": {"add": ["numpy<2"]}}
    assert limits(rules.in_force) == {"setuptools", "cython", "numpy<2"}


def test_rules_that_are_taken_out_leave_the_file_of_the_user_in_force(make: Make) -> None:
    rules = make("[package.other]\nadd = ['a']\n")
    rules.add(CYTHON, LAMP)
    rules.take_out(CYTHON)
    assert (rules.in_force, rules.tables) == (os.path.abspath(FILE), {})


def test_a_file_beside_the_one_of_the_user(make: Make) -> None:
    Path("bulb").mkdir()
    rules = make("[package.lamp]\nreplace.bulb = { path = 'bulb' }\nadd = ['cython']\n")
    rules.add(CYTHON, Failure("lamp", "1.0", declared=("setuptools", "bulb")))
    assert "bulb" not in Path(rules.in_force).read_text("utf-8").partition("[package")[2]
    load_overrides(rules.in_force)


def refused(rules: FoundRules, fixed: Fixed, failure: Failure = LAMP) -> str:
    before = rules.in_force, rules.tables
    with pytest.raises(OverrideError) as raised:
        rules.add(fixed, failure)
    assert (rules.in_force, rules.tables) == before
    return str(raised.value)


def test_a_rule_of_the_user_that_excludes_it(make: Make) -> None:
    text = "[package.lamp]\nadd = ['b']\nconstrain = ['cython>=3']\n"
    said = refused(make(text), CYTHON)
    assert "o.toml: package.lamp: " in said
    assert "Lamp 1.0 needs cython<3, but constrain in this table requires cython>=3" in said
    follows("remove {} from {} there, and run the same command again", said)
    rules = make(text.replace("'cython>=3'", ""))
    rules.add(CYTHON, LAMP)
    assert limits(rules.in_force) == {"setuptools", "cython", "b", "cython<3"}


def test_a_rule_of_the_user_that_overrules_it(
    make: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # In the table of the version it would exclude what is there, and elsewhere that overrules it.
    rules = make('[package."lamp<2"]\nas-of = 2020-01-01\n')
    said = refused(rules, Fixed("Lamp", "1.0", {"as-of": "release"}, "moment"))
    assert "have no effect in this table" in said
    command = shlex.split(follows("see which rules are in force: {}", said).partition(": ")[2])
    assert command[:2] == ["pip-build-override", "explain"]
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert main(command[1:]) == 1
    assert "Lamp==1.0: pip finds no release" in capsys.readouterr().err


def test_rules_that_the_table_has(make: Make) -> None:
    text = "[package.lamp]\nconstrain = ['cython<3']\nreason = 'found'\n"
    said = refused(make(text), CYTHON)
    assert "o.toml: package.lamp: this table already has the rules" in said


def test_a_file_that_would_not_be_valid(make: Make) -> None:
    rules = make("[package.lamp]\nadd = ['b']\n")
    said = refused(rules, Fixed("Lamp", "1.0", {"requires": ["a"]}, "search"))
    assert "requires" in said


def test_a_file_that_includes_another_one(make: Make) -> None:
    Path("org.toml").write_text("[package.lamp]\nadd = ['c']\n", encoding="utf-8")
    Path("org.toml").chmod(0o600)
    rules = make('include = ["org.toml"]\n')
    rules.add(CYTHON, LAMP)
    assert limits(rules.in_force) == {"setuptools", "cython", "c", "cython<3"}
    file_of_tables.add(FILE, rules.tables)
    assert limits(FILE) == limits(rules.in_force)


def test_messages_name_the_file_that_the_user_knows(make: Make, tmp_path: Path) -> None:
    rules = make("")
    rules.add(CYTHON, LAMP)
    assert load_overrides(rules.in_force).shown == FILE
    # The file of the user has a table for the package, too; which file has which rule does not matter.
    rules = make("[package.lamp]\nadd = ['a']\n\n[package.other]\nadd = ['b']\n")
    rules.add(CYTHON, LAMP)
    loaded = load_overrides(rules.in_force)
    assert {loaded.where(table.where) for table in loaded.tables} == {
        f"{FILE}: package.lamp",
        f"{FILE}: package.other",
    }
    # An attempt includes the temporary file.
    text = f"include = ['{rules.in_force}']\n[package.lamp]\nadd = ['c']\n"
    attempt = parse_overrides(text.encode(), path=str(tmp_path / "attempt.toml"))
    assert {table.where.partition(" in ")[2] for table in attempt.tables} == {"", FILE}
