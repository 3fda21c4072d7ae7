"""The versions that the words of a matrix stand for, on one interpreter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Iterable, Mapping, Sequence

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from ..pythons import Series
from ..releases import Release
from .project import Limits
from .table import NIGHTLY, specifier_of
from .windows import Window, supported

NO_WHEEL = "no wheel"
CONTRADICTION = "contradiction"


@dataclass(frozen=True)
class Choice:
    """A version, or the reason why there is none.

    Attributes:
        version: The version; if there is none, what stands for it.
        state: "" for a version, else ``NO_WHEEL`` or ``CONTRADICTION``.
        reason: Why there is none.
        nightly: Whether it comes from the index of nightly builds.
    """

    version: str
    state: str = ""
    reason: str = ""
    nightly: bool = False


@dataclass(frozen=True)
class Offer:
    """All that is known about the releases of one distribution, for one interpreter.

    Attributes:
        name: Its normalised name.
        releases: Its releases, whose versions are valid (PEP 440).
        limits: What the project declares about it.
        window: The window that releases have to be in; None for none.
        day: The day that the window ends.
        as_of: The day after whose end no file counts; None for no such day.
        nightly: Its releases on the index of nightly builds.
    """

    name: str
    releases: tuple[Release, ...]
    limits: Limits
    window: Window | None
    day: date
    as_of: date | None = None
    nightly: tuple[Release, ...] = ()

    def choices(self, words: Iterable[str]) -> list[Choice]:
        """Return what words and versions stand for: versions in order, then what there is not."""
        found: dict[str, Choice] = {}
        missing: dict[str, Choice] = {}
        for word in words:
            for choice in self._chosen(word):
                (missing if choice.state else found).setdefault(choice.version, choice)
        ordered = sorted(found.values(), key=lambda choice: Version(choice.version))
        return [*ordered, *missing.values()]

    def notes(self, words: Iterable[str]) -> list[str]:
        """Return what a user would not expect of ``oldest``: that it is not what is declared."""
        usable = self._usable
        notes = []
        if not self.limits.declared and self.limits.known:
            notes.append(f"{self.limits.where} does not declare {self.name}, so any version counts")
        if usable and any(word in ("oldest", "minors") for word in words):
            notes += self._about_floor(usable[0])
        return notes

    @property
    def milestones(self) -> tuple[str, ...]:
        """The oldest release that counts, and the last of each x.y, the oldest first."""
        oldest = [release.version for release in self._usable[:1]]
        return tuple(dict.fromkeys([*oldest, *self._minors]))

    @property
    def _minors(self) -> list[str]:
        # Of equal keys a dictionary keeps the last value.
        last = {series_of(release): release for release in self._usable}
        return [release.version for release in last.values()]

    def _chosen(self, word: str) -> list[Choice]:
        if word == NIGHTLY:
            return [self._nightly()]
        usable = self._usable
        if word in ("oldest", "minors", "latest"):
            if not usable:
                return [self._none()]
            if word == "minors":
                return list(map(Choice, self._minors))
            return [Choice(usable[0 if word == "oldest" else -1].version)]
        return [self._explicit(word)]

    def _nightly(self) -> Choice:
        found = [release for release in self.nightly if release.wheel and not release.yanked]
        if not found:
            reason = f"there is no nightly wheel of {self.name} for this Python"
            return Choice(NIGHTLY, NO_WHEEL, reason)
        newest = max(found, key=_version)
        if not _within(self.limits.specifier, newest):
            reason = f"{self.limits.text} excludes the nightly build {newest.version}"
            return Choice(NIGHTLY, CONTRADICTION, reason)
        return Choice(newest.version, nightly=True)

    def _explicit(self, text: str) -> Choice:
        specifier = specifier_of(text)
        exact = not text.endswith("*")
        matching = [
            release
            for release in self._in_time
            if _within(specifier, release) and (exact or not _version(release).is_prerelease)
        ]
        if not matching:
            when = f" as of {self.as_of}" if self.as_of else ""
            return Choice(text, CONTRADICTION, f"there is no release {self.name} {text}{when}")
        for problem, state, fits in (
            (f"{self.limits.text} excludes {self.name} {text}", CONTRADICTION, self._is_allowed),
            (f"{self.name} {text} is outside of the window", CONTRADICTION, self._is_supported),
            (f"{self.name} {text} is yanked", CONTRADICTION, lambda release: not release.yanked),
            (f"{self.name} {text} has no wheel for this Python", NO_WHEEL, self._has_wheel),
        ):
            matching = list(filter(fits, matching))
            if not matching:
                return Choice(text, state, problem)
        return Choice(matching[-1].version)

    def _none(self) -> Choice:
        # Nothing but a wheel for this Python may be missing: the rest is the same for every Python.
        final = [release for release in self._in_time if not _version(release).is_prerelease]
        allowed = [release for release in final if self._is_allowed(release)]
        window = [release for release in allowed if self._is_supported(release)]
        state, problem = NO_WHEEL, f"no release of {self.name} that {self.limits.text} allows"
        if not final:
            problem = f"there is no release of {self.name}"
        elif not allowed:
            state, problem = CONTRADICTION, f"{self.limits.text} excludes all releases of {self.name}"
        elif not window:
            problem += " is in the window"
        else:
            problem += " has a wheel for this Python"
        return Choice("none", state, problem)

    def _about_floor(self, oldest: Release) -> list[str]:
        floor = lower_limit(self.limits.specifier)
        if floor is None or _version(oldest) == floor:
            return []
        instead = f"the oldest here is {oldest.version}"
        declared = f"{self.limits.where} declares {self.name}{self.limits.specifier}"
        same = [release for release in self.releases if _version(release) == floor]
        if not same:
            return [f"{declared}, but pip finds no release {floor}; {instead}"]
        (release,) = same
        why = "is outside of the window"
        if release not in self._in_time:
            why = f"is later than {self.as_of}"
        elif release.yanked:
            why = "is yanked"
        elif not self._has_wheel(release):
            why = "has no wheel for this Python"
        elif not self._is_allowed(release):
            why = "is excluded there"
        return [f"{declared}, but {floor} {why}; {instead}"]

    @cached_property
    def _usable(self) -> list[Release]:
        """Return the releases that count, the oldest first."""
        return [
            release
            for release in self._in_time
            if not _version(release).is_prerelease
            and not release.yanked
            and self._has_wheel(release)
            and self._is_allowed(release)
            and self._is_supported(release)
        ]

    @cached_property
    def _in_time(self) -> list[Release]:
        found = [release for release in self.releases if self._by_then(release.released)]
        return sorted(found, key=_version)

    def _by_then(self, day: date | None) -> bool:
        # A file without a day comes from --find-links.
        return self.as_of is None or day is None or day <= self.as_of

    def _has_wheel(self, release: Release) -> bool:
        return release.wheel and self._by_then(release.wheel_uploaded)

    def _is_allowed(self, release: Release) -> bool:
        return _within(self.limits.specifier, release)

    def _is_supported(self, release: Release) -> bool:
        return self.window is None or series_of(release) in self._series

    @cached_property
    def _series(self) -> frozenset[Series]:
        assert self.window is not None
        return supported(self.window, first_days(self._in_time), self.day)


def first_days(releases: Sequence[Release]) -> Mapping[Series, date | None]:
    """Return when the first final release of each minor version was uploaded.

    That is the day of x.y.0, unless x.y.0 was never uploaded.
    """
    first: dict[Series, date | None] = {}
    for release in sorted(releases, key=_version):
        if not _version(release).is_prerelease:
            first.setdefault(series_of(release), release.released)
    return first


def series_of(release: Release) -> Series:
    """Return the minor version that a release belongs to."""
    return (*_version(release).release, 0)[:2]


def _version(release: Release) -> Version:
    return _parsed(release.version)


# Every choice compares all releases.
_parsed = lru_cache(maxsize=None)(Version)
_set = lru_cache(maxsize=None)(SpecifierSet)


def _within(specifier: str, release: Release) -> bool:
    return not specifier or _set(specifier).contains(_version(release), prereleases=True)


def lower_limit(specifier: str) -> Version | None:
    """Return the oldest version that a specifier names; None if it names no lower limit."""
    lower = [
        Version(clause.version)
        for clause in SpecifierSet(specifier)
        if clause.operator in (">=", "~=", "==") and not clause.version.endswith("*")
    ]
    return max(lower, default=None)
