"""Declared requirements that rules take out of a build environment, from a plan or from a log."""

from __future__ import annotations

import re
from typing import Iterable, Mapping

from ..rules.lines import name_of

_CHANGE = re.compile(
    r"(?P<name>\S+) (?:removed|-> (?P<after>.+)|replaced by (?P<list>.+) \(was (?P<was>.+)\))"
)
_BETWEEN = re.compile(r", (?=[A-Za-z0-9])")


def removals(kind: str, before: Iterable[str], after: Iterable[str], where: str) -> Mapping[str, str]:
    """Return the names that one change takes out, each with what the rule does.

    Args:
        kind: ``replace``, ``remove`` or ``requires``.
        before: Requirements before the change.
        after: Requirements after it.
        where: File and table of the rule.
    """
    after = tuple(after)
    kept = set(map(name_of, after))
    found = {}
    for name in filter(None, map(name_of, before)):
        if name in kept:
            continue
        says = f"removes {name}"
        if kind == "replace":
            says = f"replaces {name} with {', '.join(after)}"
        elif kind == "requires":
            says = f"does not list {name} in its requires"
        found[name] = f"{where} {says}"
    return found


def removals_in_line(change: str, where: str) -> Mapping[str, str]:
    """Return the names that a change takes out, from its description in a log."""
    found = _CHANGE.fullmatch(change)
    if found is None:
        return {}
    if found["list"] is not None:
        return removals("requires", _BETWEEN.split(found["was"]), _BETWEEN.split(found["list"]), where)
    if found["after"] is not None:
        return removals("replace", [found["name"]], _BETWEEN.split(found["after"]), where)
    return removals("remove", [found["name"]], (), where)
