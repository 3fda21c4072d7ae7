"""Rules for whether a wheel compiled against one version of a distribution runs with another.

The rules, each with the reason that messages give:

- The same version fits.
- numpy: a wheel built on 1.x does not run on 2.x. From 1.25 on, numpy builds for an older C API than
  its own (1.19 for 1.25 to 2.0, 1.21 for 2.1 and 2.2, 1.23 from 2.3 on; NPY_FEATURE_VERSION in
  numpyconfig.h), and the wheel runs on that version and all later ones. A wheel built on an older numpy
  runs on that minor version and later ones of 1.x. A package may define NPY_TARGET_VERSION to change
  that minimum; nothing in the wheel says so.
- torch: it has no stable C++ interface, so the minor version must be the same.
- All others: the same version or a newer one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..rules.standards import contains, normalise

# From which numpy a wheel is built, and the oldest it then runs on; the last matching entry counts.
_NUMPY_TARGETS = (((1, 25), (1, 19)), ((2, 1), (1, 21)), ((2, 3), (1, 23)))


class Verdict(NamedTuple):
    """The answer whether a version fits, and the reason."""

    fits: bool
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
    before, now = _minor(built), _minor(present)
    name = normalise(name)
    if before is not None and now is not None and name == "numpy":
        return _numpy(before, now)
    if before is not None and now is not None and name == "torch":
        reason = "what is built against torch runs with the same minor version only"
        return Verdict(before == now, reason)
    reason = f"what is built against {name} {built} runs with that version or a newer one"
    return Verdict(_newer(built, present), reason)


def _numpy(built: tuple[int, int], present: tuple[int, int]) -> Verdict:
    if built[0] < 2 <= present[0]:
        return Verdict(False, "what is built against numpy 1.x does not run with 2.x")
    floor = built
    for since, target in _NUMPY_TARGETS:
        if built >= since:
            floor = target
    least = ".".join(map(str, floor))
    limit = ", and not with 2.x" if built[0] < 2 else ""
    return Verdict(
        present >= floor,
        f"what is built against numpy {built[0]}.{built[1]} runs with {least} and later{limit}",
    )


def _minor(version: str) -> tuple[int, int] | None:
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else None


def _newer(built: str, present: str) -> bool:
    try:
        return contains(f">={built.partition('+')[0]}", present)
    except ValueError:
        return False
