"""Processes for the hooks of a build backend that need not import the backend again.

pip starts a process for each hook of PEP 517. The first one for a build is run by ``hook_server.py``,
which leaves a copy of it behind, as it is after the import. For the next hooks, that is copied again.
What pip gets is an object that it uses like ``subprocess.Popen``.
"""

from __future__ import annotations

import contextlib
import io
import os
import select
import socket
import stat
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Iterator, Mapping, Optional, Sequence, Tuple

if TYPE_CHECKING:
    from types import ModuleType

SERVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hook_server.py")
"""Runs hooks in the interpreter of a build environment."""

LAST = ("build_wheel", "build_editable")
"""The hooks after which no other one is called."""

# Set by our start-up hook for some of the hooks, for what these start.
TOLD = "_PIP_BUILD_OVERRIDE_TOLD"

_SCRIPT = "_in_process.py"
_KNOWN = frozenset(("cwd", "encoding", "env", "errors", "stderr", "stdin", "stdout"))
# The status of a file; None if there is none.
State = Optional[Tuple[int, ...]]

# If nobody knows how a hook has ended.
_UNKNOWN = 255


class Command:
    """A command with which pip runs a hook of a build backend, and what else decides how it runs.

    Args:
        words: The interpreter, the script, the hook and a directory for its arguments and results.
        options: What pip passes to ``subprocess.Popen``.
    """

    def __init__(self, words: Sequence[str], options: Mapping[str, Any]) -> None:
        self.words = list(words)
        self.options = dict(options)

    @property
    def hook(self) -> str:
        """The name of the hook."""
        return self.words[2]

    @property
    def surroundings(self) -> tuple[object, ...]:
        """What must be the same for two hooks, so that one may run in a copy of the other."""
        env = {name: value for name, value in self.options["env"].items() if name != TOLD}
        return (*self.words[:2], self.options["cwd"], env)


def read_command(args: tuple[Any, ...], options: Mapping[str, Any]) -> Command | None:
    """Return the hook that a call of ``subprocess.Popen`` runs; None if that is not certain.

    Args:
        args: The positional arguments of the call.
        options: Its named arguments.
    """
    import subprocess

    words = args[0] if len(args) == 1 else ()
    if not isinstance(words, list) or len(words) != 4 or not set(options) <= _KNOWN:
        return None
    if not all(isinstance(word, str) and "\0" not in word for word in words):
        return None
    streams = [options.get(name) for name in ("stdin", "stdout", "stderr")]
    if streams != [subprocess.PIPE, subprocess.PIPE, subprocess.STDOUT]:
        return None
    if not isinstance(options.get("env"), dict) or not isinstance(options.get("cwd"), str):
        return None
    if not (options.get("encoding") or options.get("errors")):
        # Bytes, not text.
        return None
    script = words[1]
    if os.path.basename(script) != _SCRIPT or not os.path.isabs(script) or os.path.islink(script):
        return None
    return Command(words, options)


@contextmanager
def answered(answer: Callable[[Command, Callable[[], Any]], Any]) -> Iterator[None]:
    """Return a context in which the processes that pip starts for hooks are answered for.

    Args:
        answer: Takes the command and a function that has pip start its own process, and returns that
            process or what can be used like it.
    """
    # Every pip that runs a hook has loaded this module already.
    module: Any = sys.modules.get("pip._internal.utils.subprocess")
    if module is None or getattr(module, "subprocess", "") is not sys.modules.get("subprocess"):
        yield
        return
    original = module.subprocess

    def start(*args: Any, **options: Any) -> Any:
        command = read_command(args, options)
        if command is None:
            return original.Popen(*args, **options)
        return answer(command, lambda: original.Popen(*args, **options))

    module.subprocess = _Instead(original, start)
    try:
        yield
    finally:
        module.subprocess = original


class _Instead:
    """The module ``subprocess`` with another ``Popen``."""

    def __init__(self, module: ModuleType, start: Callable[..., Any]) -> None:
        self._module = module
        self.Popen = start

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def start_first(
    command: Command, root: str, accept: Callable[[Sequence[str]], bool]
) -> tuple[Any, Imported | None]:
    """Start the process for a hook so that it leaves a copy of itself behind.

    Args:
        command: The command.
        root: The directory of the build environment.
        accept: Called after the import, before the hook runs, with the files of all code that the
            process has loaded, without the standard library: modules, compiled or not, and the files
            that Python reads when it starts. Returns whether there may be a copy.

    Returns:
        The process; and the copy, or None if the hook runs in a process that leaves none.
    """
    import subprocess

    ours, its = socket.socketpair()
    with its:
        python, *words = command.words
        try:
            process = subprocess.Popen(
                [python, SERVER, str(its.fileno()), root, *words],
                pass_fds=(its.fileno(),),
                **command.options,
            )
        except BaseException:
            ours.close()
            raise
    process.args = command.words
    # As pip does as soon as it has started it. Otherwise an import that reads it would wait for ever.
    given: Any = process.stdin
    given.close()
    read = None
    try:
        read = _read_by_import(process, ours, accept)
    finally:
        if read is None:
            ours.close()
    return process, Imported(ours, read) if read is not None else None


def _read_by_import(
    process: Any, ours: socket.socket, accept: Callable[[Sequence[str]], bool]
) -> dict[str, State] | None:
    """Return what the import has read elsewhere; None if there is no copy.

    There is none if anything was printed until then.
    """
    # Until the backend is imported, nothing reads what is printed.
    output = process.stdout.fileno()
    poll = select.poll()
    poll.register(output, select.POLLIN)
    poll.register(ours, select.POLLIN)
    # It asks after it has written all that was printed, so that is seen at the same time.
    ready = {number for number, _ in poll.poll()}
    if output in ready or ours.fileno() not in ready:
        return None
    try:
        if _received(ours, 1) != b"r":
            return None
        read = {path: _state_of(path) for path in _received_paths(ours)}
        loaded = _received_paths(ours)
        if not all(map(_is_steady, read.values())) or not accept(loaded):
            return None
        ours.sendall(b"y")
    except (EOFError, OSError):
        return None
    return read


def _received_paths(connection: socket.socket) -> list[str]:
    size = int.from_bytes(_received(connection, 4), "big")
    return os.fsdecode(_received(connection, size)).split("\0") if size else []


def _received(connection: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        block = connection.recv(size - len(content))
        if not block:
            raise EOFError
        content += block
    return content


def _is_steady(state: State) -> bool:
    """Return whether a file is one that is read alike each time until it changes, such as no device."""
    return state is None or stat.S_ISREG(state[0]) or stat.S_ISDIR(state[0])


def _state_of(path: str) -> State:
    """Return what changes if a file, or what is in a directory, changes."""
    try:
        seen = os.stat(path)
    except OSError:
        return None
    return seen.st_mode, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns


class Imported:
    """A process that has imported a build backend, and is copied for each further hook.

    Args:
        connection: The socket at which it waits.
        read: What the import has read outside of the build environment and the standard library.
    """

    def __init__(self, connection: socket.socket, read: Mapping[str, State]) -> None:
        self._connection = connection
        self._read = read

    def close(self) -> None:
        """Let the process end."""
        self._connection.close()

    def start(self, command: Command) -> Copy | None:
        """Run a hook in a copy of the process.

        Args:
            command: The command.

        Returns:
            The copy; None if the process has ended, or the import would read something else now. Then
            nothing was run.
        """
        if any(_state_of(path) != before for path, before in self._read.items()):
            return None
        value = command.options["env"].get(TOLD, "")
        told = "\0".join([command.options["cwd"], TOLD, value, *command.words[2:]])
        content = os.fsencode(told)
        with contextlib.ExitStack() as stack:
            input_read, input_write = _pipe(stack)
            output_read, output_write = _pipe(stack)
            descriptors = b"".join(
                number.to_bytes(4, sys.byteorder) for number in (input_read, output_write)
            )
            try:
                self._connection.sendmsg(
                    [len(content).to_bytes(4, "big")],
                    [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)],
                )
                self._connection.sendall(content)
                if self._connection.recv(1) != b"f":
                    return None
            except OSError:
                return None
            stack.pop_all()
        os.close(input_read)
        os.close(output_write)
        return Copy(self._connection, command, input_write, output_read)


def _pipe(stack: contextlib.ExitStack) -> tuple[int, int]:
    ends = os.pipe()
    for end in ends:
        stack.callback(os.close, end)
    return ends


class Copy:
    """A copy in which a hook runs, as pip uses ``subprocess.Popen``.

    Args:
        connection: The socket from which its exit status is read.
        command: The command.
        given: The descriptor of its input.
        output: The descriptor of its output.
    """

    stderr = None

    def __init__(self, connection: socket.socket, command: Command, given: int, output: int) -> None:
        self._connection = connection
        text: dict[str, Any] = {name: command.options.get(name) for name in ("encoding", "errors")}
        self.args = command.words
        self.stdin = io.TextIOWrapper(os.fdopen(given, "wb", -1), write_through=True, **text)
        self.stdout = io.TextIOWrapper(os.fdopen(output, "rb", -1), **text)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return how the hook has ended; None if it is still running."""
        if self.returncode is None and not select.select([self._connection], [], [], 0)[0]:
            return None
        return self.wait()

    def wait(self) -> int:
        """Wait for the hook to end, and return how."""
        if self.returncode is None:
            self.returncode = self._read_status()
        return self.returncode

    def _read_status(self) -> int:
        try:
            status = int.from_bytes(_received(self._connection, 4), "big")
        except (EOFError, OSError):
            return _UNKNOWN
        return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
