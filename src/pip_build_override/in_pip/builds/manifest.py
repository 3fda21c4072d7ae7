"""The manifest beside a cached wheel: under which rules, from what, and with what it was built.

It outlives the version of the shim that wrote it, in a directory that others may write to. An invalid
manifest is treated as a missing one: the wheel is built again.
"""

from __future__ import annotations

from typing import Mapping

from ...documents import fields, fields_of_format, flag, optional, read, table_of, text, tuple_of
from ...files import Json
from ...frozen import Frozen
from ..target.settled import Settled
from .link_contents import ContentNote
from .member import Member, Told, told_from_json, told_to_json

FORMAT = 4
"""To be incremented if a field is added, removed, or changes its meaning."""

# What a package was built with: a build environment that pip filled, what was installed because the
# user asked for no isolation, or what was there for its setup.py alone, as in pip before 25.3.
ISOLATED = "isolated"
NO_ISOLATION = "no isolation"
SETUP_PY = "setup.py"
_ENVIRONMENTS = (ISOLATED, NO_ISOLATION, SETUP_PY)

UNKNOWN = "unknown"
"""Replaces the digest of rules if builds under them cannot be told apart."""


class Manifest(Frozen):
    """What is known of the wheels in one directory of the cache.

    Args:
        rules: The digest of the package's own rules; "" if none applies.
        environment: One of the three constants above.
        source: The content that the wheels were built from.
        settled: The answers to the source tables of the package.
        members: The distributions in the build environments, at any depth.
        told: By setting, the warnings that would have been errors with another value of it.
        beside: The result of ``Record.to_json``, for wheels that contain no record; None if they
            contain one, or if there was no build environment.
        plain: Whether the wheels are in pip's own directory.
        recorded: Whether they contain a record.
        wheels: File names and their sha256.
        attempt: What is the same in pips that may use them, if an attempt of ``fix`` has built them;
            "" if any pip may.
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
    attempt: str = ""

    @property
    def helped(self) -> bool:
        """Whether a rule affected the wheels, or the build of anything they were built with."""
        return self.rules != "" or any(member.helped for member in self.members)

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
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
        """Return the manifest in a document.

        Raises:
            ValueError: If it is not a manifest, or has another format.
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
                "attempt": text,
            },
        )


def _environment(value: object) -> str:
    if value not in _ENVIRONMENTS:
        raise ValueError("not a known one")
    return text(value)
