"""What pip's resolver is given, and what is looked at of what it has settled on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pip._internal.exceptions import HashMismatch

from pip_build_override import rules, switch
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds.manifest import Manifest
from pip_build_override.in_pip.internals import foreign_wheels
from pip_build_override.in_pip.internals.endings import DistributionNotFound, EndOfRun
from pip_build_override.in_pip.lending.stand_ins import StandIn
from pip_build_override.in_pip.state.cached_wheels import Approved
from pip_build_override.in_pip.steps.cache_lookup import CacheLookup
from pip_build_override.in_pip.steps.candidates import Candidates
from pip_build_override.in_pip.steps.resolve import Resolve
from pip_build_override.in_pip.steps.unpack import Unpack
from pip_build_override.in_pip.target import target

from .fakes import SDIST, WHEEL, Link, Owners, Requirement, Spy, call
from .fakes import Target as Known

FINDER = SimpleNamespace(index_urls=[])
RULE = '[package.x]\nreplace.a = "a==1"\n'


class Resolver:
    """pip's: it settles on what a test says."""

    def __init__(self, body: Any, *, legacy: bool = False) -> None:
        self.body = body
        if legacy:
            self.finder = FINDER
        else:
            self.factory = SimpleNamespace(_finder=FINDER)
        self.roots: list[Any] = []

    def resolve(self, root_reqs: list[Any], check_supported_wheels: bool) -> Any:
        self.roots = root_reqs
        return self.body()


class Room:
    """The step, and a resolver that it belongs to."""

    def __init__(self, room: Path, text: str = RULE, *, depth: int = 0, **options: Any) -> None:
        self.owners = Owners(room, text, depth=depth, **options)
        self.filling = self.owners.environments.current
        self.filling.resolved = False
        self.found: list[Any] = []
        self.resolver = Resolver(lambda: self.requirement_set)
        self.chosen = Spy(until_settled=lambda resolver, found, again: found)
        self.candidates, self.explain = Spy(with_stand_in="ours"), Spy(resolve_each="explained")
        self.step = Resolve(
            **self.owners.given(
                "rules_in_force",
                "ledger",
                "environments",
                "outcome",
                "cached_wheels",
                "command",
                "explained",
                make_members=lambda: self.owners.members,
                make_chosen=lambda: self.chosen,
                make_candidates=lambda: self.candidates,
                make_explain=lambda: self.explain,
                make_upload_limits=lambda: self.upload_limits,
            )
        )
        # Every name was looked for through us.
        for name in ("x", "y", "a"):
            self.owners.environments.note_evaluated(name)

    @property
    def requirement_set(self) -> Any:
        return SimpleNamespace(requirements={req.name: req for req in self.found})

    def resolve(self, *roots: Any) -> Any:
        original = Resolver.resolve
        return self.step.resolve(original, call(original, self.resolver, list(roots), True))


def wheel(name: str = "x", **attributes: Any) -> Any:
    return Requirement(name, Link(WHEEL.replace("x-", f"{name}-")), **attributes)


def test_the_limits_of_what_is_filled(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.filling.constraints = (("a<3", "o.toml: package.x"),)
    root: Any = Requirement("x")
    room.resolve(root)
    limit, other = room.resolver.roots
    assert (str(limit.req), limit.comes_from, limit.constraint) == ("a<3", "o.toml: package.x", True)
    assert other is root
    assert room.filling.resolved


@pytest.mark.parametrize("touched", [(), ("a",)])
def test_the_legacy_resolver_gets_one_constraint(tmp_path: Path, touched: tuple[str, ...]) -> None:
    room = Room(tmp_path)
    room.resolver = Resolver(lambda: room.requirement_set, legacy=True)
    room.filling.touched = touched
    roots: list[Any] = [Requirement("a==1"), Requirement("a<3", constraint=True)]
    room.resolve(*roots)
    # As it is where no rule is about it: the constraint would do away with ==1.
    assert (room.resolver.roots == roots) is (not touched)
    room.filling.constraints = (("a>0", "o.toml: package.x"),)
    room.resolve(*roots)
    assert len([root for root in room.resolver.roots if root.constraint]) == 2
    assert {"==1", ">0"} <= {str(one) for one in room.resolver.roots[0].req.specifier}


@pytest.mark.parametrize(("name", "installs"), [("install", True), ("wheel", False)])
def test_the_target_of_the_command(
    tmp_path: Path, name: str, installs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr(target, "of_command", lambda *args: made.append(args) or Known())
    room = Room(tmp_path, name=name)
    root: Any = Requirement("x")
    room.resolve(root)
    # Only if anybody asks.
    assert made == []
    assert room.filling.target is room.filling.target
    assert made == [(installs, room.owners.command.options, [root], FINDER, False)]


def test_the_target_of_explain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(target, "of_command", lambda *args: made.append(args) or Known())
    room = Room(tmp_path, name="download")
    room.owners.explained.wanted = True
    assert room.resolve(Requirement("x")) == "explained"
    assert room.filling.target
    # As if it were installed.
    assert made[0][0] is True


def test_the_target_in_a_build_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(target, "of_build_environment", lambda *args: made.append(args) or Known())
    room = Room(tmp_path, depth=1)
    room.owners.explained.wanted = True
    room.filling.directories, room.filling.into = ("/one", "/two"), ("/two",)
    root: Any = Requirement("a")
    room.resolve(root)
    assert room.filling.target
    assert made == [([root], ("/one", "/two"), ("/two",), FINDER)]
    assert room.explain.calls == []


def test_without_builds_what_was_chosen_is_known_to_a_later_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Known()
    monkeypatch.setattr(target, "of_command", lambda *args: known)
    room = Room(tmp_path)
    room.found = [wheel("y")]
    room.resolve()
    assert room.chosen.calls == []
    assert room.filling.target is known  # type: ignore[comparison-overlap]
    assert known.taken == [(room.found[0], "1.0")]
    assert known.final


def test_what_is_done_of_builds(tmp_path: Path) -> None:
    room = Room(tmp_path)
    build = room.owners.build(None, "a")
    room.found = [build.req, wheel("y")]
    room.resolve()
    assert room.chosen.called == ["until_settled", "check_build", "judge"]
    assert room.chosen.calls[1] == ("check_build", build.req)
    assert room.chosen.calls[2] == ("judge", room.found)


def test_each_round_begins_with_the_same_roots(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.owners.build(None, "a")
    seen = []

    def twice(resolver: Any, found: Any, again: Any) -> Any:
        room.resolver.roots.append("of the round before")
        again()
        seen.extend(room.resolver.roots)
        return found

    room.chosen.answers["until_settled"] = twice
    root: Any = Requirement("x")
    room.resolve(root)
    assert seen == [root]


@pytest.mark.parametrize("built", [True, False])
def test_pip_finds_no_way(tmp_path: Path, built: bool) -> None:
    room = Room(tmp_path)
    if built:
        room.owners.build(None, "a")

    def fail() -> None:
        raise DistributionNotFound("no way")

    room.resolver.body = fail
    with pytest.raises(DistributionNotFound):
        room.resolve()
    assert room.chosen.called == (["warn_of_guesses"] if built else [])


def test_an_older_release_after_a_failure_is_none(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.owners.outcome.fail_overridden(RuntimeError("it failed"))
    with pytest.raises(EndOfRun, match="it failed"):
        room.resolve()


def test_hashes_of_rules(tmp_path: Path) -> None:
    room = Room(tmp_path, depth=1)
    room.filling.hashes = {"a": ["sha256:aa"]}
    room.filling.built_for = ("x 1.0",)
    root: Any = Requirement("a")
    room.resolve(root)
    assert root.hash_options == {"sha256": ["aa"]}

    def fail() -> None:
        raise HashMismatch({"sha256": ["aa"]}, {"sha256": SimpleNamespace(hexdigest=lambda: "bb")})

    room.resolver.body = fail
    with pytest.raises(OverrideError, match=r"o\.toml: .*x 1\.0"):
        room.resolve(root)


def test_members_of_a_build_environment(tmp_path: Path) -> None:
    room = Room(tmp_path, depth=1)
    room.found = [wheel("a")]
    room.resolve()
    assert [member.name for member in room.filling.members] == ["a"]
    assert [origin.name for origin in room.filling.distributions] == ["a"]
    # Nobody asks for those of the user's own environment.
    room = Room(tmp_path)
    room.found = [wheel("a")]
    room.resolve()
    assert room.filling.members == room.filling.distributions == []


# What pip came by, and what it did not


def test_a_project_that_was_looked_for_past_us(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.found = [wheel("z")]
    with pytest.raises(OverrideError, match="make_link_evaluator"):
        room.resolve()
    # Nobody looks for what is asked for by its URL.
    room.found = [wheel("z", original_link=Link())]
    room.resolve()
    room.found = [Requirement("z")]
    room.resolve()


STAND_IN = StandIn("a", "1.0", "/lent/a-1.0-py3-none-any.whl", "digest")


def test_a_stand_in_that_was_not_offered(tmp_path: Path) -> None:
    room = Room(tmp_path, depth=1)
    room.filling.stand_ins = (STAND_IN,)
    room.found = [wheel("a")]
    with pytest.raises(OverrideError, match="find_best_candidate"):
        room.resolve()
    room.filling.note_offered("a")
    room.resolve()


def test_a_stand_in_is_no_wheel_of_an_index(tmp_path: Path) -> None:
    room = Room(tmp_path, "[package.a]\nno-binary = true\n", depth=1)
    room.filling.stand_ins = (STAND_IN,)
    room.found = [Requirement("a", Link(STAND_IN.url))]
    room.resolve()
    assert room.chosen.calls == []


def test_wheels_that_are_looked_at(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.found = [wheel("x"), wheel("y")]
    room.resolve()
    # Only those that a table names.
    assert room.chosen.calls == [("check_wheel", room.found[0], "")]
    path = "/cache/wheels/y-1.0-py3-none-any.whl"
    approved = Approved("", Manifest(""), Link())  # type: ignore[arg-type]
    room.owners.cached_wheels.approve(path, approved)
    room.found = [Requirement("y", Link(f"file://{path}"), original_link=Link())]
    room.resolve()
    assert ("check_wheel", room.found[0], path) in room.chosen.calls


def test_a_wheel_that_came_from_the_cache_past_us(tmp_path: Path) -> None:
    room = Room(tmp_path, cache_dir="/cache")
    url = "file:///cache/wheels/y-1.0-py3-none-any.whl"
    room.found = [Requirement("y", Link(url), original_link=Link())]
    with pytest.raises(OverrideError, match=r"WheelCache\.get_cache_entry"):
        room.resolve()
    room.found = [Requirement("y", Link(url.replace("/cache", "/mine")), original_link=Link())]
    room.resolve()


# Candidates


class Finder:
    """pip's package finder."""

    def make_link_evaluator(self, project_name: str) -> Any:
        return SimpleNamespace(_formats=frozenset(("binary", "source")))

    def find_best_candidate(self, project_name: str, specifier: Any = None, hashes: Any = None) -> Any:
        return Best([], [], None)


class Best:
    """What pip has found."""

    def __init__(self, candidates: Any, applicable: Any, best: Any) -> None:
        self.all_candidates, self.applicable_candidates = candidates, applicable
        self.best_candidate = best


@pytest.mark.parametrize(
    ("project", "left_out"), [("B", True), ("explained", True), ("x", False), ("y", False)]
)
def test_ready_made_wheels_are_left_out(tmp_path: Path, project: str, left_out: bool) -> None:
    room = Room(tmp_path, f"[package.b]\nno-binary = true\n{RULE}")
    room.owners.explained.look_at(["explained"])
    original = Finder.make_link_evaluator
    evaluator: Any = room.step.make_link_evaluator(original, call(original, Finder(), project))
    assert ("binary" in evaluator._formats) is (not left_out)
    assert room.owners.environments.was_evaluated(project.lower())


@pytest.mark.parametrize("stand_ins", [(), (STAND_IN,)])
def test_stand_ins_are_offered(tmp_path: Path, stand_ins: Any) -> None:
    room = Room(tmp_path)
    room.filling.stand_ins = stand_ins
    original = Finder.find_best_candidate
    found = room.step.find_best_candidate(original, call(original, Finder(), "a"))
    assert (found == "ours") is bool(stand_ins)


@pytest.mark.parametrize(
    ("project", "more", "offered", "taken"),
    [
        ("A", {}, True, True),
        ("a", {"specifier": "==1.0"}, True, True),
        ("a", {"specifier": ">1"}, True, False),
        ("a", {"hashes": ["some"]}, True, False),
        ("other", {}, False, False),
    ],
)
def test_a_stand_in_before_all_others(
    tmp_path: Path, project: str, more: Any, offered: bool, taken: bool
) -> None:
    owners = Owners(tmp_path, depth=1)
    owners.root.stand_ins = (STAND_IN,)
    step = Candidates(**owners.given("environments"))
    original = Finder.find_best_candidate
    if "specifier" in more:
        more = {"specifier": Requirement("a" + more["specifier"]).specifier}
    found = step.with_stand_in(original, call(original, Finder(), project, **more))
    assert owners.root.offered == ({"a"} if offered else set())
    best = found.best_candidate
    assert (best is not None) is taken
    assert best is None or (best.link.url, str(best.version)) == (STAND_IN.url, "1.0")


def test_a_pre_release_that_is_installed_fits(tmp_path: Path) -> None:
    owners = Owners(tmp_path, depth=1)
    owners.root.stand_ins = (STAND_IN._replace(version="1.0rc1"),)
    step = Candidates(**owners.given("environments"))
    original = Finder.find_best_candidate
    specifier = Requirement("a<2").specifier
    found = step.with_stand_in(original, call(original, Finder(), "a", specifier))
    assert found.best_candidate is not None


# The cache


class Cache:
    """pip's wheel cache."""

    def get_cache_entry(self, link: Any, package_name: str | None, supported_tags: Any) -> str:
        return "pip's"

    def get_path_for_link(self, link: Any) -> str:
        return "/key"


def lookup(owners: Owners, **others: Any) -> CacheLookup:
    return CacheLookup(
        **owners.given(
            "outcome",
            "cached_wheels",
            make_reused_wheels=lambda: Spy(built_before="ours"),
            make_kept_wheels=lambda: Spy(directory="kept"),
        )
    )


@pytest.mark.parametrize(
    ("url", "name", "ours"),
    [(SDIST, "x", True), (SDIST, None, False), (WHEEL, "x", False), ("file://{}", "x", False)],
)
def test_which_look_ups_are_ours(tmp_path: Path, url: str, name: str | None, ours: bool) -> None:
    owners = Owners(tmp_path)
    link, original = Link(url.format(tmp_path)), Cache.get_cache_entry
    found = lookup(owners).get_cache_entry(original, call(original, Cache(), link, name, None))
    assert found == ("ours" if ours else "pip's")
    assert owners.cached_wheels.was_looked_up(link.url)


def test_no_look_up_after_a_failure(tmp_path: Path) -> None:
    owners = Owners(tmp_path)
    owners.outcome.fail_overridden(RuntimeError("it failed"))
    original = Cache.get_cache_entry
    with pytest.raises(EndOfRun):
        lookup(owners).get_cache_entry(original, call(original, Cache(), Link(), "x", None))


def test_look_ups_are_led(tmp_path: Path) -> None:
    owners = Owners(tmp_path)
    original = Cache.get_path_for_link
    with owners.cached_wheels.led_to("below"):
        path = lookup(owners).get_path_for_link(original, call(original, Cache(), Link()))
    assert path == "/key/below"
    assert lookup(owners).get_cache_dir(original, call(original, Cache(), Link())) == "kept"


# Unpacking


@pytest.mark.parametrize("autodelete", [True, False])
def test_where_sources_are_unpacked(autodelete: bool) -> None:
    def ensure_has_source_dir(
        self: Any, parent_dir: str, autodelete: bool = False, parallel_builds: bool = False
    ) -> Any:
        return parent_dir, parallel_builds

    asked = call(ensure_has_source_dir, None, "/src", autodelete=autodelete)
    # The checkout of an editable requirement stays, under a name that is known.
    found = Unpack().ensure_has_source_dir(ensure_has_source_dir, asked)
    assert found == ("/src", autodelete)


def test_rules_are_about_names_as_they_are_compared() -> None:
    assert rules.package("A.B").name == "a-b"


@pytest.mark.parametrize(
    ("urls", "no_reuse", "left_out"),
    [
        ([], "", False),
        (["https://h.test/simple"], "", True),
        (["https://h.test/simple"], "1", False),
    ],
)
def test_wheels_of_others_are_not_read_on_an_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, urls: list[str], no_reuse: str, left_out: bool
) -> None:
    room, finders = Room(tmp_path), []
    monkeypatch.setenv(switch.NO_REUSE, no_reuse)
    monkeypatch.setattr(FINDER, "index_urls", urls)
    monkeypatch.setattr(foreign_wheels, "leave_unread", finders.append)
    room.resolve(Requirement("x"))
    assert finders == ([FINDER] if left_out else [])
