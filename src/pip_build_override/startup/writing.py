"""Start-up files are changed so that whoever starts Python meanwhile finds the old or the new one.

What is written appears beside the file and is then renamed. A run that was killed may leave such a
file behind; no Python reads it, and the next run takes it away.
"""

from __future__ import annotations

import glob
import os
from typing import Iterable

from ..files import SCRATCH, read_whole, replace_whole
from .routes import Change


def carry_out(changes: Iterable[Change]) -> None:
    """Make changes in their order; where one fails, those before it are undone.

    Raises:
        OSError: where a file cannot be written.
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
    """Put everything back as it was."""
    for change in reversed(list(changes)):
        if read_whole(change.path) != change.before:
            _put(change.path, change.before)


def sweep(directory: str) -> None:
    """Take away what a run that was killed has left; to be called under the lock."""
    for path in glob.glob(os.path.join(glob.escape(directory), f"{SCRATCH}*")):
        os.unlink(path)


def _put(path: str, content: bytes | None) -> None:
    if content is None:
        os.unlink(path)
    else:
        replace_whole(path, content, lasting=True, over_link=True)
    _drop_compiled(path)


def _drop_compiled(path: str) -> None:
    # Python takes compiled code for current by size and by seconds: two versions may be alike in both.
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
