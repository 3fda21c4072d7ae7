"""The manifest beside a wheel that was built before: under which rules, from what, and with what.

It is a document that outlives the version of the shim that wrote it, in a directory to which others may
write. One that does not fit is as good as none: the wheel is built again.
"""

from __future__ import annotations

from typing import Mapping

from ...documents import fields, fields_of_format, flag, optional, read, table_of, text, tuple_of
from ...files import Json
from ...frozen import Frozen
from ..target.settled import Settled
from .link_contents import ContentNote
from .member import Member, Told, told_from_json, told_to_json

FORMAT = 2
"""To be counted up if a field comes in, goes, or gets another meaning."""

# How a package came by what it was built with: in a build environment that pip filled, with what was
# installed because the user asked for no isolation, or by its setup.py alone, as pips before 25.3 do.
ISOLATED = "isolated"
NO_ISOLATION = "no isolation"
SETUP_PY = "setup.py"
_ENVIRONMENTS = (ISOLATED, NO_ISOLATION, SETUP_PY)

UNKNOWN = "unknown"
"""In place of a digest of rules: what is built under them cannot be told apart."""


class Manifest(Frozen):
    """What is known of the wheels in one directory of the cache.

    Args:
        rules: digest of the package's own rules; "" if none applies.
        environment: one of the three above.
        source: the content of what the wheels were built from.
        settled: what the source tables of the package came to.
        members: the distributions in the build environments, at any depth.
        told: by setting, the warnings that would have been errors under another value of it.
        beside: what ``Record.to_json`` returns, for wheels that carry no record; None if they do, or
            if there was no build environment.
        plain: whether the wheels lie in pip's own directory.
        recorded: whether they carry a record.
        wheels: file name to sha256.
    """

    rules: str
    environment: str = ISOLATED
    source: ContentNote = ContentNote()
    settled: tuple[Settled, ...] = ()
    members: tuple[Member, ...] = ()
    told: Told = {}  # noqa: RUF012 - nobody changes it
    beside: Json | None = None
    plain: bool = False
    recorded: bool = False
    wheels: Mapping[str, str] = {}

    @property
    def helped(self) -> bool:
        """Whether a rule had a part in it, or in the build of anything that it was built with."""
        return self.rules != "" or any(member.helped for member in self.members)

    def to_json(self) -> Json:
        """Return a document that ``from_json`` takes."""
        return {
            **vars(self),
            "format": FORMAT,
            "source": self.source.to_json(),
            "settled": [one.to_json() for one in self.settled],
            "members": [member.to_json() for member in self.members],
            "told": told_to_json(self.told),
        }

    @classmethod
    def from_json(cls, document: object) -> Manifest:
        """Read a document.

        Raises:
            ValueError: if it is no manifest, or one of another format.
        """
        return read(
            cls,
            fields_of_format(document, FORMAT),
            {
                "rules": text,
                "environment": _environment,
                "source": ContentNote.from_json,
                "settled": tuple_of(Settled.from_json),
                "members": tuple_of(Member.from_json),
                "told": told_from_json,
                "beside": optional(fields),
                "plain": flag,
                "recorded": flag,
                "wheels": table_of(text),
            },
        )


def _environment(value: object) -> str:
    if value not in _ENVIRONMENTS:
        raise ValueError("not a known one")
    return text(value)
