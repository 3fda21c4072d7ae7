"""Joining rules that were found to a table that is there, and what of the result is new."""

from __future__ import annotations

import os
from typing import Any, Iterator

from ..diagnosis.bounds import Contradiction, split
from ..diagnosis.remedy import Rules, name_in
from ..rules.place import toml_key, toml_value
from ..rules.standards import normalise
from ..rules.written import Table

_LISTED = ("requires", "add", "constrain", "remove")
_BY_RULES = ("reason", "add", "constrain", "replace")


def joined(table: Table, found: Table) -> Table:
    """Return a copy of a table with rules that were found; all rules that it has are kept.

    Args:
        table: The table; it may be empty.
        found: The rules.

    Raises:
        Contradiction: If a rule of the table and one that was found exclude each other.
    """
    replaced = {normalise(name): value for name, value in table.get("replace", {}).items()}
    for name, value in found.get("replace", {}).items():
        there = replaced.get(normalise(name), value)
        if there != value:
            raise _contradiction(f"replace.{toml_key(name)}", value, there)
    result = Rules(
        add=tuple(map(toml_value, found.get("add", ()))),
        constrain=tuple(found.get("constrain", ())),
        replace=tuple(
            (name, toml_value(value))
            for name, value in found.get("replace", {}).items()
            if normalise(name) not in replaced
        ),
    ).joined_to(table)
    for key, value in found.items():
        if key not in _BY_RULES:
            result[key] = _both(key, table[key], value) if key in table else value
    reasons = dict.fromkeys(filter(None, (table.get("reason"), found.get("reason"))))
    if reasons:
        result["reason"] = "; ".join(reasons)
    return result


def _both(key: str, there: Any, value: Any) -> Any:
    """Return a value of a key that says what two values of it say.

    Raises:
        Contradiction: If there is none.
    """
    if there == value:
        return there
    if key == "remove":
        return [*there, *(entry for entry in value if entry not in there)]
    if isinstance(there, dict) and isinstance(value, dict):
        for name in value:
            if there.get(name, value[name]) != value[name]:
                raise _contradiction(f"{key}.{toml_key(name)}", value[name], there[name])
        return {**there, **value}
    raise _contradiction(key, value, there)


def _contradiction(key: str, value: Any, there: Any) -> Contradiction:
    return Contradiction(toml_value(value), key, entry=toml_value(there))


def news(before: Table, after: Table, directory: str) -> Table:
    """Return what is new in a table, for a file that includes the one with the table.

    What a file says of a requirement is instead of all that an included file says of it. So for each
    requirement about which anything is new, all that the table says of it is returned.

    Args:
        before: The table as it is in the included file.
        after: The table as it is to be.
        directory: Directory of the included file, to which its paths are relative.
    """
    old, new = list(_entries(before)), list(_entries(after))
    changed = {name for _, name, entry in old if not _has(new, name, entry)}
    changed |= {name for _, name, entry in new if not _has(old, name, entry)}
    result: Table = {}
    for key, value in after.items():
        if key in _LISTED:
            kept = [entry for entry in value if key == "requires" or _name(entry) in changed]
            if kept:
                result[key] = [_absolute(entry, directory) for entry in kept]
        elif key == "replace":
            replacements = {
                name: _absolute(entry, directory)
                for name, entry in value.items()
                if normalise(name) in changed
            }
            if replacements:
                result[key] = replacements
        elif before.get(key) != value:
            result[key] = value
    return result


def _has(entries: list[tuple[str, str, Any]], name: str, entry: Any) -> bool:
    return any(other == name and value == entry for _, other, value in entries)


def _entries(table: Table) -> Iterator[tuple[str, str, Any]]:
    for key in _LISTED:
        for entry in table.get(key, ()):
            yield key, _name(entry), (key, entry)
    for name, value in table.get("replace", {}).items():
        yield "replace", normalise(name), value


def _name(entry: Any) -> str:
    return name_in(entry) if isinstance(entry, dict) else split(entry)[0]


def _absolute(entry: Any, directory: str) -> Any:
    if isinstance(entry, list):
        return [_absolute(each, directory) for each in entry]
    if isinstance(entry, dict) and isinstance(entry.get("path"), str):
        return {**entry, "path": os.path.join(directory, entry["path"])}
    return entry
