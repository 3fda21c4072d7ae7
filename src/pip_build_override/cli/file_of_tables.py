"""Functions that read and add package tables in an overrides file without changing the rest of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Mapping

from .. import rules
from ..diagnosis.remedy import Table, toml_value
from ..diagnosis.wording import Tables, overrides_lines
from ..errors import OverrideError
from ..files import replace_whole
from ..rules.place import TOOL
from ..rules.standards import read_toml


def read(path: str) -> dict[str, Table]:
    """Return the package tables of an overrides file, as parsed from TOML; empty if there is no file.

    Raises:
        OverrideError: If the file is not valid, or not TOML.
    """
    if Path(path).suffix == ".txt":
        raise OverrideError(
            "a .txt file has no tables to which rules could be added",
            where=path,
            hint=f"write to a .toml file: --write {Path(path).with_suffix('.toml')}",
        )
    if not os.path.exists(path):
        return {}
    data = rules.read_file(path)
    try:
        root = _root(read_toml(data.decode("utf-8")), path)
    except ValueError:
        # parse_overrides, below, says what is wrong with it.
        root = None
    if root or root is None or not _is_pyproject(path):
        rules.parse_overrides(data, path=os.path.abspath(path))
    tables: dict[str, Table] = (root or {}).get("package", {})
    return tables


def merged(path: str, tables: Tables) -> str:
    """Return an overrides file with tables: existing ones are changed in place, new ones go to its end.

    Raises:
        OverrideError: If the result would not be valid.
    """
    before = rules.read_file(path) if os.path.exists(path) else None
    text = (before or b"").decode()
    present = _root(read_toml(text), path).get("package", {})
    old = {name: table for name, table in tables.items() if name in present}
    new = {name: table for name, table in tables.items() if name not in present}
    if old:
        text = _changed(text, path, old)
    lines = overrides_lines(new)
    if _is_pyproject(path):
        lines = [line.replace("[package.", f"[{TOOL}.package.", 1) for line in lines]
    if lines:
        text = text.rstrip("\n") + "\n\n" if text.strip() else ""
        text += "".join(f"{line}\n" for line in lines)
    try:
        rules.parse_overrides(text.encode(), path=os.path.abspath(path))
    except OverrideError as error:
        raise OverrideError(
            f"the lines cannot be added to this file: {error.message}",
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
            where=path,
            hint="name a regular file that this user may write to",
        ) from None


def _changed(text: str, path: str, tables: Mapping[str, Table]) -> str:
    import tomlkit  # takes as long as all other imports together

    document = tomlkit.parse(text)
    present: Any = _root(document, path)["package"]
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


def _root(document: Any, path: str) -> Any:
    if not _is_pyproject(path):
        return document
    tool = document.get("tool")
    return tool.get("pip-build-override", {}) if isinstance(tool, dict) else {}


def _is_pyproject(path: str) -> bool:
    return os.path.basename(path) == "pyproject.toml"
