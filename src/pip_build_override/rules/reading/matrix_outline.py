"""The outline of the table ``[matrix]``: all that is checked of it if a file is read for its rules."""

from __future__ import annotations

from typing import Any

from ..place import Place, did_you_mean, listing, toml_key
from .values import KEYS as RULES
from .values import kind_of, refuse_misplaced

KEYS = ("vary", "build", "python", "window", "groups", "extras", "command", "cells", "exclude")
_OTHERS = {
    "pythons": "python",
    "versions": "vary",
    "run": "command",
    "commands": "command",
    "skip": "exclude",
}


def check_outline(value: Any, place: Place) -> None:
    """Check that a value is a table with keys that a matrix has.

    A pip needs nothing of it, but must not overlook rules that were put into it.

    Args:
        value: The value of the key ``matrix``, as parsed from TOML.
        place: The place of the file.

    Raises:
        OverrideError: If it is anything else.
    """
    here = place.at("matrix")
    if not isinstance(value, dict):
        raise here.error(
            f"expected a table, found {kind_of(value)}",
            f'write {place.header("matrix")} and under it vary.numpy = ["oldest", "latest"]',
            kind="wrong-type",
        )
    for key in value:
        if key in RULES:
            raise here.error(
                f"{key} is a rule for a package",
                f"put {key} under {place.header('package', 'NAME')}",
                kind="misplaced-key",
            )
        if key == "include":
            refuse_misplaced(key, here)
        if key not in KEYS:
            near = _OTHERS.get(key) or did_you_mean(key, KEYS)
            raise here.error(
                f"unknown key {toml_key(key)}",
                f"did you mean {near}?" if near else f"the keys are {listing(KEYS)}",
                kind="unknown-key",
            )
