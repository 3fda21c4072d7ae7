"""The books of one pip command: what is built, and which tables had a part in it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from .fakes import WHEEL, Link, Owners, Requirement, member

RULES = """
[package."*"]
replace.a = "a==0"
add = ["z"]
[package.x]
replace.a = "a==1"
[package.y]
replace.a = "a==1"
"""


@pytest.fixture
def owners(tmp_path: Path) -> Owners:
    return Owners(tmp_path, RULES)


def test_the_innermost(owners: Owners) -> None:
    ledger, target = owners.ledger, owners.target
    one: Any = Requirement("x", Link())
    other: Any = Requirement("y", Link())
    assert ledger.innermost is None
    assert ledger.at_work is None
    outer = ledger.begin(one, True, target)  # type: ignore[arg-type]
    inner = ledger.begin(other, False, target)  # type: ignore[arg-type]
    assert ledger.innermost is inner
    assert (outer.isolated, inner.isolated) == (True, False)
    # What is built for a build environment is built while its owner is prepared.
    outer.being_built = True
    assert ledger.at_work is outer
    outer.being_built = False
    assert ledger.at_work is inner
    ledger.end(inner)
    assert ledger.innermost is outer
    ledger.end(outer)
    assert ledger.innermost is None
    assert ledger.builds == [outer, inner]


def test_a_copy_of_a_requirement_is_of_the_same_build(owners: Owners) -> None:
    build = owners.build()
    # pip makes one for extras.
    copied: Any = copy.copy(build.req)
    assert owners.ledger.build_of(copied) is build
    other: Any = Requirement("x", Link())
    assert owners.ledger.build_of(other) is None


def test_versions(owners: Owners) -> None:
    ledger = owners.ledger
    build = owners.build()
    build.package = type(build.package)("x", "2.0")
    assert ledger.version_of(build.req) == "2.0"
    wheel: Any = Requirement("x", Link(WHEEL))
    assert ledger.version_of(wheel) == "1.0"
    unknown: Any = Requirement("x")
    assert ledger.version_of(unknown) is None


def test_what_is_chosen_uses_its_tables(owners: Owners) -> None:
    build = owners.build(None, "a")
    for _ in range(2):
        owners.ledger.choose(build)
    assert owners.ledger.chosen == [build]
    assert owners.ledger.built == [("x", "1.0")]
    # The one for all packages is about no package, so it cannot be unused.
    assert owners.ledger.used == {"package.x"}
    assert [table.where for table in owners.ledger.unused] == ["package.y"]


def test_a_table_for_all_that_replaced_something(owners: Owners) -> None:
    build = owners.build(Requirement("q", Link()), "a")
    owners.ledger.choose(build)
    assert owners.ledger.used == {'package."*"'}
    build = owners.build(Requirement("r", Link()), plan=None)
    owners.ledger.choose(build)
    assert owners.ledger.built[-1] == ("r", "1.0")


def test_tables_of_members_of_a_cached_wheel(owners: Owners) -> None:
    members = [
        member("y", source=True, rules="digest"),
        member("x", source=True, rules=""),
        member("x", source=True, rules=None),
    ]
    owners.ledger.use_for_members(members)
    assert owners.ledger.used == {"package.y"}


def test_each_label_once(owners: Owners) -> None:
    ledger = owners.ledger
    for _ in range(2):
        ledger.note_done("x 1")
        ledger.note_prepared("y 1")
        ledger.note_from_cache("z 1")
    assert (ledger.done, ledger.prepared, ledger.from_cache) == (["x 1"], ["y 1"], ["z 1"])


def test_what_a_nested_pip_hands_back(owners: Owners) -> None:
    ledger = owners.ledger
    ledger.note_done("x 1")
    ledger.take(["package.y"], ["x 1", "y 1"], from_cache=["z 1"], built=[("y", "1")])
    assert ledger.used == {"package.y"}
    assert ledger.done == ["x 1", "y 1"]
    assert ledger.from_cache == ["z 1"]
    assert ledger.built == [("y", "1")]
    assert ledger.prepared == []
