"""The moments as of which a build environment is tried, and the order in which they are."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Iterable, NamedTuple

from packaging.version import Version

from ..diagnosis import Failure
from ..matrix.results import is_same
from ..releases import Release
from ..rules.moments import floor_for
from ..rules.standards import may_contain
from ..rules.tables import RELEASE
from ..rules.written import Table
from .limits import is_older
from .search import Search
from .tables import changes_declared

_MOST = 11
_NEAR = timedelta(days=14)


class Moment(NamedTuple):
    """A value of ``as-of``, and the day that it stands for."""

    value: str
    day: date


def release_of(search: Search) -> Release | None:
    """Return the release that is built; None if it is not from an index."""
    failure = search.failure
    if failure.source or not _is_by_name(failure):
        return None
    found = (each for each in search.releases(failure.name) if _is(each, failure.version))
    return next(found, None)


def released(search: Search) -> date | None:
    """Return the day on which what is built was released; None if it is not known."""
    release = release_of(search)
    return release.released if release is not None else None


def _is_by_name(failure: Failure) -> bool:
    return not any(sign in failure.requirement for sign in "/\\@")


def _is(release: Release, version: str) -> bool:
    return release.version == version or is_same(release.version, version)


def moments(day: date | None, python: str, today: date) -> list[Moment]:
    """Return the moments to try, the most promising first: coarse steps, then between them.

    Args:
        day: The day on which what is built was released; None if it is not known.
        python: Minor version of the interpreter.
        today: The day.
    """
    text = floor_for(python)
    floor = date.fromisoformat(text) if text else None
    start = max(filter(None, (day, floor)), default=None)
    if start is None:
        return []
    found = [Moment(RELEASE if day and floor else start.isoformat(), start)]
    ahead = [] if day is None or day >= start else [day]
    ahead += [start + timedelta(days=365), _between(start, today)]
    if day is not None and day < start:
        ahead += [day + timedelta(days=180), _between(day, start), day + timedelta(days=365)]
    ahead += [_between(start, _between(start, today)), _between(_between(start, today), today)]
    ahead += [start + timedelta(days=180)]
    # Its build tools were not always the newest of its time.
    ahead += [day - timedelta(days=365)] if day is not None else []
    for each in ahead:
        if each < today - _NEAR and all(abs(each - other.day) > _NEAR for other in found):
            found.append(Moment(each.isoformat(), each))
    return found[:_MOST]


def _between(one: date, other: date) -> date:
    return one + (other - one) // 2


class Contents:
    """What build environments are expected to contain, so that moments with equal ones are left out."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def on(self, day: date) -> tuple[tuple[str, str], ...] | None:
        """Return names and versions; None if the days of the releases are not known."""
        found = []
        for name in sorted(self._search.seen):
            releases = self._search.releases(name)
            if not releases or any(each.released is None for each in releases):
                return None
            found.append((name, self._newest(name, releases, day)))
        return tuple(found) or None

    def lacks(self, day: date, table: Table) -> bool:
        """Return whether there was nothing yet that satisfies a declared requirement.

        Args:
            day: The day.
            table: The rules, which may replace it.
        """
        kept = (name for name in self._search.declared if not changes_declared(table, name))
        return any(self._is_missing(name, day) for name in kept)

    def _is_missing(self, name: str, day: date) -> bool:
        releases = self._search.releases(name)
        specifier = self._search.declared[name]
        # A pin may be of a pre-release, or of one that was yanked.
        fitting = [each for each in releases if may_contain(specifier, each.version)]
        return bool(fitting) and all(
            each.released is not None and each.released > day for each in fitting
        )

    def _newest(self, name: str, releases: Iterable[Release], day: date) -> str:
        newest = ""
        specifier = self._search.declared.get(name, "")
        for each in releases:
            old = each.released is not None and each.released <= day
            there = old and not each.yanked and may_contain(specifier, each.version)
            if there and not _is_pre(each.version) and (not newest or is_older(newest, each.version)):
                newest = each.version
        return newest


def _is_pre(version: str) -> bool:
    try:
        return Version(version).is_prerelease
    except ValueError:
        return True
