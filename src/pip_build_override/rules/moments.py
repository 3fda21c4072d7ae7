"""Moments in time: when a file was uploaded, and up to which moment files are candidates (``as-of``).

A moment is written as a day, which ends in UTC as the date says, or as a time of RFC 3339.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone

from ..pythons import PYTHONS
from .tables import RELEASE

DAYS_FOR_TOOLS = 90
"""How many days after the first release of a Python build tools are expected to support it.

It was chosen by building sdists that fail with the newest build requirements, with the build
environments of several moments; ``docs/as-of.md`` has the numbers.
"""

# Fewer digits are valid in RFC 3339, more than six are not kept.
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def read_time(text: str) -> datetime:
    """Return the moment of a time as RFC 3339 specifies it, in UTC.

    Raises:
        ValueError: If it is anything else.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("not a time of RFC 3339")
    day, clock, fraction, sign, hours, minutes = found.groups()
    here = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0')[:6].ljust(6, '0')}")
    if sign is None:
        return here.replace(tzinfo=timezone.utc)
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError("not an offset from UTC")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        return (here - offset if sign == "+" else here + offset).replace(tzinfo=timezone.utc)
    except OverflowError:
        raise ValueError("not a time that can be converted to UTC") from None


def read_day(text: str) -> date:
    """Return the day of a date such as 2023-01-31.

    Raises:
        ValueError: If it is anything else.
    """
    if _DAY.fullmatch(text) is None:
        raise ValueError("not a date")
    return date.fromisoformat(text)


def last_moment(text: str) -> datetime:
    """Return the last moment of ``as-of``: that of a day is its end in UTC.

    Args:
        text: A day or a time, as in ``Table.as_of``.

    Raises:
        ValueError: If it is neither.
    """
    try:
        return read_time(text)
    except ValueError:
        return datetime.combine(read_day(text), time.max, timezone.utc)


def written(moment: datetime) -> str:
    """Return a moment in UTC as text, as short as it is exact."""
    if moment.time() == time.max:
        return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat() + "Z"


def floor_for(python: str) -> str:
    """Return the day from which build tools can be expected to support a Python, as text.

    Args:
        python: Its minor version, such as ``3.11``; "" if it is not known.

    Returns:
        The day; "" if it is not known when that Python was released.
    """
    if not python:
        return ""
    first = PYTHONS.get(tuple(int(part) for part in python.split(".")[:2]))
    return (first + timedelta(days=DAYS_FOR_TOOLS)).isoformat() if first is not None else ""


def key_of(as_of: str, python: str) -> str:
    """Return what of a value of ``as-of`` a wheel in the cache depends on, apart from its source.

    The moment of a release is the same for each build of one file, but for the floor.
    """
    return f"{as_of} {floor_for(python)}" if as_of == RELEASE else as_of
