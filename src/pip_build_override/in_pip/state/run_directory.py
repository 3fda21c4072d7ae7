"""What one pip hands to the pips that it starts for build environments, and what they hand back.

The outermost pip of a run makes a directory. In it lie a copy of the overrides file, so that a file
edited meanwhile cannot split a run, and one directory per build environment that a nested pip fills:
``handed.json`` down, ``report.json`` up. All files appear whole or not at all.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Callable, Iterator

from ... import startup, switch
from ...errors import OverrideError
from ...files import Json, read_json, unique, write_json
from ...frozen import Frozen
from .environments import Filling

if TYPE_CHECKING:
    from ..lending.stand_ins import StandIn

FORMAT = 1
"""To be counted up if a field is added, removed, or gets another meaning."""

_FILE = "handed.json"


class HandedDown(Frozen):
    """What a nested pip has to know of the environment that it fills; the fields are ``Filling``'s."""

    constraints: tuple[tuple[str, str], ...]
    depth: int
    directories: tuple[str, ...]
    stand_ins: tuple[StandIn, ...]
    built_for: tuple[str, ...]
    hashes: dict[str, list[str]]
    touched: tuple[str, ...]
    into: tuple[str, ...]

    def to_json(self) -> Json:
        """Return a document that ``from_json`` takes."""
        return {"format": FORMAT, **vars(self)}

    @classmethod
    def from_json(cls, document: object) -> HandedDown:
        """Read a document.

        Raises:
            ValueError: if it does not fit, or is one of another format.
        """
        from ...documents import (
            fields_of_format,
            list_of,
            number,
            pair_of,
            read,
            table_of,
            text,
            tuple_of,
        )

        return read(
            cls,
            fields_of_format(document, FORMAT),
            {
                "constraints": tuple_of(pair_of(text, text)),
                "depth": number,
                "directories": tuple_of(text),
                "stand_ins": tuple_of(_stand_in),
                "built_for": tuple_of(text),
                "hashes": table_of(list_of(text)),
                "touched": tuple_of(text),
                "into": tuple_of(text),
            },
        )


def _stand_in(value: object) -> StandIn:
    from ...documents import list_of, text
    from ..lending.stand_ins import StandIn

    texts = list_of(text)(value)
    if len(texts) != len(StandIn._fields):
        raise ValueError("not a stand-in")
    return StandIn(*texts)


class RunDirectory:
    """The directory that the pips of one run share, made when the first of them wants it.

    Args:
        path: of the directory that another pip has made; "" for none yet.

    Attributes:
        furnish: called for a directory that this pip has made, before anything else is put there.
        at_end: closed when the command ends, before the directory is removed.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._ours = not path
        self.furnish: Callable[[], None] | None = None
        self.at_end = ExitStack()

    @property
    def path(self) -> str:
        """The directory, which is there."""
        if not self._path:
            self._path = tempfile.mkdtemp(prefix="pip-build-override-")
            if self.furnish is not None:
                self.furnish()
        return self._path

    @classmethod
    def open(cls) -> tuple[RunDirectory, str | None]:
        """Join the run that started this pip, or begin one.

        Returns:
            the run's directory, and the directory of the build environment that this pip fills,
            None for the outermost pip.
        """
        # Taken out of the environment: a pip that a build backend starts is no part of this run.
        inherited = os.environ.pop(switch.RUN_DIRECTORY, None)
        environment = os.environ.pop(switch.ENVIRONMENT_DIRECTORY, None)
        if inherited and environment and os.path.isdir(environment):
            return cls(inherited), environment
        return cls(""), None

    def close(self) -> None:
        """Undo what was to be undone at the end, and remove the directory if this pip made it."""
        try:
            self.at_end.close()
        finally:
            self._remove()

    def _remove(self) -> None:
        if self._ours and self._path:
            shutil.rmtree(self._path, ignore_errors=True)
            self._path = ""

    def file(self, name: str) -> str:
        """The path of a file in the directory, which is made if need be."""
        return os.path.join(self.path, name)

    @contextmanager
    def handed_to_nested(self, filling: Filling) -> Iterator[str]:
        """Tell a pip that is started meanwhile what it fills; yields the directory for its report."""
        directory = self.file(f"environment-{unique()}")
        os.mkdir(directory)
        handed = HandedDown(
            constraints=filling.constraints,
            depth=filling.depth,
            directories=filling.directories,
            stand_ins=filling.stand_ins,
            built_for=filling.built_for,
            hashes=filling.hashes,
            touched=filling.touched,
            into=filling.into,
        )
        write_json(os.path.join(directory, _FILE), handed.to_json())
        # The hook by PYTHONPATH, whichever route this pip took: venv isolation empties that
        # variable and runs an interpreter of its own, in which nothing of ours is installed.
        paths = [startup.INJECTED, os.environ.get("PYTHONPATH", "")]
        changes = {
            switch.RUN_DIRECTORY: self.path,
            switch.ENVIRONMENT_DIRECTORY: directory,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }
        # As pip itself has it from 26.2 on: few of the modules of a build environment are ever run.
        # For --no-compile, "0" is what switches it on.
        changes["PIP_NO_COMPILE"] = os.environ.get("PIP_NO_COMPILE", "0")
        saved = {name: os.environ.get(name) for name in changes}
        os.environ.update(changes)
        try:
            yield directory
        finally:
            switch.give_back(saved)


def read_handed(directory: str) -> Filling:
    """Read what the outer pip handed down for the environment that this pip fills.

    Raises:
        OverrideError: if it is not there, or not as it was written.
    """
    try:
        handed = HandedDown.from_json(read_json(os.path.join(directory, _FILE)))
    except ValueError:
        raise OverrideError(
            "what the pip that started this one has left for it cannot be read, so no override would be"
            " in force",
            hint="run it again, and let nothing touch its temporary files meanwhile",
        ) from None
    return Filling(**vars(handed))
