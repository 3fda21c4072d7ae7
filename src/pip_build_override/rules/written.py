"""Package tables as plain values, read from an overrides file and written as its lines.

For commands and messages that change a file or offer tables for it; a build uses ``tables`` only.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping

from .place import TOOL, Place, toml_key, toml_value
from .reading.parse import parse_overrides
from .standards import read_toml

Table = Dict[str, Any]
"""One package table, as a TOML reader returns it."""

_ORDER = (
    *("reason", "requires", "replace", "remove", "add", "constrain", "no-binary"),
    *("as-of", "config-settings", "env"),
)
_DOTTED = ("replace", "config-settings", "env")


def form_of_tables(form: str) -> str:
    """Return the form in which tables for a file are written: a .txt file cannot have any."""
    return "toml" if form == "txt" else form


def tables_in(content: bytes, form: str) -> dict[str, Table]:
    """Return the package tables of a valid overrides file, by their keys and in their order.

    Args:
        content: The file.
        form: ``toml``, ``pyproject``, or ``txt``, the lines of which are returned as the table for
            every package that they are short for.

    Raises:
        OverrideError: If a .txt file contains an error.
        ValueError: If a file of another form is not TOML.
    """
    if form == "txt":
        return _tables_of_lines(content)
    tables: dict[str, Table] = own_part(read_toml(content.decode("utf-8-sig")), form).get("package", {})
    return tables


def own_part(document: Any, form: str) -> Any:
    """Return the part of a TOML document that contains the rules, empty if there is none."""
    for key in TOOL.split(".") if form == "pyproject" else ():
        document = document.get(key, {}) if isinstance(document, dict) else {}
    return document


def _tables_of_lines(content: bytes) -> dict[str, Table]:
    replaced: dict[str, list[str]] = {}
    for table in parse_overrides(content, path="overrides.txt").tables:
        for name, alternatives in table.replace:
            replaced.setdefault(name, []).extend(
                f"{entry.text} ; {entry.marker}" if entry.marker else entry.text
                for entry in alternatives
            )
    values = {name: texts[0] if len(texts) == 1 else texts for name, texts in replaced.items()}
    return {"*": {"replace": values}} if values else {}


def lines_of_table(name: str, table: Mapping[str, Any], form: str = "toml") -> list[str]:
    """Return a package table as the lines of an overrides file.

    Args:
        name: The key of the table below ``package``.
        table: The rules.
        form: The form of the file, ``toml`` or ``pyproject``.
    """
    lines = [Place("", form).header("package", name)]
    for key in sorted(table, key=lambda key: _ORDER.index(key) if key in _ORDER else len(_ORDER)):
        value = table[key]
        if key in _DOTTED and isinstance(value, dict):
            lines += [f"{key}.{toml_key(inner)} = {toml_value(value[inner])}" for inner in value]
        else:
            lines.append(f"{toml_key(key)} = {toml_value(value)}")
    return lines


def lines_of_tables(tables: Mapping[str, Mapping[str, Any]], form: str = "toml") -> list[str]:
    """Return package tables as the lines of an overrides file, with blank lines between them."""
    lines: list[str] = []
    for name, table in tables.items():
        lines += [""] * bool(lines) + lines_of_table(name, table, form)
    return lines


def lines_of_others(content: bytes, form: str) -> list[str]:
    """Return what an overrides file has other than package tables and settings, as its lines.

    Args:
        content: A valid overrides file.
        form: Its form.
    """
    if form == "txt":
        return []
    root = own_part(read_toml(content.decode("utf-8-sig")), form)
    lines: list[str] = []
    if "include" in root:
        lines += [f"[{TOOL}]"] * (form == "pyproject")
        lines += [f"include = {toml_value(root['include'])}", ""]
    for name, group in root.get("group", {}).items():
        lines += [Place("", form).header("group", name)]
        lines += [f"{toml_key(key)} = {toml_value(value)}" for key, value in group.items()]
        lines += [""]
    return lines
