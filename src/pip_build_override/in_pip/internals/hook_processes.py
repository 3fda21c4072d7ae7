"""Processes for the hooks of a build backend that need not import the backend again.

pip starts a process for each hook of PEP 517. For the first one of a build, one is started that imports
the backend by ``hook_server.py``, and then is copied for each of the hooks. What pip gets is an object
that it uses like ``subprocess.Popen``.
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
from typing import IO, TYPE_CHECKING, Any, Callable, Iterator, Mapping, Optional, Sequence, Tuple

if TYPE_CHECKING:
    import subprocess
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
        keywords: What pip passes to ``subprocess.Popen``.
    """

    def __init__(self, words: Sequence[str], keywords: Mapping[str, Any]) -> None:
        self.words = list(words)
        self.keywords = dict(keywords)

    @property
    def hook(self) -> str:
        """The name of the hook."""
        return self.words[2]

    @property
    def surroundings(self) -> tuple[object, ...]:
        """What must be the same for two hooks, so that one may run in a copy of the other."""
        env = {name: value for name, value in self.keywords["env"].items() if name != TOLD}
        return (*self.words[:2], self.keywords["cwd"], env)


def read_command(args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Command | None:
    """Return the hook that a call of ``subprocess.Popen`` runs; None if that is not certain.

    Args:
        args: The positional arguments of the call.
        keywords: Its named arguments.
    """
    import subprocess

    words = args[0] if len(args) == 1 else ()
    if not isinstance(words, list) or len(words) != 4 or not set(keywords) <= _KNOWN:
        return None
    if not all(isinstance(word, str) and "\0" not in word for word in words):
        return None
    streams = [keywords.get(name) for name in ("stdin", "stdout", "stderr")]
    if streams != [subprocess.PIPE, subprocess.PIPE, subprocess.STDOUT]:
        return None
    if not isinstance(keywords.get("env"), dict) or not isinstance(keywords.get("cwd"), str):
        return None
    if not (keywords.get("encoding") or keywords.get("errors")):
        # Bytes, not text.
        return None
    script = words[1]
    if os.path.basename(script) != _SCRIPT or not os.path.isabs(script) or os.path.islink(script):
        return None
    return Command(words, keywords)


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

    def start(*args: Any, **keywords: Any) -> Any:
        command = read_command(args, keywords)
        if command is None:
            return original.Popen(*args, **keywords)
        return answer(command, lambda: original.Popen(*args, **keywords))

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
    """Start a process that imports the backend, and run a hook in a copy of it.

    Args:
        command: The command.
        root: The directory of the build environment.
        accept: Called after the import, before the hook runs, with the files of all code that the
            process has loaded, without the standard library: modules, compiled or not, and the files
            that Python reads when it starts. Returns whether there may be a copy.

    Returns:
        What the hook runs in; and the process that has imported the backend, or None if that is the
        one in which the hook runs.
    """
    import subprocess

    ours, its = socket.socketpair()
    with its:
        python, *words = command.words
        try:
            process = subprocess.Popen(
                [python, SERVER, str(its.fileno()), root, *words],
                pass_fds=(its.fileno(),),
                **command.keywords,
            )
        except BaseException:
            ours.close()
            raise
    # As pip does as soon as it has started it. Otherwise an import that reads it would wait for ever.
    given: Any = process.stdin
    given.close()
    read = None
    try:
        read = _read_by_import(process, ours, accept)
    finally:
        if read is None:
            ours.close()
    if read is None:
        process.args = command.words
        return process, None
    copy = Copy(ours, command, given, process.stdout)
    return copy, Imported(ours, read, process, copy)


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
        if _received(ours, 1) != b"f":
            return None
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
        process: The process.
        copy: The copy in which the first hook runs.
    """

    def __init__(
        self,
        connection: socket.socket,
        read: Mapping[str, State],
        process: subprocess.Popen[str],
        copy: Copy,
    ) -> None:
        self._connection = connection
        self._read = read
        self._process = process
        self._copy = copy

    def close(self) -> None:
        """Let the process end."""
        self._connection.close()
        # pip does not wait either for a hook that still runs when pip itself is told to end.
        if self._copy.returncode is not None:
            self._process.wait()

    def start(self, command: Command) -> Copy | None:
        """Run a hook in a copy of the process.

        Args:
            command: The command.

        Returns:
            The copy; None if the process has ended or still runs another hook, or if the import would
            read something else now. Then nothing was run.
        """
        if self._copy.returncode is None:
            # Nobody has waited for the hook before.
            return None
        if any(_state_of(path) != before for path, before in self._read.items()):
            return None
        value = command.keywords["env"].get(TOLD, "")
        told = "\0".join([command.keywords["cwd"], TOLD, value, *command.words[2:]])
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
        text: dict[str, Any] = {name: command.keywords.get(name) for name in ("encoding", "errors")}
        self._copy = Copy(
            self._connection,
            command,
            io.TextIOWrapper(os.fdopen(input_write, "wb", -1), write_through=True, **text),
            io.TextIOWrapper(os.fdopen(output_read, "rb", -1), **text),
        )
        return self._copy


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
        given: Its input.
        output: Its output.
    """

    stderr = None

    def __init__(
        self, connection: socket.socket, command: Command, given: IO[str], output: IO[str] | None
    ) -> None:
        self._connection = connection
        self.args = command.words
        self.stdin = given
        self.stdout = output
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
