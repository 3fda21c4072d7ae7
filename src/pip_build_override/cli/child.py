"""A child process, to which the signals that ask this process to end are passed on."""

from __future__ import annotations

import os
import signal
import sys

from ..errors import OverrideError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

# The signals with which a shell, a container or a service manager ends a process.
_PASSED_ON = [
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name)
]

# Python ignores these signals, and subprocess restores them in the same way.
_RESTORED = [getattr(signal, name) for name in ("SIGPIPE", "SIGXFSZ") if hasattr(signal, name)]


class Child:
    """A running command; if a signal that was passed on ends it, it ends this process too."""

    def __init__(self) -> None:
        self._pid = 0
        self.received = 0  # the signal that this process was asked to end with, Ctrl-C included
        self._received = 0
        self._ended_by = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Child:
        # Ctrl-C reaches the command too, which then ends in its own way. The handler is a function,
        # because the command would inherit SIG_IGN. A signal that is already ignored, for example by
        # nohup or in the background of a shell, stays ignored in both.
        handlers = {
            signal.SIGINT: self._let_the_command_end,
            **dict.fromkeys(_PASSED_ON, self._receive),
        }
        for number, handler in handlers.items():
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, handler)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._ended_by:
            sys.stdout.flush()
            signal.signal(self._ended_by, signal.SIG_DFL)
            os.kill(os.getpid(), self._ended_by)

    def status(self, command: list[str], environment: dict[str, str], output: int | None = None) -> int:
        """Run a command until it ends, and return its exit status as a shell would.

        Args:
            command: The program and its arguments.
            environment: Its environment variables.
            output: Descriptor of the file for its output; None if that is shown.

        Raises:
            OverrideError: If it cannot be started.
        """
        sys.stdout.flush()
        try:
            if not hasattr(os, "posix_spawnp"):
                return _on_windows(command, environment, output)
            # Three times as fast as importing subprocess, which takes half the time of starting Python.
            self._pid = os.posix_spawnp(
                _found(command[0], environment),
                command,
                environment,
                file_actions=()
                if output is None
                else [(os.POSIX_SPAWN_DUP2, output, number) for number in (1, 2)],
                setsigdef=_RESTORED,
            )
        except OSError as error:
            from . import slips  # only after a mistake

            raise OverrideError(
                f"{command[0]} cannot be run: {error.strerror}",
                kind="program-not-started",
                hint=slips.program_hint(command),
            ) from None
        if self._received:
            # The signal arrived while the command was being started.
            os.kill(self._pid, self._received)
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        if not os.WIFSIGNALED(status):
            return os.WEXITSTATUS(status)
        number = os.WTERMSIG(status)
        # Unless it ended by the signal that was passed on, this process ends with its status.
        self._ended_by = number if number == self._received else 0
        return 128 + number

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self._received = self.received = number
        if self._pid:
            try:
                os.kill(self._pid, number)
            except ProcessLookupError:
                # It has just ended.
                pass

    def _let_the_command_end(self, number: int, frame: FrameType | None) -> None:
        self.received = number


def _found(program: str, environment: dict[str, str]) -> str:
    # posix_spawnp searches the PATH of this process, and its error is always that nothing was found.
    if os.path.dirname(program):
        return program
    for directory in os.get_exec_path(environment):
        path = os.path.join(directory, program)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return program


def _on_windows(command: list[str], environment: dict[str, str], output: int | None) -> int:
    import shutil
    import subprocess

    # Windows does not look up a name without .exe or .bat.
    program = shutil.which(command[0], path=environment.get("PATH")) or command[0]
    # Both are inherited if there is no file.
    return subprocess.call([program, *command[1:]], env=environment, stdout=output, stderr=output)
