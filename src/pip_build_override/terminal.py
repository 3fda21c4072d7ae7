"""What a stream can show: colours where pip would use them, and no character that it cannot take.

Standard library only, for the commands and for inside pip.
"""

from __future__ import annotations

import os
from typing import TextIO

_ASCII = {"\u2026": "...", "\u2192": "->", "\u2013": "-", "\u2018": "'", "\u2019": "'", "\u00d7": "x"}


class Style:
    """How text is put on one stream.

    Args:
        stream: standard output or standard error.
        plain: no colours, whatever the stream.
    """

    def __init__(self, stream: TextIO, plain: bool = False) -> None:
        self._colours = not plain and _shows_colours(stream)
        self._encoding = getattr(stream, "encoding", None) or "ascii"

    def red(self, text: str) -> str:
        """An error."""
        return self._in(text, "31")

    def yellow(self, text: str) -> str:
        """A warning, or a hint."""
        return self._in(text, "33")

    def green(self, text: str) -> str:
        """That something is as it should be."""
        return self._in(text, "32")

    def bold(self, text: str) -> str:
        """What a reader looks for."""
        return self._in(text, "1")

    def _in(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colours else text

    def encodable(self, text: str) -> str:
        """Return a text without what the stream's encoding has no character for."""
        try:
            text.encode(self._encoding)
            return text
        except (UnicodeError, LookupError):
            for character, instead in _ASCII.items():
                text = text.replace(character, instead)
            return text.encode("ascii", "replace").decode("ascii")


def _shows_colours(stream: TextIO) -> bool:
    # As pip has it: https://no-color.org, and FORCE_COLOR for what is no terminal.
    if os.environ.get("NO_COLOR") or os.environ.get("PIP_NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")
