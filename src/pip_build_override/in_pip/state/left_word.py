"""What a pip leaves word of at its end, for ``run`` and for a pip above a build backend."""

from __future__ import annotations

from ...files import Json
from ...frozen import Frozen

FORMAT = 1
"""To be counted up if a field is added, removed, or gets another meaning."""


class BuiltWord(Frozen):
    """What was built under what.

    Args:
        shown: the overrides file as messages have it.
        tables: the tables for named packages, each by its file position, with the package.
        used: file positions of the tables that had a part in a build.
        built: name and version of each package that was built, now or before.
        overridden: labels of those that were built, or prepared, under rules.
    """

    shown: str
    tables: tuple[tuple[str, str], ...]
    used: tuple[str, ...]
    built: tuple[tuple[str, str], ...]
    overridden: tuple[str, ...]

    def to_json(self) -> Json:
        """Return a document that ``from_json`` takes."""
        return {"format": FORMAT, **vars(self)}

    @classmethod
    def from_json(cls, document: object) -> BuiltWord:
        """Read a document.

        Raises:
            ValueError: if it does not fit, or is one of another format.
        """
        from ...documents import fields_of_format, pair_of, read, text, tuple_of

        return read(
            cls,
            fields_of_format(document, FORMAT),
            {
                "shown": text,
                "tables": tuple_of(pair_of(text, text)),
                "used": tuple_of(text),
                "built": tuple_of(pair_of(text, text)),
                "overridden": tuple_of(text),
            },
        )
