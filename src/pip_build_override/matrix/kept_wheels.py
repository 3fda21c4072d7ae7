"""The directory in which the wheels of a matrix are kept, one directory for each build.

A wheel is put there as a whole: it is built in a directory beside, which is then renamed. A process
that is killed leaves a directory with another name, which nothing reads, and which is removed later.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from filelock import FileLock, Timeout

from ..documents import fields_of_format, read, text, tuple_of
from ..files import SCRATCH, Json, read_json, sha256_of_file, unique, write_json

FORMAT = 1
"""Increase this if a field is added or removed, or changes its meaning."""

KEPT = 40
"""How many wheels are kept of those that were not used lately."""

# No run of tests takes longer, so a wheel that nobody has asked for since then is not in use.
_IN_USE_SECONDS = 24 * 60 * 60
_DOCUMENT = "wheel.json"
_LOCK = ".lock"


@dataclass(frozen=True)
class KeptWheel:
    """The document beside a wheel.

    Attributes:
        file: The file name of the wheel.
        sha256: Its hash.
    """

    file: str
    sha256: str

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {"format": FORMAT, **vars(self)}

    @classmethod
    def from_json(cls, document: object) -> KeptWheel:
        """Read a document.

        Raises:
            ValueError: If it is not a valid document.
        """
        return read(cls, fields_of_format(document, FORMAT), {"file": text, "sha256": text})


@dataclass(frozen=True)
class NotedFailure:
    """The document of a build that failed, so that one run does not try it again.

    Attributes:
        run: The run that it failed in.
        state: The state that its cells are in.
        reason: The reason, in one line.
        hints: What to do about it, a line each.
        log: Path of its output; "" if there is none.
    """

    run: str
    state: str
    reason: str
    hints: tuple[str, ...] = ()
    log: str = ""

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {"format": FORMAT, **vars(self), "hints": list(self.hints)}

    @classmethod
    def from_json(cls, document: object) -> NotedFailure:
        """Read a document.

        Raises:
            ValueError: If it is not a valid document.
        """
        readers = {"run": text, "state": text, "reason": text, "hints": tuple_of(text), "log": text}
        return read(cls, fields_of_format(document, FORMAT), readers)


class KeptWheels:
    """The wheels in a directory.

    Args:
        store: The directory, which also has the overrides files and the logs of builds. It is made
            if it does not exist.

    Raises:
        OSError: If it cannot be made.
    """

    def __init__(self, store: Path) -> None:
        self._store = store
        self._wheels = store / "wheels"
        self._failures = store / "failures"
        self._logs = store / "logs"
        self._rules = store / "rules"
        for directory in (self._wheels, self._failures, self._logs, self._rules):
            directory.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def locked(self, key: str) -> Iterator[None]:
        """Let no other process build what has this key; those that want it wait."""
        with FileLock(str(self._wheels / f"{key}{_LOCK}")):
            yield

    def find(self, key: str) -> Path | None:
        """Return the wheel with a key, which is locked, or None if there is none that is whole."""
        directory = self._wheels / key
        document = directory / _DOCUMENT
        try:
            kept = KeptWheel.from_json(read_json(str(document)))
            wheel = directory / os.path.basename(kept.file)
            if sha256_of_file(str(wheel)) != kept.sha256:
                return None
            # Its time says when it was used last.
            os.utime(document)
        except (OSError, ValueError):
            return None
        return wheel

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Provide a directory to build in, which is removed afterwards."""
        directory = self._wheels / f"{SCRATCH}{unique()}"
        directory.mkdir()
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def keep(self, key: str, wheel: Path) -> Path:
        """Keep a wheel, and return where.

        Args:
            key: The key, which is locked.
            wheel: The wheel, alone in a directory below that of ``scratch``.
        """
        document = KeptWheel(wheel.name, sha256_of_file(str(wheel)))
        write_json(str(wheel.parent / _DOCUMENT), document.to_json())
        directory = self._wheels / key
        if directory.exists():
            # It is damaged.
            with self.scratch() as aside:
                os.replace(directory, aside / "old")
        os.replace(wheel.parent, directory)
        return directory / wheel.name

    def note_failure(self, key: str, failure: NotedFailure) -> None:
        """Remember that a build failed."""
        write_json(str(self._failures / f"{key}.json"), failure.to_json())

    def failure(self, key: str, run: str) -> NotedFailure | None:
        """Return the failure of a build in the present run, or None if it has not failed in that.

        Args:
            key: The key, which is locked.
            run: The present run; "" if it has no name.
        """
        try:
            found = NotedFailure.from_json(read_json(str(self._failures / f"{key}.json")))
        except ValueError:
            return None
        return found if run and found.run == run else None

    def log(self, label: str, key: str) -> Path:
        """Return the file for the output of a build.

        Args:
            label: What the user recognises the build by.
            key: Its key.
        """
        return self._logs / f"{label}-{key[:8]}.log"

    def rules(self, label: str, key: str) -> Path:
        """Return the overrides file of a build, which the record in its wheel names.

        Args:
            label: As for ``log``.
            key: Its key.
        """
        return self._rules / f"{label}-{key[:8]}.toml"

    def remove_old(self) -> None:
        """Remove what has not been used for a day, but for the wheels that were used last.

        A build that another process waits for, or has under way, is never older.
        """
        kept = sorted(self._wheels.glob(f"[0-9a-f]*/{_DOCUMENT}"), key=_time, reverse=True)
        for document in kept[KEPT:]:
            self._remove_wheel(document)
        for pattern in (f"{SCRATCH}*", f"*{_LOCK}"):
            for path in self._wheels.glob(pattern):
                if _is_old(path) and not (path.suffix == _LOCK and path.with_suffix("").exists()):
                    _remove(path)
        beside = (self._failures, self._logs, self._rules)
        for path in (path for directory in beside for path in directory.iterdir()):
            if _is_old(path, 30):
                _remove(path)

    def _remove_wheel(self, document: Path) -> None:
        directory = document.parent
        try:
            with FileLock(f"{directory}{_LOCK}", timeout=0), self.scratch() as aside:
                if _is_old(document):
                    # Under its name it is either whole or not there.
                    os.replace(directory, aside / "old")
        except (OSError, Timeout):
            # In use, or another process removes it.
            return


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.unlink()
    except OSError:
        # Another process has removed it, or has it open (Windows).
        return


def _is_old(path: Path, days: int = 1) -> bool:
    return _time(path) < time.time() - days * _IN_USE_SECONDS


def _time(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        # Another process has removed it.
        return 0.0
