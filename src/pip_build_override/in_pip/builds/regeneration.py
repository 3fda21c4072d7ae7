"""Generated C and C++ files that the Cython of the build environment generates again.

An sdist may ship what its author's Cython generated, which does not compile on a later Python, and on
which a rule about Cython does not act, because a build backend that finds it runs no Cython.
"""

from __future__ import annotations

import os
import sys

from ... import records
from ...errors import OverrideError
from ..internals import specifiers
from . import cython_arguments, cython_output, in_environment_cython
from .cython_arguments import GeneratedFile
from .cython_output import listing

SCRIPT = os.path.abspath(in_environment_cython.__file__)
"""What the interpreter of the build environment runs."""

CYTHON = "cython"
"""The name of the distribution."""

# Cython 0.29 supports no later one, and neither does what it generates.
_LAST_FOR_0_29 = (3, 12)
_NO_SOURCE = "no .pyx or .py is there"


class Regeneration:
    """What is generated again for one build.

    Args:
        where: The table that asks for it, for messages.
        directory: The root of the sources, in which nothing but this build happens.

    Attributes:
        cython: The version of Cython that has generated the files again; "" until then.
    """

    def __init__(self, where: str, directory: str) -> None:
        self.where = where
        self.directory = directory
        self.cython = ""
        self._found = cython_arguments.find(directory)

    @property
    def files(self) -> tuple[GeneratedFile, ...]:
        """The files, in the order of their paths."""
        return self._found.files

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to do."""
        return bool(self.cython) or not self.files

    def finish(self, label: str, cython: str) -> None:
        """Check what Cython has left, and note that it has generated the files again.

        Args:
            label: The label of the package that is built.
            cython: The version of Cython in the build environment.

        Raises:
            OverrideError: If a file is not from that Cython.
        """
        newest = cython_arguments.newest(self.directory)
        for file in self.files:
            path = os.path.join(self.directory, file.target)
            version = cython_output.version_of(path)
            if not specifiers.same_version(version, cython):
                raise OverrideError(
                    f"{label}: {file.target} was to be generated again by Cython {cython}, but is"
                    + (f" from Cython {version}" if version else " not there"),
                    where=self.where,
                    hint="keep other modules named cython out of the build environment of this package,"
                    " or remove regenerate",
                )
            if os.stat(path).st_mtime <= newest:
                # setuptools and cythonize() compare times, and an sdist may be from the future.
                os.utime(path, (newest + 1, newest + 1))
        self.cython = cython

    def begin_again(self) -> None:
        """Forget that the files were generated again, because the package is prepared once more.

        They stay known as they were found first: in a checkout, they are not as they were.
        """
        self.cython = ""

    def used(self, name: str) -> bool:
        """Return whether a distribution has generated the files again.

        Args:
            name: The normalised name of the distribution.
        """
        return name == CYTHON and bool(self.cython)

    @property
    def told(self) -> str:
        """What was done, for a message."""
        by_version: dict[str, list[str]] = {}
        for file in self.files:
            by_version.setdefault(file.was, []).append(file.target)
        parts = [f"{listing(paths)} (was Cython {was})" for was, paths in by_version.items()]
        text = f"generated again by Cython {self.cython}: {', '.join(parts)}"
        if self._found.left:
            text += f"; left as they are, because {_NO_SOURCE}: {listing(self._found.left)}"
        return text

    @property
    def records(self) -> tuple[records.Regenerated, ...]:
        """What was done, for the record."""
        if not self.cython:
            return ()
        return tuple(records.Regenerated(file.target, file.was, self.cython) for file in self.files)

    def unused(self, label: str) -> list[OverrideError]:
        """Return an error if there is nothing to generate again.

        Args:
            label: The label of the package that is built.
        """
        if self.files:
            return []
        why = "its sources contain no C or C++ file that Cython generated"
        if self._found.left:
            why = f"{_NO_SOURCE} for {listing(self._found.left)}"
        return [
            OverrideError(
                f"{label}: {why}, so regenerate has no effect",
                where=self.where,
                hint='remove regenerate, or set unused = "warn" under [settings]',
            )
        ]

    def lacking(self, label: str, listed: bool) -> OverrideError:
        """Return the error for a build environment without Cython.

        Args:
            label: The label of the package that is built.
            listed: Whether a rule replaces the whole list of its build requirements.
        """
        return OverrideError(
            f"the build environment of {label} contains no Cython, which is to generate"
            f" {listing([file.target for file in self.files])} again",
            where=self.where,
            hint=_no_cython_hint(self._requirement(), listed),
        )

    def _requirement(self) -> str:
        """Return a requirement for a Cython that is likely to understand the sources."""
        if all(file.was.startswith("0.") for file in self.files):
            return "cython<3" if sys.version_info[:2] <= _LAST_FOR_0_29 else "cython<3.1"
        return "cython"


def _no_cython_hint(requirement: str, listed: bool) -> str:
    if listed:
        return f'put "{requirement}" into the list of requires'
    return f'write add = ["{requirement}"] into that table'
