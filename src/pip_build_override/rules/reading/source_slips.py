"""Hints for keys that no source table has, and for the short forms of source tables."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, Sequence

from ..place import Place, did_you_mean, listing, toml_key, toml_text
from ..standards import NAME, normalise
from ..tables import SETTINGS
from .requirement_slips import LIMIT_OF_SOURCE, SOURCES

_SHORT = re.compile(rf"({NAME})\s*@\s*(\w+)\s*(?:;\s*(.*))?")

_OTHERS = {
    "file": "path",
    "wheel": "path",
    "directory": "path",
    "markers": "marker",
    "source": "from",
    "hash": "hashes",
    "default": "else",
    "fallback": "else",
    "match-runtime": 'from = "target"',
}


class ShortSource(NamedTuple):
    """A source table in the short form that only an option of the command line has.

    Attributes:
        table: The source table.
        setting: The short form, correctly spelt.
    """

    table: str
    setting: str


def short_source(text: str) -> ShortSource | None:
    """Return the source table that a text such as ``numpy@target`` is short for, or None."""
    found = _SHORT.fullmatch(text.strip())
    word = did_you_mean(found[2], SOURCES) if found is not None else ""
    if found is None or not word:
        return None
    marker = f", marker = {toml_text(found[3].strip())}" if found[3] else ""
    table = f"{{ name = {toml_text(found[1])}, {SOURCES[word]}{marker} }}"
    return ShortSource(table, f"{found[1]}@{word}")


def refuse_short(text: str, key: str, place: Place) -> None:
    """Raise an error for the short form of a source table, which is not allowed in a file.

    Args:
        text: What is not a requirement.
        key: Key in the package table, for messages; empty for a line of a .txt file.
        place: Place of the package table, or of the line.

    Raises:
        OverrideError: If it is one.
    """
    short = short_source(text)
    if short is None or key == "remove":
        return
    said = f"{toml_text(text)} is not a requirement: "
    if key.endswith(": else"):
        raise place.error(
            f"{key}: {said}a source needs no name here", 'write else = "oldest"', kind="invalid-source"
        )
    if key == "constrain":
        raise place.error(
            f"constrain: {said}{LIMIT_OF_SOURCE}",
            f"to install that version, write add = [{short.table}]",
            kind="invalid-source",
        )
    raise place.error(
        f"{key}: {said}in a file, a source is a table" if key else f"{said}it needs a source table",
        f"write {short.table}" if key else f"in a .toml file, write {short.table}",
        kind="invalid-source",
    )


def refuse_key(
    option: str, value: dict[str, Any], known: Sequence[str], key: str, place: Place, replaced: str
) -> None:
    """Raise an error for a key that no source table has.

    Args:
        option: The unknown key.
        value: The whole source table.
        known: The valid keys.
        key: Key in the package table, for messages, such as ``add`` or ``replace.numpy``.
        place: Place of the package table.
        replaced: The declared name, as written, that the entry replaces.

    Raises:
        OverrideError: Always.
    """
    if replaced and not any(name in known for name in value):
        _refuse_dotted_name(value, known, key, place, replaced)
    near = _OTHERS.get(option) or did_you_mean(option, known)
    raise place.error(
        f"{key}: unknown key {toml_key(option)} in a source table",
        _instead_of(option, value, replaced)
        or (f"did you mean {near}?" if near else f"its keys are {listing(known)}"),
        kind="unknown-key",
    )


def _instead_of(option: str, value: dict[str, Any], replaced: str) -> str:
    """Return a hint with the requirement that is equivalent to another tool's key, or ""."""
    name = value.get("name") or replaced or "NAME"
    if option == "version" and option in value:
        version = str(value[option])
        return f"write {toml_text(name + ('' if version[:1] in '=<>!~' else '==') + version)}"
    if option in ("url", "git") and option in value:
        scheme = "git+" if option == "git" else ""
        return f"write {toml_text(f'{name} @ {scheme}{value[option]}')}"
    if option in (*SETTINGS.values(), "reason"):
        return f"put {option} under the package's table, outside of the braces"
    return ""


def _refuse_dotted_name(
    value: dict[str, Any], known: Sequence[str], key: str, place: Place, replaced: str
) -> None:
    """Raise an error for ``replace.zope.interface = …``, which TOML reads as a table in a table."""
    parts = [replaced]
    inner: Any = value
    while isinstance(inner, dict) and inner and not set(inner) & set(known):
        part = next(iter(inner))
        parts.append(part)
        inner = inner[part]
    dotted = ".".join(parts)
    first = inner[0] if isinstance(inner, list) and inner else inner
    meant = isinstance(first, str) and normalise(first).startswith(normalise(dotted))
    near = parts[-1] in _OTHERS or did_you_mean(parts[-1], known)
    if not meant and (near or _instead_of(parts[-1], value, replaced)):
        return
    raise place.error(
        f"{key}: TOML reads the dots in replace.{dotted} as nested tables",
        f"write replace.{toml_key(dotted)} = … or replace.{normalise(dotted)} = …",
        kind="dotted-name",
    )
