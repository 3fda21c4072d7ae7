"""Locations in the overrides file, for messages and hints."""

from __future__ import annotations

import json
from typing import Any, Iterable

from ..errors import OverrideError
from ..frozen import Frozen
from ..patterns import pattern

TOOL = "tool.pip-build-override"

_BARE_KEY = pattern(r"[A-Za-z0-9_-]+")


class Place(Frozen):
    """A table or a line in an overrides file, or the file itself.

    Attributes:
        shown: The file's name in messages.
        form: ``toml``, ``pyproject`` or ``txt``.
        table: The table or line, such as ``package.pyworld`` or ``line 3``; empty for the file itself.
            It may also be an option of the command line, which is in no file.
    """

    shown: str
    form: str = "toml"
    table: str = ""

    def at(self, *keys: str) -> Place:
        """Return the place of the table with these keys."""
        return Place(self.shown, self.form, self.path(*keys))

    def on_line(self, number: int) -> Place:
        """Return the place of a line; lines are counted from 1."""
        return Place(self.shown, self.form, f"line {number}")

    def path(self, *keys: str) -> str:
        """Return the dotted key of a table, with quotes if TOML requires them."""
        prefix = f"{TOOL}." if self.form == "pyproject" else ""
        return prefix + ".".join(toml_key(key) for key in keys)

    def header(self, *keys: str) -> str:
        """Return the header line of a table, for a hint."""
        return f"[{self.path(*keys)}]"

    def error(self, message: str, hint: str = "", *, kind: str) -> OverrideError:
        """Return an error that refers to this place."""
        where = f"{self.shown}: {self.table}" if self.table else self.shown
        if self.table.startswith("--"):
            where = self.table
        return OverrideError(message, kind=kind, where=where, hint=hint)


def toml_key(key: str) -> str:
    """Return a key in TOML syntax: bare if possible, otherwise in double quotes."""
    return key if _BARE_KEY.fullmatch(key) else toml_text(key)


def toml_text(value: str) -> str:
    """Return a string in TOML syntax, for a hint."""
    # JSON's escapes are valid in TOML.
    return json.dumps(value, ensure_ascii=False)


def toml_value(value: Any) -> str:
    """Return a value in TOML syntax, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return toml_text(value)
    if hasattr(value, "isoformat"):
        # A date or time.
        return str(value.isoformat())
    if isinstance(value, dict):
        inner = ", ".join(f"{toml_key(key)} = {toml_value(item)}" for key, item in value.items())
        return f"{{ {inner} }}"
    return f"[{', '.join(map(toml_value, value))}]"


def did_you_mean(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """Return the known word that is most similar to the given one, or "" if none is close.

    Args:
        word: The word.
        known: The known words.
        likeness: How similar they have to be, from 0 to 1, as difflib measures it.
    """
    import difflib  # only after a mistake: it costs more than the rest of reading a file

    candidates = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower().replace("_", "-"), candidates, 1, likeness)
    return candidates[near[0]] if near else ""


def listing(words: Iterable[str]) -> str:
    """Return words joined for a sentence, such as ``a, b and c``."""
    items = list(words)
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def choice(words: Iterable[str]) -> str:
    """Return words joined for a sentence, such as ``a, b or c``."""
    items = list(words)
    return " or ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))
