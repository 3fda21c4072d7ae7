"""Moments: what is read, how it is written, and from when on a Python counts."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_build_override.pythons import PYTHONS
from pip_build_override.rules.moments import (
    DAYS_FOR_TOOLS,
    floor_for,
    key_of,
    last_moment,
    read_day,
    read_time,
    written,
)

UTC = timezone.utc
OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59)


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)), OFFSETS)
def test_a_time_of_any_zone_is_one_moment(moment: datetime, minutes: int) -> None:
    there = moment.replace(tzinfo=UTC).astimezone(timezone(timedelta(minutes=minutes)))
    assert read_time(there.isoformat()) == moment.replace(tzinfo=UTC)
    assert last_moment(written(moment.replace(tzinfo=UTC))) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "2023-01-31", "2023-01-31T10:00Z", "2023-01-31T10:00:00", "2023-01-31T24:00:00Z"),
        *("2023-13-01T10:00:00Z", "2023-01-31T10:00:00+0100", "2023-01-31T10:00:00+00:60"),
        *("2023-01-31T10:00:00.Z", "2023-01-31  10:00:00Z", "9999-12-31T23:00:00-02:00"),
        *("2023-01-31T10:00:00+24:00", "2023-01-31T10:00:60Z", "\u0662023-01-31T10:00:00Z"),
    ],
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="."):
        read_time(text)


def test_a_day_ends_as_its_date_says() -> None:
    end = last_moment("2023-01-31")
    assert end < read_time("2023-02-01T00:00:00Z") <= end + timedelta(microseconds=1)
    assert written(end) == "2023-01-31"
    assert read_day("2024-02-29") == date(2024, 2, 29)
    for text in ("2023-02-29", "2023-1-31", "tomorrow"):
        with pytest.raises(ValueError, match="."):
            last_moment(text)


def test_from_when_on_tools_support_a_python() -> None:
    first = PYTHONS[(3, 11)]
    assert first is not None
    assert floor_for("3.11") == floor_for("3.11.7") == (first + timedelta(DAYS_FOR_TOOLS)).isoformat()
    assert floor_for("3.11") == "2023-01-22"
    assert floor_for("3.99") == ""
    assert floor_for("2.7") == ""
    assert floor_for("") == ""


def test_what_a_cached_wheel_depends_on() -> None:
    assert key_of("2023-01-31", "") == "2023-01-31"
    assert key_of("release", "3.11") == f"release {floor_for('3.11')}"


def test_the_days_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "as-of.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (3\.\d+) \| (\S+) \| (\S+) \|$", page, re.MULTILINE)
    assert rows == [
        (".".join(map(str, python)), str(first), floor_for(".".join(map(str, python))))
        for python, first in PYTHONS.items()
    ]
    assert f"{DAYS_FOR_TOOLS} days after the first release of the running Python" in page
