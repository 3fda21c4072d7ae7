"""``Overrides`` as JSON, for the pips of a run: only the first one reads and checks the overrides file.

A document is valid only for the same version of this package, and records the file that it was made
from. A document that does not fit is ignored, and the file is read again.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .. import __version__
from ..files import Json, read_json, write_json
from ..frozen import Frozen
from .tables import Alternative, Constraint, Overrides, Removal, Source, Table

FILE = "overrides.json"
"""The name of the document, in a directory that belongs to the run."""

IN_THIS_RUN = f"in this run of {__version__}"
"""The key of the rules for a nested pip, which apply even if the file has changed since."""

_FORMAT = 1


def key(content: bytes, path: str, command_line: str) -> str:
    """Return a key that identifies a file together with the rules of the command line.

    Args:
        content: Content of the file.
        path: Absolute path of the file; relative paths in the file are relative to its directory.
        command_line: The command line as ``CommandLine.dump`` returns it.
    """
    digest = hashlib.sha256(content).hexdigest()
    return hashlib.sha256(json.dumps([__version__, digest, path, command_line]).encode()).hexdigest()


def write(file: str, overrides: Overrides, key: str) -> None:
    """Write a document that ``read`` accepts for that key.

    Raises:
        OSError: If it cannot be written.
    """
    write_json(file, to_json(overrides, key))


def read(file: str, key: str) -> Overrides | None:
    """Return the rules in a file, or None if there is no file or it was made for another key."""
    return from_json(read_json(file), key)


def to_json(overrides: Overrides, key: str) -> Json:
    """Return a document that ``from_json`` accepts for that key."""
    return {"format": _FORMAT, "key": key, "overrides": _plain(overrides)}


def from_json(document: Json | None, key: str) -> Overrides | None:
    """Return the rules in a document, or None if it is invalid or was made for another key."""
    if document is None or document.get("format") != _FORMAT or document.get("key") != key:
        return None
    try:
        values = dict(document["overrides"])
        tables = tuple(map(_table, values.pop("tables")))
        return Overrides(tables=tables, included=_pairs(values.pop("included")), **values)
    except (KeyError, TypeError, ValueError):
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, Frozen):
        return {name: _plain(entry) for name, entry in vars(value).items()}
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value


def _table(given: Json) -> Table:
    values = dict(given)
    requires = values.pop("requires")
    return Table(
        replace=tuple((name, _alternatives(entries)) for name, entries in values.pop("replace")),
        remove=tuple(Removal(**entry) for entry in values.pop("remove")),
        add=_alternatives(values.pop("add")),
        constrain=tuple(Constraint(**entry) for entry in values.pop("constrain")),
        requires=None if requires is None else _alternatives(requires),
        config_settings=_pairs(values.pop("config_settings")),
        env=_pairs(values.pop("env")),
        pin_compatible=_pairs(values.pop("pin_compatible")),
        above=_pairs(values.pop("above")),
        **values,
    )


def _pairs(entries: list[Any]) -> tuple[Any, ...]:
    """Return lists as tuples, at any depth."""
    return tuple(_pairs(entry) if isinstance(entry, list) else entry for entry in entries)


def _alternatives(entries: list[Json]) -> tuple[Alternative, ...]:
    return tuple(map(_alternative, entries))


def _alternative(given: Json) -> Alternative:
    values = dict(given)
    source = values.pop("source")
    return Alternative(
        extras=tuple(values.pop("extras")),
        hashes=tuple(values.pop("hashes")),
        source=None if source is None else Source(**source),
        **values,
    )
