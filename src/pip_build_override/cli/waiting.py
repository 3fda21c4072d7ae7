"""A spinner on a terminal while something takes long."""

from __future__ import annotations

import itertools
import sys
import threading
from contextlib import contextmanager
from typing import Iterator

_FIRST_AFTER = 0.7
_EACH = 0.1


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show a spinner if standard error is a terminal and the body takes long.

    Args:
        what: Description of what is being done; the line is cleared at the end.
    """
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    spinner = threading.Thread(target=_spin, args=(what, done), daemon=True)
    spinner.start()
    try:
        yield
    finally:
        done.set()
        spinner.join()


def _spin(what: str, done: threading.Event) -> None:
    if done.wait(_FIRST_AFTER):
        return
    for sign in itertools.cycle("-\\|/"):
        sys.stderr.write(f"\r{what} {sign}")
        sys.stderr.flush()
        if done.wait(_EACH):
            break
    sys.stderr.write("\r" + " " * (len(what) + 2) + "\r")
    sys.stderr.flush()
