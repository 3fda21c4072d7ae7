"""What a stream can show: colours where pip would use them, and no character that it cannot take.

Standard library only, for the commands and for inside pip.
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
    """How text is put on one stream.

    Args:
        stream: standard output or standard error.
        plain: no colours, whatever the stream.
    """

    def __init__(self, stream: TextIO, plain: bool = False) -> None:
        self._colours = not plain and _shows_colours(stream)
        self._encoding = getattr(stream, "encoding", None) or "ascii"

    def error(self, text: str) -> str:
        """Return text in the colour of errors."""
        return self._in(text, "31")

    def hint(self, text: str) -> str:
        """Return text in the colour of hints."""
        return self._in(text, "33")

    def message(self, text: str) -> str:
        """Return an error of ours with its first words, and those of its hint, in colour."""
        text = re.sub(r"\A[\w-]+: error:", lambda found: self.error(found[0]), text)
        return re.sub(r"^hint:", lambda found: self.hint(found[0]), text, flags=re.MULTILINE)

    def _in(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colours else text

    def encodable(self, text: str) -> str:
        """Return a text with other characters for those that the stream's encoding does not have."""
        try:
            return text.encode(self._encoding, _HANDLER).decode(self._encoding)
        except LookupError:
            return text.encode("ascii", _HANDLER).decode("ascii")


def spare(stream: TextIO) -> None:
    """Have a stream write other characters for those that its encoding does not have."""
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
    # As pip has it: https://no-color.org, and FORCE_COLOR for what is no terminal.
    if "NO_COLOR" in os.environ or os.environ.get("PIP_NO_COLOR", "no") not in ("", "no", "0", "false"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")
