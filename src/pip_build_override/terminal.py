"""Colours on streams for which pip would use them, and substitutes for characters they cannot encode.

Standard library only, because it is used by the commands and inside pip.
"""

from __future__ import annotations

import codecs
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

_ASCII = {"\u2026": "...", "\u2192": "->", "\u2013": "-", "\u2018": "'", "\u2019": "'", "\u00d7": "x"}
_HANDLER = "pip-build-override"


class Style:
    """The style of text on one stream.

    Args:
        stream: Standard output or standard error.
        plain: Whether to use no colours, even if the stream shows them.
    """

    def __init__(self, stream: TextIO, plain: bool = False) -> None:
        self._colours = not plain and _shows_colours(stream)
        self._encoding = getattr(stream, "encoding", None) or "ascii"

    def error(self, text: str) -> str:
        """Return a text in the colour of errors."""
        return self._in(text, "31")

    def hint(self, text: str) -> str:
        """Return a text in the colour of hints."""
        return self._in(text, "33")

    def success(self, text: str) -> str:
        """Return a text in the colour of what succeeded."""
        return self._in(text, "32")

    def message(self, text: str) -> str:
        """Return an error message of ours with its ``error:`` and ``hint:`` prefixes in colour."""
        text = re.sub(r"\A[\w-]+: error:", lambda found: self.error(found[0]), text)
        return re.sub(r"^hint:", lambda found: self.hint(found[0]), text, flags=re.MULTILINE)

    def _in(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colours else text

    def encodable(self, text: str) -> str:
        """Return a text with substitutes for characters that the stream cannot encode."""
        try:
            return text.encode(self._encoding, _HANDLER).decode(self._encoding)
        except LookupError:
            return text.encode("ascii", _HANDLER).decode("ascii")


def spare(stream: TextIO) -> None:
    """Make a stream write substitutes for characters that it cannot encode."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors=_HANDLER)


def _instead(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    wanted = error.object[error.start : error.end]
    return "".join(_ASCII.get(character, "?") for character in wanted), error.end


codecs.register_error(_HANDLER, _instead)


def _shows_colours(stream: TextIO) -> bool:
    # As pip does: https://no-color.org, and FORCE_COLOR for a stream that is not a terminal.
    if "NO_COLOR" in os.environ or os.environ.get("PIP_NO_COLOR", "no") not in ("", "no", "0", "false"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")
