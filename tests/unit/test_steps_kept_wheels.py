"""Where a wheel that is built is kept, and what is kept beside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds import manifest, wheels
from pip_build_override.in_pip.builds.build import Build
from pip_build_override.in_pip.builds.link_contents import ContentNote
from pip_build_override.in_pip.builds.manifest import Manifest
from pip_build_override.in_pip.builds.member import Member
from pip_build_override.in_pip.steps.kept_wheels import KeptWheels

from .fakes import Link, Owners, Requirement, call, member
from .test_steps_reused_wheels import RULE, Cache

NAME = "x-1.0-py3-none-any.whl"
MEMBER = member()


class Shelf:
    """The step, and a cache that it keeps wheels in."""

    def __init__(self, room: Path, today: str = RULE, *, depth: int = 0) -> None:
        self.owners = Owners(room, today, depth=depth)
        self.cache = Cache(room, lambda path: path)
        names = ("rules_in_force", "ledger", "environments", "cached_wheels", "judgements")
        self.step = KeptWheels(**self.owners.given(*names))

    def directory(self, req: Any) -> str:
        cache = self.cache

        def get_cache_dir(req: Any, wheel_cache: Any) -> str:
            return cache.key

        return self.step.directory(get_cache_dir, call(get_cache_dir, req, cache))

    def built(self, build: Build) -> str:
        """Build a wheel where the step wants it."""
        directory = self.directory(build.req)
        os.makedirs(directory, exist_ok=True)
        wheel = os.path.join(directory, NAME)
        Path(wheel).write_bytes(b"wheel")
        return wheel

    def kept(self) -> list[tuple[str, Manifest]]:
        return list(wheels.stored_under(self.cache.key))


def test_a_source_that_was_not_prepared_through_us(tmp_path: Path) -> None:
    with pytest.raises(OverrideError, match="SourceDistribution.prepare_distribution_metadata"):
        Shelf(tmp_path).directory(Requirement(link=Link()))


def test_a_wheel_that_rules_had_a_part_in(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    build = shelf.owners.build()
    wheel = shelf.built(build)
    # Not pip's own directory, where a plain pip would find it.
    assert os.path.dirname(os.path.dirname(wheel)) == shelf.cache.key
    build.members.extend([member(), member()])
    shelf.step.keep(wheel)
    ((directory, stored),) = shelf.kept()
    assert directory == os.path.basename(os.path.dirname(wheel))
    assert stored.rules == shelf.owners.rules.digest("x", "1.0") != ""
    assert stored.environment == manifest.ISOLATED
    assert stored.members == (MEMBER,)
    assert stored.recorded
    assert stored.beside is None
    assert list(stored.wheels) == [NAME]


def test_a_wheel_that_no_rule_had_a_part_in(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "")
    wheel = shelf.built(shelf.owners.build())
    assert os.path.dirname(wheel) == shelf.cache.key
    shelf.step.keep(wheel)
    ((directory, stored),) = shelf.kept()
    assert directory == ""
    assert stored.plain
    assert not stored.recorded
    # What is known of it is beside it, to compare with what it will run with.
    assert stored.beside is not None
    assert stored.beside["name"] == "x"


def test_a_wheel_that_a_rule_had_a_part_in_further_down(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "")
    build = shelf.owners.build()
    build.members.append(member(source=True, rules="digest"))
    assert os.path.dirname(shelf.directory(build.req)) == shelf.cache.key


@pytest.mark.parametrize(
    ("isolated", "pep517", "kept"),
    [
        (True, True, manifest.ISOLATED),
        (True, False, manifest.SETUP_PY),
        (False, True, manifest.NO_ISOLATION),
        (False, False, manifest.NO_ISOLATION),
    ],
)
def test_how_it_was_built(tmp_path: Path, isolated: bool, pep517: bool, kept: str) -> None:
    shelf = Shelf(tmp_path, "")
    req = Requirement(link=Link(), use_pep517=pep517)
    wheel = shelf.built(shelf.owners.build(req, isolated=isolated))
    shelf.step.keep(wheel)
    ((_, stored),) = shelf.kept()
    assert stored.environment == kept
    # A record describes a build environment.
    assert (stored.beside is not None) is (kept == manifest.ISOLATED)


def test_what_was_built_with_a_directory(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    shelf = Shelf(tmp_path, '[package.x]\nadd = [{path = "d", name = "d"}]\n')
    build = shelf.owners.build(None, rules_digest=None)
    assert shelf.directory(build.req).startswith(shelf.cache.ephemeral)


@pytest.mark.parametrize(
    ("today", "below", "lasts"),
    [
        (RULE, MEMBER, True),
        (RULE, member(content=ContentNote(changes=True)), False),
        (RULE, member(content=ContentNote("/some/directory")), False),
        # That pip itself takes no notice of.
        ("", member(content=ContentNote(changes=True)), True),
    ],
)
def test_a_member_that_may_change(tmp_path: Path, today: str, below: Member, lasts: bool) -> None:
    shelf = Shelf(tmp_path, today)
    build = shelf.owners.build()
    build.members.append(below)
    place = shelf.directory(build.req)
    assert place.startswith(shelf.cache.key if lasts else shelf.cache.ephemeral)


@pytest.mark.parametrize("depth", [0, 1])
def test_sources_of_which_only_the_url_is_known(tmp_path: Path, depth: int) -> None:
    shelf = Shelf(tmp_path, depth=depth)
    link = Link(comes_from=None)
    build = shelf.owners.build(Requirement("x", link, original_link=link))
    # The next run would take it for what is at that URL then.
    assert shelf.directory(build.req).startswith(shelf.cache.ephemeral if depth else shelf.cache.key)


def test_a_wheel_whose_backend_has_run_a_pip_under_rules(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "")
    build = shelf.owners.build()
    wheel = shelf.built(build)
    assert shelf.step.moved(wheel) == wheel
    build.ran_overridden_pips = True
    build.members.append(member(source=True, rules=None))
    moved = shelf.step.moved(wheel)
    assert not os.path.exists(wheel)
    assert os.path.dirname(os.path.dirname(moved)) == shelf.cache.key
    assert Path(moved).read_bytes() == b"wheel"
    shelf.step.keep(moved)
    ((directory, stored),) = shelf.kept()
    assert directory == os.path.basename(os.path.dirname(moved))
    assert not stored.plain


def test_a_wheel_in_a_place_that_was_not_chosen(tmp_path: Path) -> None:
    with pytest.raises(OverrideError, match="_get_cache_dir"):
        Shelf(tmp_path).step.keep(str(tmp_path / NAME))
