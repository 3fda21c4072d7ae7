"""The packaging standards, implemented by whichever library is available.

Inside pip, only pip itself is certain to be installed, so its vendored copies are used. Everywhere else
the installed ``packaging`` is used and, before Python 3.11, ``tomli``. This module returns plain text
and booleans wherever it can: the classes differ between the copies (packaging 21.0 to 26, tomli 1.0 to
2), but these answers hardly do.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from importlib import import_module
from typing import Any, Iterable, Mapping

from ..frozen import Frozen

NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
"""A pattern that matches the name of a distribution or of an extra (PEP 508)."""

INSIDE_PIP = "pip._internal" in sys.modules
_VENDOR = "pip._vendor." if INSIDE_PIP else ""
_MARKERS = f"{_VENDOR}packaging.markers"
_REQUIREMENTS = f"{_VENDOR}packaging.requirements"
_SPECIFIERS = f"{_VENDOR}packaging.specifiers"
_VERSION = f"{_VENDOR}packaging.version"
_TOML = "tomllib" if sys.version_info >= (3, 11) else f"{_VENDOR}tomli"


@lru_cache(maxsize=None)
def _library(name: str) -> Any:
    """Return a library, imported on first use because some overrides files need none."""
    return import_module(name)


_SEPARATORS = re.compile(r"[-_.]+")


def normalise(name: str) -> str:
    """Return the normalised form of a name (PEP 503)."""
    return _SEPARATORS.sub("-", name).lower()


def read_toml(text: str) -> dict[str, Any]:
    """Parse a TOML document.

    Raises:
        ValueError: If it is not valid TOML; the message contains the line number if it is known.
    """
    try:
        # Pass text, because the two generations of tomli disagree on the type of a file.
        document: dict[str, Any] = _library(_TOML).loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return document


def marker_holds(marker: str, environment: Mapping[str, str], extra: str = "") -> bool:
    """Return whether an environment marker (PEP 508) holds; an empty marker always does.

    Args:
        marker: The marker.
        environment: Marker environment, as from packaging's ``default_environment()``.
        extra: An extra of the package that has the requirement. The default is what pip uses if no
            extra of the package is requested.

    Raises:
        ValueError: If the marker cannot be read, or compares values that have no order.
    """
    if not marker:
        return True
    surroundings = {**environment, "extra": extra}
    try:
        return bool(_library(_MARKERS).Marker(marker).evaluate(surroundings))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def marker_environment() -> dict[str, str]:
    """Return the values of environment markers in this interpreter."""
    return dict(_library(_MARKERS).default_environment())


def read_requirement(text: str) -> Any:
    """Return a requirement (PEP 508) as an object of the library.

    Raises:
        ValueError: If it is not valid.
    """
    return _library(_REQUIREMENTS).Requirement(text)


def read_version(text: str) -> Any:
    """Return a version (PEP 440) as an object of the library, for comparisons.

    Raises:
        ValueError: If it is not valid.
    """
    return _library(_VERSION).Version(text)


def is_specifier(text: str) -> bool:
    """Return whether a version specifier can be read; an empty one can.

    Older copies of packaging also accept specifiers that PEP 440 does not allow, such as ``>=2.*``.
    """
    try:
        _library(_SPECIFIERS).SpecifierSet(text)
    except ValueError:
        return False
    return True


def contains(specifier: str, version: str) -> bool:
    """Return whether a version satisfies a specifier (PEP 440), treating pre-releases like releases.

    Raises:
        ValueError: If either is not valid. Older copies of packaging would otherwise treat the version
            as a "legacy" one and order it before all others.
    """
    number = str(_library(_VERSION).Version(version))
    return bool(_library(_SPECIFIERS).SpecifierSet(specifier).contains(number, prereleases=True))


class VersionParts(Frozen):
    """The parts of a version (PEP 440).

    Attributes:
        full: The whole version in normal form.
        public: The version without its local part.
        epoch: Its epoch as it is written before the release, such as ``1!``; "" for none.
        major: First number of the release.
        minor: Second number, 0 if there is none.
        micro: Third number, 0 if there is none.
    """

    full: str
    public: str
    epoch: str
    major: int
    minor: int
    micro: int

    @property
    def major_minor(self) -> str:
        """The first two numbers, with the epoch."""
        return f"{self.epoch}{self.major}.{self.minor}"


def parts_of_version(version: str) -> VersionParts:
    """Return the parts of a version.

    Raises:
        ValueError: If it is not valid.
    """
    read = _library(_VERSION).Version(version)
    epoch = f"{read.epoch}!" if read.epoch else ""
    return VersionParts(str(read), read.public, epoch, read.major, read.minor, read.micro)


def may_contain(specifier: str, version: str) -> bool:
    """Return whether a version may satisfy a specifier; it may if either is not valid (PEP 440)."""
    try:
        return contains(specifier, version)
    except ValueError:
        return True


def in_order(versions: Iterable[str]) -> list[str]:
    """Return versions in PEP 440 order; invalid ones come first, sorted as text."""
    return sorted(versions, key=_key)


def _key(version: str) -> tuple[bool, Any]:
    try:
        return True, _library(_VERSION).Version(version)
    except ValueError:
        return False, version
