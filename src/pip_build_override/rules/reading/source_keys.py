"""The key about the sources of a package: ``regenerate``."""

from __future__ import annotations

from typing import Any

from ..place import Place
from ..tables import REGENERATE
from .values import kind_of


def read_regenerate(value: Any, package: str, here: Place, place: Place) -> bool:
    """Return ``Table.regenerate`` for the value of the key in a package table.

    Args:
        value: The value as parsed from TOML.
        package: The normalised name of the package that the table is for, or ``*``.
        here: The place of the table.
        place: The place of the file.

    Raises:
        OverrideError: If it is not ``true``, or the table is for all packages.
    """
    if value is False:
        raise here.error(
            "regenerate = false has no effect, because nothing else generates sources again",
            "leave regenerate out",
            kind="invalid-value",
        )
    if value is not True:
        raise here.error(
            f"{REGENERATE}: expected true, found {kind_of(value)}",
            "write regenerate = true",
            kind="wrong-type",
        )
    if package == "*":
        raise here.error(
            "regenerate is not for every package: it needs a Cython in each build environment, and most"
            " packages have nothing to generate again",
            f"put it under {place.header('package', 'NAME')}, or in a {place.header('group', 'NAME')}",
            kind="misplaced-key",
        )
    return True
