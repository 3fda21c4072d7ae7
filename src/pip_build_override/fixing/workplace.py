"""The place in which a search works: one directory, and the processes that are run there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from typing import Iterator, Mapping, Sequence

from . import guarding
from .clock import Clock

_PREFIX = "pip-build-override-fix-"
_OWN_TEMPORARY = "tmp"
# How often it is looked whether the user has ended the search.
_LOOK_SECONDS = 0.1
# A pip that is interrupted leaves no half of a wheel in its cache.
_TO_END_SECONDS = 3.0
_GUARD_SECONDS = 60.0


class Workplace:
    """A temporary directory that is removed at the end, together with what still runs for the search.

    It is, also if this process is killed, by a process that does nothing else.

    Attributes:
        path: The directory; "" before it is made.
    """

    def __init__(self) -> None:
        self.path = ""
        self._guard: subprocess.Popen[bytes] | None = None
        self._names = 0

    def __enter__(self) -> Workplace:
        self.path = os.path.realpath(tempfile.mkdtemp(prefix=_PREFIX))
        try:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", guarding.__file__, self.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Not in a directory that is to be removed, and not ended by a terminal.
                cwd=os.path.dirname(self.path),
                start_new_session=True,
            )
            os.mkdir(self.temporary)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        guarding.remove(self.path)
        if self._guard is not None:
            assert self._guard.stdin is not None
            try:
                self._guard.stdin.close()
                self._guard.wait(_GUARD_SECONDS)
            except (OSError, subprocess.TimeoutExpired):
                self._guard.kill()
                self._guard.wait()

    @property
    def temporary(self) -> str:
        """The directory for temporary files of what is run, which a killed process leaves there."""
        return os.path.join(self.path, _OWN_TEMPORARY)

    def new(self, kind: str) -> str:
        """Return a path in the directory that nothing has yet.

        Args:
            kind: What it is for, which is the first part of its name.
        """
        self._names += 1
        return os.path.join(self.path, f"{kind}-{self._names}")

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return environment variables with which a process leaves its temporary files here."""
        return {**variables, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self.temporary)}

    def run(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        log: str,
        clock: Clock,
        directory: str = "",
    ) -> int:
        """Run a command until it ends, and return its exit status.

        Args:
            command: The program and its arguments.
            variables: Its environment variables, but for those of temporary files.
            log: Path of a file for all that it prints.
            clock: The time that it has.
            directory: The directory to start it in; by default the workplace.

        Raises:
            TimeIsUp: If there is no time left; the command, and all that it has started, is ended.
            OSError: If it cannot be run, or the file cannot be written.
        """
        clock.check()
        with open(log, "wb") as file:
            child = subprocess.Popen(
                list(command),
                env=self.environment(variables),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=directory if os.path.isdir(directory) else self.path,
                start_new_session=True,
            )
            with self.watched(child):
                while True:
                    try:
                        return child.wait(_LOOK_SECONDS)
                    except subprocess.TimeoutExpired:
                        clock.check()

    @contextmanager
    def watched(self, child: subprocess.Popen[bytes]) -> Iterator[None]:
        """A context in which a process runs, the first of a session of its own.

        Nothing that it has started is left after it, in whichever way it ends.
        """
        self._tell(guarding.RUNS, str(child.pid).encode())
        try:
            yield
        finally:
            if child.poll() is None:
                _interrupt(child)
            guarding.kill_group(child.pid)
            child.wait()
            self._tell(guarding.ENDED)

    def _tell(self, *words: bytes) -> None:
        assert self._guard is not None
        assert self._guard.stdin is not None
        try:
            self._guard.stdin.write(b" ".join(words) + b"\n")
            self._guard.stdin.flush()
        except OSError:
            # It was killed. What is left to clean up is done at the end.
            pass


def no_room_hint() -> str:
    """Return what to do if the temporary directory is full."""
    return "make room in that directory, or name another one: export TMPDIR=DIRECTORY"


def _interrupt(child: subprocess.Popen[bytes]) -> None:
    """Let a process, and what it has started, end as if its user had interrupted it."""
    if sys.platform == "win32":
        return
    try:
        os.killpg(child.pid, signal.SIGINT)
        child.wait(_TO_END_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        pass
