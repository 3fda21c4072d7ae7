"""What is known of the distributions in a build environment, by the pip that put them there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Mapping, Tuple

from ...files import Json
from ...frozen import Frozen
from .link_contents import ContentNote

if TYPE_CHECKING:
    from ..target.settled import Settled


class Judgement(Frozen):
    """A warning that would be an error under another setting.

    Args:
        message: what is wrong, and why.
        where: the table; "" if it is about none.
        hint: what to do about it.
    """

    message: str
    where: str
    hint: str

    def to_json(self) -> Json:
        """Return a document that ``from_json`` takes."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, document: object) -> Judgement:
        """Read a document.

        Raises:
            ValueError: if it does not fit.
        """
        from ...documents import fields, read, text

        return read(cls, fields(document), {"message": text, "where": text, "hint": text})


Told = Mapping[str, Tuple[Judgement, ...]]
"""What was said, by the name of the setting."""


def told_to_json(told: Told) -> Json:
    """Return a document that ``told_from_json`` takes."""
    return {setting: [one.to_json() for one in said] for setting, said in told.items()}


def told_from_json(document: object) -> Told:
    """Read a document.

    Raises:
        ValueError: if it does not fit.
    """
    from ...documents import table_of, tuple_of

    return table_of(tuple_of(Judgement.from_json))(document)


def put_together(*parts: Told) -> Told:
    """All of it, without settings that nothing was said under."""
    found: dict[str, tuple[Judgement, ...]] = {}
    for part in parts:
        for setting, entries in part.items():
            if entries:
                found[setting] = (*found.get(setting, ()), *entries)
    return found


class Member(Frozen):
    """How a distribution of a build environment came about.

    Args:
        name: normalised.
        version: as far as it is known, otherwise "".
        source: whether it was built.
        rules: digest of the rules that it was built under, "" if none applies, None if what is built
            under them cannot be told apart.
        content: of what it came from.
        borrowed: digest of the distribution of the target that was lent; "" if none was.
        settled: what its source tables came to.
        told: what was said of it.
    """

    name: str
    version: str
    source: bool
    rules: str | None
    content: ContentNote = ContentNote()
    borrowed: str = ""
    settled: tuple[Settled, ...] = ()
    told: Told = {}  # noqa: RUF012 - nobody changes it

    @property
    def helped(self) -> bool:
        """Whether a rule had, or may have had, a part in it."""
        return self.rules != ""

    def to_json(self) -> Json:
        """Return a document that ``from_json`` takes; what there is nothing to tell of is left out."""
        document: Json = {
            "name": self.name,
            "version": self.version,
            "source": self.source,
            "rules": self.rules,
            **self.content.to_json(),
        }
        if self.borrowed:
            document["borrowed"] = self.borrowed
        if self.settled:
            document["settled"] = [one.to_json() for one in self.settled]
        if self.told:
            document["told"] = told_to_json(self.told)
        return document

    @classmethod
    def from_json(cls, document: object) -> Member:
        """Read a document.

        Raises:
            ValueError: if it does not fit.
        """
        from ...documents import fields, flag, optional, read, text, tuple_of
        from ..target.settled import Settled

        values = dict(fields(document))
        noted = {name: values.pop(name) for name in ContentNote._fields if name in values}
        content = ContentNote.from_json(noted)
        return read(
            lambda **own: cls(content=content, **own),
            values,
            {"name": text, "version": text, "source": flag, "rules": optional(text)},
            {"borrowed": text, "settled": tuple_of(Settled.from_json), "told": told_from_json},
        )


class Origin(Frozen):
    """Where a distribution of a build environment comes from.

    Args:
        name: normalised.
        version: as far as it is known, otherwise "".
        url: of the sources or the file; "" for what was borrowed.
        sha256: of the file, as far as it is known, otherwise "".
        source: whether it was built.
        direct: whether its requirement names the URL.
        borrowed: whether the target has lent it.
    """

    name: str
    version: str
    url: str = ""
    sha256: str = ""
    source: bool = False
    direct: bool = False
    borrowed: bool = False

    def to_json(self) -> Json:
        """Return a document that ``from_json`` takes."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, document: object) -> Origin:
        """Read a document.

        Raises:
            ValueError: if it does not fit.
        """
        from ...documents import fields, flag, read, text

        return read(
            cls,
            fields(document),
            {
                "name": text,
                "version": text,
                "url": text,
                "sha256": text,
                "source": flag,
                "direct": flag,
                "borrowed": flag,
            },
        )


class Matched(Frozen):
    """A package that was built to match the build environment which it is for.

    Args:
        package: its label.
        name: normalised name of the distribution there which it matches.
        version: of that distribution.
    """

    package: str
    name: str
    version: str

    def to_json(self) -> Json:
        """Return a document that ``from_json`` takes."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, document: object) -> Matched:
        """Read a document.

        Raises:
            ValueError: if it does not fit.
        """
        from ...documents import fields, read, text

        return read(cls, fields(document), {"package": text, "name": text, "version": text})
