"""Readers, field by field, for the JSON documents that our processes write for each other.

Each field has a reader: it takes the value in the document and returns it as the expected type, or
raises ``ValueError``. Standard library only.
"""

from __future__ import annotations

from typing import Callable, Mapping, TypeVar

from .files import Json

T = TypeVar("T")


def fields(document: object) -> Json:
    """Return the fields of a document, or of a part of one.

    Raises:
        ValueError: If it is not a table.
    """
    if not isinstance(document, dict):
        raise ValueError("not a table")
    return document


def fields_of_format(document: object, number: int) -> Json:
    """Return the fields of a document without its format number.

    Raises:
        ValueError: If it is not a table, or has another format number.
    """
    values = dict(fields(document))
    found = values.pop("format", None)
    if type(found) is not int or found != number:
        raise ValueError(f"not of format {number}")
    return values


def read(
    make: Callable[..., T],
    values: Json,
    required: Mapping[str, Callable[[object], object]],
    optional: Mapping[str, Callable[[object], object]] | None = None,
) -> T:
    """Make a record from the fields of a document.

    Args:
        make: Called with the value of each field as a keyword argument.
        values: The fields.
        required: The reader of each required field, by name.
        optional: The reader of each field that may be missing, by name.

    Returns:
        The result of ``make``.

    Raises:
        ValueError: If a field is missing, unknown or invalid.
    """
    readers = {**required, **(optional or {})}
    unknown = sorted(values.keys() - readers.keys())
    missing = sorted(required.keys() - values.keys())
    if unknown or missing:
        raise ValueError(f"unknown: {unknown}, missing: {missing}")
    found = {}
    for name, value in values.items():
        try:
            found[name] = readers[name](value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return make(**found)


def text(value: object) -> str:
    """Return a text.

    Raises:
        ValueError: If it is anything else.
    """
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value


def flag(value: object) -> bool:
    """Return a boolean.

    Raises:
        ValueError: If it is anything else.
    """
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")
    return value


def number(value: object) -> int:
    """Return an integer.

    Raises:
        ValueError: If it is anything else.
    """
    if type(value) is not int:
        raise ValueError("not a whole number")
    return value


def optional(reader: Callable[[object], T]) -> Callable[[object], T | None]:
    """Return a reader for a value that may also be null."""
    return lambda value: None if value is None else reader(value)


def list_of(reader: Callable[[object], T]) -> Callable[[object], list[T]]:
    """Return a reader for a list."""

    def read_each(value: object) -> list[T]:
        if not isinstance(value, list):
            raise ValueError("not a list")
        return [reader(entry) for entry in value]

    return read_each


def tuple_of(reader: Callable[[object], T]) -> Callable[[object], tuple[T, ...]]:
    """Return a reader for a list, which it returns as a tuple."""
    read_each = list_of(reader)
    return lambda value: tuple(read_each(value))


def table_of(reader: Callable[[object], T]) -> Callable[[object], dict[str, T]]:
    """Return a reader for a table whose keys are not fixed."""
    return lambda value: {name: reader(entry) for name, entry in fields(value).items()}


A = TypeVar("A")
B = TypeVar("B")


def pair_of(
    first: Callable[[object], A], second: Callable[[object], B]
) -> Callable[[object], tuple[A, B]]:
    """Return a reader for a list of two entries."""

    def read_both(value: object) -> tuple[A, B]:
        if not isinstance(value, list) or len(value) != 2:
            raise ValueError("not a pair")
        return first(value[0]), second(value[1])

    return read_both
