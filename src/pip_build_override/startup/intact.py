"""Checks that this copy of the package is complete and of one version.

An interrupted upgrade leaves files of two versions or a truncated file, and some of those load without
an error and then do less than they should.
"""

from __future__ import annotations

import base64
import hashlib
import os

# The directories of the package that are loaded into pip.
_LOADED = (
    "",
    "diagnosis",
    "in_pip",
    *(
        os.path.join("in_pip", room)
        for room in ("builds", "internals", "lending", "output", "state", "steps", "target")
    ),
    "records",
    "rules",
    os.path.join("rules", "planning"),
    os.path.join("rules", "reading"),
    "startup",
    os.path.join("startup", "inject"),
)


def check(package: str) -> bool:
    """Compare an installed copy with its record, or look for truncated files if there is none.

    The record is the RECORD of PEP 376. A checkout has none, so only its files are inspected. Every pip
    does this, so for speed a file is accepted if it has the recorded size and is not newer than the
    record, which installers write last; the content of a newer file is compared. A file that is changed
    without changing its size, and whose time is set back, is not detected.

    Args:
        package: Directory of the package.

    Returns:
        True; anything else means that this module itself is incomplete.

    Raises:
        ImportError: If a file is not as it should be; the message names it.
    """
    records = _records(package)
    if len(records) > 1:
        raise ImportError(
            f"{os.path.dirname(package)} contains the metadata of {len(records)} versions of it"
        )
    if not (records and _is_as_recorded(package, records[0])):
        for directory in _LOADED:
            _check_not_truncated(os.path.join(package, directory))
    return True


def _records(package: str) -> list[str]:
    parent, name = os.path.split(package)
    candidates = [
        os.path.join(parent, entry, "RECORD")
        for entry in (os.listdir(parent) if os.path.isdir(parent) else ())
        if entry.startswith(f"{name}-") and entry.endswith(".dist-info")
    ]
    return [path for path in candidates if os.path.isfile(path)]


def _is_as_recorded(package: str, record: str) -> bool:
    """Compare a copy with its record, and return whether that lists its files (editable: no)."""
    parent, name = os.path.split(package)
    written = os.stat(record).st_mtime_ns
    named = False
    for row in _read(record).decode("utf-8").splitlines():
        # The names of our own files need no quotes.
        path, _, rest = row.partition(",")
        if path.startswith(f"{name}/") and path.endswith(".py") and rest.startswith("sha256="):
            named = True
            digest, _, size = rest[7:].partition(",")
            _check_file(os.path.join(parent, *path.split("/")), digest, size, written)
    return named


def _check_file(path: str, digest: str, size: str, written: int) -> None:
    try:
        status = os.stat(path)
    except OSError as error:
        raise ImportError(f"{path}: {error.strerror}") from None
    if str(status.st_size) == size and status.st_mtime_ns <= written:
        return
    found = base64.urlsafe_b64encode(hashlib.sha256(_read(path)).digest())
    if found.decode().rstrip("=") != digest:
        raise ImportError(f"{path} has changed since it was installed")


def _check_not_truncated(directory: str) -> None:
    for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else ():
        path = os.path.join(directory, name)
        if name.endswith(".py") and _last_byte(path) != b"\n":
            raise ImportError(f"{path} is truncated")


def _last_byte(path: str) -> bytes:
    """Return the last byte of a file, without a file object, because every pip reads each file."""
    try:
        file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            if os.lseek(file, 0, os.SEEK_END):
                os.lseek(file, -1, os.SEEK_END)
            return os.read(file, 1)
        finally:
            os.close(file)
    except OSError as error:
        raise ImportError(f"{path}: {error.strerror}") from None


def _read(path: str) -> bytes:
    try:
        # Unbuffered, because it is read at once.
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except OSError as error:
        raise ImportError(f"{path}: {error.strerror}") from None
