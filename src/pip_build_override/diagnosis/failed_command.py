"""What a pip command leaves for ``fix`` if builds failed in it."""

from __future__ import annotations

from dataclasses import dataclass

from ..documents import fields_of_format, read, text, tuple_of
from ..files import Json
from .failure import Failure

FORMAT = 1
"""Increase this if a field is added or removed, or changes its meaning."""


@dataclass(frozen=True)
class FailedCommand:
    """A pip command in which builds failed, and how another pip is made to do the same.

    Attributes:
        python: Absolute path of the interpreter that pip ran on.
        pip: Absolute path of what that interpreter has to be given to run that very pip, as pip itself
            starts another one: a directory, a zip file or a script.
        options: The options with which another pip finds the same files: indexes, find-links, proxies,
            certificates, constraints and the like, as words of its command line.
        failures: What is known of each build that failed, also in nested pips, the innermost first.
        directory: The directory in which the command was started.
    """

    python: str
    pip: str
    options: tuple[str, ...]
    failures: tuple[Failure, ...]
    directory: str

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {
            "format": FORMAT,
            "python": self.python,
            "pip": self.pip,
            "options": list(self.options),
            "failures": [failure.to_json() for failure in self.failures],
            "directory": self.directory,
        }

    @classmethod
    def from_json(cls, document: object) -> FailedCommand:
        """Read a document.

        Raises:
            ValueError: If it is not a valid document.
        """
        return read(
            cls,
            fields_of_format(document, FORMAT),
            {
                "python": text,
                "pip": text,
                "options": tuple_of(text),
                "failures": tuple_of(Failure.from_json),
                "directory": text,
            },
        )
