"""What a source table came to, written down to ask it again when a wheel is to be used again."""

from __future__ import annotations

from ...files import Json
from ...frozen import Frozen
from ...rules import Question, Source


class Settled(Frozen):
    """A source table, and what it came to.

    Args:
        name: normalised name of the distribution whose version was wanted.
        source: where that came from.
        declared: specifiers of the requirements of that name that were declared.
        key: that of the answer.
        version: the one that the build environment contained, also if the answer left that open; ""
            if it contained none.
    """

    name: str
    source: Source
    declared: tuple[str, ...]
    key: str
    version: str

    @property
    def question(self) -> Question:
        """What the source table asks."""
        return Question(self.name, self.source, self.declared)

    def to_json(self) -> Json:
        """Return a document that ``from_json`` takes."""
        return {
            "name": self.name,
            **vars(self.source),
            "declared": list(self.declared),
            "key": self.key,
            "version": self.version,
        }

    @classmethod
    def from_json(cls, document: object) -> Settled:
        """Read a document.

        Raises:
            ValueError: if it does not fit.
        """
        from ...documents import fields, flag, read, text, tuple_of

        values = fields(document)
        source = read(
            Source,
            {name: value for name, value in values.items() if name in Source._fields},
            {
                "origin": text,
                "borrow": flag,
                "specifier": text,
                "otherwise": text,
                "allow_sdist": flag,
            },
        )
        return read(
            lambda **own: cls(source=source, **own),
            {name: value for name, value in values.items() if name not in Source._fields},
            {"name": text, "declared": tuple_of(text), "key": text, "version": text},
        )
