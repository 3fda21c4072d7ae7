"""What the pips that a build backend starts leave word of, and what is made of it."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override import rules, switch
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds.build import Build
from pip_build_override.in_pip.builds.member import Member
from pip_build_override.in_pip.builds.upload_limit import UploadLimit
from pip_build_override.in_pip.state import run_directory
from pip_build_override.in_pip.state.ledger import Ledger
from pip_build_override.in_pip.state.left_word import BuiltWord
from pip_build_override.in_pip.state.limit_below_backend import FILE, read_below_backend
from pip_build_override.in_pip.state.rules_in_force import RulesInForce
from pip_build_override.in_pip.state.run_directory import RunDirectory
from pip_build_override.in_pip.steps.below_backend import PipsBelowBackend

from ..support.hints import follows

WORD = BuiltWord(
    shown="o.toml",
    tables=(("package.y", "y"),),
    used=("package.y",),
    built=(("y", "1.0"), ("z", "2.0")),
    overridden=("y 1.0",),
)


LIMIT = UploadLimit("2020-01-01", "o.toml: package.x")


class Room:
    """A build whose backend may start pips."""

    def __init__(self, path: Path) -> None:
        nothing: Any = SimpleNamespace()
        in_force = RulesInForce(rules.Overrides(shown="o.toml"), b"", nothing)
        self.ledger = Ledger(in_force)
        self.build = Build(nothing, True, nothing)
        self.build.package = rules.package("x", "1.0")
        self.pips = PipsBelowBackend(in_force, self.ledger, RunDirectory(str(path)))

    def limit(self) -> None:
        plan: Any = SimpleNamespace(settled=())
        self.build.plan, self.build.upload_limit = plan, LIMIT


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    for name in (switch.BELOW_BACKEND, switch.WATCH, switch.PIP_LOG):
        monkeypatch.delenv(name, raising=False)
    return Room(tmp_path)


def test_what_such_a_pip_built_under_rules_is_in_the_wheel(room: Room) -> None:
    with room.pips.followed(room.build):
        switch.tell_watcher("built", WORD.to_json())
    assert switch.BELOW_BACKEND not in os.environ
    assert room.build.ran_overridden_pips
    assert room.build.members == [Member("y", "1.0", source=True, rules=None)]
    assert room.build.helped
    assert room.ledger.used == {"package.y"}
    assert room.ledger.built == [("y", "1.0"), ("z", "2.0")]
    assert room.ledger.done == ["y 1.0"]


def test_such_a_pip_is_under_the_limit_of_the_build(room: Room) -> None:
    with room.pips.followed(room.build):
        assert read_below_backend().upload_limit is None
    room.limit()
    with room.pips.followed(room.build):
        filling = read_below_backend()
        assert filling.upload_limit == LIMIT
        Path(os.environ[switch.BELOW_BACKEND], FILE).write_text("{}", "utf-8")
        with pytest.raises(OverrideError, match="of its build backend is invalid") as caught:
            read_below_backend()
    assert caught.value.hint == run_directory.RUN_AGAIN
    assert read_below_backend().upload_limit is None


def test_a_pip_that_does_not_keep_to_the_limit(room: Room) -> None:
    with room.pips.followed(room.build):
        switch.tell_watcher("isolated")
    room.limit()
    with pytest.raises(OverrideError, match="x 1.0 started ran with --isolated, so as-of was") as it:  # noqa: SIM117
        with room.pips.followed(room.build):
            switch.tell_watcher("isolated")
    follows("change the backend so that it starts pip without --isolated", f"hint: {it.value.hint}")


def test_no_pip_below(room: Room) -> None:
    with room.pips.followed(room.build):
        pass
    assert not room.build.ran_overridden_pips
    assert not room.build.helped


@pytest.mark.parametrize("facts", [None, {}, {**WORD.to_json(), "overridden": [7]}])
def test_a_word_that_cannot_be_read(room: Room, facts: Any) -> None:
    with pytest.raises(OverrideError, match="backend of x 1.0 started left no valid report") as caught:  # noqa: SIM117
        with room.pips.followed(room.build):
            switch.tell_watcher("built", facts)
    assert caught.value.where == "o.toml"
    assert caught.value.hint
