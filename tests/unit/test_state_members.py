"""What is kept of the distributions in a build environment, and where each comes from."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds.link_contents import ContentNote
from pip_build_override.in_pip.builds.manifest import Manifest
from pip_build_override.in_pip.builds.member import Judgement, Matched, Member, Origin
from pip_build_override.in_pip.internals import functions
from pip_build_override.in_pip.lending.stand_ins import StandIn
from pip_build_override.in_pip.state import origins
from pip_build_override.in_pip.state.cached_wheels import Approved

from .fakes import SDIST, WHEEL, Link, Owners, Requirement, member, settled

SETTLED = settled(version="2")
SAID = {"unused": (Judgement("unused-rule", "m", "package.x", ""),)}
BORROWED = member("b", borrowed="digest")


@pytest.fixture
def owners(tmp_path: Path) -> Owners:
    return Owners(tmp_path, '[package.x]\nreplace.a = "a==1"\n', depth=1)


def members(owners: Owners, *chosen: Any) -> list[Member]:
    owners.members.note(chosen)
    return owners.environments.current.members


def cached(owners: Owners, stored: Manifest, source: str = SDIST) -> Any:
    path = "/cache/x-1.0-py3-none-any.whl"
    link: Any = Link(source)
    owners.cached_wheels.approve(path, Approved("today", stored, link))
    return Requirement("x", Link(f"file://{path}"), original_link=link)


def test_those_of_the_users_own_environment_are_not_kept(tmp_path: Path) -> None:
    owners = Owners(tmp_path)
    assert members(owners, Requirement("x", Link(WHEEL))) == []
    origins.note_chosen(
        owners.environments,
        owners.ledger,
        owners.cached_wheels,
        [Requirement("x", Link(WHEEL))],  # type: ignore[list-item]
    )
    assert owners.root.distributions == []


def test_a_ready_made_wheel(owners: Owners) -> None:
    # An installed one, without a link, comes from nowhere.
    found = members(owners, Requirement("y"), Requirement("X", Link(WHEEL)))
    assert found == [Member("x", "1.0", source=False, rules="")]


def test_a_wheel_on_this_machine(owners: Owners, tmp_path: Path) -> None:
    path = tmp_path / "x-1.0-py3-none-any.whl"
    path.write_bytes(b"wheel")
    (found,) = members(owners, Requirement("x", Link(f"file://{path}")))
    assert found.content == ContentNote(str(path), hashlib.sha256(b"wheel").hexdigest())


def test_a_stand_in(owners: Owners) -> None:
    stand_in = StandIn("x", "1.0", "/lent/x-1.0-py3-none-any.whl", "digest")
    owners.root.stand_ins = (stand_in,)
    (found,) = members(owners, Requirement("x", Link(stand_in.url)))
    assert found.borrowed == "digest"
    assert found.content == ContentNote()


def test_an_sdist_that_is_prepared_later(owners: Owners) -> None:
    found = members(owners, Requirement("x", Link()))
    # Nothing is known of what it will be built with.
    assert found == [Member("x", "1.0", source=True, rules=None)]


def test_what_was_built(owners: Owners) -> None:
    below = [member("a"), BORROWED]
    build = owners.build(None, "b", members=below)
    owners.root.note_misfit("x", OverrideError("m", kind="usage", hint="h"))
    own, *others = members(owners, build.req)
    assert own.rules == owners.rules.digest("x", "1.0")
    assert own.source is True
    assert own.version == "1.0"
    # The rule had nothing to act on, and it does not fit its neighbours.
    assert set(own.told) == {"unused", "mismatch"}
    assert own.settled == ()
    # What it has borrowed is reported by the others here.
    assert [one.name for one in others] == ["a", "b"]
    assert others[1].borrowed == ""
    assert below[1].borrowed == "digest"


def test_what_was_built_before(owners: Owners) -> None:
    stored = Manifest(
        "then",
        source=ContentNote(changes=True),
        settled=(SETTLED,),
        members=(BORROWED,),
        told=SAID,
    )
    own, below = members(owners, cached(owners, stored))
    assert own.rules == "today"
    assert own.version == "1.0"
    assert own.content.changes is True
    assert own.settled == (SETTLED,)
    assert own.told == SAID
    assert below.borrowed == ""
    # It matches this environment, which another pass may change.
    assert owners.root.matched == [Matched("x 1.0", "numpy", "2")]


def test_nothing_was_generated(owners: Owners) -> None:
    build = owners.build()
    owners.root.note_members([member("x", source=True)])
    owners.members.note_generated(build)
    assert owners.root.members == [member("x", source=True)]


# Where they come from


def origin(owners: Owners, req: Any) -> Origin:
    environment = owners.environments
    origins.note_chosen(environment, owners.ledger, owners.cached_wheels, [req])
    return owners.root.distributions[-1]


def test_from_an_index(owners: Owners) -> None:
    link = Link("https://user:secret@index.test/x-1.0-py3-none-any.whl", sha256="aa")
    assert origin(owners, Requirement("x", link)) == Origin(
        "x",
        "1.0",
        url="https://index.test/x-1.0-py3-none-any.whl",
        sha256="aa",
        source=False,
        direct=False,
    )


def test_what_has_no_name_or_link_is_left_out(owners: Owners) -> None:
    for req in (Requirement("x"), Requirement("", Link())):
        origins.note_chosen(
            owners.environments,
            owners.ledger,
            owners.cached_wheels,
            [req],  # type: ignore[list-item]
        )
    assert owners.root.distributions == []


def test_by_an_algorithm_that_nobody_compares(owners: Owners) -> None:
    link = Link(WHEEL, sha256="aa")
    link.hash_name = "md5"
    assert origin(owners, Requirement("x", link)).sha256 == ""


def test_from_a_file_that_pip_has_downloaded(owners: Owners, tmp_path: Path) -> None:
    path = tmp_path / "x-1.0.tar.gz"
    path.write_bytes(b"sdist")
    digest = hashlib.sha256(b"sdist").hexdigest()
    # What is there counts, and not what the index says.
    req = Requirement("x", Link(SDIST, sha256="aa"), local_file_path=str(path))
    assert origin(owners, req).sha256 == digest
    req = Requirement("x", Link(f"file://{path}", sha256="aa"))
    assert origin(owners, req).sha256 == digest


def test_of_a_version_that_only_its_metadata_tells(owners: Owners) -> None:
    build = owners.build(Requirement("x", Link("git+https://h.test/x"), source_dir=None))
    found = origin(owners, build.req)
    assert found.version == "1.0"
    assert found.source is True
    assert found.url == "git+https://h.test/x"


@pytest.mark.parametrize("from_cache", [True, False])
def test_of_a_checkout(owners: Owners, from_cache: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def checkout_of(link: Any, source: str | None, cached: bool = False) -> functions.Checkout:
        asked.append((link.url, source, cached))
        return functions.Checkout("git", "https://user:secret@h.test/x", "c0ffee", "main")

    monkeypatch.setattr(functions, "checkout_of", checkout_of)
    url = "git+https://h.test/x@main"
    if from_cache:
        req = cached(owners, Manifest("then"), url)
    else:
        req = Requirement("x", Link(url), original_link=Link(url), source_dir="/src")
    req.original_link.subdirectory_fragment = req.link.subdirectory_fragment = "sub"
    found = origin(owners, req)
    # The commit, by which it can be had again.
    assert found.url == "git+https://h.test/x@c0ffee#subdirectory=sub"
    assert found.direct is True
    assert asked == [(url, None if from_cache else "/src", from_cache)]


def test_of_what_is_borrowed(owners: Owners) -> None:
    stand_in = StandIn("x", "1.0", "/lent/x-1.0-py3-none-any.whl", "digest")
    owners.root.stand_ins = (stand_in,)
    found = origin(owners, Requirement("x", Link(stand_in.url)))
    assert found.borrowed is True
    assert found.url == found.sha256 == ""
