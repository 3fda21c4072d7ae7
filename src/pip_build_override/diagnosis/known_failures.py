"""Build environments in which a package is known to fail, written by ``fix`` for its pips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

from ..documents import fields, fields_of_format, read, table_of, text, tuple_of
from ..files import Json

FORMAT = 1
"""Increase this if a field is added or removed, or changes its meaning."""

FILE = "known.json"
"""The name of such a file, in the directory of ``switch.FIX``."""


@dataclass(frozen=True)
class KnownFailure:
    """A build environment in which a package fails.

    Attributes:
        environment: Its content, as ``Failure.environment``.
        step: How much of it there has to be, as ``Failure.filled``.
    """

    environment: Mapping[str, str]
    step: str

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {"environment": dict(self.environment), "step": self.step}

    @classmethod
    def from_json(cls, document: object) -> KnownFailure:
        """Read a document.

        Raises:
            ValueError: If it is not a valid document.
        """
        return read(cls, fields(document), {"environment": table_of(text), "step": text})


@dataclass(frozen=True)
class KnownFailures:
    """The build environments in which the package of the user's command fails, all else being equal.

    All else is up to who writes this: the package, and the rules that do not show in the contents of
    its build environment, such as environment variables and settings of its backend.

    Attributes:
        failed: The build environments.
    """

    failed: tuple[KnownFailure, ...] = ()

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {"format": FORMAT, "failed": [failure.to_json() for failure in self.failed]}

    @classmethod
    def from_json(cls, document: object) -> KnownFailures:
        """Read a document.

        Raises:
            ValueError: If it is not a valid document.
        """
        return read(
            cls, fields_of_format(document, FORMAT), {"failed": tuple_of(KnownFailure.from_json)}
        )

    def contains(self, environment: Mapping[str, str], step: str) -> bool:
        """Return whether a build is known to fail.

        Args:
            environment: The content of its build environment.
            step: How much of it is there, as ``Failure.filled``.
        """
        return KnownFailure(dict(environment), step) in self.failed
