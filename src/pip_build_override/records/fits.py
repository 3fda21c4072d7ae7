"""Rules for whether a wheel compiled against one version of a distribution runs with another.

The rules, each with the reason that messages give:

- The same version fits.
- numpy: a wheel built on 1.x does not run on 2.x. From 1.25 on, numpy builds for an older C API than
  its own (1.19 for 1.25 to 2.0, 1.21 for 2.1 and 2.2, 1.23 for 2.3 and 2.4, 1.25 from 2.5 on;
  NPY_FEATURE_VERSION in numpyconfig.h), and the wheel runs on that version and all later ones. A wheel
  built on an older numpy runs on that minor version and later ones of 1.x. A package may define
  NPY_TARGET_VERSION to change that minimum; nothing in the wheel says so.
- torch: it has no stable C++ interface, so the minor version must be the same.
- All others: the same version or a newer one.

``mismatch`` and ``verify`` report what does not fit, and ``pin-compatible`` writes what fits into the
metadata of the wheel, so that installers do not choose anything else.
"""

from __future__ import annotations

from typing import NamedTuple

from ..rules.standards import VersionParts, contains, normalise, parts_of_version

# From which numpy a wheel is built, and the oldest it then runs on; the last matching entry counts.
_NUMPY_TARGETS = (
    ((1, 25), (1, 19)),
    ((2, 1), (1, 21)),
    ((2, 3), (1, 23)),
    ((2, 5), (1, 25)),
)


class Verdict(NamedTuple):
    """The answer whether a version fits, and the reason."""

    fits: bool
    reason: str


class Compatible(NamedTuple):
    """The versions that a wheel runs with, as a specifier (PEP 440), and the reason."""

    specifier: str
    reason: str


def fits(name: str, built: str, present: str) -> Verdict:
    """Return whether a wheel built against one version of a distribution runs with another, and why.

    Args:
        name: Name of the distribution.
        built: Version in the build environment.
        present: Version in the environment in which the wheel runs.
    """
    if built == present:
        return Verdict(True, "the same version")
    try:
        specifier, reason = compatible(name, built)
        before, now = parts_of_version(built), parts_of_version(present)
        if normalise(name) == "numpy" and before.major < 2 <= now.major:
            reason = "what is built against numpy 1.x does not run with 2.x"
        return Verdict(contains(specifier, present), reason)
    except ValueError:
        return Verdict(False, _same_or_newer(normalise(name), built))


def compatible(name: str, built: str) -> Compatible:
    """Return the versions that a wheel built against one version of a distribution runs with.

    The version that it is built against is always one of them, even if that is a pre-release.

    Args:
        name: Name of the distribution.
        built: Version in the build environment.

    Raises:
        ValueError: If the version is not valid (PEP 440).
    """
    name, parts = normalise(name), parts_of_version(built)
    if name == "numpy":
        return _numpy(built, parts)
    if name == "torch":
        reason = "what is built against torch runs with the same minor version only"
        return Compatible(f"=={parts.major_minor}.*", reason)
    return Compatible(f">={parts.public}", _same_or_newer(name, built))


def _numpy(built: str, parts: VersionParts) -> Compatible:
    least = parts.major_minor
    for since, target in _NUMPY_TARGETS:
        if (parts.major, parts.minor) >= since:
            least = ".".join(map(str, target))
    if not contains(f">={least}", built):
        # A pre-release of the first release of this minor version.
        least = parts.public
    below, limit = (",<2", ", and not with 2.x") if parts.major < 2 else ("", "")
    return Compatible(
        f">={least}{below}",
        f"what is built against numpy {parts.major_minor} runs with {least} and later{limit}",
    )


def _same_or_newer(name: str, built: str) -> str:
    return f"what is built against {name} {built} runs with that version or a newer one"
