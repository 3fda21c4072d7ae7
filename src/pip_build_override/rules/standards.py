"""The packaging standards, from whichever library is at hand.

Inside pip nothing but pip is sure to be installed, so there its own copies are used; everywhere
else the installed ``packaging`` and, before Python 3.11, ``tomli``. What leaves this module is
plain text and booleans: the copies differ in their classes (packaging 21.0 to 26, tomli 1.0 to 2),
hardly in these answers.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from importlib import import_module
from typing import Any, Iterable, Mapping

NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
"""Pattern of the name of a distribution or of an extra (PEP 508)."""

INSIDE_PIP = "pip._internal" in sys.modules
_VENDOR = "pip._vendor." if INSIDE_PIP else ""
_MARKERS = f"{_VENDOR}packaging.markers"
_SPECIFIERS = f"{_VENDOR}packaging.specifiers"
_VERSION = f"{_VENDOR}packaging.version"
_TOML = "tomllib" if sys.version_info >= (3, 11) else f"{_VENDOR}tomli"


@lru_cache(maxsize=None)
def _library(name: str) -> Any:
    """Load a library for the first question that it answers: an overrides file may ask none."""
    return import_module(name)


_SEPARATORS = re.compile(r"[-_.]+")


def normalise(name: str) -> str:
    """Return the form in which names are compared (PEP 503)."""
    return _SEPARATORS.sub("-", name).lower()


def read_toml(text: str) -> dict[str, Any]:
    """Parse a TOML document.

    :raises ValueError: where it is not TOML; the text says at which line, if that is known.
    """
    try:
        # Text, not a file: the two generations of tomli disagree on the type of a file.
        document: dict[str, Any] = _library(_TOML).loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return document


def marker_holds(marker: str, environment: Mapping[str, str], extra: str = "") -> bool:
    """Evaluate an environment marker (PEP 508); the empty one always holds.

    :param environment: as returned by packaging's ``default_environment()``.
    :param extra: of the package that has the requirement. Without one it is as in pip, where no extra
        of the package itself is asked for.
    :raises ValueError: where the marker cannot be read, or compares what has no order.
    """
    if not marker:
        return True
    surroundings = {**environment, "extra": extra}
    try:
        return bool(_library(_MARKERS).Marker(marker).evaluate(surroundings))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def is_specifier(text: str) -> bool:
    """Tell whether a version specifier can be read; the empty one can.

    Older copies of packaging take more than PEP 440 has, such as ``>=2.*``, and compare by it.
    """
    try:
        _library(_SPECIFIERS).SpecifierSet(text)
    except ValueError:
        return False
    return True


def contains(specifier: str, version: str) -> bool:
    """Tell whether a version satisfies a specifier (PEP 440), pre-releases like any other.

    :raises ValueError: where either is not of PEP 440; older copies of packaging would take
        the version for a "legacy" one and order it before all others.
    """
    number = str(_library(_VERSION).Version(version))
    return bool(_library(_SPECIFIERS).SpecifierSet(specifier).contains(number, prereleases=True))


def may_contain(specifier: str, version: str) -> bool:
    """Tell whether a version may satisfy a specifier; it may if either is not of PEP 440."""
    try:
        return contains(specifier, version)
    except ValueError:
        return True


def in_order(versions: Iterable[str]) -> list[str]:
    """Sort versions as PEP 440 does; those that are none come first, by their text."""
    return sorted(versions, key=_key)


def _key(version: str) -> tuple[bool, Any]:
    try:
        return True, _library(_VERSION).Version(version)
    except ValueError:
        return False, version
