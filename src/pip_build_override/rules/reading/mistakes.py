"""Every mistake in an overrides file, for ``check``; everything else stops at the first one.

The file is taken apart into pieces, such as one entry of one list, and each piece is read by itself.
The pieces without a mistake are then put together again, to find those that contradict each other.
"""

from __future__ import annotations

import os
from typing import Any, Callable, Iterator, Sequence, Tuple, TypeVar

from ...errors import OverrideError
from ..place import Place
from ..tables import CONFIG_SETTINGS, ENV, PINS
from .document import decode, form_of
from .other_files import output_of_pip
from .parse import document_in, parse_overrides, read_document
from .txt import logical_lines, read_lines

T = TypeVar("T")

_Piece = Tuple[Tuple[str, ...], Any, bool]
"""Keys from the top of the document, a value, and whether the value is one entry of a list."""


def mistakes(data: bytes, *, path: str, shown: str | None = None) -> list[OverrideError]:
    """Return the mistakes in an overrides file; those that lie between two pieces come last.

    A file that is not TOML has one mistake only, because nothing behind it can be read.

    Args:
        data: Content of the file.
        path: Absolute path of the file.
        shown: The file's name in messages; by default the last part of ``path``.
    """
    try:
        parse_overrides(data, path=path, shown=shown)
    except OverrideError as error:
        first = error
    else:
        return []
    place = Place(shown or os.path.basename(path), form_of(path))
    try:
        text = decode(data, place)
        if output_of_pip(text, place) is not None:
            return [first]
        if place.form == "txt":
            found = _in_lines(text, place)
        else:
            found = _in_document(document_in(text, place), place, path, text)
    except OverrideError:
        return [first]
    unique = {str(error): error for error in found}
    # A mistake that no piece has by itself must not be lost.
    return list(unique.values()) or [first]


def _in_lines(text: str, place: Place) -> list[OverrideError]:
    lines = text.splitlines()
    starts = [number - 1 for number, _ in logical_lines(text)]
    pieces = list(zip(starts, [*starts[1:], len(lines)]))

    def read(kept: Sequence[tuple[int, int]]) -> object:
        # Empty lines keep the numbers of the others.
        wanted = {number for begin, end in kept for number in range(begin, end)}
        parts = [line if number in wanted else "" for number, line in enumerate(lines)]
        return read_lines("\n".join(parts), place)

    return _refused(pieces, read)[1]


def _in_document(root: dict[str, Any], place: Place, path: str, text: str) -> list[OverrideError]:
    def read(pieces: Sequence[_Piece]) -> object:
        return read_document(_joined(pieces), place, path, text)

    tables: dict[tuple[str, ...], list[_Piece]] = {}
    for piece in _pieces(root):
        tables.setdefault(piece[0][:2], []).append(piece)
    errors: list[OverrideError] = []
    valid: list[list[_Piece]] = []
    for pieces in tables.values():
        kept, found = _refused(pieces, read)
        errors += found
        valid.append(kept)
    errors += _refused(valid, lambda kept: read([piece for pieces in kept for piece in pieces]))[1]
    return errors


def _pieces(value: Any, keys: tuple[str, ...] = ()) -> Iterator[_Piece]:
    """Yield the pieces of a document: tables down to package.NAME.replace.NAME, and list entries.

    A group is one piece, because none of its rules means anything without its packages. So are all
    groups, if the name of one is missing.
    """
    first = keys[0] if keys else ""
    deep = {0: True, 1: first in ("package", "group", "settings", "matrix"), 2: first == "package"}
    deep[3] = keys[2:] in (("replace",), (ENV,), (CONFIG_SETTINGS,), (PINS,))
    if keys == ("group",) and isinstance(value, dict):
        deep[1] = all(isinstance(group, dict) for group in value.values())
    if isinstance(value, dict) and value and deep.get(len(keys), False):
        for key, inner in value.items():
            yield from _pieces(inner, (*keys, key))
    elif isinstance(value, list) and (len(keys) > 2 or first == "include") and len(value) > 1:
        for item in value:
            yield keys, item, True
    else:
        yield keys, value, False


def _joined(pieces: Sequence[_Piece]) -> dict[str, Any]:
    """Return the document that consists of these pieces."""
    root: dict[str, Any] = {}
    for keys, value, listed in pieces:
        table = root
        for key in keys[:-1]:
            table = table.setdefault(key, {})
        if listed:
            table.setdefault(keys[-1], []).append(value)
        else:
            table[keys[-1]] = value
    return root


def _refused(
    pieces: Sequence[T], read: Callable[[list[T]], object]
) -> tuple[list[T], list[OverrideError]]:
    """Return the pieces that can be read together, and the errors of the others.

    Args:
        pieces: The pieces, in the order of the file.
        read: Reads several pieces; raises OverrideError if they contain a mistake.
    """
    errors = []
    kept = []
    for piece in pieces:
        error = _error_in([piece], read)
        if error is None:
            kept.append(piece)
        else:
            errors.append(error)
    known = 0  # how many of the first pieces can be read together
    while True:
        error = _error_in(kept, read)
        if error is None:
            return kept, errors
        # The shortest beginning with an error ends with the piece that causes it.
        low, high = known + 1, len(kept)
        while low < high:
            middle = (low + high) // 2
            shorter = _error_in(kept[:middle], read)
            if shorter is None:
                low = middle + 1
            else:
                high, error = middle, shorter
        errors.append(error)
        del kept[low - 1]
        known = low - 1


def _error_in(pieces: list[T], read: Callable[[list[T]], object]) -> OverrideError | None:
    try:
        read(pieces)
    except OverrideError as error:
        return error
    return None
