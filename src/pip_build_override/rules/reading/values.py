"""Helpers for TOML values: their types in words, requirements, and the keys of package tables."""

from __future__ import annotations

from typing import Any, Sequence

from ..place import Place, toml_text
from ..tables import AS_OF, CONFIG_SETTINGS, ENV, ENVIRONMENT, PINS, REGENERATE, SEES_TARGET
from .paths import looks_like_a_path, name_in
from .requirement import Requirement, RequirementError
from .requirement_slips import read

SETTINGS: dict[str, tuple[str | bool, ...]] = {
    "unused": ("error", "warn"),
    "record": ("overridden", "all", "none"),
    "mismatch": ("warn", "error", "ignore"),
    "generated": ("warn", "error", "ignore"),
    "keep-environments": (False, True),
}
"""The keys under ``settings``, each with its values, the default first."""
OF_BACKEND = (CONFIG_SETTINGS, ENV, "reason")
OF_ENVIRONMENT = (SEES_TARGET, ENVIRONMENT)
KEYS = (
    *("replace", "remove", "add", "constrain", "requires", "no-binary"),
    *(*OF_BACKEND, PINS, *OF_ENVIRONMENT, REGENERATE, AS_OF),
)
"""The keys of a package table."""
_GROUP = "a group is a table of its own: [group.NAME], with packages = […] and the rules under it"
_AT_TOP = {
    "group": _GROUP,
    "packages": _GROUP,
    "include": "put it at the top of the file, above all tables",
}


def text_entry(text: str, key: str, place: Place, replaced: str = "") -> Requirement:
    """Read a requirement that is given as text.

    Raises:
        OverrideError: If it is not a requirement; the message names the key and the table.
    """
    try:
        return read(text, replaced)
    except RequirementError as error:
        from .source_slips import refuse_short  # only after a mistake

        refuse_short(text, key, place)
        said = f"{toml_text(text)} is not a requirement: {error.problem}"
        hint = f"write {spelt(error.instead, key, place)}{error.more}" if error.instead else error.hint
        if key in ("constrain", "remove") and (looks_like_a_path(text) or "path = " in hint):
            before, at, after = text.partition("@")
            path = after.strip() if at else text
            name = toml_text((before.strip() if at else name_in(path)) or "NAME")
            table = f"{{ name = {name}, path = {toml_text(path)} }}"
            hint = (
                f"write {name}" if key == "remove" else f"to install from a file, write add = [{table}]"
            )
        raise place.error(f"{key}: {said}" if key else said, hint, kind="invalid-requirement") from None


def spelt(texts: Sequence[str], key: str, place: Place) -> str:
    """Return requirements as they are written under a key, or in a .txt file."""
    if place.form == "txt":
        return " and ".join(texts) + (", each on a line of its own" if len(texts) > 1 else "")
    listed = ", ".join(map(toml_text, texts))
    return f"{key} = [{listed}]" if len(texts) > 1 and key.startswith("replace.") else listed


def kind_of(value: Any) -> str:
    """Return the type of a TOML value, in words."""
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a string"}
    kinds.update({list: "a list", dict: "a table"})
    return kinds.get(type(value), "a date or time")


def refuse_misplaced(key: str, place: Place, inside: str = "") -> None:
    """Raise an error for a key that is only valid elsewhere."""
    if key in _AT_TOP and place.table:
        hint = _AT_TOP[key].replace("[group", f"[{place.path('group')}")
        raise place.error(f"{inside}{key} is not a key of this table", hint, kind="unknown-key")
