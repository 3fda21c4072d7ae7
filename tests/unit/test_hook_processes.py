"""A hook in a copy of a process that has imported the backend is a hook in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, Iterator, Sequence

import pytest

from pip_build_override import switch
from pip_build_override.in_pip.builds import known_backends
from pip_build_override.in_pip.internals import hook_processes
from pip_build_override.in_pip.internals.hook_processes import Command, Copy, Imported
from pip_build_override.in_pip.state.imported_backends import ImportedBackends

PIP = find_spec("pip")
SCRIPT = next(path for path in Path(str(PIP and PIP.origin)).parent.rglob("_in_process.py"))
HOOK = "get_requires_for_build_wheel"
SHOWS = """
import atexit, json, os, signal, sys, threading, warnings
count = 0
atexit.register(lambda: print("at exit"))

def get_requires_for_build_wheel(config_settings=None):
    global count
    count += 1
    main = sys.modules["__main__"]
    seen = {
        "argv": sys.argv[:2] + sys.argv[3:],
        "command": getattr(sys, "orig_argv", [])[1:3],
        "path": sys.path,
        "env": dict(os.environ),
        "cwd": os.getcwd(),
        "fds": [fd for fd in range(300) if is_open(fd)],
        "handlers": [str(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
        "mask": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "modules": sorted(sys.modules),
        "main": {name: value if isinstance(value, str) else type(value).__name__
                 for name, value in vars(main).items()},
        "count": count,
        "filters": [str(each) for each in warnings.filters],
        "umask": os.umask(0o22),
        "input": sys.stdin.read(),
        "streams": [(s.encoding, s.errors, s.isatty(), s.line_buffering) for s in
                    (sys.stdin, sys.stdout, sys.stderr)],
        "kinds": [os.fstat(number).st_mode for number in (0, 1, 2)],
        "threads": [thread.name for thread in threading.enumerate()],
        "group": [os.getpgrp(), os.getsid(0)],
        "finders": [type(finder).__name__ for finder in sys.meta_path],
        "trace": [str(sys.gettrace()), str(sys.getprofile()), str(sys.excepthook)],
    }
    print(json.dumps(seen))
    import socket
    return [str(socket.AF_INET.value)]

def is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
"""


OPEN: list[Imported] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Let all processes end that a test has started."""
    yield
    while OPEN:
        OPEN.pop().close()


class Hooks:
    """A backend in a build environment, and the ways to run its hooks."""

    def __init__(self, room: Path, backend: str) -> None:
        self.room = room
        self.root = room / "environment"
        self.source = room / "source"
        self.root.mkdir()
        self.source.mkdir()
        (self.root / "backend.py").write_text(backend, encoding="utf-8")
        self.env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(self.root),
            "PYTHONDONTWRITEBYTECODE": "1",
            "_PYPROJECT_HOOKS_BUILD_BACKEND": "backend",
            "PEP517_BUILD_BACKEND": "backend",
            switch.FOLLOWED: "1",
            switch.BUILD_TRACKERS[0]: "tracker",
        }
        self.number = 0

    def command(self, hook: str = HOOK) -> Command:
        self.number += 1
        control = self.room / f"control{self.number}"
        control.mkdir()
        told = {"kwargs": {"config_settings": None}}
        (control / "input.json").write_text(json.dumps(told), encoding="utf-8")
        options = {
            "stdin": subprocess.PIPE,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT,
            "cwd": str(self.source),
            "env": dict(self.env),
            "errors": "backslashreplace",
        }
        return Command([sys.executable, str(SCRIPT), hook, str(control)], options)

    def fresh(self) -> tuple[str, int, str]:
        command = self.command()
        return self.ended(subprocess.Popen(command.words, **command.keywords), command)

    def first(self) -> tuple[tuple[str, int, str], Imported | None]:
        command = self.command()
        process, imported = self.start(command)
        assert process.args == command.words
        return self.ended(process, command), imported

    def start(self, command: Command) -> tuple[Any, Imported | None]:
        process, imported = hook_processes.start_first(command, str(self.root), lambda loaded: True)
        if imported is not None:
            OPEN.append(imported)
        return process, imported

    def copied(self, imported: Imported | None) -> tuple[str, int, str]:
        assert imported is not None
        command = self.command()
        copy = imported.start(command)
        assert copy is not None
        return self.ended(copy, command)

    @staticmethod
    def ended(process: Any, command: Command) -> tuple[str, int, str]:
        """As pip does: what it prints, its exit status and its results."""
        process.stdin.close()
        output = "".join(process.stdout)
        process.wait()
        process.stdout.close()
        results = Path(command.words[3], "output.json")
        found = results.read_text(encoding="utf-8") if results.exists() else ""
        return output.replace(command.words[3], "CONTROL"), process.returncode, found


def hook(body: str, before: str = "") -> str:
    """A backend whose import does one thing, and whose hook another one."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"import os, sys\n{before}\ndef {HOOK}(config_settings=None):\n{lines}    return ['b']\n"


def test_a_copy_finds_what_a_process_of_its_own_finds(tmp_path: Path) -> None:
    hooks = Hooks(tmp_path, SHOWS)
    fresh = hooks.fresh()
    first, imported = hooks.first()
    copies = [hooks.copied(imported), hooks.copied(imported)]
    shown = json.loads(fresh[0].splitlines()[0])
    assert shown["count"] == 1
    assert shown["fds"] == [0, 1, 2]
    assert "json" in shown["modules"]
    for other in (first, *copies):
        found = json.loads(other[0].splitlines()[0])
        for name, value in shown.items():
            assert found[name] == value, name
        assert other[1:] == fresh[1:]
        assert other[0].splitlines()[1:] == fresh[0].splitlines()[1:] == ["at exit"]


ENDINGS = {
    "status": "sys.exit(3)",
    "words": "sys.exit('words')",
    "at once": "print('lost'); os._exit(7)",
    "terminated": "import signal\nos.kill(os.getpid(), signal.SIGTERM)",
    "killed": "import signal\nprint('said', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)",
    "exception": "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError('é')",
    "import": "import no_such_module",
    "interrupted": "raise KeyboardInterrupt",
    "bytes": "sys.stdout.buffer.write(b'\\xff\\xfe and more\\n')\nsys.stderr.write('é\\n')",
    "order": "for n in range(3): print(n, flush=True); print(-n, file=sys.stderr)",
    "much": "print('x' * 1000000)",
    "warning": "import warnings\nwarnings.warn('warned')\nwarnings.warn('late', DeprecationWarning)",
    "children": "import subprocess\nsubprocess.Popen(['sh', '-c', 'sleep 0.2; echo late'])",
    "waits": "try:\n    print(os.wait())\nexcept ChildProcessError:\n    print('no child')",
    "unflushed": "global left\nleft = open(1, 'w', closefd=False)\nleft.write('flushed at the end')",
    "thread": "import threading\nthreading.Timer(0.2, lambda: print('later')).start()",
}


@pytest.mark.parametrize("body", ENDINGS.values(), ids=ENDINGS)
def test_a_copy_ends_as_a_process_of_its_own(tmp_path: Path, body: str) -> None:
    hooks = Hooks(tmp_path, hook(body))
    fresh = hooks.fresh()
    first, imported = hooks.first()
    assert first == fresh
    # What one hook does is nothing to the next one.
    assert hooks.copied(imported) == fresh
    assert hooks.copied(imported) == fresh


DOUBTS = {
    "prints": "print('printed')",
    "prints to stderr": "sys.stderr.write('printed')",
    "prints below Python": "os.write(2, b'printed')",
    "warns": "import warnings; warnings.warn('warned')",
    "filters": "import warnings; warnings.simplefilter('ignore')",
    "thread": "import threading, time; threading.Thread(target=time.sleep, args=(0.5,)).start()",
    "descriptor": "left = os.dup(1)",
    "file": "left = open(__file__)",
    "closed": "os.close(0)",
    "directory": "os.chdir('..')",
    "mask": "os.umask(0o77)",
    "variable": "os.environ['NEW'] = 'x'",
    "variable below Python": "os.putenv('NEW', 'x')",
    "handler": "import signal; signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
    "alarm": "import signal; signal.alarm(100)",
    "timer": "import signal; signal.setitimer(signal.ITIMER_PROF, 100)",
    "session": "os.setsid()",
    "group": "os.setpgrp()",
    "child": "import subprocess; left = subprocess.Popen(['sleep', '0.5'])",
    "child that has ended": "import subprocess; subprocess.call(['true'])",
    "fork": "os.fork() or os._exit(0)",
    "closes all": "os.closerange(3, 256)",
    "closes all, and opens": "os.closerange(3, 256)\nleft = [open(__file__) for _ in range(9)]",
    "writes": "open(os.path.join(os.path.dirname(__file__), '..', 'new'), 'w').close()",
    "removes": "os.path.exists('../new') and os.remove('../new')\nos.mkdir('../d%d' % os.getpid())",
    "process": "open('/proc/self/stat').read()",
    "device": "open('/dev/urandom', 'rb').read(1)",
    "socket": "import socket; socket.socket().close()",
    "trace": "sys.settrace(lambda *args: None)",
    "fails": "raise ImportError('no such backend')",
    "fails otherwise": "1 / 0",
    "exits": "sys.exit(4)",
}


@pytest.mark.parametrize("before", DOUBTS.values(), ids=DOUBTS)
def test_no_copy_if_an_import_leaves_something_behind(tmp_path: Path, before: str) -> None:
    hooks = Hooks(tmp_path, hook("print('hook')", before))
    fresh = hooks.fresh()
    first, imported = hooks.first()
    assert imported is None
    assert first == fresh


def test_no_copy_of_what_an_import_would_read_otherwise(tmp_path: Path) -> None:
    read = tmp_path / "read"
    read.write_text("1", encoding="utf-8")
    (tmp_path / "listed").mkdir()
    body = "print(value, listed)"
    before = f"value = open({str(read)!r}).read(); listed = os.listdir('../listed')"
    hooks = Hooks(tmp_path, hook(body, before))
    first, imported = hooks.first()
    assert first == hooks.copied(imported) == hooks.fresh()
    assert imported is not None
    (tmp_path / "listed" / "new").touch()
    assert imported.start(hooks.command()) is None
    _, imported = hooks.first()
    assert imported is not None
    read.write_text("2", encoding="utf-8")
    assert imported.start(hooks.command()) is None


def test_no_copy_if_modules_may_be_found_elsewhere(tmp_path: Path) -> None:
    hooks = Hooks(tmp_path, hook("pass"))
    more = tmp_path / "more"
    more.mkdir()
    hooks.env["PYTHONPATH"] += os.pathsep + str(more)
    first, imported = hooks.first()
    assert hooks.copied(imported) == first
    assert imported is not None
    (more / "new.py").touch()
    assert imported.start(hooks.command()) is None


def test_the_one_variable_that_differs(tmp_path: Path) -> None:
    hooks = Hooks(tmp_path, hook(f"print(os.environ.get({hook_processes.TOLD!r}))"))
    first, imported = hooks.first()
    for value in ("1", "2"):
        hooks.env[hook_processes.TOLD] = value
        assert hooks.copied(imported) == hooks.fresh() == (f"{value}\n", 0, first[2])
    told, imported = hooks.first()
    del hooks.env[hook_processes.TOLD]
    assert told[0] == "2\n"
    assert hooks.copied(imported) == first


def test_nothing_is_left_open_without_a_copy(tmp_path: Path) -> None:
    opened = "print([n for n in range(300) if os.path.exists(f'/dev/fd/{n}')])"
    hooks = Hooks(tmp_path, hook(opened, "os.environ['NEW'] = 'x'"))
    fresh = hooks.fresh()
    first, imported = hooks.first()
    assert imported is None
    assert first == fresh == ("[0, 1, 2]\n", 0, fresh[2])


def test_the_process_ends_with_pip(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    hooks = Hooks(tmp_path, hook(f"open({str(pids)!r}, 'a').write('%d ' % os.getppid())"))
    _, imported = hooks.first()
    hooks.copied(imported)
    copied = int(pids.read_text(encoding="utf-8").split()[1])
    os.kill(copied, 0)
    assert imported is not None
    imported.close()
    # Nor is it left for others to wait for.
    with pytest.raises(ProcessLookupError):
        os.kill(copied, 0)


def test_pip_does_not_wait_for_a_hook_when_it_ends(tmp_path: Path) -> None:
    hooks = Hooks(tmp_path, hook("import time\nprint(os.getpid(), flush=True)\ntime.sleep(60)"))
    copy, imported = hooks.start(hooks.command())
    assert imported is not None
    with copy.stdout:
        process = int(copy.stdout.readline())
    imported.close()
    # It still runs.
    os.kill(process, signal.SIGKILL)
    imported._process.wait()


def test_one_hook_after_the_other(tmp_path: Path) -> None:
    hooks = Hooks(tmp_path, hook("sys.stdin.read()"))
    command = hooks.command()
    copy, imported = hooks.start(command)
    assert imported is not None
    assert imported.start(hooks.command()) is None
    assert hooks.ended(copy, command)[1] == 0
    assert hooks.copied(imported)[1] == 0


def test_a_process_that_dies(tmp_path: Path) -> None:
    body = "import signal\nif os.path.exists('../now'): os.kill(os.getppid(), signal.SIGKILL)"
    hooks = Hooks(tmp_path, hook(body))
    _, imported = hooks.first()
    (tmp_path / "now").touch()
    # Nobody knows how that hook has ended, so it has failed.
    assert hooks.copied(imported)[1] == 255
    assert imported is not None
    assert imported.start(hooks.command()) is None


def test_the_status_can_be_asked_for(tmp_path: Path) -> None:
    hooks = Hooks(tmp_path, hook("sys.stdin.read(); sys.exit(5)"))
    _, imported = hooks.first()
    assert imported is not None
    copy = imported.start(hooks.command())
    assert isinstance(copy, Copy)
    assert copy.poll() is None
    copy.stdin.close()
    assert copy.stdout.read() == ""
    copy.stdout.close()
    assert copy.wait() == copy.poll() == 5


def changed(**more: Any) -> Callable[[Command], tuple[tuple[Any, ...], dict[str, Any]]]:
    return lambda command: ((command.words,), {**command.keywords, **more})


NO_HOOKS: dict[str, Callable[[Command], tuple[tuple[Any, ...], dict[str, Any]]]] = {
    "no list": lambda command: ((" ".join(command.words),), command.keywords),
    "more words": lambda command: (([*command.words, "x"],), command.keywords),
    "other script": lambda command: (
        ([sys.executable, "/x/other.py", *command.words[2:]],),
        command.keywords,
    ),
    "relative": lambda command: (
        ([sys.executable, "_in_process.py", *command.words[2:]],),
        command.keywords,
    ),
    "zero": lambda command: (([*command.words[:3], "\0"],), command.keywords),
    "more options": changed(close_fds=False),
    "other streams": changed(stderr=subprocess.PIPE),
    "bytes": changed(errors=None),
    "no env": changed(env=None),
    "no cwd": changed(cwd=None),
}


@pytest.mark.parametrize("change", NO_HOOKS.values(), ids=NO_HOOKS)
def test_what_is_not_certainly_a_hook(tmp_path: Path, change: Any) -> None:
    command = Hooks(tmp_path, "").command()
    assert hook_processes.read_command((command.words,), command.keywords) is not None
    args, options = change(command)
    assert hook_processes.read_command(args, options) is None


def test_only_what_pip_starts_is_answered_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = SimpleNamespace(subprocess=subprocess)
    monkeypatch.setitem(sys.modules, "pip._internal.utils.subprocess", module)
    command = Hooks(tmp_path, "").command()
    with hook_processes.answered(lambda command, own: ("answered", command.hook)):
        assert module.subprocess.Popen(command.words, **command.keywords) == ("answered", HOOK)
        assert module.subprocess.PIPE == subprocess.PIPE
        process = module.subprocess.Popen(["true"])
        assert process.wait() == 0
        with hook_processes.answered(lambda command, own: "inner"):
            assert module.subprocess.Popen(command.words, **command.keywords)[0] == "answered"
    assert module.subprocess is subprocess
    monkeypatch.delitem(sys.modules, "pip._internal.utils.subprocess")
    with hook_processes.answered(lambda command, own: "never"):
        pass


class Ends:
    """What is done when a command ends."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def callback(self, call: Callable[[], None]) -> None:
        self.calls.append(call)


class Backends:
    """The processes of a command, which starts hooks."""

    def __init__(self, hooks: Hooks, wanted: bool = True) -> None:
        self.hooks = hooks
        self.ends: Any = Ends()
        self.backends = ImportedBackends(self.ends, wanted)
        self.build: Any = SimpleNamespace(environment_root=str(hooks.root))

    def start(self, hook: str = HOOK) -> str:
        """Start a hook, and return in what: pip's own process, a first one, or a copy."""
        command = self.hooks.command(hook)
        before = self.waiting
        process = self.backends.start(self.build, command, lambda: None)
        if process is None:
            return "own"
        self.hooks.ended(process, command)
        return "copy" if self.waiting is not None and self.waiting is before else "first"

    @property
    def waiting(self) -> object:
        """The process that has imported the backend."""
        return self.backends._waiting.get(self.build.environment_root)


@pytest.fixture
def backends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backends]:
    monkeypatch.delenv(switch.NO_REUSE, raising=False)
    monkeypatch.setattr(known_backends, "are_known", lambda root, loaded: True)
    made = Backends(Hooks(tmp_path, hook("pass")))
    yield made
    for call in made.ends.calls:
        call()


def test_hooks_of_one_build(backends: Backends) -> None:
    # No copy for a hook that is the last one anyway.
    assert backends.start("build_wheel") == "own"
    assert [backends.start(), backends.start(), backends.start("build_wheel")] == [
        "first",
        "copy",
        "copy",
    ]
    backends.hooks.env[hook_processes.TOLD] = "1"
    assert backends.start() == "copy"
    backends.backends.end(backends.build)
    assert backends.start() == "first"


@pytest.mark.parametrize("what", ["env", "cwd", "files"])
def test_something_has_changed_since_the_import(backends: Backends, what: str) -> None:
    assert [backends.start(), backends.start()] == ["first", "copy"]
    if what == "env":
        backends.hooks.env["NEW"] = "1"
    elif what == "cwd":
        backends.hooks.source = backends.hooks.root
    else:
        (backends.hooks.root / "new.py").touch()
    assert [backends.start(), backends.start()] == ["first", "copy"]


def test_modules_that_were_compiled_since_the_import(backends: Backends) -> None:
    assert backends.start() == "first"
    compiled = backends.hooks.root / "__pycache__"
    compiled.mkdir()
    (compiled / "other.pyc").write_bytes(b"head" + bytes(12))
    assert backends.start() == "copy"
    # Python would use it without a look at the source.
    (compiled / "backend.pyc").write_bytes(b"head\1" + bytes(11))
    assert [backends.start(), backends.start()] == ["first", "copy"]
    (compiled / "backend.pyc").write_bytes(b"head" + bytes(12))
    assert [backends.start(), backends.start()] == ["first", "copy"]
    (compiled / "new").touch()
    assert backends.start() == "first"


def test_only_backends_that_are_known_are_copied(
    backends: Backends, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def are_known(root: str, loaded: Sequence[str]) -> bool:
        asked.append((root, loaded))
        return False

    monkeypatch.setattr(known_backends, "are_known", are_known)
    assert [backends.start(), backends.start()] == ["first", "own"]
    [(root, loaded)] = asked
    assert root == str(backends.hooks.root)
    assert os.path.join(root, "backend.py") in loaded
    standard = os.path.dirname(os.__file__)
    assert not any(path.startswith(standard) and "site-packages" not in path for path in loaded)
    # Nothing of the hook runner, which pip brings.
    assert str(SCRIPT) not in loaded


def test_what_was_added_to_the_standard_library(tmp_path: Path) -> None:
    hooks = Hooks(tmp_path, hook("pass", "import added, json, array"))
    standard = Path(os.__file__).parent
    home = tmp_path / "home"
    library = home / "lib" / standard.name
    library.mkdir(parents=True)
    for name in os.listdir(standard):
        (library / name).symlink_to(standard / name)
    (library / "added.py").touch()
    hooks.env["PYTHONHOME"] = str(home)
    loaded: list[str] = []

    def accept(files: Sequence[str]) -> bool:
        loaded.extend(files)
        return False

    command = hooks.command()
    process, _ = hook_processes.start_first(command, str(hooks.root), accept)
    assert hooks.ended(process, command)[1] == 0
    # Older Pythons do not tell what is in their standard library.
    added = {path for path in loaded if path.startswith(str(home)) and "__pycache__" not in path}
    assert added == ({str(library / "added.py")} if sys.version_info >= (3, 10) else set())


def test_an_import_that_reads_its_input(tmp_path: Path) -> None:
    hooks = Hooks(tmp_path, hook("print(repr(read))", "read = sys.stdin.read()"))
    fresh = hooks.fresh()
    first, imported = hooks.first()
    assert first == fresh == ("''\n", 0, fresh[2])
    assert imported is None or hooks.copied(imported) == fresh


def test_one_that_cannot_be_copied_is_left_alone(tmp_path: Path) -> None:
    backends = Backends(Hooks(tmp_path, hook("pass", "print('printed')")))
    assert [backends.start(), backends.start()] == ["first", "own"]


def test_not_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hooks = Hooks(tmp_path, hook("pass"))
    assert Backends(hooks, wanted=False).start() == "own"
    unknown = Backends(hooks)
    unknown.build.environment_root = ""
    assert unknown.start() == "own"
    del hooks.env[switch.FOLLOWED]
    assert Backends(hooks).start() == "own"
    hooks.env[switch.FOLLOWED] = "1"
    monkeypatch.setenv(switch.NO_REUSE, "1")
    assert Backends(hooks).start() == "own"
    monkeypatch.delenv(switch.NO_REUSE)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert Backends(hooks).start() == "own"


def test_only_so_many_wait(backends: Backends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pip_build_override.in_pip.state.imported_backends._MOST", 1)
    assert [backends.start(), backends.start()] == ["first", "copy"]
    other = backends.hooks.room / "other"
    other.mkdir()
    first, backends.build.environment_root = backends.build.environment_root, str(other)
    assert backends.start() == "first"
    backends.build.environment_root = first
    assert backends.start() == "first"
