"""One run, one file: the outermost pip reads it, and passes its content to all others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pip_build_override import rules, switch
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.state import rules_in_force
from pip_build_override.in_pip.state.run_directory import RunDirectory
from pip_build_override.rules import handed

from ..support.hints import follows

OLD = "[package.a]\nadd = ['b']\n"
NEW = "[package.a]\nadd = ['c']\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an overrides file that is switched on by a relative path."""
    for name in (switch.WATCH, switch.COMMAND_LINE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(switch.SWITCH, "o.toml")
    path = tmp_path / "o.toml"
    path.write_text(OLD, encoding="utf-8")
    path.chmod(0o600)
    return path


def read(file: Path, run: RunDirectory) -> rules.Overrides:
    content, overrides = rules_in_force.read_file(str(file.parent), run, pytest.fail)
    assert content == file.read_bytes()
    return overrides


def added(overrides: rules.Overrides) -> list[str]:
    return [entry.name for table in overrides.tables for entry in table.add]


def test_nested_pips_follow_what_was_read(file: Path) -> None:
    run = RunDirectory("")
    overrides = read(file, run)
    assert os.environ[switch.SWITCH] == str(file)
    file.write_text(NEW, encoding="utf-8")
    nested = RunDirectory(run.path)
    assert rules_in_force.read_handed(nested) == overrides
    assert added(overrides) == ["b"]
    nested.close()
    assert os.path.isdir(run.path)
    made = run.path
    run.close()
    assert not os.path.exists(made)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({switch.SWITCH: "other.toml"}, f"has set {switch.SWITCH} to other.toml"),
        ({switch.COMMAND_LINE: ""}, f"has unset {switch.COMMAND_LINE}"),
        ({switch.REPORT: "mine.json"}, f"has set {switch.REPORT} to mine.json"),
    ],
)
def test_below_run_its_own_rules_are_in_force(
    changed: dict[str, str], said: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        switch.WATCH: str(file.parent),
        switch.SWITCH: str(file),
        switch.COMMAND_LINE: rules.CommandLine((), ("a: d",)).dump(),
        switch.REPORT: "",
    }
    switch.note_given(given, str(file.parent))
    for name, value in {**given, **changed}.items():
        monkeypatch.setenv(name, value)
    if said:
        with pytest.raises(OverrideError) as caught:
            read(file, RunDirectory(""))
        assert said in caught.value.message
        # Without the change, it is the first of these cases.
        follows("remove that from whatever starts this pip, such as tox.ini or {}", str(caught.value))
    else:
        run = RunDirectory("")
        assert added(read(file, run)) == ["b"]
        run.close()


def test_no_directory_for_a_run_that_wants_none(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.mkdtemp", pytest.fail)
    run = RunDirectory("")
    read(file, run)
    run.close()


def test_nothing_was_handed_down(tmp_path: Path) -> None:
    with pytest.raises(OverrideError, match="rules that the outer pip wrote for this one are missing"):
        rules_in_force.read_handed(RunDirectory(str(tmp_path)))


@pytest.mark.parametrize("changed", [False, True])
def test_judged_by_run(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: bool
) -> None:
    key = handed.key(file.read_bytes(), str(file), "")
    # Another document than the file, to tell them apart.
    other = rules.parse_overrides(b"[package.a]\nadd = ['d']\n", path=str(file))
    handed.write(str(tmp_path / handed.FILE), other, key)
    monkeypatch.setenv(switch.WATCH, str(tmp_path))
    if changed:
        file.write_text(NEW, encoding="utf-8")
    assert added(read(file, RunDirectory(""))) == (["c"] if changed else ["d"])


def test_rules_of_the_command_line(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = rules.CommandLine(constrain=("e<2",), set=("f: g<3",))
    monkeypatch.setenv(switch.COMMAND_LINE, given.dump())
    overrides = read(file, RunDirectory(""))
    assert [table.where for table in overrides.tables] == ["package.a", "--constrain", "--set f"]


def test_a_file_that_is_wrong(file: Path) -> None:
    file.write_text("[package.a]\nad = ['b']\n", encoding="utf-8")
    with pytest.raises(OverrideError, match="o.toml"):
        read(file, RunDirectory(""))
