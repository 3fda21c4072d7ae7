"""Versions, specifiers and markers as the running pip interprets them (PEP 440, PEP 508)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...rules.standards import contains, read_version

if TYPE_CHECKING:
    from pip._vendor.packaging.requirements import Requirement


def exact_pin(requirement: Requirement | None) -> str:
    """Return the version in ``NAME==VERSION``, or "" for any other requirement or None."""
    specifiers = list(requirement.specifier) if requirement is not None else []
    if len(specifiers) == 1 and specifiers[0].operator in ("==", "==="):
        version = str(specifiers[0].version)
        return "" if version.endswith(".*") else version
    return ""


def satisfies(version: str, specifier: str) -> bool:
    """Return whether a version satisfies a specifier (PEP 440).

    Old tools created versions that are not valid under PEP 440, and old pips install those. Such a
    version satisfies only a specifier that names it, or an empty one.
    """
    try:
        return contains(specifier, version)
    except ValueError:
        return not specifier or specifier in (f"=={version}", f"==={version}")


def same_version(one: str | None, other: str) -> bool:
    """Return whether two versions are the same, however they are written."""
    try:
        return bool(read_version(one or "") == read_version(other))
    except ValueError:
        return one == other


def normal_version(version: str) -> str:
    """Return a version in normal form, or unchanged if it is not valid under PEP 440."""
    try:
        return str(read_version(version))
    except ValueError:
        return version


def applies(requirement: Requirement) -> bool:
    """Return whether the marker of a requirement, if it has one, applies here.

    As in pip, if no extra of the package itself is requested.
    """
    return requirement.marker is None or bool(requirement.marker.evaluate({"extra": ""}))
