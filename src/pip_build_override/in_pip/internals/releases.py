"""The releases that pip's own finder finds, which respects indexes, find-links and formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, NamedTuple

from pip._vendor.packaging.version import InvalidVersion, Version

from .specifiers import satisfies

if TYPE_CHECKING:
    from .protocols import PackageFinder


class Release(NamedTuple):
    """One release of a distribution.

    Args:
        version: The version, as packaging's object.
        wheel: Whether it has a wheel for this interpreter and platform that is not yanked.
        yanked: Whether all its files are yanked (PEP 592).
    """

    version: Version
    wheel: bool
    yanked: bool


def find(name: str, finder: PackageFinder) -> list[Release]:
    """Return the releases of a distribution that pip finds, lowest first.

    pip before 24.1 also finds files with versions that are not valid under PEP 440. Those are left out,
    as they are by later pips.

    Args:
        name: The normalised name.
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


def wheels(name: str, finder: PackageFinder) -> dict[str, list[str]]:
    """Return the names of the wheels for this interpreter by version, without yanked ones."""
    found: dict[str, list[str]] = {}
    for candidate in finder.find_all_candidates(name):
        if candidate.link.is_wheel and not candidate.link.is_yanked:
            found.setdefault(str(candidate.version), []).append(candidate.link.filename)
    return found


def has_wheel(name: str, version: str, finder: PackageFinder) -> bool:
    """Return whether there is a wheel of exactly this version for this interpreter and platform.

    A yanked wheel counts too, because the target uses that version anyway.
    """
    return any(
        str(candidate.version) == version and candidate.link.is_wheel
        for candidate in finder.find_all_candidates(name)
    )


def newest_wheel(name: str, specifiers: Iterable[str], finder: PackageFinder) -> str | None:
    """Return the highest version that has a wheel and satisfies specifiers, or None."""
    for release in reversed(find(name, finder)):
        if release.wheel and not release.version.is_prerelease and within(specifiers, release.version):
            return str(release.version)
    return None


def only_wheels(name: str, finder: PackageFinder) -> bool:
    """Return whether the user rules out sdists of a distribution, by ``--only-binary``."""
    control = getattr(finder, "format_control", None)
    return control is not None and "source" not in control.get_allowed_formats(name)


def within(specifiers: Iterable[str], version: object) -> bool:
    """Return whether a version satisfies all specifiers, as ``satisfies`` decides."""
    return all(satisfies(str(version), specifier) for specifier in specifiers)


def forget(finder: PackageFinder) -> None:
    """Make pip's finder search again, because the links that it accepts may have changed.

    pip 25.3 and later keeps the results in dictionaries; earlier releases cache the methods.
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
