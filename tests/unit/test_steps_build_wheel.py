"""How a wheel is built, and what becomes of one that is right, or is not."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import records, rules
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds import wheel_record
from pip_build_override.in_pip.builds.leftovers import Leftovers
from pip_build_override.in_pip.internals.endings import Refusal
from pip_build_override.in_pip.steps.build_wheel import BuildWheel

from .fakes import Owners, Requirement, Spy, call, member

RULE = '[package.x]\nreplace.a = "a==1"\n'
NAME = "x-1.0-py3-none-any.whl"


class Room:
    """The step, and a build of x 1.0 whose place was chosen."""

    def __init__(self, room: Path, text: str = RULE, *static: str, depth: int = 0) -> None:
        self.owners = Owners(room, text, depth=depth)
        self.directory = str(room)
        self.wheel = os.path.join(self.directory, NAME)
        self.source_tree, self.run_report = Spy(), Spy()
        self.kept_wheels = Spy(moved=lambda wheel: wheel)
        self.build = self.owners.build(None, *(static or ("a",)))
        self.owners.cached_wheels.choose_place(self.directory, self.build, "/key")
        self.step = BuildWheel(
            **self.owners.given(
                "rules_in_force",
                "ledger",
                "environments",
                "outcome",
                "messages",
                "cached_wheels",
                "explained",
                "members",
                "announcements",
                "prepared_metadata",
                source_tree=self.source_tree,
                run_report=self.run_report,
                kept_wheels=self.kept_wheels,
            )
        )

    def built(self, result: Any = "", req: Any = None, body: Any = None) -> Any:
        def build_one(req: Any, output_dir: str) -> Any:
            assert self.build.being_built
            if body is not None:
                body()
            if result is None:
                return None
            with zipfile.ZipFile(self.wheel, "w") as archive:
                archive.writestr("x-1.0.dist-info/METADATA", "Name: x\nVersion: 1.0\n")
                archive.writestr("x-1.0.dist-info/RECORD", "x-1.0.dist-info/RECORD,,\n")
            return self.wheel

        try:
            return self.step.build_one(
                build_one, call(build_one, req or self.build.req, self.directory)
            )
        finally:
            assert not self.build.being_built


def test_a_wheel_that_is_right(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.build.environment = {"a": "1"}
    assert room.built() == room.wheel
    assert room.kept_wheels.calls == [("moved", room.wheel), ("keep", room.wheel)]
    assert room.run_report.calls == [("add", room.build, room.wheel)]
    assert room.owners.ledger.done == ["x 1.0"]
    assert room.owners.ledger.chosen == [room.build]
    found = records.read_from_wheel(room.wheel)
    assert found is not None
    assert [one.name for one in found.environment] == ["a"]


def test_the_record_does_not_name_the_directory_of_the_file(tmp_path: Path) -> None:
    room = Room(tmp_path)
    path = str(tmp_path / "o.toml")
    room.owners.rules.overrides = rules.parse_overrides(RULE.encode(), path=path, shown=path)
    assert room.owners.rules.plan(room.build).changes[0].where == f"{path}: package.x"
    room.build.generated = (records.Generated("x.c", "0.29", "cython==3", f"{path}: package.x"),)
    room.built()
    found = records.read_from_wheel(room.wheel)
    assert found is not None
    assert found.rules == "o.toml"
    assert [one.where for one in (*found.changes, *found.generated)] == ["o.toml: package.x"] * 2


def test_the_record_goes_into_the_wheel_where_it_is_kept(tmp_path: Path) -> None:
    room = Room(tmp_path)
    moved = str(tmp_path / "moved.whl")

    def move(wheel: str) -> str:
        os.rename(wheel, moved)
        return moved

    room.kept_wheels.answers["moved"] = move
    assert room.built() == moved
    assert records.read_from_wheel(moved) is not None


@pytest.mark.parametrize("how", ["no place", "another's"])
def test_a_directory_that_was_not_chosen(tmp_path: Path, how: str) -> None:
    room = Room(tmp_path)
    req: Any = None
    if how == "no place":
        room.directory = "/elsewhere"
    else:
        req = room.owners.build(Requirement("y")).req
    with pytest.raises(OverrideError, match="_get_cache_dir"):
        room.built(req=req)


@pytest.mark.parametrize("setting", ["error", "warn"])
def test_a_rule_with_nothing_to_act_on(tmp_path: Path, setting: str) -> None:
    room = Room(tmp_path, f"[settings]\nunused = '{setting}'\n{RULE}", "b")
    if setting == "error":
        with pytest.raises(OverrideError, match=r"package\.x"):
            room.built(body=pytest.fail)
    else:
        room.built()
        assert "package.x" in room.owners.messages.heard[0]


def test_a_refusal_that_pip_has_swallowed(tmp_path: Path) -> None:
    room = Room(tmp_path)
    with pytest.raises(Refusal, match="no"):
        room.built(None, body=lambda: room.owners.outcome.refuse(OverrideError("no", kind="usage")))
    assert room.owners.outcome.failures == []


def test_an_exception_of_pips_own(tmp_path: Path) -> None:
    room = Room(tmp_path)

    def fail() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        room.built(body=fail)


@pytest.mark.parametrize("text", [RULE, ""])
@pytest.mark.parametrize("explained", [True, False])
def test_a_build_that_fails(tmp_path: Path, text: str, explained: bool) -> None:
    room = Room(tmp_path, text)
    room.owners.explained.wanted = explained
    assert room.built(None) is None
    outcome = room.owners.outcome
    assert outcome.failed_overridden is bool(text)
    # pip goes on with other packages, and ends by itself.
    assert outcome.failure is None
    assert len(outcome.failures) == (0 if explained else 1)
    assert room.source_tree.calls == [("tell_left_out", room.build)]
    assert room.kept_wheels.calls == room.run_report.calls == []
    assert room.owners.ledger.chosen == []


def test_a_wheel_without_what_was_left_out(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.build.leftovers = Leftovers(compiled=("fast.so",), modules=("fast.so",))
    with pytest.raises(OverrideError, match=r"fast\.so"):
        room.built()
    assert room.kept_wheels.calls == []


@pytest.mark.parametrize(("setting", "warned"), [("warn", 1), ("ignore", 0)])
def test_generated_sources(tmp_path: Path, setting: str, warned: int) -> None:
    room = Room(tmp_path, f"[settings]\ngenerated = '{setting}'\n{RULE}", depth=1)
    filling = room.owners.environments.current
    filling.note_members([member(name, "1.0", source=True, rules="r") for name in ("x", "y")])
    room.build.generated = (records.Generated("x.c", "0.29", "cython==3", "o.toml: package.x"),)
    room.built()
    lines = [text for _, text in room.owners.messages.lines if "x.c" in text]
    assert len(lines) == warned
    # What the wheel is kept with, whatever is said of it today.
    own, other = filling.members
    assert [entry.where for entry in own.told["generated"]] == ["package.x"]
    assert other.told == {}


def test_what_is_no_wheel_takes_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path)

    def refuse(wheel: str, document: Any) -> None:
        raise ValueError("it has no RECORD")

    monkeypatch.setattr(wheel_record.records, "put_into_wheel", refuse)
    with pytest.raises(OverrideError, match=r"x 1\.0: it has no RECORD"):
        room.built()
    assert room.kept_wheels.called == ["moved"]
