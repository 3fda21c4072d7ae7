"""SPEC 0 and NEP 29: which minor versions count on a day, with the first and the last day of each."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pip_build_override.matrix.versions import first_days
from pip_build_override.matrix.windows import (
    WINDOWS,
    months_before,
    supported,
    supported_pythons,
)
from pip_build_override.pythons import PYTHONS

from .matrices import numpy, releases

SPEC0, NEP29 = WINDOWS["spec0"], WINDOWS["nep29"]
NUMPY = first_days(numpy("3.11"))


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        ("2026-06-15", 24, "2024-06-15"),
        ("2026-01-31", 24, "2024-01-31"),
        ("2026-03-31", 1, "2026-02-28"),
        ("2024-03-31", 1, "2024-02-29"),
        ("2024-02-29", 24, "2022-02-28"),
        ("2026-01-01", 1, "2025-12-01"),
        ("2026-12-31", 12, "2025-12-31"),
        ("2026-06-15", 42, "2022-12-15"),
        ("2026-06-15", 0, "2026-06-15"),
    ],
)
def test_months_before(day: str, months: int, before: str) -> None:
    assert months_before(date.fromisoformat(day), months).isoformat() == before


@pytest.mark.parametrize(
    ("series", "last"),
    [
        ((1, 26), "2025-09-16"),
        ((2, 0), "2026-06-16"),
        ((2, 1), "2026-08-18"),
        ((2, 2), "2026-12-08"),
    ],
)
def test_the_last_day_counts(series: tuple[int, ...], last: str) -> None:
    day = date.fromisoformat(last)
    assert series in supported(SPEC0, NUMPY, day)
    assert series not in supported(SPEC0, NUMPY, day + timedelta(days=1))


def test_the_first_day_counts() -> None:
    day = date(2024, 6, 16)
    assert (2, 0) in supported(SPEC0, NUMPY, day)
    assert (2, 0) not in supported(SPEC0, NUMPY, day - timedelta(days=1))


def test_spec_0() -> None:
    assert supported(SPEC0, NUMPY, date(2025, 6, 17)) == {
        (1, 25),
        (1, 26),
        (2, 0),
        (2, 1),
        (2, 2),
        (2, 3),
    }
    assert supported(SPEC0, NUMPY, date(2025, 6, 18)) == {(1, 26), (2, 0), (2, 1), (2, 2), (2, 3)}
    # Without any release for years, there is nothing that it supports.
    assert supported(SPEC0, NUMPY, date(2035, 1, 1)) == frozenset()


def test_nep_29_keeps_the_last_three() -> None:
    assert supported(NEP29, NUMPY, date(2035, 1, 1)) == {(2, 2), (2, 3), (2, 4)}
    # What is released later is none of the last three.
    assert supported(NEP29, NUMPY, date(2020, 12, 31)) == {(1, 19)}
    assert supported(NEP29, {(1, 0): date(2000, 1, 1)}, date(2020, 1, 1)) == {(1, 0)}


def test_a_release_without_a_day_counts() -> None:
    first = first_days(releases("1.0", "1.1.0", "1.1.2"))
    assert first == {(1, 0): None, (1, 1): None}
    assert supported(SPEC0, first, date(2026, 1, 1)) == {(1, 0), (1, 1)}


def test_the_day_of_a_minor_version() -> None:
    # That of x.y.0, also if it is yanked, and never of a release candidate.
    assert NUMPY[2, 4] == date(2025, 12, 20)
    assert NUMPY[2, 1] == date(2024, 8, 18)
    assert first_days(releases("3")) == {(3, 0): None}


@pytest.mark.parametrize(
    ("window", "minor", "last"),
    [
        (SPEC0, 10, "2024-10-04"),
        (SPEC0, 11, "2025-10-24"),
        (NEP29, 10, "2025-04-04"),
        (NEP29, 11, "2026-04-24"),
    ],
)
def test_pythons(window: object, minor: int, last: str) -> None:
    every = frozenset(PYTHONS)
    day = date.fromisoformat(last)
    assert (3, minor) in supported_pythons(window, every, day)  # type: ignore[arg-type]
    later = supported_pythons(window, every, day + timedelta(days=1))  # type: ignore[arg-type]
    assert (3, minor) not in later


def test_the_last_two_pythons_and_those_to_come() -> None:
    every = frozenset(PYTHONS) | {(3, 99)}
    assert supported_pythons(NEP29, every, date(2040, 1, 1)) == {(3, 13), (3, 14), (3, 99)}
    assert supported_pythons(SPEC0, every, date(2040, 1, 1)) == {(3, 99)}
    assert supported_pythons(SPEC0, frozenset({(3, 9)}), date(2022, 1, 1)) == {(3, 9)}
