"""What one parser of TOML accepts and another does not: a file must not be valid on one Python only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...patterns import pattern
from ..place import toml_key
from .statements import Statement, statements

if TYPE_CHECKING:
    from typing import Dict, Optional, Tuple

    # A message, and a hint.
    Slip = Tuple[str, str]
    # The header of the table and the key in it, None for the header itself; the value; the line.
    Key = Tuple[Tuple[str, Optional[str]], str, int]
    # Headers by the parts of their names.
    Headers = Dict[Tuple[str, ...], str]

_PART = pattern(r"\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+")
_PROBLEMS = ("inline", "comma", "escape")


def not_portable(text: str) -> tuple[Statement, Slip | None] | None:
    """Return the first statement that this interpreter's parser accepts and others do not, or None.

    That is TOML 1.1 and, with the tomli 1.0 of pip 21.2, a key that adds to an already defined table.

    Returns:
        The statement, with a message and a hint unless its own problem says it all.
    """
    found = statements(text)
    headers: Headers = {}
    for part, key in zip(found, keys(found)):
        if part.problem in _PROBLEMS:
            return part, None
        slip = reopened(key, headers)
        if slip:
            return part, slip
    return None


def reopened(key: Key, headers: Headers) -> Slip | None:
    """Return the message and the hint if a dotted key adds to a table with its own header, or None.

    Args:
        key: The key, or a header, which is added to ``headers``.
        headers: The earlier headers, by their parts.
    """
    (header, name), _, _ = key
    if name is None:
        headers.setdefault(_parts(header), header)
        return None
    parts = _parts(name) if "." in name else ()
    for end in reversed(range(1, len(parts))):
        other = headers.get(_parts(header) + parts[:end])
        if other is not None:
            message = f"{name} adds to the table {other}], which has a header of its own"
            rest = ".".join(map(toml_key, parts[end:]))
            return message, f"write {rest} = … under {other}]"
    return None


def _parts(key: str) -> tuple[str, ...]:
    return tuple([part.strip("\"'") for part in _PART.findall(key)])


def keys(found: list[Statement]) -> list[Key]:
    """Return the header, key, value and line of each statement."""
    header = ""
    keys: list[Key] = []
    for part in found:
        text = part.text.strip()
        if text.startswith("["):
            header = _spelt(text.partition("]")[0])
            keys.append(((header, None), "", part.line))
        else:
            name, _, value = text.partition("=")
            keys.append(((header, _spelt(name)), value.strip(), part.line))
    return keys


def _spelt(key: str) -> str:
    """Return a key without insignificant blanks."""
    return ".".join([part.strip() for part in key.split(".")])
