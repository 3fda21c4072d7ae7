"""Where in the overrides file something stands, for messages and hints."""

from __future__ import annotations

import json
from typing import Iterable

from ..errors import OverrideError
from ..frozen import Frozen
from ..patterns import pattern

TOOL = "tool.pip-build-override"

_BARE_KEY = pattern(r"[A-Za-z0-9_-]+")


class Place(Frozen):
    """A table, or a line, of one overrides file.

    :param shown: the file's name in messages.
    :param form: ``toml``, ``pyproject`` or ``txt``.
    :param table: as in the file, ``package.pyworld`` or ``line 3``; empty for the file itself.
    """

    shown: str
    form: str = "toml"
    table: str = ""

    def at(self, *keys: str) -> Place:
        """Return the place of the table with these keys."""
        return Place(self.shown, self.form, self.path(*keys))

    def on_line(self, number: int) -> Place:
        """Return the place of a line, counted from 1."""
        return Place(self.shown, self.form, f"line {number}")

    def path(self, *keys: str) -> str:
        """Return the dotted key of a table, quoted where TOML needs it."""
        prefix = f"{TOOL}." if self.form == "pyproject" else ""
        return prefix + ".".join(toml_key(key) for key in keys)

    def header(self, *keys: str) -> str:
        """Return the header line of a table, for a hint."""
        return f"[{self.path(*keys)}]"

    def error(self, message: str, hint: str = "") -> OverrideError:
        """Return the error to raise for something at this place."""
        where = f"{self.shown}: {self.table}" if self.table else self.shown
        return OverrideError(message, where=where, hint=hint)


def toml_key(key: str) -> str:
    """Return a key as TOML spells it: bare where possible, otherwise in double quotes."""
    return key if _BARE_KEY.fullmatch(key) else toml_text(key)


def toml_text(value: str) -> str:
    """Return a string as TOML spells it, for a hint."""
    # JSON's escapes are TOML's, too.
    return json.dumps(value, ensure_ascii=False)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the known word that is most like the given one, or an empty string."""
    import difflib  # on a mistake only: it costs more than all else that reading a file takes

    candidates = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower().replace("_", "-"), candidates, 1, 0.6)
    return candidates[near[0]] if near else ""


def listing(words: Iterable[str]) -> str:
    """Join words for a sentence: ``a, b and c``."""
    items = list(words)
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))
