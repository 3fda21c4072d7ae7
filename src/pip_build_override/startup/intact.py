"""Is this copy of the package whole, and of one version?

An upgrade that was broken off leaves files of two versions, or half of one, and some of those load
without an error and then do less than they should.
"""

from __future__ import annotations

import base64
import csv
import glob
import hashlib
import os

# What pip gets to see of the package.
_LOADED = ("", "in_pip", "rules", "startup", os.path.join("startup", "inject"))


def check(package: str) -> bool:
    """Look for files that break off, and compare an installed copy with what its installer recorded.

    The record is PEP 376's RECORD. A checkout has none; there it stays at the look at the files.

    Args:
        package: directory of the package.

    Returns:
        True: nothing else is taken for a check that is itself whole.

    Raises:
        ImportError: naming the file that is not as it should be.
    """
    for directory in _LOADED:
        for path in sorted(glob.glob(os.path.join(glob.escape(package), directory, "*.py"))):
            if not _read(path).endswith(b"\n"):
                raise ImportError(f"{path} breaks off")
    parent, name = os.path.split(package)
    records = glob.glob(os.path.join(glob.escape(parent), f"{name}-*.dist-info", "RECORD"))
    if len(records) > 1:
        raise ImportError(f"{parent} has records of {len(records)} versions of it")
    for record in records:
        with open(record, encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file) if len(row) == 3]
        for path, recorded, _ in rows:
            if path.startswith(f"{name}/") and path.endswith(".py"):
                _check_file(os.path.join(parent, *path.split("/")), recorded)
    return True


def _check_file(path: str, recorded: str) -> None:
    algorithm, _, wanted = recorded.partition("=")
    if algorithm != "sha256":
        return
    digest = hashlib.sha256(_read(path)).digest()
    if base64.urlsafe_b64encode(digest).decode().rstrip("=") != wanted:
        raise ImportError(f"{path} is not as it was installed")


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ImportError(f"{path}: {error.strerror}") from None
