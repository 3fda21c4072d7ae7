"""The files that a pip exchanges with the pips that it starts for build environments.

The outermost pip of a run creates a directory. It contains the rules, so that all pips of the run
follow the same ones even if the overrides file is edited, and one directory per build environment that
a nested pip fills: with ``handed.json`` for that pip, and ``report.json`` from it. All files are
written atomically.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Callable, Iterator

from ... import switch
from ...errors import OverrideError
from ...files import Json, read_json, unique, write_json
from ...frozen import Frozen
from .environments import Filling

if TYPE_CHECKING:
    from typing import MutableMapping

    from ..builds.kept_environment import Keeping
    from ..builds.upload_limit import UploadLimit
    from ..lending.stand_ins import StandIn

FORMAT = 3
"""Increase this if a field is added or removed, or changes its meaning."""

RUN_AGAIN = (
    "run the command again, and do not let anything remove or change its temporary files while it runs"
)
"""The hint for a message of another pip that is missing or invalid."""

_FILE = "handed.json"


class HandedDown(Frozen):
    """What a nested pip must know of the environment that it fills, with the fields of ``Filling``."""

    constraints: tuple[tuple[str, str], ...]
    depth: int
    directories: tuple[str, ...]
    stand_ins: tuple[StandIn, ...]
    built_for: tuple[str, ...]
    hashes: dict[str, list[str]]
    touched: tuple[str, ...]
    into: tuple[str, ...]
    upload_limit: UploadLimit | None
    keeping: Keeping | None

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        limit = None if self.upload_limit is None else self.upload_limit.to_json()
        return {"format": FORMAT, **vars(self), "upload_limit": limit}

    @classmethod
    def from_json(cls, document: object) -> HandedDown:
        """Read a document.

        Raises:
            ValueError: if it is not a valid document, or has another format number.
        """
        from ...documents import (
            fields_of_format,
            list_of,
            number,
            optional,
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
                "upload_limit": optional(upload_limit_in),
                "keeping": optional(_keeping),
            },
        )


def upload_limit_in(value: object) -> UploadLimit:
    """Return the limit in a document.

    Raises:
        ValueError: If it is not a valid one.
    """
    from ..builds.upload_limit import UploadLimit

    return UploadLimit.from_json(value)


def _keeping(value: object) -> Keeping:
    from ...documents import list_of, text
    from ..builds.kept_environment import Keeping

    texts = list_of(text)(value)
    if len(texts) != len(Keeping._fields):
        raise ValueError("not where an environment is kept")
    return Keeping(*texts)


def _stand_in(value: object) -> StandIn:
    from ...documents import list_of, text
    from ..lending.stand_ins import StandIn

    texts = list_of(text)(value)
    if len(texts) != len(StandIn._fields):
        raise ValueError("not a stand-in")
    return StandIn(*texts)


class RunDirectory:
    """The directory that the pips of one run share, created when the first of them needs it.

    Args:
        path: the path of the directory that another pip created; "" if there is none yet.

    Attributes:
        furnish: called when this pip has created the directory, before anything else is put there.
        at_end: closed when the command ends, before the directory is removed.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._ours = not path
        self.furnish: Callable[[], None] | None = None
        self.at_end = ExitStack()

    @property
    def path(self) -> str:
        """The path of the directory, which is created if necessary."""
        if not self._path:
            self._path = tempfile.mkdtemp(prefix="pip-build-override-")
            if self.furnish is not None:
                self.furnish()
        return self._path

    @classmethod
    def open(cls) -> tuple[RunDirectory, str | None]:
        """Join the run that started this pip, or begin one.

        Returns:
            the directory of the run, and the directory of the build environment that this pip fills,
            which is None for the outermost pip.
        """
        # Removed from the environment: a pip that a build backend starts does not join this run.
        inherited = os.environ.pop(switch.RUN_DIRECTORY, None)
        environment = os.environ.pop(switch.ENVIRONMENT_DIRECTORY, None)
        if inherited and environment and os.path.isdir(environment):
            return cls(inherited), environment
        return cls(""), None

    def close(self) -> None:
        """Close ``at_end``, and remove the directory if this pip created it."""
        try:
            self.at_end.close()
        finally:
            self._remove()

    def _remove(self) -> None:
        if self._ours and self._path:
            shutil.rmtree(self._path, ignore_errors=True)
            self._path = ""

    def file(self, name: str) -> str:
        """Return the path of a file in the directory, which is created if necessary."""
        return os.path.join(self.path, name)

    @contextmanager
    def handed_to_nested(
        self, filling: Filling, environ: MutableMapping[str, str] = os.environ
    ) -> Iterator[str]:
        """Describe an environment to pips started in the context; yield the directory of the report.

        Args:
            filling: the environment.
            environ: the environment variables with which those pips are started.
        """
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
            upload_limit=filling.upload_limit,
            keeping=filling.keeping,
        )
        write_json(os.path.join(directory, _FILE), handed.to_json())
        # The hook goes onto PYTHONPATH, however the shim was loaded into this pip: venv isolation
        # empties that variable, and runs an interpreter in which the shim is not installed.
        changes = {
            switch.RUN_DIRECTORY: self.path,
            switch.ENVIRONMENT_DIRECTORY: directory,
            "PYTHONPATH": switch.with_injected(environ),
        }
        # As in pip itself since 26.2, because few modules of a build environment are ever run.
        # "0" is the value that switches --no-compile on.
        changes["PIP_NO_COMPILE"] = environ.get("PIP_NO_COMPILE", "0")
        with switch.Changed(changes, environ):
            yield directory


def read_handed(directory: str) -> Filling:
    """Read what the outer pip says about the environment that this pip fills.

    Raises:
        OverrideError: if it is missing or invalid.
    """
    try:
        handed = HandedDown.from_json(read_json(os.path.join(directory, _FILE)))
    except ValueError:
        raise OverrideError(
            "what the outer pip wrote for this one is missing or invalid, so no override would be in"
            " force",
            kind="rules-lost",
            hint=RUN_AGAIN,
        ) from None
    return Filling(**vars(handed))
