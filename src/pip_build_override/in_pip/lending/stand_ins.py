"""Wheels that contain nothing but the metadata of an installed distribution.

pip's own resolver and installer treat one as the distribution itself, and install its metadata and its
commands in the build environment; the files are then put beside them.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import zipfile
from pathlib import Path
from typing import Mapping, NamedTuple

from ...files import record_digest, replace_whole
from ...rules.standards import normalise
from .distribution import Recorded

_GENERATOR = "pip-build-override (stand-in for an installed distribution)"
_WHEEL = f"Wheel-Version: 1.0\nGenerator: {_GENERATOR}\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
# The earliest date that a zip file can contain, so the same distribution gives the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)


class StandIn(NamedTuple):
    """A wheel in place of an installed distribution.

    Args:
        name: The normalised name.
        version: The version.
        path: The path of the wheel.
        digest: The digest of the distribution's files; "" if the build environment only sees it.
    """

    name: str
    version: str
    path: str
    digest: str

    @property
    def url(self) -> str:
        return Path(self.path).as_uri()


def write(distribution: Recorded, present: Mapping[str, os.stat_result], room: str) -> StandIn:
    """Write and return the stand-in for a distribution.

    Args:
        distribution: The installed distribution.
        present: The status of its files that exist.
        room: A directory of the run.
    """
    digest = distribution.digest(present)
    # pip reads the name and version from the file name (PEP 427).
    stem = f"{re.sub('[-_.]+', '_', distribution.name)}-{distribution.version}"
    directory = os.path.join(room, digest[:20])
    path = os.path.join(directory, f"{stem}-py3-none-any.whl")
    if not os.path.exists(path):
        os.makedirs(directory, exist_ok=True)
        files = {"METADATA": distribution.read("METADATA"), "WHEEL": _WHEEL.encode()}
        entry_points = distribution.read("entry_points.txt")
        if entry_points:
            files["entry_points.txt"] = entry_points
        replace_whole(path, _wheel(f"{stem}.dist-info", files))
    return StandIn(distribution.name, distribution.version, path, digest)


def write_for_seen(name: str, version: str, metadata: str, room: str) -> StandIn:
    """Write and return the stand-in for a distribution that a build environment sees elsewhere.

    It has no entry points, so pip creates no commands for it.

    Args:
        name: The normalised name.
        version: The version, in normal form.
        metadata: The content of its METADATA.
        room: A directory of the run.
    """
    stem = f"{re.sub('[-_.]+', '_', name)}-{version}"
    data = metadata.encode()
    directory = os.path.join(room, hashlib.sha256(data).hexdigest()[:20])
    path = os.path.join(directory, f"{stem}-py3-none-any.whl")
    if not os.path.exists(path):
        os.makedirs(directory, exist_ok=True)
        files = {"METADATA": data, "WHEEL": _WHEEL.encode()}
        replace_whole(path, _wheel(f"{stem}.dist-info", files))
    return StandIn(name, version, path, "")


def _wheel(info: str, files: dict[str, bytes]) -> bytes:
    rows = []
    for name, data in files.items():
        rows.append(f"{info}/{name},sha256={record_digest(data)},{len(data)}\n")
    record = "".join([*rows, f"{info}/RECORD,,\n"]).encode()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in {**files, "RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(f"{info}/{name}", _DATE), data)
    return content.getvalue()


def placed_in(site: str) -> dict[str, str]:
    """Return the stand-ins that pip installed in a library directory.

    Returns:
        The names of their dist-info directories, by normalised name.
    """
    try:
        entries = os.listdir(site)
    except OSError:
        return {}
    return {
        normalise(entry.split("-")[0]): entry
        for entry in entries
        if entry.endswith(".dist-info") and _is_stand_in(os.path.join(site, entry, "WHEEL"))
    }


def _is_stand_in(wheel: str) -> bool:
    try:
        with open(wheel, encoding="utf-8", errors="replace") as file:
            return file.read() == _WHEEL
    except OSError:
        return False
