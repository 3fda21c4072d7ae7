"""``run`` and the command below it end together, whichever of them is asked to."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pip_build_override.cli.child import Child
from pip_build_override.errors import OverrideError

pytestmark = pytest.mark.quick
NO_SIGNALS = os.name == "nt"
RUN = [sys.executable, "-m", "pip_build_override", "run", "--set", "p: x", "--allow-unused", "--"]
# Says where it is, and on SIGTERM that it was asked to end.
WAITING = """
import os, pathlib, signal, sys, time
def end(*_):
    pathlib.Path("asked").touch()
    sys.exit(5)
signal.signal(signal.SIGTERM, end)
pathlib.Path("started").write_text(os.environ["PIP_BUILD_REQUIREMENTS_OVERRIDE_WATCH"])
time.sleep(60)
"""


def until(path: Path) -> str:
    for _ in range(600):
        if path.exists() and (path.read_text() or path.name == "asked"):
            return path.read_text()
        time.sleep(0.1)
    raise AssertionError(f"{path} never came")


if not NO_SIGNALS:

    def test_what_asks_to_end_is_passed_on_and_waited_for(tmp_path: Path) -> None:
        run = subprocess.Popen([*RUN, sys.executable, "-c", WAITING], cwd=tmp_path)
        watch = until(tmp_path / "started")
        assert os.path.isdir(watch)
        run.send_signal(signal.SIGTERM)
        # The command took it, and ended in its own way.
        assert run.wait(60) == 5
        assert (tmp_path / "asked").exists()
        assert not os.path.exists(watch)

    def test_ends_by_the_signal_that_ended_the_command(tmp_path: Path) -> None:
        script = WAITING.replace("signal.signal(signal.SIGTERM, end)", "")
        run = subprocess.Popen([*RUN, sys.executable, "-c", script], cwd=tmp_path)
        watch = until(tmp_path / "started")
        run.send_signal(signal.SIGTERM)
        assert run.wait(60) == -signal.SIGTERM
        assert not os.path.exists(watch)

    def test_signals_are_to_the_command_what_they_are_without_run(tmp_path: Path) -> None:
        script = "grep SigIgn /proc/self/status"
        for prepare in ("", "trap '' INT; ", "trap '' HUP; "):
            found = [
                subprocess.run(
                    ["sh", "-c", f"{prepare}exec {command} sh -c {script!r}"],
                    cwd=tmp_path,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    check=sys.platform == "linux",
                ).stdout
                for command in ("env", " ".join(map(shlex.quote, RUN)))
            ]
            # Above 31 are those that the C library keeps for itself.
            ignored = [int(text.split()[1], 16) & 0x7FFFFFFF for text in found if text]
            assert len(set(ignored)) <= 1

    def test_the_command_can_be_interrupted(tmp_path: Path) -> None:
        # As a terminal does it: to both at once.
        script = "import pathlib, os, time; pathlib.Path('started').write_text('x'); time.sleep(60)"
        with subprocess.Popen(
            [*RUN, sys.executable, "-c", script],
            cwd=tmp_path,
            start_new_session=True,
            stderr=subprocess.PIPE,
            # A shell that runs the tests in the background has them ignore the interrupt.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as run:
            until(tmp_path / "started")
            os.killpg(run.pid, signal.SIGINT)
            _, errors = run.communicate(timeout=60)
        assert b"KeyboardInterrupt" in errors
        assert b"child.py" not in errors
        assert run.returncode == 128 + signal.SIGINT

    def test_the_status_of_a_command_that_a_signal_ended() -> None:
        command = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
        with Child() as child:
            assert child.status(command, dict(os.environ)) == 128 + 9

    def test_the_path_is_that_of_the_command(tmp_path: Path) -> None:
        program = tmp_path / "only-there"
        program.write_text("#!/bin/sh\nexit 3\n")
        program.chmod(0o755)
        with Child() as child:
            assert child.status(["only-there"], {"PATH": f"/nowhere:{tmp_path}"}) == 3


def test_the_status_of_a_command() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Child() as child:
        assert child.status([sys.executable, "-c", "raise SystemExit(7)"], dict(os.environ)) == 7
    assert before == (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))


@pytest.mark.parametrize("name", ["no-such-program", "./no-such-program"])
def test_no_such_command(name: str) -> None:
    with Child() as child, pytest.raises(OverrideError, match=f"{name} cannot be run: No such file"):
        child.status([name], dict(os.environ))
