"""Overrides files of our own that put rules in force in addition to those of a user's file."""

from __future__ import annotations

from typing import Mapping, Sequence

from .place import toml_value
from .reading.document import form_of
from .written import Table, lines_of_tables, tables_in


def text_including(
    overrides: str,
    tables: Mapping[str, Table],
    *,
    first: Sequence[str],
    settings: Mapping[str, str] | None = None,
    content: bytes = b"",
) -> str:
    """Return an overrides file that has the rules of another one.

    It includes that file, so that whatever its own tables say about a requirement of a package is
    instead of what that file says, in whichever table. A .txt file cannot be included. Its lines are
    short for rules for every package, which are less specific than those for a package.

    Args:
        overrides: Absolute path of the file to include; "" if there is none.
        tables: Its own package tables, by their keys.
        first: The lines to begin with.
        settings: What stands under ``settings``.
        content: The content of the file to include, which is needed of a .txt file only.
    """
    lines = list(first)
    all_tables: dict[str, Table] = {}
    if overrides and form_of(overrides) == "txt":
        all_tables.update(tables_in(content, "txt"))
    elif overrides:
        lines.append(f"include = {toml_value([overrides])}")
    all_tables.update(tables)
    if settings:
        lines += [
            "",
            "[settings]",
            *(f"{key} = {toml_value(value)}" for key, value in settings.items()),
        ]
    if all_tables:
        lines += ["", *lines_of_tables(all_tables)]
    return "".join(f"{line}\n" for line in lines)
