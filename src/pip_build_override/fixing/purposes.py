"""What a user reads of the rules of an attempt."""

from __future__ import annotations

from typing import Any, Iterator

from ..diagnosis.remedy import name_in
from ..rules.tables import RELEASE
from ..rules.written import Table
from .tables import AS_OF, REGENERATE


def purpose_of(table: Table, release: str = "") -> str:
    """Return the rules of an attempt in a few words, such as ``with cython<3 added, setuptools<58``.

    Args:
        table: The rules.
        release: The day that ``release`` stands for; "" if it is not known.
    """
    return ", ".join(_parts(table, release)) or "without any rules"


def _parts(table: Table, release: str) -> Iterator[str]:
    if table.get(REGENERATE):
        yield "regenerate"
    for entry in table.get("add", ()):
        yield f"with {_shown(entry)} added"
    for name, value in table.get("replace", {}).items():
        entries = value if isinstance(value, list) else [value]
        yield f"with {' and '.join(_shown(entry, name) for entry in entries)} for {name}"
    yield from table.get("constrain", ())
    if AS_OF in table:
        day = release if table[AS_OF] == RELEASE and release else table[AS_OF]
        yield f"as of {'the ' if day == RELEASE else ''}{day}"
    for key in sorted(table.keys() - {REGENERATE, "add", "replace", "constrain", AS_OF, "reason"}):
        yield f"{key} = {table[key]}"


def _shown(entry: Any, name: str = "") -> str:
    if isinstance(entry, str):
        return entry
    named = name_in(entry) or name
    return f"the {named} of the {entry['from']}" if "from" in entry else named
