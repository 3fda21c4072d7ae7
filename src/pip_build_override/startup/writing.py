"""Start-up files are changed so that whoever starts Python meanwhile finds the old or the new one.

What is written appears beside the file and is then renamed. A run that was killed may leave such a
file behind; no Python reads it, and the next run takes it away.
"""

from __future__ import annotations

import glob
import os
import stat
import uuid
from typing import Iterable

from .routes import Change

_SCRATCH = ".pip-build-override-"


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
        if read(change.path) != change.before:
            _put(change.path, change.before)


def sweep(directory: str) -> None:
    """Take away what a run that was killed has left; to be called under the lock."""
    for path in glob.glob(os.path.join(glob.escape(directory), f"{_SCRATCH}*")):
        os.unlink(path)


def read(path: str) -> bytes | None:
    """Read a file; None where there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _put(path: str, content: bytes | None) -> None:
    if content is None:
        os.unlink(path)
    else:
        _replace(path, content)
    _drop_compiled(path)


def _replace(path: str, content: bytes) -> None:
    directory = os.path.dirname(path)
    scratch = os.path.join(directory, f"{_SCRATCH}{uuid.uuid4().hex}")
    try:
        standing = os.stat(path)
    except FileNotFoundError:
        standing = None
    try:
        with open(scratch, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if standing is not None:
            _take_over(scratch, standing)
        else:
            # For all who may look into the directory: a hook that somebody cannot read is off.
            readable = stat.S_IMODE(os.stat(directory).st_mode) & 0o444
            os.chmod(scratch, readable | stat.S_IWUSR | stat.S_IRUSR)
        os.replace(scratch, path)
    finally:
        if os.path.exists(scratch):
            os.unlink(scratch)


def _take_over(scratch: str, standing: os.stat_result) -> None:
    if hasattr(os, "chown"):
        made = os.stat(scratch)
        if (made.st_uid, made.st_gid) != (standing.st_uid, standing.st_gid):
            os.chown(scratch, standing.st_uid, standing.st_gid)
    os.chmod(scratch, stat.S_IMODE(standing.st_mode))


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
