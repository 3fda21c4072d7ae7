"""What a pip command leaves for ``fix`` if builds failed in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping

from ..documents import fields_of_format, read, table_of, text, tuple_of
from ..files import Json
from ..rules.lines import name_of
from ..rules.standards import normalise
from ..variables import of_user
from .failure import Failure

FORMAT = 3
"""Increase this if a field is added or removed, or changes its meaning."""

PREFIX = "failed-"
"""How the name of such a file begins."""

# What is said to one command, and not to the pips that fill its build environments.
_OF_THE_COMMAND = (
    *("--constraint=", "--config-settings=", "--global-option=", "--build-option="),
    *("--no-build-isolation", "--use-pep517", "--no-use-pep517", "--check-build-dependencies"),
    "--no-deps",
)


@dataclass(frozen=True)
class FailedCommand:
    """A pip command in which builds failed, and how another pip is made to do the same.

    Attributes:
        python: Absolute path of the interpreter that pip ran on.
        pip: Absolute path of what that interpreter has to be given to run that very pip, as pip itself
            starts another one: a directory, a zip file or a script.
        options: The options with which ``wheel`` of that pip finds the same files, and builds them in
            the same way: indexes, find-links, proxies, certificates, constraints and the like, each
            of them one word. It is to inherit the environment variables and configuration files.
        failures: What is known of each build that failed, also in nested pips, the innermost first.
        directory: The directory in which the command was started, to which variables of pip may refer.
        limits: What the command itself requires by name and version, each as a constraint.
        settings: What the command gives as ``--config-settings``, on its command line or elsewhere,
            each as ``KEY=VALUE``.
        variables: The environment variables of that pip, without those that ``run`` or the shim sets.
    """

    python: str
    pip: str
    options: tuple[str, ...]
    failures: tuple[Failure, ...]
    directory: str
    limits: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=of_user)

    @property
    def options_of_finder(self) -> tuple[str, ...]:
        """The options with which any command of that pip finds the same files."""
        return tuple(word for word in self.options if not word.startswith(_OF_THE_COMMAND))

    def options_for(self, failure: Failure) -> tuple[str, ...]:
        """Return the options with which a package that failed to build is built again.

        pip does not pass all of them to the pips that fill build environments: constraints, for
        example, may exclude the very version that is a build requirement.

        Args:
            failure: One of the failures.
        """
        return self.options_of_finder if self._is_nested(failure) else self.options

    def limits_for(self, failure: Failure) -> tuple[str, ...]:
        """Return the constraints on what is installed together with a package that failed to build.

        Args:
            failure: One of the failures.
        """
        if self._is_nested(failure):
            return ()
        return tuple(limit for limit in self.limits if name_of(limit) != normalise(failure.name))

    def _is_nested(self, failure: Failure) -> bool:
        return any(failure in outer.nested for outer in self.failures)

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {
            "format": FORMAT,
            "python": self.python,
            "pip": self.pip,
            "options": list(self.options),
            "failures": [failure.to_json() for failure in self.failures],
            "directory": self.directory,
            "limits": list(self.limits),
            "settings": list(self.settings),
            "variables": dict(self.variables),
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
                "limits": tuple_of(text),
                "settings": tuple_of(text),
                "variables": table_of(text),
            },
        )
