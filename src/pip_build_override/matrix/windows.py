"""Windows: which minor versions of Python and of a dependency are still supported on a day.

SPEC 0 (https://scientific-python.org/specs/spec-0000) drops a Python three years after its release,
and a dependency two years after. NEP 29 (https://numpy.org/neps/nep-0029-deprecation_policy.html)
supports the minor versions of Python of the last 42 months, at least two, and those of a dependency of
the last 24 months, at least three. The first day of these months counts.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Mapping

from ..pythons import PYTHONS, Series


@dataclass(frozen=True)
class Window:
    """How long releases are supported.

    Attributes:
        title: Its name.
        months: How many months a minor version of a dependency counts.
        python_months: The same for Python.
        least: How many of the latest minor versions of a dependency count in any case.
        python_least: The same for Python.
    """

    title: str
    months: int
    python_months: int
    least: int = 0
    python_least: int = 0


WINDOWS = {"spec0": Window("SPEC 0", 24, 36), "nep29": Window("NEP 29", 24, 42, 3, 2)}


def supported(window: Window, first: Mapping[Series, date | None], day: date) -> frozenset[Series]:
    """Return the minor versions of a dependency that a window supports on a day.

    Args:
        window: The window.
        first: The day on which each minor version was first released, if that is known. One without a
            day is supported, because nothing says that it is old.
        day: The day.
    """
    return _inside(window.months, window.least, first, day)


def supported_pythons(window: Window, pythons: frozenset[Series], day: date) -> frozenset[Series]:
    """Return those of some minor versions of Python that a window supports on a day.

    One that is newer than all whose day is known here is supported.
    """
    inside = _inside(window.python_months, window.python_least, PYTHONS, day)
    return frozenset(each for each in pythons if each in inside or each > max(PYTHONS))


def _inside(
    months: int, least: int, first: Mapping[Series, date | None], day: date
) -> frozenset[Series]:
    begin = months_before(day, months)
    known = {series: when for series, when in first.items() if when is None or when <= day}
    latest = sorted(known)[-least:] if least else []
    return frozenset(latest) | {
        series for series, when in known.items() if when is None or when >= begin
    }


def months_before(day: date, months: int) -> date:
    """Return the same day of the month some months before, or the last one of a shorter month."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))
