"""Changes to start-up files: a Python that starts meanwhile finds either the old or the new file.

A new file is written in the same directory and then renamed. A run that is killed may leave such a
file behind; no Python reads it, and the next run removes it.
"""

from __future__ import annotations

import glob
import os
from typing import Iterable

from ..files import SCRATCH, read_whole, replace_whole
from .routes import Change


def carry_out(changes: Iterable[Change]) -> None:
    """Make changes in order; if one fails, those already made are undone.

    Raises:
        OSError: If a file cannot be written.
    """
    done: list[Change] = []
    try:
        for change in changes:
            done.append(change)
            _put(change.path, change.after)
    except BaseException:
        undo(done)
        raise


def undo(changes: Iterable[Change]) -> None:
    """Undo changes.

    Raises:
        OSError: If a file cannot be written.
    """
    for change in reversed(list(changes)):
        if read_whole(change.path) != change.before:
            _put(change.path, change.before)


def sweep(directory: str) -> None:
    """Remove files that a killed run has left behind; the caller must hold the lock."""
    for path in glob.glob(os.path.join(glob.escape(directory), f"{SCRATCH}*")):
        os.unlink(path)


def _put(path: str, content: bytes | None) -> None:
    if content is None:
        os.unlink(path)
    else:
        replace_whole(path, content, lasting=True, over_link=True)
    _drop_compiled(path)


def _drop_compiled(path: str) -> None:
    # Python compares compiled code by size and time in seconds, in which two versions may be equal.
    directory, name = os.path.split(path)
    stem, suffix = os.path.splitext(name)
    if suffix != ".py":
        return
    cache = os.path.join(directory, "__pycache__")
    for compiled in glob.glob(os.path.join(glob.escape(cache), f"{stem}.*.pyc")):
        try:
            os.unlink(compiled)
        except OSError:
            pass
    try:
        os.rmdir(cache)
    except OSError:
        pass  # not there, or not empty
