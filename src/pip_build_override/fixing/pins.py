"""Declared pins that no longer work, replaced by releases that have wheels."""

from __future__ import annotations

from typing import Iterable, Iterator

from packaging.version import Version

from ..diagnosis import Failure
from ..diagnosis.bounds import clauses
from ..releases import Release
from ..rules.standards import normalise
from ..rules.written import Table
from .limits import is_older, limit_after, usable
from .search import Search, declared_on

OLDEST_SUPPORTED = "oldest-supported-numpy"
_PINNING = ("==", "===", "~=", "<", "<=")


def pinned(declared: dict[str, str]) -> dict[str, str]:
    """Return the declared requirements that exclude newer releases, with their specifiers."""
    found = {
        name: specifier
        for name, specifier in declared.items()
        if any(operator in _PINNING for operator, _ in clauses(specifier))
    }
    return {**found, **{name: "" for name in declared if name == OLDEST_SUPPORTED}}


def asks_for(outer: Failure, inner: Failure, python: str) -> str:
    """Return the declared requirement by which a package asks for an old release of another, or ""."""
    names = pinned(declared_on(outer, python))
    name = normalise(inner.name)
    if name in names:
        return name
    return OLDEST_SUPPORTED if name == "numpy" and OLDEST_SUPPORTED in names else ""


def replacements(search: Search, base: Table, asked: str, old: str = "") -> Iterator[Table]:
    """Yield tables that replace a pin, the loosest first.

    Args:
        search: The search for the package that declares it.
        base: The table to start from.
        asked: Normalised name of the declared requirement.
        old: The release that it leads to; "" if that is not known.
    """
    name = "numpy" if asked == OLDEST_SUPPORTED else asked
    versions = usable(search.releases(name))
    newer = [
        each for each in _with_wheel(search.releases(name), versions) if not old or is_older(old, each)
    ]
    for specifier in _specifiers(newer):
        replace = {**base.get("replace", {}), asked: name + specifier}
        yield {**base, "replace": replace}


def _with_wheel(releases: Iterable[Release], versions: list[str]) -> list[str]:
    wheels = {each.version for each in releases if each.wheel}
    return [each for each in versions if each in wheels] or versions


def _specifiers(newer: list[str]) -> list[str]:
    if not newer:
        return [""]
    oldest, newest = Version(newer[0]), Version(newer[-1])
    found = [f">={newer[0]}"]
    if newest.major > oldest.major:
        found.append(f">={newer[0]},<{oldest.major + 1}")
    return [*found, f">={newer[0]},{limit_after(newer[0], newer)}"]


def old_version(search: Search, name: str) -> str:
    """Return the newest release that a declared pin allows, or "" if it is not known."""
    specifier = search.declared.get(name, "")
    exact = [version for operator, version in clauses(specifier) if operator in ("==", "===")]
    if exact:
        return exact[0].replace(".*", "")
    return next(reversed(usable(search.releases(name), specifier)), "")


def loosened(search: Search, base: Table) -> Iterator[Table]:
    """Yield tables without the pins of a package: each alone, then all together."""
    names = pinned(search.declared)
    everything: Table = base
    for name in names:
        if name in base.get("replace", {}) or not search.releases(name):
            continue
        made = list(replacements(search, base, name, old_version(search, name)))
        yield from made[:2]
        everything = next(replacements(search, everything, name, old_version(search, name)))
    yield everything
