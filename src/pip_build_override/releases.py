"""The releases that the pip of one interpreter finds, as that pip writes them down.

The pip that writes them may be any, so this needs nothing but the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Mapping

from .documents import fields, fields_of_format, flag, optional, read, table_of, text, tuple_of
from .files import Json

FORMAT = 1
"""Increase this if a field is added or removed, or changes its meaning."""


@dataclass(frozen=True)
class Release:
    """One release of a distribution, as one interpreter can use it.

    Attributes:
        version: The version.
        wheel: Whether it has a wheel for this interpreter and platform that is not yanked.
        yanked: Whether all files that pip finds of it are yanked (PEP 592).
        released: The day (UTC) on which its first file was uploaded, whatever Python that is for; None
            if that is not known, or was not asked for.
        wheel_uploaded: The day on which the first of those wheels was; None likewise.
    """

    version: str
    wheel: bool = True
    yanked: bool = False
    released: date | None = None
    wheel_uploaded: date | None = None

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        days = {"released": self.released, "wheel_uploaded": self.wheel_uploaded}
        return {
            "version": self.version,
            "wheel": self.wheel,
            "yanked": self.yanked,
            **{name: None if day is None else day.isoformat() for name, day in days.items()},
        }

    @classmethod
    def from_json(cls, document: object) -> Release:
        """Read a document.

        Raises:
            ValueError: If it is not a valid document.
        """
        day = optional(day_in)
        return read(
            cls,
            fields(document),
            {"version": text, "wheel": flag, "yanked": flag, "released": day, "wheel_uploaded": day},
        )


@dataclass(frozen=True)
class Available:
    """What the pip of one interpreter has answered.

    Attributes:
        environment: The markers of the interpreter (PEP 508).
        releases: The releases of each distribution, by its normalised name.
        without_times: The pages of indexes that do not say when their files were uploaded (PEP 700).
    """

    environment: Mapping[str, str]
    releases: Mapping[str, tuple[Release, ...]]
    without_times: tuple[str, ...] = ()

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {
            "format": FORMAT,
            "environment": dict(self.environment),
            "releases": {
                name: [release.to_json() for release in releases]
                for name, releases in self.releases.items()
            },
            "without_times": list(self.without_times),
        }

    @classmethod
    def from_json(cls, document: object) -> Available:
        """Read a document.

        Raises:
            ValueError: If it is not a valid document.
        """
        return read(
            cls,
            fields_of_format(document, FORMAT),
            {
                "environment": table_of(text),
                "releases": table_of(tuple_of(Release.from_json)),
                "without_times": tuple_of(text),
            },
        )


def day_in(value: object) -> date:
    """Return a day.

    Raises:
        ValueError: If it is anything else.
    """
    return date.fromisoformat(text(value))
