"""Upper limits: the shortest between two releases, and the loosest with which a package works."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from pip_build_override.fixing.limits import (
    BORDERS,
    is_older,
    limit_after,
    limit_between,
    loosest,
    usable,
)
from pip_build_override.releases import Release


@st.composite
def versions(draw: Any) -> str:
    release = draw(st.lists(st.integers(0, 12), min_size=1, max_size=4))
    epoch = draw(st.sampled_from(["", "", "", "1!"]))
    end = draw(st.sampled_from(["", "", "", ".post1", "rc1", ".dev2", "a1.post2"]))
    return epoch + ".".join(map(str, release)) + end


@pytest.mark.parametrize(
    ("good", "bad", "limit"),
    [
        ("3.0.12", "3.1.0", "<3.1"),
        ("0.29.37", "3.0.0", "<3"),
        ("81.0.0", "82.0.0", "<82"),
        ("3.12.0", "4.0.0", "<4"),
        ("67.7.2", "67.8.0", "<67.8"),
        ("67.7.1", "67.7.2", "<67.7.2"),
        ("1.0", "1.0.post1", "<1.0.post1"),
        ("1!1.9", "1!2.0", "<1!2"),
        ("9.9", "1!2.0", "<1!2"),
        ("3.1rc1", "3.1", "<=3.1rc1"),
        ("2.0", "2.1rc1", "<2.1"),
        ("2.0", "2.1rc1.dev1", "<2.1"),
        ("2.1a1", "2.1rc1", "<2.1rc1"),
        ("1.0+cuda", "2.0", "<2"),
        ("58.5.3", "60.0", "<60"),
    ],
)
def test_between(good: str, bad: str, limit: str) -> None:
    assert limit_between(good, bad) == limit


@given(versions(), versions())
def test_between_any(one: str, other: str) -> None:
    if Version(one) == Version(other):
        return
    good, bad = sorted((one, other), key=Version)
    limit = SpecifierSet(limit_between(good, bad))
    assert limit.contains(good, prereleases=True)
    assert not limit.contains(bad, prereleases=True)


@given(
    st.sets(versions(), min_size=2, max_size=60),
    st.sampled_from([*BORDERS, "lamp"]),
    st.booleans(),
    st.data(),
)
def test_the_loosest_is_the_first_that_breaks(
    found: set[str], name: str, first: bool, data: st.DataObject
) -> None:
    unique = {Version(version): version for version in found if not Version(version).is_prerelease}
    ordered = [unique[version] for version in sorted(unique)]
    if len(ordered) < 2:
        return
    at = data.draw(st.integers(1, len(ordered) - 1))
    bad = ordered[at]
    asked: list[str] = []

    def works(limit: str) -> bool:
        assert limit not in asked
        asked.append(limit)
        newest = [each for each in ordered if SpecifierSet(limit).contains(each)][-1]
        return Version(newest) < Version(bad)

    limit, broken = loosest(name, ordered[0], ordered[1:], works, first)
    assert broken == bad
    assert SpecifierSet(limit).contains(ordered[at - 1])
    assert not SpecifierSet(limit).contains(bad)
    assert len(asked) <= math.log2(len(ordered)) + 10


def test_a_known_border_takes_few_builds() -> None:
    ordered = [
        f"{major}.{minor}.{micro}" for major in (3,) for minor in (0, 1, 2) for micro in range(13)
    ]
    asked = []

    def works(limit: str) -> bool:
        asked.append(limit)
        newest = [each for each in ordered if SpecifierSet(limit).contains(each)][-1]
        return Version(newest) < Version("3.1")

    assert loosest("cython", "0.29.37", ordered, works) == ("<3.1", "3.1.0")
    assert len(asked) <= 4


def test_the_first_is_expected_to_break() -> None:
    asked: list[str] = []
    limit = loosest("lamp", "1.0", ["2.0", "3.0", "4.0"], lambda limit: bool(asked.append(limit)), True)
    assert limit == ("<2", "2.0")
    assert asked == ["<3"]


DAY = date(2024, 1, 1)


@pytest.mark.parametrize(
    ("releases", "specifier", "wanted"),
    [
        ([("2.0", True, False), ("1.0", True, False), ("1.1rc1", True, False)], "", ["1.0", "2.0"]),
        ([("2.0", True, True), ("1.0", True, False)], "", ["1.0"]),
        ([("2.0", False, False), ("1.0", True, False)], "", ["1.0"]),
        ([("2.0", False, False), ("1.0", False, False)], "", ["1.0", "2.0"]),
        ([("1.0rc1", True, False)], "", ["1.0rc1"]),
        ([("2.0", True, False), ("1.0", True, False), ("old-1", True, False)], "<2", ["1.0"]),
    ],
)
def test_usable(releases: list[tuple[str, bool, bool]], specifier: str, wanted: list[str]) -> None:
    there = [Release(version, wheel, yanked, DAY) for version, wheel, yanked in releases]
    assert usable(there, specifier) == wanted


def test_after() -> None:
    assert limit_after("1.0", ["0.9", "1.0", "1.1", "2.0"]) == "<1.1"
    assert limit_after("2.0", ["0.9", "1.0"]) == "<=2.0"


def test_older() -> None:
    assert is_older("1.9", "1.10")
    assert not is_older("1.10", "1.9")
    assert not is_older("old-1", "1.9")
