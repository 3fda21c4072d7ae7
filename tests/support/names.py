"""The names of kinds in printed messages."""

from __future__ import annotations

import re


def unnamed(text: str) -> str:
    """Return a text without the names in brackets at the ends of its lines."""
    return re.sub(r"(?<=\S) \[[a-z0-9][a-z0-9.+-]*\]$", "", text, flags=re.MULTILINE)
