"""The key ``as-of``: the moment up to which files are candidates for a build environment."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from typing import Any

from ..moments import read_day, read_time, written
from ..place import Place, did_you_mean, toml_text
from ..tables import AS_OF, RELEASE
from .values import kind_of

_EXAMPLE = "2023-01-31"
_LOOSE = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d\d?)[-/.](?P<day>\d\d?)"
    r"(?:[Tt ]\s*(?P<clock>\d\d:\d\d)(?P<seconds>:\d\d(?:\.\d+)?)?\s*"
    r"(?P<zone>[Zz]|UTC|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
_DURATION = re.compile(r"-?P(?=.*\d)[0-9TDWMYHS.]+|\d+\s*[a-z]+(?:\s+ago)?", re.ASCII | re.IGNORECASE)
_OTHER_WORDS = {
    "released": RELEASE,
    "sdist": RELEASE,
    "upload": RELEASE,
    "uploaded": RELEASE,
    "version": RELEASE,
}


class MomentError(ValueError):
    """A value that is no moment.

    Args:
        problem: Why it is none.
        instead: What to write instead, without quotes.
    """

    def __init__(self, problem: str, instead: str = _EXAMPLE) -> None:
        super().__init__(problem)
        self.problem = problem
        self.instead = instead


def read_as_of(value: Any, here: Place) -> str:
    """Return ``Table.as_of`` for the value of a key.

    Args:
        value: The value as parsed from TOML.
        here: The place of the table.

    Raises:
        OverrideError: If it is neither "release" nor a date or time.
    """
    try:
        return _moment(value)
    except MomentError as error:
        shown = toml_text(error.instead) if error.instead == RELEASE else error.instead
        raise here.error(f"{AS_OF}: {error.problem}", _key_hint(shown), kind="invalid-value") from None


def _key_hint(shown: str) -> str:
    return f"write {AS_OF} = {shown}"


def _moment(value: Any) -> str:
    if isinstance(value, str):
        return moment_in(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise MomentError(
                f"{value.isoformat()} does not say in which time zone", f"{value.isoformat()}Z"
            )
        try:
            return written(value.astimezone(timezone.utc))
        except OverflowError:
            raise MomentError(f"{value.isoformat()} cannot be converted to UTC") from None
    if isinstance(value, date):
        return value.isoformat()
    raise MomentError(f"expected {toml_text(RELEASE)}, a date or a time, found {kind_of(value)}")


def moment_in(text: str) -> str:
    """Return ``Table.as_of`` for a text.

    Raises:
        MomentError: If it is neither ``release`` nor a date or time.
    """
    if text == RELEASE:
        return text
    try:
        return read_day(text).isoformat()
    except ValueError:
        pass
    try:
        return written(read_time(text))
    except ValueError:
        pass
    raise _problem_of(text)


def _problem_of(text: str) -> MomentError:
    shown = toml_text(text)
    near = _OTHER_WORDS.get(text.strip().lower()) or did_you_mean(text.strip(), (RELEASE,))
    if near:
        return MomentError(f"{shown} is neither {toml_text(RELEASE)} nor a date or time", near)
    if _DURATION.fullmatch(text.strip()):
        return MomentError(
            f"{shown} is a duration, and a build environment as of some time ago would be another one"
            " each day",
            (datetime.now(timezone.utc).date() - timedelta(days=30)).isoformat(),
        )
    found = _LOOSE.fullmatch(text.strip())
    if found is None:
        return MomentError(f"{shown} is neither {toml_text(RELEASE)} nor a date or time (RFC 3339)")
    day = f"{found['year']}-{int(found['month']):02}-{int(found['day']):02}"
    try:
        read_day(day)
    except ValueError:
        return MomentError(f"{shown} is not a date of the calendar")
    if found["clock"] is None:
        return MomentError(f"{shown} is not a date of RFC 3339", day)
    zone = (found["zone"] or "Z").replace("UTC", "Z").upper()
    zone = zone if ":" in zone or zone == "Z" else f"{zone[:3]}:{zone[3:]}"
    instead = f"{day}T{found['clock']}{found['seconds'] or ':00'}{zone}"
    try:
        read_time(instead)
    except ValueError:
        return MomentError(f"{shown} is not a time of RFC 3339", day)
    if found["zone"] is None:
        return MomentError(f"{shown} does not say in which time zone", instead)
    return MomentError(f"{shown} is not a time of RFC 3339", instead)
