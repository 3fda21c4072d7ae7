"""The table ``[matrix]`` of an overrides file."""

from __future__ import annotations

from typing import Any

from ..errors import OverrideError
from ..rules.place import Place
from ..rules.reading.document import decode, form_of
from ..rules.reading.parse import document_in
from .table import Matrix, read_matrix


def matrix_in(data: bytes, *, path: str, shown: str) -> Matrix | None:
    """Return the matrix of an overrides file; None if it has none.

    Args:
        data: Content of the file, whose rules are valid.
        path: Path of the file, whose name determines the format.
        shown: The file's name in messages.

    Raises:
        OverrideError: If the table contains an error.
    """
    value, place = _table(data, path, shown)
    return None if value is None else read_matrix(value, place)


def table_of_matrix(data: bytes, *, path: str, shown: str) -> str:
    """Return the table of an overrides file, as messages name it; "" if it has none.

    Args:
        data: Content of the file, whose rules are valid.
        path: Path of the file, whose name determines the format.
        shown: The file's name in messages.
    """
    value, place = _table(data, path, shown)
    return "" if value is None else place.at("matrix").table


def mistakes(data: bytes, *, path: str, shown: str) -> list[OverrideError]:
    """Return the first mistake in each key of the table; none if it is valid, or if there is none.

    Args:
        data: Content of the file, whose rules are valid.
        path: Path of the file, whose name determines the format.
        shown: The file's name in messages.
    """
    value, place = _table(data, path, shown)
    found: dict[str, OverrideError] = {}
    for key in value or ():
        # What is excluded refers to what is varied.
        keys = ("vary", "exclude") if key == "exclude" else (key,)
        try:
            read_matrix({each: value[each] for each in keys if each in value}, place)
        except OverrideError as error:
            found.setdefault(str(error), error)
    return list(found.values())


def _table(data: bytes, path: str, shown: str) -> tuple[Any, Place]:
    place = Place(shown, form_of(path))
    if place.form == "txt":
        return None, place
    return document_in(decode(data, place), place).get("matrix"), place
