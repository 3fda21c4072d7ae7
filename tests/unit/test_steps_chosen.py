"""What is said and done of builds, once pip's resolver has settled on them."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.frozen import replace
from pip_build_override.in_pip.builds import contents
from pip_build_override.in_pip.builds.manifest import Manifest
from pip_build_override.in_pip.builds.member import Judgement
from pip_build_override.in_pip.state.cached_wheels import Approved
from pip_build_override.in_pip.steps.chosen import Chosen

from ..support.hints import follows
from .fakes import WHEEL, Link, Owners, Requirement, Spy, member

RULE = '[package.x]\nreplace.a = "a==1"\n'
TARGET = '[package.x]\nreplace.a = {from = "target", else = "declared"}\n'
SAID = Judgement("unused-rule", "of then", "", "")


class Resolver:
    """pip's, with what it remembers."""

    def __init__(self, *names: str) -> None:
        remembered = {f"link of {name}": SimpleNamespace(project_name=name) for name in names}
        self.factory: Any = SimpleNamespace(_link_candidate_cache=remembered)

    @property
    def remembers(self) -> list[str]:
        return list(self.factory._link_candidate_cache)


class Room:
    """The step, under some rules."""

    def __init__(self, room: Path, text: str = RULE, **options: Any) -> None:
        self.owners = Owners(room, text, **options)
        self.run_report, self.mismatch = Spy(), Spy()
        self.resolver: Any = Resolver("x", "y")
        self.step = Chosen(
            **self.owners.given(
                "rules_in_force",
                "ledger",
                "environments",
                "outcome",
                "messages",
                "cached_wheels",
                "command",
                "judgements",
                "announcements",
                "prepared_metadata",
                run_report=self.run_report,
                mismatch=self.mismatch,
            )
        )

    def has(self, version: str) -> None:
        """Let the target have a version of a, of which there is a wheel."""
        self.owners.target.versions = {"a": version}
        wheels = [
            SimpleNamespace(version=one, link=Link(f"https://index.test/a-{one}-py3-none-any.whl"))
            for one in ("1", "2")
        ]
        self.owners.target.finder = SimpleNamespace(find_all_candidates=lambda name: wheels)

    def settle(self, *reqs: Any, again: Any = None) -> Any:
        return self.step.until_settled(
            self.resolver,
            self.resolved(*reqs),
            again or (lambda: pytest.fail("resolved once more")),
        )

    def resolved(self, *reqs: Any) -> Any:
        return SimpleNamespace(requirements={req.name: req for req in reqs})

    def cached(self, stored: Manifest, name: str = "x") -> Any:
        """A requirement that pip has found a wheel in the cache for."""
        path = f"/cache/wheels/{name}-1.0-py3-none-any.whl"
        approved = Approved(stored.rules, stored, Link())  # type: ignore[arg-type]
        self.owners.cached_wheels.approve(path, approved)
        return Requirement(name, Link(f"file://{path}"), original_link=Link())

    @property
    def warned(self) -> list[str]:
        start = "pip-build-override: "
        return [text[len(start) :] for text in self.owners.messages.heard if text.startswith(start)]


def test_what_needs_no_target_is_settled(tmp_path: Path) -> None:
    room = Room(tmp_path)
    build = room.owners.build(None, "a")
    plain = Requirement("z", Link(WHEEL.replace("x-", "z-")))
    room.settle(build.req, plain)
    assert room.owners.target.final
    assert [(req.name, version) for req, version in room.owners.target.taken] == [
        ("x", "1.0"),
        ("z", "1.0"),
    ]


def test_a_guess_that_was_right(tmp_path: Path) -> None:
    room = Room(tmp_path, TARGET)
    room.has("1")
    build = room.owners.build(None, "a", hook_asked=False)
    room.settle(build.req)
    assert room.owners.target.final
    assert room.resolver.remembers == ["link of x", "link of y"]


def test_a_guess_that_was_wrong_is_resolved_again(tmp_path: Path) -> None:
    room = Room(tmp_path, TARGET)
    room.has("1")
    build = room.owners.build(None, "a", hook_asked=False)
    room.has("2")

    def again() -> Any:
        # pip itself prepares it once more.
        assert room.resolver.remembers == ["link of y"]
        return room.resolved(room.owners.build(None, "a", hook_asked=False).req)

    found = room.settle(build.req, again=again)
    assert found.requirements["x"] is not build.req
    assert room.owners.target.final


def test_what_never_settles(tmp_path: Path) -> None:
    room = Room(tmp_path, TARGET)
    room.has("1")
    build = room.owners.build(None, "a")
    room.has("2")
    rounds = []

    def again() -> Any:
        rounds.append(1)
        return room.resolved(build.req)

    with pytest.raises(
        OverrideError,
        match=r"^o\.toml: x 1\.0 cannot be settled: every a it is built with causes another a",
    ):
        room.settle(build.req, again=again)
    assert len(rounds) == 3
    assert not room.owners.target.final


def test_what_settles_with_a_version_that_is_given(tmp_path: Path) -> None:
    room = Room(tmp_path, TARGET)
    room.has("1")
    build = room.owners.build(None, "a", hook_asked=False)
    room.has("2")
    with pytest.raises(OverrideError) as caught:
        room.settle(build.req, again=lambda: room.resolved(build.req))
    said = follows("add {} to this command or to a constraints file", str(caught.value))
    assert said.startswith("add a==VERSION to this command")
    # With a==1 in it, the target gets what the build was made with.
    room.has("1")
    room.settle(build.req)
    assert room.owners.target.final


def test_what_was_prepared_with_other_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path, TARGET)
    room.has("1")
    compared = []
    monkeypatch.setattr(contents, "check_answer", lambda *args: compared.append(args))
    build = room.owners.build(None, "a")
    room.settle(build.req)
    assert [(one.label, question.name, answer.version) for one, question, answer in compared] == [
        ("x 1.0", "a", "1")
    ]
    # One whose build environment was never filled contains nothing to compare.
    build.hook_asked = False
    del compared[:]
    room.settle(build.req)
    assert compared == []


def test_what_is_borrowed_must_stay(tmp_path: Path) -> None:
    room = Room(tmp_path)
    build = room.owners.build(None, "a", members=[member("a", borrowed="digest")])
    room.settle(build.req)
    room.owners.target.changed = {"a"}
    with pytest.raises(OverrideError, match=r"x 1\.0.*a 1"):
        room.settle(build.req)


@pytest.mark.parametrize("how", ["borrowed", "settled"])
@pytest.mark.parametrize("legacy", [True, False])
def test_a_wheel_of_the_cache_for_another_target(tmp_path: Path, how: str, legacy: bool) -> None:
    room = Room(tmp_path, TARGET)
    room.has("1")
    answered = room.owners.build(None, "a").settled
    if how == "settled":
        req = room.cached(Manifest("r", settled=(replace(answered[0], key="a==1"),)))
    else:
        req = room.cached(Manifest("r", members=(member("a", borrowed="d"),)))
    room.settle(req)
    room.has("2")
    room.owners.target.changed = {"a"}
    room.owners.target.legacy = legacy
    built = room.owners.build(None, "a", hook_asked=False)
    room.owners.target.final = False
    again: Any = lambda: room.resolved(built.req)  # noqa: E731 - in place of pip's resolver
    if legacy:
        with pytest.raises(OverrideError, match=r"x 1\.0"):
            room.settle(req, again=again)
    else:
        assert room.settle(req, again=again).requirements["x"] is built.req


def test_what_is_judged(tmp_path: Path) -> None:
    room = Room(tmp_path)
    found: Any = [Requirement()]
    room.step.judge(found)
    assert room.mismatch.calls == [("check", found)]
    assert room.run_report.calls == [("add_cached", found)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, True),
        ({"final": True}, False),
        ({"failure": True}, False),
        ({"other": True}, False),
    ],
)
def test_guesses_that_may_be_why_pip_finds_no_way(
    tmp_path: Path, changes: dict[str, bool], said: bool
) -> None:
    room = Room(tmp_path, TARGET)
    room.has("1")
    build = room.owners.build(None, "a", kept_warnings=[(logging.WARNING, "kept back")])
    room.owners.target.final = changes.get("final", False)
    if "failure" in changes:
        room.owners.outcome.fail_overridden(RuntimeError("it failed"))
    if "other" in changes:
        build.target = None  # type: ignore[assignment]
        build.plan = None
    room.step.warn_of_guesses()
    assert ("kept back" in room.owners.messages.heard) is said
    assert len(room.warned) == (1 if said else 0)
    assert all("x 1.0" in text and "a==1" in text and "a==VERSION" in text for text in room.warned)


@pytest.mark.parametrize("setting", ["error", "warn"])
def test_a_rule_with_nothing_to_act_on(tmp_path: Path, setting: str) -> None:
    room = Room(tmp_path, f"[settings]\nunused = '{setting}'\n{RULE}")
    build = room.owners.build(None, "b")
    if setting == "error":
        with pytest.raises(OverrideError, match=r"^o\.toml: package\.x: "):
            room.step.check_build(build.req)
        return
    room.step.check_build(build.req)
    assert len(room.warned) == 1
    assert room.owners.ledger.chosen == [build]


def test_a_build_is_announced_and_counted(tmp_path: Path) -> None:
    room = Room(tmp_path)
    build = room.owners.build(None, "a")
    room.step.check_build(build.req)
    assert build.announced
    assert room.owners.ledger.chosen == [build]
    assert room.owners.ledger.used == {"package.x"}


# Wheels


def test_a_wheel_that_was_built_before(tmp_path: Path) -> None:
    room = Room(tmp_path, RULE + "[package.y]\nadd = ['b']\n[package.w]\nadd = ['b']\n")
    told = {"mismatch": (SAID, Judgement("unused-rule", "of x", "", ""))}
    told_below = {"generated": (SAID, Judgement("unused-rule", "of y", "", ""))}
    below = member("y", source=True, rules="r", told=told_below)
    digest = str(room.owners.rules.digest("x", "1.0"))
    req = room.cached(Manifest(digest, members=(below,), told=told))
    room.step.check_wheel(req, req.link.file_path)
    ledger = room.owners.ledger
    assert ledger.used == {"package.x", "package.y"}
    assert ledger.built == [("x", "1.0")]
    assert ledger.from_cache == ["x 1.0"]
    # The same said of both is said once.
    assert room.warned == [f"{text} [unused-rule]" for text in ("of then", "of x", "of y")]


def test_a_wheel_that_rules_for_all_do_not_reach(tmp_path: Path) -> None:
    room = Room(tmp_path, '[package."*"]\nadd = ["b"]\n')
    req = room.cached(Manifest(""))
    room.step.check_wheel(req, req.link.file_path)
    assert room.owners.ledger.from_cache == []
    assert ["isolation" in text for text in room.warned] == [True]


def test_a_wheel_of_no_rules(tmp_path: Path) -> None:
    room = Room(tmp_path, "[package.y]\nadd = ['b']\n")
    req = room.cached(Manifest(""))
    room.step.check_wheel(req, req.link.file_path)
    assert room.owners.ledger.from_cache == []
    assert room.warned == []
    assert room.owners.ledger.used == set()


def test_a_wheel_that_came_from_the_cache_past_us(tmp_path: Path) -> None:
    room = Room(tmp_path, cache_dir="/cache")
    path = "/cache/wheels/x-1.0-py3-none-any.whl"
    req: Any = Requirement("x", Link(f"file://{path}"))
    with pytest.raises(OverrideError, match=r"WheelCache\.get_cache_entry"):
        room.step.check_wheel(req, path)


@pytest.mark.parametrize("by_path", [True, False])
def test_a_ready_made_wheel_of_what_is_to_be_built(tmp_path: Path, by_path: bool) -> None:
    room = Room(tmp_path, "[package.x]\nno-binary = true\n")
    req: Any = Requirement("x", Link(WHEEL), original_link=Link(WHEEL) if by_path else None)
    if by_path:
        room.step.check_wheel(req, "")
        assert len(room.warned) == 1
    else:
        with pytest.raises(OverrideError, match="make_link_evaluator"):
            room.step.check_wheel(req, "")


@pytest.mark.parametrize(("table", "warns"), [("x", True), ('"x<1"', False), ('"*"', False)])
def test_a_ready_made_wheel_that_a_table_is_about(tmp_path: Path, table: str, warns: bool) -> None:
    room = Room(tmp_path, f"[package.{table}]\nadd = ['b']\n")
    req: Any = Requirement("x", Link(WHEEL))
    room.step.check_wheel(req, "")
    said = "package.x: pip uses a ready-made wheel of x 1.0, so nothing is overridden in it"
    assert [said in text for text in room.warned] == [True] * warns
    assert room.owners.ledger.used == set()
