"""Functions that read and add package tables in an overrides file without changing the rest of it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Mapping

from .. import rules
from ..diagnosis.wording import Tables
from ..errors import OverrideError
from ..files import replace_whole
from ..rules.place import toml_value
from ..rules.reading.document import form_of
from ..rules.standards import read_toml
from ..rules.written import Table, lines_of_tables, own_part, tables_in

_ENDS_WITH_LF = re.compile(r"(?<!\r)\n")


def read(path: str) -> dict[str, Table]:
    """Return the package tables of an overrides file, as parsed from TOML; empty if there is no file.

    Raises:
        OverrideError: If the file is not valid, or not TOML.
    """
    if Path(path).suffix == ".txt":
        raise OverrideError(
            "a .txt file has no tables to which rules could be added",
            kind="wrong-file",
            where=path,
            hint=f"write to a .toml file: --write {Path(path).with_suffix('.toml')}",
        )
    if path == "-":
        raise OverrideError(
            "--write: - is not the name of a file, and rules are not written to standard output",
            kind="usage",
            hint="name a file: --write build-overrides.toml",
        )
    if not os.path.exists(path):
        return {}
    data = rules.read_file(path)
    try:
        root = own_part(read_toml(data.decode("utf-8")), form_of(path))
    except ValueError:
        # parse_overrides, below, says what is wrong with it.
        root = None
    if root or root is None or form_of(path) != "pyproject":
        rules.parse_overrides(data, path=os.path.abspath(path))
    tables: dict[str, Table] = (root or {}).get("package", {})
    return tables


def merged(path: str, tables: Tables) -> str:
    """Return an overrides file with tables: existing ones are changed in place, new ones go to its end.

    If all of its lines end with CRLF, so do the new ones.

    Raises:
        OverrideError: If the result would not be valid.
    """
    before = rules.read_file(path) if os.path.exists(path) else None
    text = (before or b"").decode()
    present = tables_in(text.encode(), form_of(path))
    old = {name: table for name, table in tables.items() if name in present}
    new = {name: table for name, table in tables.items() if name not in present}
    if old:
        text = _changed(text, path, old)
    lines = lines_of_tables(new, form_of(path))
    if lines:
        text = text.rstrip("\r\n") + "\n\n" if text.strip() else ""
        text += "".join(f"{line}\n" for line in lines)
    if before and b"\r\n" in before and not _ENDS_WITH_LF.search(before.decode()):
        text = _ENDS_WITH_LF.sub("\r\n", text)
    try:
        rules.parse_overrides(text.encode(), path=os.path.abspath(path))
    except OverrideError as error:
        raise OverrideError(
            f"the lines cannot be added to this file: {error.message}",
            kind=error.kind,
            where=path,
            hint="run suggest again without --write, and merge by hand what it prints",
        ) from None
    return text


def add(path: str, tables: Tables) -> None:
    """Add tables to an overrides file, as ``merged`` does.

    Raises:
        OverrideError: If the result would not be valid, or the file cannot be written.
    """
    text = merged(path, tables)
    whole = os.path.abspath(path)
    try:
        replace_whole(whole, text.encode(), lasting=True)
    except OSError as error:
        raise OverrideError(
            f"the file cannot be written: {error.strerror}",
            kind="unwritable-file",
            where=path,
            hint="name a regular file that this user may write to",
        ) from None


def _changed(text: str, path: str, tables: Mapping[str, Table]) -> str:
    import tomlkit  # takes as long as all other imports together

    document = tomlkit.parse(text)
    present: Any = own_part(document, form_of(path))["package"]
    for name, table in tables.items():
        for key in [key for key in present[name] if key not in table]:
            del present[name][key]
        for key, value in table.items():
            _set(present[name], key, value)
    return tomlkit.dumps(document)


def _set(table: Any, key: str, value: Any) -> None:
    import tomlkit

    if key not in table:
        if isinstance(value, dict):
            for inner, item in value.items():
                table.append(tomlkit.key([key, inner]), tomlkit.value(toml_value(item)))
        else:
            table.append(key, tomlkit.value(toml_value(value)))
    elif isinstance(value, dict):
        for inner in [inner for inner in table[key] if inner not in value]:
            del table[key][inner]
        for inner, item in value.items():
            if inner not in table[key]:
                table[key][inner] = tomlkit.value(toml_value(item))
    elif isinstance(value, list):
        for index in reversed(range(len(table[key]))):
            if len(table[key]) > len(value) and table[key][index] not in value:
                del table[key][index]
        for index, item in enumerate(value):
            if index >= len(table[key]):
                table[key].append(tomlkit.value(toml_value(item)))
            elif table[key][index] != item:
                table[key][index] = item
    elif table[key] != value:
        table[key] = tomlkit.value(toml_value(value))
