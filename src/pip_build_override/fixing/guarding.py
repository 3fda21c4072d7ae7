"""A process that cleans up after a search, also if the search itself is killed.

It runs as a script, so it imports nothing of ours. It learns of the end of the search from the end of
its standard input, which no process but the search can write to.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from typing import BinaryIO

RUNS = b"runs"
"""The word before the id of the leader of a process group that has begun to run."""

ENDED = b"ended"
"""The word for its end."""

_TRIES = 20


def kill_group(leader: int) -> None:
    """Kill a process and all that it has started, as far as they are still there."""
    try:
        if sys.platform == "win32":
            # There are no process groups of this kind, but a tree of processes.
            command = ["taskkill", "/F", "/T", "/PID", str(leader)]
            subprocess.run(command, capture_output=True, check=False)
        else:
            os.killpg(leader, signal.SIGKILL)
    except OSError:
        # They have ended.
        pass


def remove(directory: str) -> None:
    """Remove a directory with all that is in it, as far as that is possible."""
    for attempt in range(_TRIES):
        shutil.rmtree(directory, ignore_errors=True)
        if not os.path.lexists(directory):
            return
        # Some builds leave directories to which nobody may write, and a process that was just killed
        # may have written something meanwhile.
        for path, _, _ in os.walk(directory):
            _make_writable(path)
        time.sleep(0.05 * attempt)


def _make_writable(directory: str) -> None:
    try:
        os.chmod(directory, stat.S_IRWXU)
        for each in os.scandir(directory):
            if each.is_dir(follow_symlinks=False):
                # Before it is walked into.
                os.chmod(each.path, stat.S_IRWXU)
    except OSError:
        pass


def guard(directory: str, told: BinaryIO) -> None:
    """Wait for the end of a search, then clean up.

    Args:
        directory: The directory of the search.
        told: What the search writes: a line when a process group begins to run, and when it has ended.
    """
    leader = 0
    for line in told:
        words = line.split()
        if words[:1] == [RUNS]:
            leader = int(words[1])
        elif words[:1] == [ENDED]:
            leader = 0
    if leader:
        kill_group(leader)
    remove(directory)


def main() -> None:
    # What ends the search must not end the guard before it has cleaned up.
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    guard(sys.argv[1], sys.stdin.buffer)


if __name__ == "__main__":
    main()
