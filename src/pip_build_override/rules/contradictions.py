"""Contradictions within a single table."""

from __future__ import annotations

from collections import deque
from typing import Iterable, Iterator

from ..frozen import Frozen
from ..patterns import pattern
from .place import Place, listing
from .standards import contains
from .tables import Alternative, Table, split_text

_PIN = pattern(r"==([^,*]+)")


class Entry(Frozen):
    """One entry: its key, the name it is about, its specifier and its marker."""

    key: str
    name: str
    specifier: str
    marker: str

    def meets(self, other: Entry) -> bool:
        """Return whether both entries certainly apply to the same name on some interpreter.

        Different markers may be meant for different interpreters. The check is therefore repeated on
        the entries that remain when the markers have been evaluated.
        """
        alike = not self.marker or not other.marker or self.marker == other.marker
        return alike and self.name == other.name


def refuse_contradictions(table: Table, here: Place) -> None:
    """Raise an error if two rules of a table cannot both hold.

    Args:
        table: The table as in the file, or with its markers evaluated and removed.
        here: The place of the table.

    Raises:
        OverrideError: If there are two such rules; the message names both.
    """
    if table.requires is not None:
        others = [key for key in ("replace", "remove", "add") if getattr(table, key)]
        if others:
            raise here.error(
                "requires replaces the whole list, so it cannot be combined with"
                f" {listing(others)} in one table",
                "edit the list of requires instead",
                kind="conflicting-keys",
            )
    for one, other in _of_one_name(_on_declared(table)):
        if one.meets(other) and one.key != other.key:
            listed = f"keep only replace.{one.name}, with a list of everything to install"
            instead = f"to install a different {one.name}, write only replace.{one.name} = …"
            raise here.error(
                f"{one.key} and {other.key} of one table both name {one.name}",
                listed if one.key == "replace" else instead,
                kind="conflicting-keys",
            )
    refuse_two_versions(_on_versions(table), here)


def refuse_two_versions(entries: Iterable[Entry], here: Place) -> None:
    """Raise an error if two entries that apply together require versions that exclude each other.

    Raises:
        OverrideError: If there are two such entries; the message names both.
    """
    for one, other in _of_one_name(entries):
        if one.key != other.key and one.key.startswith("replace.") and other.key[:8] == "replace.":
            continue  # different versions of a package may declare different names
        if one.meets(other) and not _together(one.specifier, other.specifier):
            wanted = f"{one.name}{one.specifier}"
            second = f"{other.name}{other.specifier}"
            both = f"{one.key} has both {wanted} and {second}"
            if one.key != other.key:
                both = f"{one.key} has {wanted}, and {other.key} has {second}"
            raise here.error(
                f"{both}; no version satisfies both",
                "keep one of the two, or give them markers that exclude each other, as in"
                f" \"{wanted}; python_version < '3.12'\"",
                kind="conflicting-rules",
            )


def _of_one_name(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Yield the pairs of entries that are about the same name, in order."""
    entries = list(entries)
    if len(entries) < 2:
        return
    by_name: dict[str, deque[Entry]] = {}
    for entry in entries:
        by_name.setdefault(entry.name, deque()).append(entry)
    for entry in entries:
        others = by_name[entry.name]
        others.popleft()
        yield from ((entry, other) for other in others)


def _on_declared(table: Table) -> Iterator[Entry]:
    """Yield the entries about names that are in the declared list, or that a rule adds to it."""
    for name, alternatives in table.replace:
        for entry in alternatives:
            yield Entry("replace", name, "", entry.marker)
    for removal in table.remove:
        yield Entry("remove", removal.name, "", removal.marker)
    for entry in table.add:
        yield Entry("add", entry.name, "", entry.marker)


def _on_versions(table: Table) -> Iterator[Entry]:
    """Yield the entries that limit the version of a distribution in the build environment."""
    for name, alternatives in table.replace:
        yield from (version_of(f"replace.{name}", entry) for entry in alternatives)
    yield from (version_of("add", entry) for entry in table.add)
    yield from (version_of("requires", entry) for entry in table.requires or ())
    for limit in table.constrain:
        yield Entry("constrain", limit.name, limit.specifier, limit.marker)


def version_of(key: str, entry: Alternative) -> Entry:
    """Return an entry with the version limit of an alternative; ``key`` is for messages."""
    return Entry(key, entry.name, split_text(entry.text)[1], entry.marker)


def _together(one: str, other: str) -> bool:
    """Return whether both specifiers can hold, as far as an exact pin can show."""
    for pin, limit in ((one, other), (other, one)):
        exact = _PIN.fullmatch(pin)
        if exact and not contains(limit, exact[1]):
            # numpy==1.0 matches numpy 1.0+local, so the reverse may still hold (PEP 440).
            back = _PIN.fullmatch(limit)
            if not (back and contains(pin, back[1])):
                return False
    return True
