"""What the pip that filled a build environment knows of the distributions in it."""

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
        kind: The name of its kind.
        message: What is wrong, and why.
        where: The table; "" if it is not about one.
        hint: What to do about it.
    """

    kind: str
    message: str
    where: str
    hint: str

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, document: object) -> Judgement:
        """Return the judgement in a document.

        Raises:
            ValueError: If it is not valid.
        """
        from ...documents import fields, read, text

        return read(cls, fields(document), {"kind": text, "message": text, "where": text, "hint": text})


Told = Mapping[str, Tuple[Judgement, ...]]
"""The warnings that were given, by the name of the setting."""


def told_to_json(told: Told) -> Json:
    """Return a document that ``told_from_json`` accepts."""
    return {setting: [one.to_json() for one in said] for setting, said in told.items()}


def told_from_json(document: object) -> Told:
    """Return the warnings in a document.

    Raises:
        ValueError: If it is not valid.
    """
    from ...documents import table_of, tuple_of

    return table_of(tuple_of(Judgement.from_json))(document)


def put_together(*parts: Told) -> Told:
    """Return all warnings combined, without settings that have none."""
    found: dict[str, tuple[Judgement, ...]] = {}
    for part in parts:
        for setting, entries in part.items():
            if entries:
                found[setting] = (*found.get(setting, ()), *entries)
    return found


class Member(Frozen):
    """A distribution in a build environment, with everything that affected it.

    Args:
        name: The normalised name.
        version: The version, or "" if it is not known.
        source: Whether it was built.
        rules: The digest of the rules that it was built under; "" if none applies; None if builds
            under them cannot be told apart.
        content: The content that it came from.
        borrowed: The digest of the distribution that the target lent; "" if it lent none.
        settled: The answers to its source tables.
        told: The warnings about it.
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
        """Whether a rule affected it, or may have."""
        return self.rules != ""

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts, without empty optional fields."""
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
        """Return the member in a document.

        Raises:
            ValueError: If it is not valid.
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
    """Where a distribution in a build environment comes from.

    Args:
        name: The normalised name.
        version: The version, or "" if it is not known.
        url: The URL of the sources or the file; "" for a borrowed distribution.
        sha256: The digest of the file, or "" if it is not known.
        source: Whether it was built.
        direct: Whether its requirement names the URL.
        borrowed: Whether the target lent it.
    """

    name: str
    version: str
    url: str = ""
    sha256: str = ""
    source: bool = False
    direct: bool = False
    borrowed: bool = False

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, document: object) -> Origin:
        """Return the origin in a document.

        Raises:
            ValueError: If it is not valid.
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
    """A package that was built to match the build environment that it is for.

    Args:
        package: The label of the package.
        name: The normalised name of the distribution in that environment that it matches.
        version: The version of that distribution.
    """

    package: str
    name: str
    version: str

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, document: object) -> Matched:
        """Return the match in a document.

        Raises:
            ValueError: If it is not valid.
        """
        from ...documents import fields, read, text

        return read(cls, fields(document), {"package": text, "name": text, "version": text})
