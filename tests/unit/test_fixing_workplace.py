"""The place in which a search works, its clock, and what is left of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread
from typing import Callable

import pytest

from pip_build_override.fixing import guarding
from pip_build_override.fixing.attempts import TimeIsUp
from pip_build_override.fixing.clock import Clock
from pip_build_override.fixing.workplace import Workplace

# Starts a process of its own, writes both ids, and waits.
WAITS = """\
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
path = pathlib.Path(sys.argv[1])
path.with_suffix(".new").write_text(f"{os.getpid()} {child.pid}")
path.with_suffix(".new").rename(path)
time.sleep(600)
"""
SEARCH = """\
import os, sys
from pip_build_override.fixing.clock import Clock
from pip_build_override.fixing.workplace import Workplace
with Workplace() as place:
    read_only = os.path.join(place.path, "read-only")
    os.makedirs(os.path.join(read_only, "below"))
    os.chmod(read_only, 0o500)
    print(place._guard.pid, flush=True)
    command = [sys.executable, "-c", sys.argv[1], sys.argv[2]]
    place.run(command, os.environ, place.new("log"), Clock(1))
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "temporary files"
    directory.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(directory))
    monkeypatch.setattr("tempfile.tempdir", None)
    return directory


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 30
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


def runs(process: int) -> bool:
    try:
        os.kill(process, 0)
        # One that nobody waits for.
        status = Path(f"/proc/{process}/stat")
        return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, ValueError):
        return False


def test_clock() -> None:
    clock = Clock(1)
    assert 59 < clock.left() <= 60
    clock.check()
    clock.stop()
    assert clock.left() == 0
    with pytest.raises(TimeIsUp):
        clock.check()
    assert Clock(0).left() == 0
    assert Clock(-1).left() == 0


def test_runs_and_is_removed(temporary: Path, tmp_path: Path) -> None:
    with Workplace() as place:
        assert os.listdir(temporary) == [os.path.basename(place.path)]
        log = place.new("log")
        assert place.new("log") != log
        code = "import os, tempfile; print(tempfile.mkdtemp(), os.environ['A'], os.getcwd()); exit(3)"
        command = [sys.executable, "-c", code]
        assert place.run(command, {**os.environ, "A": "b"}, log, Clock(1), str(tmp_path)) == 3
        made, *others = Path(log).read_text().rsplit(maxsplit=2)
        assert made.startswith(place.temporary)
        assert others == ["b", str(tmp_path)]
        assert place.run(command, {**os.environ, "A": "b"}, log, Clock(1), "/no/such/place") == 3
        with pytest.raises(OSError, match="such"):
            place.run([str(tmp_path / "nothing")], {}, log, Clock(1))
        guard = place._guard
    assert os.listdir(temporary) == []
    assert guard is not None
    assert guard.returncode == 0


def test_nothing_runs_on_when_time_is_up(temporary: Path, tmp_path: Path) -> None:
    ids = tmp_path / "ids"
    with Workplace() as place:
        clock = Clock(1)
        Thread(target=lambda: eventually(ids.exists) and clock.stop()).start()
        with pytest.raises(TimeIsUp):
            place.run([sys.executable, "-c", WAITS, str(ids)], os.environ, place.new("log"), clock)
        # A process that was killed takes a moment to end.
        assert eventually(lambda: not any(map(runs, map(int, ids.read_text().split()))))
        with pytest.raises(TimeIsUp):
            place.run([sys.executable, "-c", "1"], os.environ, place.new("log"), clock)
    assert os.listdir(temporary) == []


def test_what_was_left_behind_by_a_command_does_not_run_on(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys;"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid)"
    )
    with Workplace() as place:
        log = place.new("log")
        assert place.run([sys.executable, "-c", code], os.environ, log, Clock(1)) == 0
        left = int(Path(log).read_text())
        assert eventually(lambda: not runs(left))


def test_killed(temporary: Path, tmp_path: Path) -> None:
    ids = tmp_path / "ids"
    command = [sys.executable, "-c", SEARCH, WAITS, str(ids)]
    search = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert search.stdout is not None
    try:
        assert eventually(ids.exists)
        assert os.listdir(temporary) != []
        guard = int(search.stdout.readline())
        children = [*map(int, ids.read_text().split()), guard]
        assert all(map(runs, children))
    finally:
        search.kill()
        search.stdout.close()
        search.wait()
    assert eventually(lambda: not any(map(runs, children)))
    assert os.listdir(temporary) == []


def test_a_guard_that_was_killed_is_not_needed(temporary: Path) -> None:
    with Workplace() as place:
        assert place._guard is not None
        os.kill(place._guard.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        place._guard.wait()
        assert place.run([sys.executable, "-c", "1"], os.environ, place.new("log"), Clock(1)) == 0
    assert os.listdir(temporary) == []


def test_guard_kills_what_still_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[int] = []
    monkeypatch.setattr(guarding, "kill_group", killed.append)
    for lines, expected in (
        ([], []),
        ([b"runs 12\n", b"ended\n"], []),
        ([b"runs 12\n", b"ended\n", b"runs 13\n"], [13]),
    ):
        directory = tmp_path / "place"
        directory.mkdir()
        guarding.guard(str(directory), lines)  # type: ignore[arg-type]
        assert killed == expected
        assert not directory.exists()
