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


def check(package: str) -> bool:
    """Compare the files of an installed copy with what its installer has recorded (PEP 376, RECORD).

    A copy that no installer has put there, such as a checkout, has no such record and is not checked.

    Args:
        package: directory of the package.

    Returns:
        True: nothing else is taken for a check that is itself whole.

    Raises:
        ImportError: naming the file that is not as recorded.
    """
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
    try:
        with open(path, "rb") as file:
            digest = hashlib.sha256(file.read()).digest()
    except OSError as error:
        raise ImportError(f"{path}: {error.strerror}") from None
    if base64.urlsafe_b64encode(digest).decode().rstrip("=") != wanted:
        raise ImportError(f"{path} is not as it was installed")
