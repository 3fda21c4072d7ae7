"""The answer to a source table, stored to be compared with a new one before a wheel is reused."""

from __future__ import annotations

from ...files import Json
from ...frozen import Frozen
from ...rules import Question, Source


class Settled(Frozen):
    """A source table and its answer.

    Args:
        name: The normalised name of the distribution whose version was asked for.
        source: The source that the version comes from.
        declared: The specifiers of the declared requirements with that name.
        key: The key of the answer.
        version: The version that the build environment contained, even if the answer does not fix it;
            "" if it contained none.
    """

    name: str
    source: Source
    declared: tuple[str, ...]
    key: str
    version: str

    @property
    def question(self) -> Question:
        """The question that the source table asks."""
        return Question(self.name, self.source, self.declared)

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {
            "name": self.name,
            **vars(self.source),
            "declared": list(self.declared),
            "key": self.key,
            "version": self.version,
        }

    @classmethod
    def from_json(cls, document: object) -> Settled:
        """Return the source table and answer in a document.

        Raises:
            ValueError: If it is not valid.
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
