"""Which environment a pip fills at the moment, and what is known of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.frozen import replace
from pip_build_override.in_pip.builds.member import Matched, Origin
from pip_build_override.in_pip.lending.stand_ins import StandIn
from pip_build_override.in_pip.state.environments import Environments, Filling
from pip_build_override.in_pip.state.nested_report import Report

from .fakes import Owners, Requirement, Target, member, settled


def test_one_inside_another() -> None:
    root, inner = Filling(), Filling(depth=1)
    environments = Environments(root, outermost=True)
    assert environments.for_user
    with environments.entered(inner):
        assert environments.current is inner
        assert not environments.at_root
        assert not environments.for_user
    assert environments.current is root
    with pytest.raises(ValueError, match="mine"), environments.entered(inner):
        raise ValueError("mine")
    assert environments.at_root


def test_a_nested_pip_fills_nothing_for_the_user() -> None:
    environments = Environments(Filling(depth=1), outermost=False)
    assert environments.at_root
    assert not environments.for_user


def test_names_that_pip_has_looked_for() -> None:
    environments = Environments(Filling(), outermost=True)
    environments.note_evaluated("a")
    assert environments.was_evaluated("a")
    assert not environments.was_evaluated("b")


def test_the_target_is_made_once_and_only_if_asked_for() -> None:
    made: list[Any] = []
    filling = Filling()

    def make() -> Any:
        made.append(Target())
        return made[-1]

    assert not filling.resolved
    filling.begin_resolving(make)
    assert filling.resolved
    assert made == []
    assert filling.target is filling.target is made[0]
    assert filling.is_target(made[0])
    filling.begin_resolving(make)
    # Asking whether one is the target makes none.
    assert not filling.is_target(made[0])
    assert len(made) == 1
    assert filling.target is made[1]


def test_a_target_that_is_asked_for_after_resolving() -> None:
    target: Any = Target()
    req: Any = Requirement()
    filling = Filling()
    filling.begin_resolving(lambda: target)
    filling.end_resolving(lambda: [(req, "1.0")])
    assert filling.target.final
    assert target.taken == [(req, "1.0")]
    # The next round begins with guesses.
    other: Any = Target()
    filling.begin_resolving(lambda: other)
    assert not filling.target.final
    assert other.taken == []


def test_stand_ins() -> None:
    stand_in = StandIn("a", "1", "/lent/a-1-py3-none-any.whl", "digest")
    filling = Filling(stand_ins=(stand_in,))
    assert filling.stand_in("a") is stand_in
    assert filling.stand_in("b") is None
    assert filling.stand_in_at(stand_in.path) is stand_in
    assert filling.stand_in_at("/other/a-1-py3-none-any.whl") is None


def test_misfits_by_name() -> None:
    filling = Filling()
    errors = [OverrideError("one", kind="usage"), OverrideError("two", kind="usage")]
    for error in errors:
        filling.note_misfit("a", error)
    assert filling.misfits == {"a": errors}


def test_what_was_built_to_match_it() -> None:
    filling = Filling()
    answers = [settled(), settled(origin="oldest"), settled(version="")]
    filling.note_matched("x 1", answers)
    assert filling.matched == [Matched("x 1", "numpy", "1")]


def test_builds_that_have_it_for_their_target() -> None:
    target: Any = Target()
    filling = Filling()
    filling.begin_resolving(lambda: target)
    assert filling.target is target
    builds: Any = [
        SimpleNamespace(target=target, label="x 1", settled=[settled()]),
        SimpleNamespace(target=Target(), label="y 1", settled=[settled()]),
    ]
    filling.note_matched_builds(builds)
    assert [entry.package for entry in filling.matched] == ["x 1"]


@pytest.mark.parametrize("resolved", [True, False])
def test_what_another_pip_hands_back(tmp_path: Path, resolved: bool) -> None:
    nested_report, filling = Owners(tmp_path).nested_report, Filling()
    filling.note_members([member("here")])
    filling.note_distributions([Origin("here", "1")])
    report = Report(
        resolved=resolved,
        members=(member("there"),),
        distributions=(Origin("there", "1"),),
        matched=(Matched("x 1", "there", "1"),),
        refusal=OverrideError("no", kind="usage"),
    )
    nested_report.take(report, filling)
    assert filling.resolved is resolved
    assert [one.name for one in filling.members] == ["here", "there"]
    assert [one.name for one in filling.distributions] == ["here", "there"]
    assert filling.matched == [Matched("x 1", "there", "1")]
    assert filling.refusal is report.refusal
    nested_report.take(replace(report, resolved=False, refusal=None), filling)
    assert filling.resolved is resolved
