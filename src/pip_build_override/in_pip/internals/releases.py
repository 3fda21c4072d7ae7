"""What pip's own finder offers of a distribution, so that indexes, find-links and formats count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, NamedTuple

from pip._vendor.packaging.version import InvalidVersion, Version

from .specifiers import satisfies

if TYPE_CHECKING:
    from .protocols import PackageFinder


class Release(NamedTuple):
    """One release of a distribution.

    Args:
        version: packaging's.
        wheel: whether there is a wheel for this interpreter and platform, that is not yanked.
        yanked: whether all that there is of it is yanked (PEP 592).
    """

    version: Version
    wheel: bool
    yanked: bool


def find(name: str, finder: PackageFinder) -> list[Release]:
    """List the releases of a distribution that can be had here, the lowest first.

    Pips before 24.1 find files whose version is not a PEP 440 one, too. Those are left out, as later
    pips leave them out.

    Args:
        name: normalised.
        finder: pip's package finder.
    """
    found: dict[str, Release] = {}
    for candidate in finder.find_all_candidates(name):
        yanked = bool(candidate.link.is_yanked)
        try:
            version = Version(str(candidate.version))
        except InvalidVersion:
            continue
        before = found.get(str(version), Release(version, wheel=False, yanked=True))
        found[str(version)] = Release(
            version,
            wheel=before.wheel or (candidate.link.is_wheel and not yanked),
            yanked=before.yanked and yanked,
        )
    return sorted(found.values(), key=lambda release: release.version)


def has_wheel(name: str, version: str, finder: PackageFinder) -> bool:
    """Tell whether there is a wheel of just this version for this interpreter and platform.

    One that is yanked counts: who has it in the target has it.
    """
    return any(
        str(candidate.version) == version and candidate.link.is_wheel
        for candidate in finder.find_all_candidates(name)
    )


def newest_wheel(name: str, specifiers: Iterable[str], finder: PackageFinder) -> str | None:
    """Give the highest version with a wheel that satisfies specifiers, None where there is none."""
    for release in reversed(find(name, finder)):
        if release.wheel and not release.version.is_prerelease and within(specifiers, release.version):
            return str(release.version)
    return None


def within(specifiers: Iterable[str], version: object) -> bool:
    """Tell whether a version satisfies specifiers; if one of the two cannot be read, it does not."""
    return all(satisfies(str(version), specifier) for specifier in specifiers)


def forget(finder: PackageFinder) -> None:
    """Have pip's finder look again: which links it takes may have changed.

    It keeps what it has found in dictionaries of its own from 25.3 on, before in its methods' cache.
    """
    for cache in ("_all_candidates", "_best_candidates"):
        getattr(finder, cache, {}).clear()
    for method in (finder.find_all_candidates, finder.find_best_candidate):
        function = getattr(method, "__func__", method)
        while function is not None:
            getattr(function, "cache_clear", _nothing)()
            function = getattr(function, "__wrapped__", None)


def _nothing() -> None:
    pass
