"""Run the hooks of a build backend, each in a copy of one process that has imported the backend.

    python hook_server.py SOCKET ROOT SCRIPT HOOK DIRECTORY

does what ``python SCRIPT HOOK DIRECTORY`` does, where SCRIPT is the one with which pip calls the hooks
of PEP 517. As soon as that has imported the backend, and before it calls the hook, the process is
copied if the import has left nothing behind that a copy lacks. The copy goes on with its hook. This
process waits at the socket, and copies itself for each further hook. Nothing of a hook is ever in it.

It runs in the build environment: standard library only, and nothing of it is imported that SCRIPT would
not import. What it needs for itself is taken out of ``sys.modules``, so that backends find what they
find without it.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FIRST_OWN = 3
# What an import does. Anything else, such as to start a process or to open a socket, would not be
# repeated for the next hook, so then there is no copy.
_HARMLESS = frozenset(
    (
        *("import", "exec", "compile", "marshal.loads", "marshal.dumps", "code.__new__"),
        *("function.__new__", "object.__getattr__", "object.__setattr__", "object.__delattr__"),
        *("sys._getframe", "sys._getframemodulename", "builtins.id", "sys.addaudithook"),
        *("glob.glob", "glob.glob/2", "pathlib.Path.glob", "pathlib.Path.rglob"),
        *("array.__new__", "type.__setattr__", "type.__delattr__"),
    )
)
_READS = ("open", "os.listdir", "os.scandir")
_COMPILES = ("os.mkdir", "os.rename", "os.remove")
_COMPILED = "__pycache__"
_ADDED = ("site-packages", "dist-packages")
# Files with code: modules, and those that Python reads when it starts.
_OF_START = (".pth", ".start")
_CODE = (".py", ".pyc", ".so", *_OF_START)
# What is read there changes by itself.
_UNSTEADY = ("/proc/", "/sys/")
# Set by ``python`` in the module that it runs as a script.
_OF_A_SCRIPT = ("__package__", "__spec__", "__annotations__", "__builtins__", "__cached__")


class _Copied(BaseException):
    """Unwinds the process that was copied, up to where the next hook begins."""


class _Import:
    """Watches an import (PEP 578).

    Args:
        roots: the build environment, and the directories of the standard library, the longest ones
            first, each with a slash at its end.
    """

    def __init__(self, roots: "list[str]") -> None:
        self.roots = roots
        self.watches = False
        self.doubt = ""
        # What was read elsewhere.
        self.read: set[str] = set()
        # The files with code that are not in the standard library.
        self.code: set[str] = set()

    def __call__(self, event: str, given: "tuple[Any, ...]") -> None:
        if self.watches and event not in _HARMLESS and not self._is_known(event, given):
            self.doubt = self.doubt or event

    def _is_known(self, event: str, given: "tuple[Any, ...]") -> bool:
        if event == "open" and isinstance(given[0], int):
            # How it was opened was seen, too.
            return given[0] >= _FIRST_OWN
        if event in _READS:
            path = self._place(given[0])
            if event == "open" and self._writes(given):
                return _COMPILED in path
            if not path or "\0" in path or path.startswith(_UNSTEADY):
                return False
            self._note(path)
            return True
        if event in _COMPILES:
            paths = given[:2] if event == "os.rename" else given[:1]
            return all(_COMPILED in self._place(path) for path in paths)
        return False

    def note_start(self) -> None:
        """Note what Python has read before the import, and where it looks for modules."""
        places = {os.path.join(sys.prefix, "pyvenv.cfg"), *sys.path}
        for module in list(sys.modules.values()):
            places.add(getattr(module, "__file__", None) or "")
            # What it was compiled to.
            places.add(getattr(getattr(module, "__spec__", None), "cached", None) or "")
        site: Any = sys.modules.get("site")
        if site is not None:
            places.update(site.getsitepackages())
            # None or missing if that directory is not used.
            places.add((site.ENABLE_USER_SITE and site.USER_SITE) or "")
        for directory in filter(os.path.isdir, list(places)):
            names = os.listdir(directory)
            places.update(os.path.join(directory, name) for name in names if name.endswith(_OF_START))
        own = (__file__, sys.modules["__main__"].__file__)
        for path in map(os.path.abspath, filter(None, places)):
            if path not in own:
                self._note(path)

    def _note(self, path: str) -> None:
        """Note a file that is read, or looked for."""
        root = self._root_of(path)
        if root is None:
            self.read.add(path)
        if root in (None, self.roots[0]) and path.endswith(_CODE):
            self.code.add(path)

    @staticmethod
    def _writes(given: "tuple[Any, ...]") -> bool:
        mode = given[1] if isinstance(given[1], str) else ""
        flags = given[2] if len(given) > 2 and isinstance(given[2], int) else 0
        writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        return bool(flags & writing) or any(letter in mode for letter in "wax+")

    @staticmethod
    def _place(path: "Any") -> str:
        try:
            return os.path.abspath(os.fsdecode(path))
        except TypeError:
            # A file descriptor, or None for the current directory.
            return ""

    def _root_of(self, path: str) -> "str | None":
        """Return the root that a path is below; None if there is none."""
        if (path + "/").startswith(self.roots[0]):
            return self.roots[0]
        for root in self.roots[1:]:
            if (path + "/").startswith(root):
                return root if _is_standard(path[len(root) :]) else None
        return None


def _is_standard(path: str) -> bool:
    """Return whether a path below the standard library belongs to it, and was not added there."""
    parts = [part for part in path.split("/") if part != _COMPILED]
    name = parts[0].partition(".")[0] if parts else ""
    # As of Python 3.10. Before that, only what is installed can be told apart.
    names = getattr(sys, "stdlib_module_names", None)
    known = names is None or not name or name in names or name.startswith("_sysconfigdata")
    return known and not any(added in parts for added in _ADDED)


class _Script:
    """The script with which pip calls a hook, as it is run by ``python``.

    Args:
        arguments: the command line of the script, without the interpreter.
    """

    def __init__(self, arguments: "list[str]") -> None:
        self.path = arguments[0]
        with open(self.path, "rb") as file:
            tree: Any = compile(file.read(), self.path, "exec", _ast.PyCF_ONLY_AST, dont_inherit=True)
        self.definitions = self._compiled(tree.body[:-1])
        self.call = self._compiled(tree.body[-1:])
        module: Any = type(sys)("__main__")
        for name in _OF_A_SCRIPT:
            if name in _own.__dict__:
                module.__dict__[name] = _own.__dict__[name]
        module.__loader__ = type(_own.__dict__["__loader__"])("__main__", self.path)
        module.__file__ = self.path
        self.first = dict(module.__dict__)
        self.module = module
        sys.modules["__main__"] = module
        # In place: something may have taken the list itself.
        sys.argv[:] = arguments

    def _compiled(self, statements: "list[Any]") -> "Any":
        part = _ast.Module(body=statements, type_ignores=[])
        return compile(part, self.path, "exec", dont_inherit=True)

    def begin(self) -> None:
        """Run all of it but its last statement, which calls what it has defined."""
        names = self.module.__dict__
        names.clear()
        names.update(self.first)
        exec(self.definitions, names)

    def go_on(self) -> None:
        """Run its last statement."""
        exec(self.call, self.module.__dict__)


def _in_proc(name: str) -> bytes:
    try:
        # As bytes, because a codec may be a module that nothing else imports.
        with open("/proc/self/" + name, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _descriptors() -> "list[Any] | None":
    """Return the open file descriptors; None if that cannot be known."""
    try:
        names = os.listdir("/proc/self/fd")
    except OSError:
        return None
    found = []
    for name in names:
        try:
            found.append((int(name), os.fstat(int(name))[:3]))
        except OSError:
            # The one with which they were listed.
            continue
    return sorted(found)


def _handlers() -> "list[Any]":
    return [(number, _signal.getsignal(number)) for number in sorted(_signal.valid_signals())]


def _umask() -> int:
    mask = os.umask(0o77)
    os.umask(mask)
    return mask


def _state() -> "dict[str, Any]":
    """Return all that a copy would lack, or that an import should not change."""
    warnings: Any = sys.modules["warnings"]
    timers = [_signal.ITIMER_REAL, _signal.ITIMER_VIRTUAL, _signal.ITIMER_PROF]
    return {
        "directory": os.getcwd(),
        "session": (os.getpgrp(), os.getsid(0)),
        "variables": dict(os.environ),
        "umask": _umask(),
        "descriptors": _descriptors(),
        "handlers": _handlers(),
        "mask": _signal.pthread_sigmask(_signal.SIG_BLOCK, ()),
        "timers": [_signal.getitimer(which) for which in timers],
        "filters": list(warnings.filters),
        "shown": (warnings.showwarning, warnings._showwarnmsg_impl),
        "limits": _in_proc("limits"),
    }


def _has_others() -> bool:
    """Return whether this process has more than one thread, or children."""
    if len(sys._current_frames()) != 1:
        return True
    try:
        if len(os.listdir("/proc/self/task")) != 1:
            return True
        # Without reaping any.
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    except OSError:
        # Without /proc, that cannot be known.
        return True
    return True


def _is_watched() -> bool:
    """Return whether a debugger, or something that measures, follows what runs here."""
    monitoring: Any = getattr(sys, "monitoring", None)
    return bool(
        sys.gettrace() is not None
        or sys.getprofile() is not None
        or (monitoring is not None and any(map(monitoring.get_tool, range(6))))
        or getattr(sys.flags, "context_aware_warnings", 0)
    )


def _warned() -> bool:
    """Return whether a warning was recorded by ``warnings.catch_warnings``."""
    warnings: Any = sys.modules["warnings"]
    return bool(getattr(warnings._showwarnmsg_impl, "__self__", ()))


class _Server:
    """Copies this process.

    Args:
        connection: the socket.
        watch: watches the import of the backend.
        script: the script.
    """

    def __init__(self, connection: "Any", watch: _Import, script: _Script) -> None:
        self.connection = connection
        self.identity = os.fstat(connection.fileno())[:3]
        self.watch = watch
        self.script = script
        # The process of the hook that runs.
        self.process = 0

    def hold(self) -> None:
        """Copy this process when the script has imported the backend."""
        names = self.script.module.__dict__
        original = names.get("_build_backend")
        if original is None or "warnings" not in sys.modules:
            self.connection.close()
            return

        def build_backend() -> "Any":
            names["_build_backend"] = original
            before = None if _is_watched() or _has_others() or _warned() else _state()
            self.watch.watches = before is not None
            try:
                backend = original()
            except BaseException:
                self.watch.watches = False
                self._leave()
                raise
            self.watch.watches = False
            if before is None or self.watch.doubt or not self._may_be_copied(before):
                self._leave()
            elif self._is_wanted():
                self._copy()
            return backend

        names["_build_backend"] = build_backend

    def _leave(self) -> None:
        """Close the socket, unless the backend has closed it and opened something else instead."""
        try:
            if os.fstat(self.connection.fileno())[:3] == self.identity:
                self.connection.close()
                return
        except OSError:
            pass
        self.connection.detach()

    def _may_be_copied(self, before: "dict[str, Any]") -> bool:
        if _is_watched() or _has_others() or _warned():
            return False
        descriptors = before["descriptors"]
        known = (0, 1, 2, self.connection.fileno())
        return (
            descriptors is not None
            and all(number in known for number, _ in descriptors)
            and _state() == before
        )

    def _is_wanted(self) -> bool:
        """Return whether pip, which has seen all that was printed so far, wants a copy."""
        streams: list[Any] = [sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__]
        for stream in streams:
            stream.flush()
        try:
            self.watch.note_start()
            self.connection.sendall(b"r")
            for paths in (self.watch.read, self.watch.code):
                listed = os.fsencode("\0".join(sorted(paths)))
                self.connection.sendall(len(listed).to_bytes(4, "big") + listed)
            wanted = bool(self.connection.recv(1) == b"y")
        except OSError:
            wanted = False
        if not wanted:
            self.connection.close()
        return wanted

    def _copy(self) -> None:
        """Copy this process, and return in the copy."""
        try:
            self.process = os.fork()
        except OSError:
            self.connection.close()
            return
        if self.process:
            raise _Copied
        self.connection.close()

    def serve(self) -> None:
        """Copy this process for each hook, and return in the copy; end when pip closes the socket."""
        child = False
        try:
            null = os.open(os.devnull, os.O_RDWR)
            for number in range(_FIRST_OWN):
                os.dup2(null, number)
            os.close(null)
            os.chdir("/")
            self.connection.sendall(b"f")
            while True:
                _, status = os.waitpid(self.process, 0)
                self.connection.sendall(status.to_bytes(4, "big"))
                told, descriptors = self._told()
                # Before: a hook that may run is never run once more.
                self.connection.sendall(b"f")
                self.process = os.fork()
                if self.process == 0:
                    child = True
                    break
                for number in descriptors:
                    os.close(number)
        finally:
            if not child:
                os._exit(1)
        self.connection.close()
        given, output = descriptors
        for number, place in ((given, 0), (output, 1), (output, 2)):
            os.dup2(number, place)
        os.close(given)
        os.close(output)
        cwd, variable, value, *arguments = told
        os.chdir(cwd)
        sys.argv[1:] = arguments
        # The only variable that differs between the hooks of a build.
        os.environ.pop(variable, None)
        if value:
            os.environ[variable] = value

    def _told(self) -> "tuple[list[str], list[int]]":
        """Return what the next hook is, and the descriptors of its input and output."""
        size = 2 * 4
        head, passed, _, _ = self.connection.recvmsg(4, _socket.CMSG_SPACE(size))
        if len(head) != 4 or len(passed) != 1 or len(passed[0][2]) != size:
            raise EOFError
        left = int.from_bytes(head, "big")
        content = b""
        while left:
            block = self.connection.recv(left)
            if not block:
                raise EOFError
            content += block
            left -= len(block)
        data = passed[0][2]
        descriptors = [int.from_bytes(data[at : at + 4], sys.byteorder) for at in (0, 4)]
        for number in descriptors:
            os.set_inheritable(number, False)
        return [os.fsdecode(part) for part in content.split(b"\0")], descriptors


def _without_own_frames(error: BaseException) -> "Any":
    """Return the traceback of an exception as it is if ``python`` runs the script."""
    kept: list[Any] = []
    here: Any = error.__traceback__
    while here is not None:
        if here.tb_frame.f_code.co_filename != __file__:
            kept.append(here)
        here = here.tb_next
    for one, following in zip(kept, [*kept[1:], None]):
        one.tb_next = following
    return kept[0] if kept else None


def _run(step: "Any") -> None:
    """Run a part of the script, and end as ``python`` does if it fails."""
    try:
        step()
    except (SystemExit, _Copied):
        raise
    except KeyboardInterrupt as error:
        # Python ends by the signal after that.
        shown, trace = sys.excepthook, _without_own_frames(error)
        sys.excepthook = lambda kind, error, _: shown(kind, error.with_traceback(trace), trace)
        raise
    except BaseException as error:
        trace = _without_own_frames(error)
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        raise SystemExit(1) from None


def _roots(root: str) -> "list[str]":
    """Return the build environment, and the directories of the standard library."""
    bases = {sys.base_prefix, sys.base_exec_prefix, os.path.dirname(os.__file__)}
    paths = [os.path.abspath(path) for path in sys.path if path]
    standard = [
        path
        for path in paths
        if any((path + "/").startswith(base.rstrip("/") + "/") for base in bases)
        and not any(name in path for name in _ADDED)
    ]
    places = {path.rstrip("/") + "/" for path in (os.path.dirname(os.__file__), *standard)}
    return [root.rstrip("/") + "/", *sorted(places, key=len, reverse=True)]


def _main() -> None:
    number, root, *arguments = sys.argv[1:]
    if getattr(sys, "orig_argv", None):
        sys.orig_argv[-len(sys.argv) :] = arguments
    descriptor = int(number)
    os.set_inheritable(descriptor, False)
    connection = _socket.socket(fileno=descriptor)
    script = _Script(arguments)
    watch = _Import(_roots(root))
    server = _Server(connection, watch, script)
    sys.addaudithook(watch)
    for name in set(sys.modules) - _before:
        del sys.modules[name]
    if sys.path and sys.path[0] == _here:
        sys.path[0] = os.path.dirname(arguments[0])
    sys.path_importer_cache.pop(_here or "", None)
    _run(script.begin)
    server.hold()
    try:
        _run(script.go_on)
        return
    except _Copied:
        pass
    # Not while the exception is handled, or that would be the context of all others.
    server.serve()
    if hasattr(sys, "orig_argv"):
        sys.orig_argv[-2:] = sys.argv[1:]
    _run(script.begin)
    _run(script.go_on)


_before = set(sys.modules)
# Where this file is: its neighbours are not to be imported instead of modules of the same names.
_here = sys.path.pop(0) if sys.path and __file__.startswith(sys.path[0] + "/") else None

# After it was noted what is loaded without these. There are no types for ``_signal``.
import _ast  # noqa: E402 - as above
import _signal  # type: ignore[import-not-found]  # noqa: E402 - as above
import _socket  # noqa: E402 - as above
import os  # noqa: E402 - as above

if _here is not None:
    sys.path.insert(0, _here)
_own = sys.modules["__main__"]
_main()
