"""Upper limits on one distribution: how they are written, and the search for the loosest one.

It is known that the package works with one release and not with the newest. The border between the
releases that work and those that do not is found by bisection, in which the borders at which others
have been found weigh more than the rest: most searches end after a few builds.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Callable, Iterable, Mapping, Sequence

from packaging.version import InvalidVersion, Version

from ..releases import Release
from ..rules.standards import may_contain

BORDERS: Mapping[str, tuple[str, ...]] = {
    "setuptools": (
        *("46", "50", "52", "58", "60", "61", "65", "66", "67.8", "68", "70", "71", "72", "74"),
        *("75", "77", "78", "80", "81", "82"),
    ),
    "cython": ("0.29", "3", "3.1", "3.2"),
    "numpy": ("1.20", "1.23", "1.24", "1.25", "1.26", "2", "2.1", "2.3"),
    "pybind11": ("2.10", "2.12", "3"),
    "setuptools-scm": ("7", "8", "9"),
    "wheel": ("0.45", "0.46"),
    "packaging": ("22",),
    "pip": ("10", "20"),
}
"""Releases with which packages are known to stop working, by the normalised name."""

_KNOWN, _MAJOR, _MINOR, _OTHER = 64, 16, 4, 1


def usable(releases: Iterable[Release], specifier: str = "") -> list[str]:
    """Return the versions worth trying, the oldest first: those with a wheel, unless none has one.

    Args:
        releases: All releases.
        specifier: What is declared.
    """
    final = _final(releases, specifier)
    with_wheel = [release for release in final if release.wheel] or final
    return [release.version for release in with_wheel]


def choosable(releases: Iterable[Release], specifier: str = "") -> list[str]:
    """Return the versions that pip may choose, the oldest first; see ``usable``."""
    return [release.version for release in _final(releases, specifier)]


def _final(releases: Iterable[Release], specifier: str) -> list[Release]:
    """Return the final releases, or all if none is final, the oldest first."""
    valid = [release for release in releases if _is_version(release.version) and not release.yanked]
    there = [release for release in valid if may_contain(specifier, release.version)]
    final = [release for release in there if not Version(release.version).is_prerelease] or there
    return sorted(final, key=lambda release: Version(release.version))


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def is_older(one: str, other: str) -> bool:
    """Return whether one version is older than another; False if either is not valid."""
    return _is_version(one) and _is_version(other) and Version(one) < Version(other)


def limit_between(good: str, bad: str) -> str:
    """Return the shortest upper limit that allows one version and excludes a newer one.

    ``<3.1`` for 3.0.12 and 3.1.0. A limit that is a pre-release is never the shortest, and
    ``<3.1`` excludes the pre-releases of 3.1 (PEP 440).
    """
    newer = Version(bad)
    epoch = f"{newer.epoch}!" if newer.epoch else ""
    for count in range(1, len(newer.release) + 1):
        limit = "<" + epoch + ".".join(map(str, newer.release[:count]))
        if _is_between(limit, good, bad):
            return limit
    limit = f"<{newer.public}"
    return limit if _is_between(limit, good, bad) else f"<={Version(good).public}"


def _is_between(limit: str, good: str, bad: str) -> bool:
    return may_contain(limit, good) and not may_contain(limit, bad)


def limit_after(good: str, versions: Sequence[str]) -> str:
    """Return the limit that allows a version and excludes those that are newer.

    Args:
        good: The version.
        versions: The versions that pip may choose, the oldest first.
    """
    newer = [version for version in versions if is_older(good, version)]
    return limit_between(good, newer[0]) if newer else f"<={good}"


def loosest(
    name: str,
    good: str,
    newer: Sequence[str],
    works: Callable[[str], bool],
    first: bool = False,
    others: Sequence[str] = (),
) -> tuple[str, str]:
    """Return the loosest upper limit with which a package works, and the first release that breaks it.

    Args:
        name: Normalised name of the distribution.
        good: A version with which the package works.
        newer: The newer versions, the oldest first; with the last one, the package does not work.
        works: Returns whether the package works under a limit.
        first: Whether the first of the newer versions is expected not to work.
        others: All versions that pip may choose. A limit excludes those between the two that it is
            for, because what they do is not known.
    """
    versions = [good, *newer]
    weights = [_weight(name, *pair) for pair in zip(versions, versions[1:])]
    if first:
        weights[0] += sum(weights) * 2
    low, high = 0, len(versions) - 1
    while high - low > 1:
        middle = low + _heaviest_half(weights[low:high])
        if works(limit_after(versions[middle], others or versions)):
            low = middle
        else:
            high = middle
    return limit_after(versions[low], others or versions), versions[high]


def _heaviest_half(weights: Sequence[int]) -> int:
    """Return where to divide borders so that both parts weigh about the same; neither is empty."""
    total = sum(weights)
    sums = list(accumulate(weights))[:-1]
    return 1 + min(range(len(sums)), key=lambda at: abs(2 * sums[at] - total))


def _weight(name: str, before: str, after: str) -> int:
    """Return how likely it is that a release breaks what works with the one before it."""
    if any(_is_between(f"<{border}", before, after) for border in BORDERS.get(name, ())):
        return _KNOWN
    old, new = Version(before), Version(after)
    if (old.epoch, old.major) != (new.epoch, new.major):
        return _MAJOR
    return _MINOR if old.minor != new.minor else _OTHER
