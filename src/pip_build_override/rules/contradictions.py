"""Contradictions that one table shows by itself."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Iterator, NamedTuple

from ..errors import OverrideError
from .place import Place, listing
from .standards import contains
from .tables import Alternative, Table, split_text

_PIN = re.compile(r"==([^,*]+)")


class _Wish(NamedTuple):
    """One entry: the key it stands under, the name it speaks of, its specifier and marker."""

    key: str
    name: str
    specifier: str
    marker: str

    def meets(self, other: _Wish) -> bool:
        """Tell whether both surely hold on some interpreter.

        Two different markers may be meant for two interpreters; whether they meet is seen only
        when the rules for one interpreter are selected.
        """
        alike = not self.marker or not other.marker or self.marker == other.marker
        return alike and self.name == other.name


def refuse_contradictions(table: Table, here: Place) -> None:
    """Raise where two rules of a table cannot both hold.

    :raises OverrideError: naming both, at ``here``.
    """
    if table.requires is not None:
        others = [key for key in ("replace", "remove", "add") if getattr(table, key)]
        if others:
            raise here.error(
                f"requires is the whole list, and excludes {listing(others)} in the same table",
                "change the list of requires instead",
            )
    for one, other in combinations(_on_declared(table), 2):
        if one.meets(other) and one.key != other.key:
            raise clash(one.key, other.key, one.name, here)
    for one, other in combinations(_on_versions(table), 2):
        if one.meets(other) and not _together(one.specifier, other.specifier):
            raise here.error(
                f"{one.key} asks for {one.name}{one.specifier} and {other.key} for "
                f"{other.name}{other.specifier}; no version is both",
                f"keep one of the two, or give each a marker: "
                f"\"{one.name}{one.specifier}; python_version < '3.12'\"",
            )


def clash(one: str, other: str, name: str, here: Place) -> OverrideError:
    """Return the error for a name under two keys of which only one can be meant."""
    listed = "with a list of all that is to be installed"
    hint = f"leave {name} out of one of them"
    if "replace" in one + other:
        hint = f"keep replace.{name}, {listed}"
    elif {one, other} == {"remove", "add"}:
        hint = f"to install another one, write replace.{name} = …"
    return here.error(f"{one} and {other} of one table both speak of {name}", hint)


def _on_declared(table: Table) -> Iterator[_Wish]:
    """Return what speaks of names that stand in, or are put into, the declared list."""
    for name, alternatives in table.replace:
        for entry in alternatives:
            yield _Wish("replace", name, "", entry.marker)
    for removal in table.remove:
        yield _Wish("remove", removal.name, "", removal.marker)
    for entry in table.add:
        yield _Wish("add", entry.name, "", entry.marker)


def _on_versions(table: Table) -> Iterator[_Wish]:
    """Return what limits the version of a distribution in the build environment."""
    for name, alternatives in table.replace:
        yield from (_version_of(f"replace.{name}", entry) for entry in alternatives)
    yield from (_version_of("add", entry) for entry in table.add)
    yield from (_version_of("requires", entry) for entry in table.requires or ())
    for limit in table.constrain:
        yield _Wish("constrain", limit.name, limit.specifier, limit.marker)


def _version_of(key: str, entry: Alternative) -> _Wish:
    return _Wish(key, entry.name, split_text(entry.text)[1], entry.marker)


def _together(one: str, other: str) -> bool:
    """Tell whether two specifiers can hold together, as far as an exact pin shows it."""
    for pin, limit in ((one, other), (other, one)):
        exact = _PIN.fullmatch(pin)
        if exact and not contains(limit, exact[1]):
            # numpy==1.0 takes numpy 1.0+local, so the other way round may still hold (PEP 440).
            back = _PIN.fullmatch(limit)
            if not (back and contains(pin, back[1])):
                return False
    return True
