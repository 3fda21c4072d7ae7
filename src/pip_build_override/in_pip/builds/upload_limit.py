"""The moment up to which files are candidates for a build environment (``as-of``)."""

from __future__ import annotations

from ...files import Json
from ...frozen import Frozen


class UploadLimit(Frozen):
    """A limit on the files that pip chooses from.

    Args:
        moment: the last moment of an upload, as a day or a time in UTC.
        where: file and table of the rule.
        why: why it is that moment, if the rule does not say it itself; "" otherwise.
        unlimited: normalised names of the distributions that it does not apply to.
    """

    moment: str
    where: str
    why: str = ""
    unlimited: tuple[str, ...] = ()

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, document: object) -> UploadLimit:
        """Read a document.

        Raises:
            ValueError: if it is not a valid document.
        """
        from ...documents import fields, read, text, tuple_of
        from ...rules.moments import last_moment

        texts = {"moment": text, "where": text, "why": text, "unlimited": tuple_of(text)}
        limit = read(cls, fields(document), texts)
        last_moment(limit.moment)
        return limit
