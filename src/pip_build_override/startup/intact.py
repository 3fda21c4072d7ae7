"""Is this copy of the package whole, and of one version?

An upgrade that was broken off leaves files of two versions, or half of one, and some of those load
without an error and then do less than they should.
"""

from __future__ import annotations

import base64
import hashlib
import os

# What pip gets to see of the package.
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
    """Compare an installed copy with what its installer recorded, or look for files that break off.

    The record is PEP 376's RECORD. A checkout has none; there only the files are looked at. Every pip
    does this, so a file counts as recorded if it has the size that is recorded and is not newer than
    the record, which installers write last; of a newer one the content is compared. Somebody who
    changes a file and sets its time back is not found out.

    Args:
        package: directory of the package.

    Returns:
        True: nothing else is taken for a check that is itself whole.

    Raises:
        ImportError: naming the file that is not as it should be.
    """
    records = _records(package)
    if len(records) > 1:
        raise ImportError(f"{os.path.dirname(package)} has records of {len(records)} versions of it")
    if not (records and _is_as_recorded(package, records[0])):
        for directory in _LOADED:
            _look_for_broken_off(os.path.join(package, directory))
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
    """Compare the files of a copy with its record; False if that names none, as for an editable one."""
    parent, name = os.path.split(package)
    written = os.stat(record).st_mtime_ns
    named = False
    for row in _read(record).decode("utf-8").splitlines():
        # The names of this package's own files need no quotes.
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
        raise ImportError(f"{path} is not as it was installed")


def _look_for_broken_off(directory: str) -> None:
    for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else ():
        path = os.path.join(directory, name)
        if name.endswith(".py") and not _read(path).endswith(b"\n"):
            raise ImportError(f"{path} breaks off")


def _read(path: str) -> bytes:
    try:
        # Without a buffer: it is read whole.
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except OSError as error:
        raise ImportError(f"{path}: {error.strerror}") from None
