"""Which wheels that were built before are used again: each reason not to, by itself."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.files import sha256_of_file
from pip_build_override.frozen import replace
from pip_build_override.in_pip.builds import manifest, wheels
from pip_build_override.in_pip.builds.link_contents import ContentNote
from pip_build_override.in_pip.builds.manifest import Manifest
from pip_build_override.in_pip.builds.member import Judgement, Member
from pip_build_override.in_pip.steps.reused_wheels import ReusedWheels

from .fakes import SDIST, Link, Owners, call, member, settled

NAME = "x-1.0-py3-none-any.whl"
RULE = '[package.x]\nadd = ["a==1"]\n'
NO_BINARY = "[package.x]\nno-binary = true\n"
ANY_PACKAGE = '[package."*"]\nadd = ["a==1"]\n'
READY_MADE = member("a")
BUILT = member("a", source=True)
SAID = (Judgement("unused-rule", "m", "", ""),)
ANSWERED = settled("numpy", "", otherwise="declared", key="declared")
OLDEST = settled("numpy", "", origin="oldest", otherwise="declared", key="declared")


class Cache:
    """pip's wheel cache: one directory for all links, and one that ends with the command.

    Args:
        room: in which they are.
        lead: what our patch of the seam does to the path.
    """

    def __init__(self, room: Path, lead: Any) -> None:
        self.cache_dir: str | None = str(room)
        self.key = str(room / "key")
        self.ephemeral = str(room / "ephemeral")
        self.lead = lead

    def get_path_for_link(self, link: Any) -> str:
        return self.key

    def get_ephem_path_for_link(self, link: Any) -> str:
        return self.ephemeral

    def get_cache_entry(self, link: Any, package_name: str | None, supported_tags: Any) -> Any:
        directory = self.lead(self.key)
        for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else ():
            if name.endswith(".whl"):
                path = os.path.join(directory, name)
                return SimpleNamespace(link=Link(f"file://{path}"))
        return None


class Shelf:
    """One stored wheel of x 1.0, and the step that looks for it under the rules of today."""

    def __init__(self, room: Path, today: str = RULE, *, depth: int = 0, **options: Any) -> None:
        self.owners = Owners(room, today, depth=depth, **options)
        self.cache = Cache(room, self.owners.cached_wheels.lead)
        self.link = Link()
        self.step = ReusedWheels(
            **self.owners.given(
                "rules_in_force", "environments", "cached_wheels", "command", "loans", "judgements"
            )
        )

    def digest(self, name: str = "x", **more: Any) -> str:
        return str(self.owners.rules.digest(name, "1.0", **more))

    def store(self, stored: Manifest | None = None, key: str = "") -> str:
        """Store a wheel as it was built under the rules of today, or as a manifest says."""
        if stored is None:
            stored = Manifest(self.digest(), recorded=self.digest() != "")
        key = key or self.cache.key
        place = wheels.place(key, stored)
        os.makedirs(place, exist_ok=True)
        path = os.path.join(place, NAME)
        Path(path).write_bytes(b"wheel")
        wheels.record(path, key, stored)
        return path

    def built_today(self, **changes: Any) -> Manifest:
        stored = Manifest(self.digest(), recorded=True)
        return replace(stored, **changes)

    def found(self) -> str:
        original = Cache.get_cache_entry
        entry = self.step.built_before(original, call(original, self.cache, self.link, "X", None))
        return "" if entry is None else entry.link.file_path  # type: ignore[attr-defined]


def test_what_was_built_under_the_rules_of_today(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    path = shelf.store()
    assert shelf.found() == path
    approved = shelf.owners.cached_wheels.approved(Link(f"file://{path}"))  # type: ignore[arg-type]
    assert approved is not None
    assert approved.rules == shelf.digest()
    assert approved.link is shelf.link


def test_what_was_built_under_other_rules(tmp_path: Path) -> None:
    Shelf(tmp_path).store()
    assert Shelf(tmp_path, RULE.replace("a==1", "a==2")).found() == ""
    assert Shelf(tmp_path, "").found() == ""


def test_what_was_built_for_another_reason(tmp_path: Path) -> None:
    path = Shelf(tmp_path).store()
    assert Shelf(tmp_path, f"{RULE}\nreason = 'it is old'\n").found() == path


def test_what_is_to_have_a_hash(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.store()
    shelf.owners.root.hashes = {"x": ["sha256:aa"]}
    assert shelf.found() == ""
    shelf.owners.root.hashes = {"y": ["sha256:aa"]}
    assert shelf.found() != ""


def test_a_version_that_only_the_sources_tell(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, '[package."x<2"]\nadd = ["a==1"]\n')
    shelf.store(Manifest(""))
    shelf.link = Link("git+https://host.test/x")
    assert shelf.found() == ""
    assert not shelf.owners.cached_wheels.was_led


def test_a_look_up_that_does_not_come_by_us(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.store()
    shelf.cache.lead = lambda path: path
    with pytest.raises(OverrideError, match="SimpleWheelCache.get_path_for_link"):
        shelf.found()


def test_a_cache_that_is_not_asked_for_wheels_of_it(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.cache.lead = lambda path: path
    formats: Any = SimpleNamespace(get_allowed_formats=lambda name: {"source"})
    shelf.cache.format_control = formats  # type: ignore[attr-defined]
    assert shelf.found() == ""


@pytest.mark.parametrize(
    ("stored", "isolated", "today", "used"),
    [
        # By a table of its own.
        (manifest.ISOLATED, True, RULE, True),
        (manifest.NO_ISOLATION, True, RULE, False),
        (manifest.SETUP_PY, True, RULE, False),
        # It would refuse a build without isolation, and this is none.
        (manifest.ISOLATED, False, RULE, True),
        (manifest.NO_ISOLATION, False, RULE, False),
        # By a table for all packages, which does not reach what has no build environment.
        (manifest.ISOLATED, True, ANY_PACKAGE, True),
        (manifest.ISOLATED, False, ANY_PACKAGE, False),
        (manifest.NO_ISOLATION, False, ANY_PACKAGE, False),
        # By a table that says nothing of what it is built with.
        (manifest.ISOLATED, True, NO_BINARY, True),
        (manifest.NO_ISOLATION, False, NO_BINARY, True),
        # By none.
        (manifest.ISOLATED, True, "", True),
        (manifest.ISOLATED, False, "", True),
        (manifest.NO_ISOLATION, True, "", True),
        (manifest.NO_ISOLATION, False, "", True),
    ],
)
def test_isolation(tmp_path: Path, stored: str, isolated: bool, today: str, used: bool) -> None:
    shelf = Shelf(tmp_path, today, build_isolation=isolated)
    path = shelf.store(Manifest(shelf.digest(), stored, recorded=shelf.digest() != ""))
    assert shelf.found() == (path if used else "")


@pytest.mark.parametrize("today", [RULE, ANY_PACKAGE, '[package.y]\nadd = ["a"]\n'])
def test_built_without_isolation_and_rules(tmp_path: Path, today: str) -> None:
    # Today it would have a build environment, in which rules could have a part.
    shelf = Shelf(tmp_path, today)
    shelf.store(Manifest("", manifest.NO_ISOLATION))
    assert shelf.found() == ""


@pytest.mark.parametrize(
    ("stored", "isolated", "other", "used"),
    [
        (manifest.NO_ISOLATION, True, "", True),
        (manifest.NO_ISOLATION, False, "", True),
        (manifest.NO_ISOLATION, True, RULE.replace("x", "y"), False),
        (manifest.NO_ISOLATION, False, RULE.replace("x", "y"), True),
        (manifest.SETUP_PY, True, "", True),
        (manifest.SETUP_PY, False, "", True),
    ],
)
@pytest.mark.parametrize("knows", [True, False])
def test_what_carries_a_record_is_no_plain_wheel(
    tmp_path: Path,
    stored: str,
    isolated: bool,
    other: str,
    used: bool,
    knows: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = "pip_build_override.in_pip.internals.objects.knows_setup_py"
    monkeypatch.setattr(module, lambda: knows)
    shelf = Shelf(tmp_path, f"[settings]\nrecord = 'all'\n{other}", build_isolation=isolated)
    path = shelf.store(Manifest("", stored, recorded=True))
    used = used and (knows or stored != manifest.SETUP_PY)
    assert shelf.found() == (path if used else "")


@pytest.mark.parametrize("knows", [True, False])
@pytest.mark.parametrize("today", [ANY_PACKAGE, ""])
def test_what_was_built_by_its_setup_py(
    tmp_path: Path, today: str, knows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "pip_build_override.in_pip.internals.objects.knows_setup_py"
    monkeypatch.setattr(module, lambda: knows)
    shelf = Shelf(tmp_path, today)
    path = shelf.store(Manifest("", manifest.SETUP_PY))
    # Without rules there is also what any pip may use: its own directory.
    assert shelf.found() == (path if knows or not today else "")
    shelf = Shelf(tmp_path, today, use_pep517=True)
    assert shelf.found() == ("" if today else path)


@pytest.mark.parametrize(
    ("below", "used"),
    [
        (READY_MADE, True),
        # A wheel of what is built from source today.
        (replace(READY_MADE, name="nobinary"), False),
        # No rule for its build is about a ready-made wheel.
        (replace(READY_MADE, name="y"), True),
        # Built under other rules, or under some of which nothing is known.
        (BUILT, True),
        (replace(BUILT, rules="other"), False),
        (replace(BUILT, rules=None), False),
        # Its table needs a version.
        (replace(BUILT, name="ranged", version="none"), False),
        # Of a file that may change, or is another one.
        (replace(READY_MADE, content=ContentNote(changes=True)), False),
        (replace(READY_MADE, content=ContentNote("/none", "a")), False),
        (replace(READY_MADE, content=ContentNote("/")), False),
        # Of which something was said that is an error today.
        (replace(READY_MADE, told={"unused": SAID}), False),
        (replace(READY_MADE, told={"mismatch": SAID}), True),
        # Borrowed from the target.
        (replace(READY_MADE, borrowed="today"), True),
        (replace(READY_MADE, borrowed="then"), False),
        # Built with a version of its own target, which the one of today is not.
        (replace(BUILT, settled=(replace(ANSWERED, key="numpy==1"),)), True),
        (replace(BUILT, settled=(OLDEST,)), False),
    ],
)
def test_members_of_its_build_environment(tmp_path: Path, below: Member, used: bool) -> None:
    more = '[package.nobinary]\nno-binary = true\n[package."ranged<2"]\nadd = ["b"]\n'
    more += '[package.y]\nadd = ["b"]\n'
    shelf = Shelf(tmp_path, RULE + more)
    shelf.owners.lender.answers["digest_of"] = "today"
    # No release of it can be found today.
    shelf.owners.target.finder = SimpleNamespace(find_all_candidates=lambda name: [])
    path = shelf.store(shelf.built_today(members=(below,)))
    assert shelf.found() == (path if used else "")


def test_a_member_that_was_built_under_a_rule_of_today(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, '[package.a]\nadd = ["b"]\n')
    below = replace(BUILT, rules=shelf.digest("a"))
    path = shelf.store(Manifest("", members=(below,), recorded=True))
    assert shelf.found() == path
    shelf = Shelf(tmp_path, '[package.a]\nadd = ["c"]\n')
    assert shelf.found() == ""


@pytest.mark.parametrize(
    ("below", "used"),
    [
        (BUILT, True),
        (replace(BUILT, rules="other"), False),
        (replace(BUILT, rules=None), False),
        # A plain pip would use it, too.
        (replace(READY_MADE, content=ContentNote(changes=True)), True),
    ],
)
def test_members_without_isolation(tmp_path: Path, below: Member, used: bool) -> None:
    shelf = Shelf(tmp_path, "[settings]\nrecord = 'none'\n", build_isolation=False)
    path = shelf.store(Manifest("", members=(below,)))
    assert shelf.found() == (path if used else "")


@pytest.mark.parametrize(
    ("changes", "numpy", "used"),
    [
        ({}, None, True),
        # The target has got it since.
        ({}, "1.0", False),
        ({"key": "numpy==1.0"}, None, False),
    ],
)
def test_source_tables(tmp_path: Path, changes: Any, numpy: str | None, used: bool) -> None:
    shelf = Shelf(tmp_path)
    shelf.owners.target.versions = {"numpy": numpy} if numpy else {}
    shelf.owners.target.finder = SimpleNamespace(
        find_all_candidates=lambda name: [], find_best_candidate=None
    )
    path = shelf.store(shelf.built_today(settled=(replace(ANSWERED, **changes),)))
    assert shelf.found() == (path if used else "")


@pytest.mark.parametrize("setting", ["unused", "generated", "of a later version"])
def test_what_was_said_of_it(tmp_path: Path, setting: str) -> None:
    warning = "[settings]\nunused = 'warn'\n"
    shelf = Shelf(tmp_path, warning + RULE)
    path = shelf.store(shelf.built_today(told={setting: SAID}))
    assert (shelf.found() == path) is (setting != "of a later version")
    strict = "[settings]\nunused = 'error'\ngenerated = 'error'\n"
    assert Shelf(tmp_path, strict + RULE).found() == ""


@pytest.mark.parametrize(
    ("setting", "recorded", "used"),
    [
        ("overridden", True, True),
        ("overridden", False, False),
        ("all", True, True),
        ("none", True, False),
        ("none", False, True),
    ],
)
def test_the_record_in_it(tmp_path: Path, setting: str, recorded: bool, used: bool) -> None:
    shelf = Shelf(tmp_path, f"[settings]\nrecord = '{setting}'\n{RULE}")
    path = shelf.store(shelf.built_today(recorded=recorded))
    assert shelf.found() == (path if used else "")


def test_sources_that_are_others_now(tmp_path: Path) -> None:
    archive = tmp_path / "x-1.0.tar.gz"
    archive.write_bytes(b"then")
    shelf = Shelf(tmp_path)
    shelf.link = Link(f"file://{archive}")
    source = ContentNote(str(archive), sha256_of_file(str(archive)))
    path = shelf.store(shelf.built_today(source=source))
    assert shelf.found() == path
    archive.write_bytes(b"now, and longer")
    assert Shelf(tmp_path).found() == ""


def test_a_wheel_that_is_another_file_now(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    path = shelf.store()
    Path(path).write_bytes(b"another")
    assert shelf.found() == ""
    os.unlink(path)
    assert shelf.found() == ""


def test_a_link_of_which_only_the_url_is_known(tmp_path: Path) -> None:
    # In a build environment such a file is fetched again; the user's own environment asks pip's key.
    for depth in (0, 1):
        shelf = Shelf(tmp_path, depth=depth)
        shelf.link = Link(SDIST, comes_from=None)
        path = shelf.store()
        assert shelf.found() == ("" if depth else path)


def test_what_was_built_by_this_command_for_itself(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    looked: list[str] = []
    ephemeral = shelf.cache.ephemeral
    shelf.store(key=ephemeral)
    note: Any = lambda link: looked.append("key") or "/none"  # noqa: E731 - in place of a method
    shelf.cache.get_path_for_link = note  # type: ignore[method-assign]
    shelf.cache.lead = lambda path: shelf.owners.cached_wheels.lead(ephemeral)
    assert shelf.found().startswith(ephemeral)
    shelf.cache.cache_dir = None
    del looked[:]
    assert shelf.found().startswith(ephemeral)
    assert looked == []


@pytest.mark.parametrize(
    ("today", "isolated", "used"),
    [
        ("", True, True),
        ("", False, True),
        ("[package.y]\nadd = ['a']\n", True, False),
        ("[package.y]\nadd = ['a']\n", False, True),
        (RULE, False, False),
        ("[settings]\nrecord = 'all'\n", True, False),
        ("[settings]\nmismatch = 'error'\n", True, False),
        ("[settings]\nmismatch = 'error'\n", False, True),
    ],
)
def test_a_wheel_of_a_plain_pip(tmp_path: Path, today: str, isolated: bool, used: bool) -> None:
    shelf = Shelf(tmp_path, today, build_isolation=isolated)
    os.makedirs(shelf.cache.key)
    path = os.path.join(shelf.cache.key, NAME)
    Path(path).write_bytes(b"wheel")
    assert shelf.found() == (path if used else "")
    os.unlink(path)
    assert shelf.found() == ""
