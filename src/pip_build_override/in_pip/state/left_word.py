"""What a pip reports at its end to ``run``, or to the pip whose build backend started it."""

from __future__ import annotations

from ...files import Json
from ...frozen import Frozen

FORMAT = 1
"""Increase this if a field is added or removed, or changes its meaning."""


BUILT = "built"
"""The word of a pip that has built packages, and used none of the tables for named ones."""

USED = "used"
"""The word of a pip that has built packages, and used at least one of the tables if there are any."""


class BuiltWord(Frozen):
    """The packages that were built, and the tables that were used.

    Args:
        shown: the overrides file as messages show it.
        tables: the tables for named packages, each as its position in the file and the package.
        used: positions in the file of the tables that were used in a build.
        built: name and version of each package that was built, now or before.
        overridden: labels of the packages that were built, or prepared, under rules.
    """

    shown: str
    tables: tuple[tuple[str, str], ...]
    used: tuple[str, ...]
    built: tuple[tuple[str, str], ...]
    overridden: tuple[str, ...]

    @property
    def is_idle(self) -> bool:
        """Whether there are tables for named packages, and none was used."""
        return bool(self.tables) and not {where for where, _ in self.tables}.intersection(self.used)

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {"format": FORMAT, **vars(self)}

    @classmethod
    def from_json(cls, document: object) -> BuiltWord:
        """Read a document.

        Raises:
            ValueError: if it is not a valid document, or has another format number.
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
