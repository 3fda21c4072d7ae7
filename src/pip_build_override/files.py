"""Files that are read or replaced whole. Standard library only."""

from __future__ import annotations

import errno
import functools
import hashlib
import json
import os
import stat
from typing import Any, Dict

Json = Dict[str, Any]


def sha256_of_file(path: str) -> str:
    """Return the SHA-256 digest of a file, in hexadecimal digits.

    Raises:
        OSError: if it cannot be read.
    """
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def sha256_of_unchanged_file(path: str) -> str:
    """As ``sha256_of_file``, but a file that is as it was is read once only."""
    status = os.stat(path)
    # The last of them no program can set back.
    return _digest(path, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@functools.lru_cache(maxsize=None)
def _digest(path: str, *as_it_was: int) -> str:
    return sha256_of_file(path)


def read_json(path: str) -> Json | None:
    """Read a JSON object; None if there is no such file, or if it holds something else."""
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def check_replaceable(path: str) -> None:
    """Make sure that a file can be replaced: nothing is there, or a regular file.

    A link would be replaced, and not what it leads to. A device such as /dev/null would be gone for
    everybody.

    Raises:
        OSError: if something else is there.
    """
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return
    if stat.S_ISLNK(mode):
        raise OSError(errno.EINVAL, f"it is a link, to {os.readlink(path)}")
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file")


def write_json(path: str, value: Json) -> None:
    """Write a JSON object so that a reader finds it whole or not at all.

    Raises:
        OSError: if it cannot be written.
    """
    check_replaceable(path)
    scratch = f"{path}.{os.getpid()}.{unique()}"
    try:
        # Exclusively: nobody can have put a link there.
        with open(scratch, "x", encoding="utf-8") as file:
            json.dump(value, file, indent=1, sort_keys=True)
        os.replace(scratch, path)
    except FileExistsError:
        raise
    except OSError:
        # There may be no room for it, and some for a name.
        try:
            os.unlink(scratch)
        except OSError:
            pass
        raise


def unique() -> str:
    """Return a name that no other process makes."""
    # As random as a UUID, whose module costs more to load than a short-lived pip should pay.
    return os.urandom(16).hex()
