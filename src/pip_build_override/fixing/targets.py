"""Remedies that need a distribution of the target environment, for a target that does not have it.

An attempt builds one package alone. What the command itself would install with it is not known there,
so a rule would not do in an attempt what it does in the command.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..diagnosis.remedy import Rules, name_in, value_of
from ..rules.place import toml_value
from ..rules.standards import normalise
from .limits import is_older
from .search import Search, Tried

NUMPY = "numpy"
_FIRST = "2"
NEWER_NUMPY = f"{NUMPY}>={_FIRST}"
"""What is compiled against it runs with numpy 1.19 and later, whatever the target has.

https://numpy.org/doc/stable/dev/depending_on_numpy.html
"""


def without_missing_target(search: Search, rules: Rules) -> Rules:
    """Return rules in which what the target does not have is required by itself.

    Args:
        search: The search.
        rules: The rules of a remedy.
    """
    return replace(
        rules,
        add=tuple(_text(search, text, "") for text in rules.add),
        replace=tuple((name, _text(search, text, name)) for name, text in rules.replace),
    )


def _text(search: Search, text: str, name: str) -> str:
    value = value_of(text)
    named = normalise(name_in(value) or name) if isinstance(value, dict) else ""
    if not named or value.get("from") != "target" or value.get("borrow") or search.in_target(named):
        return text
    other: Any = value.get("else")
    if isinstance(other, str) and other != "declared":
        return toml_value(other)
    return toml_value(NEWER_NUMPY) if named == NUMPY and newer_numpy_exists(search) else text


def newer_numpy_exists(search: Search) -> bool:
    """Return whether there is a numpy 2 for the interpreter."""
    return any(not is_older(each, _FIRST) for each in search.usable(NUMPY, False))


def had_newer_numpy(tried: Tried) -> bool:
    """Return whether numpy 2 or a later one was in a build environment."""
    there = tried.environment.get(NUMPY, "")
    return bool(there) and not is_older(there, _FIRST)
