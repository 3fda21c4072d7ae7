"""``Overrides`` as JSON, for the pips of a run: a file is read and judged once, by the first of them.

What is handed on is for the same version of this package only, and says for which file it was made. A
document that does not fit is no document, and the file is read again.
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
"""Its name, in a directory that belongs to the run."""

IN_THIS_RUN = f"in this run of {__version__}"
"""The key of what a nested pip follows, whatever has become of the file since."""

_FORMAT = 1


def key(content: bytes, path: str, command_line: str) -> str:
    """Return what tells one file, with the rules of the command line beside it, from every other one.

    Args:
        content: of the file.
        path: absolute; relative paths in the file begin at its folder.
        command_line: as ``CommandLine.dump`` returns it.
    """
    digest = hashlib.sha256(content).hexdigest()
    return hashlib.sha256(json.dumps([__version__, digest, path, command_line]).encode()).hexdigest()


def write(file: str, overrides: Overrides, key: str) -> None:
    """Write a document that ``read`` takes for that key.

    Raises:
        OSError: if it cannot be written.
    """
    write_json(file, to_json(overrides, key))


def read(file: str, key: str) -> Overrides | None:
    """Read a document; None if there is none, or if it was made for something else."""
    return from_json(read_json(file), key)


def to_json(overrides: Overrides, key: str) -> Json:
    """Return a document that ``from_json`` takes for that key."""
    return {"format": _FORMAT, "key": key, "overrides": _plain(overrides)}


def from_json(document: Json | None, key: str) -> Overrides | None:
    """Return the rules of a document; None if it does not fit, or was made for something else."""
    if document is None or document.get("format") != _FORMAT or document.get("key") != key:
        return None
    try:
        values = dict(document["overrides"])
        tables = tuple(map(_table, values.pop("tables")))
        return Overrides(tables=tables, **values)
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
        **values,
    )


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
