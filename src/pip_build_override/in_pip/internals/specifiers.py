"""What versions, specifiers and markers mean to the running pip (PEP 440, PEP 508)."""

from __future__ import annotations

from pip._vendor.packaging.requirements import Requirement

from ...rules.standards import contains


def exact_pin(requirement: Requirement | None) -> str:
    """Give the version of ``NAME==VERSION``, "" for every other requirement (or None)."""
    specifiers = list(requirement.specifier) if requirement is not None else []
    if len(specifiers) == 1 and specifiers[0].operator in ("==", "==="):
        version = str(specifiers[0].version)
        return "" if version.endswith(".*") else version
    return ""


def satisfies(version: str, specifier: str) -> bool:
    """Return whether a version satisfies a specifier (PEP 440).

    Old tools gave distributions versions that are not PEP 440 ones, and old pips install those. Such a
    version satisfies only what names it.
    """
    try:
        return contains(specifier, version)
    except ValueError:
        return not specifier or specifier in (f"=={version}", f"==={version}")


def same_version(one: str | None, other: str) -> bool:
    """Tell whether two versions are the same, however they are written."""
    # Loaded in every pip by then. ``run`` asks for names outside of any.
    from pip._vendor.packaging.version import InvalidVersion, Version

    try:
        return bool(Version(one or "") == Version(other))
    except InvalidVersion:
        return one == other


def normal_version(version: str) -> str:
    """Return a version in its normal form; one that is not of PEP 440 as it is."""
    from pip._vendor.packaging.version import InvalidVersion, Version

    try:
        return str(Version(version))
    except InvalidVersion:
        return version


def applies(requirement: Requirement) -> bool:
    """Return whether the marker of a requirement, if it has one, holds here.

    As in pip, where no extra of the package itself is asked for.
    """
    return requirement.marker is None or bool(requirement.marker.evaluate({"extra": ""}))
