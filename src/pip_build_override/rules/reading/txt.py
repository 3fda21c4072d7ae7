"""The .txt form: lines as in pip's requirements files, each equivalent to a ``replace`` of ``*``."""

from __future__ import annotations

import os
import re
from typing import Iterator

from ...patterns import pattern
from ..contradictions import refuse_two_versions, version_of
from ..place import Place
from ..tables import Alternative, Table
from .values import text_entry

# As in pip (Requirements File Format), a comment begins the line or follows a blank.
_COMMENT = pattern(r"(^|(?<!\s)\s+)#.*$")


def read_lines(text: str, place: Place) -> tuple[Table, ...]:
    """Return one table for each requirement, with the line that it begins on.

    Raises:
        OverrideError: If a line is not a named requirement, or two lines contradict each other.
    """
    tables = []
    for number, line in logical_lines(text):
        here = place.on_line(number)
        if re.match(r"\[+\s*(package|settings|tool)\b", line):
            raise here.error(
                "a .txt file contains only requirements, one on each line",
                f"to use tables, rename the file to {os.path.splitext(place.shown)[0]}.toml",
                kind="wrong-file",
            )
        requirement = text_entry(line, "", here)
        entry = Alternative(requirement.name, requirement.text, requirement.marker, requirement.extras)
        tables.append(Table(here.table, "*", replace=((requirement.name, (entry,)),)))
    refuse_two_versions(
        (
            version_of(table.where, entry)
            for table in tables
            for _, entries in table.replace
            for entry in entries
        ),
        place,
    )
    return tuple(tables)


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines and their numbers, joined after a backslash and without comments, as pip does."""
    parts: list[str] = []
    begun = 0
    for number, line in enumerate(text.splitlines(), start=1):
        begun = begun if parts else number
        comment = re.match(r"(^|\s+)#", line)
        if line.endswith("\\") and not comment:
            parts.append(line[:-1])
            continue
        # A comment line ends a joined line; the blank separates the comment from the text before it.
        parts.append(f" {line}" if comment else line)
        joined = _COMMENT.sub("", "".join(parts)).strip()
        parts = []
        if joined:
            yield begun, joined
    joined = _COMMENT.sub("", "".join(parts)).strip()
    if joined:
        yield begun, joined
