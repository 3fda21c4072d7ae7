"""The sdist from which all wheels of a matrix are built, read without unpacking it."""

from __future__ import annotations

import hashlib
import os
import tarfile
from dataclasses import dataclass, replace
from email.parser import HeaderParser
from pathlib import Path
from typing import IO

from ..errors import OverrideError
from ..files import shown_path
from ..rules.place import Place
from ..rules.reading.document import decode, parse_toml
from ..rules.standards import normalise
from .project import Project, read_project

_METADATA = "PKG-INFO"
_PROJECT = "pyproject.toml"


@dataclass(frozen=True)
class Sdist:
    """An sdist.

    Attributes:
        path: Where it is.
        name: The normalised name of the project, by PKG-INFO.
        version: Its version, likewise.
        digest: A hash of its members. The file itself differs each time that it is made, because it
            contains times.
        project: What its pyproject.toml declares.
    """

    path: Path
    name: str
    version: str
    digest: str
    project: Project


def read_sdist(path: Path) -> Sdist:
    """Read an sdist (PEP 625).

    Args:
        path: The file.

    Raises:
        OverrideError: If it is not an sdist, or its pyproject.toml is not valid.
    """
    digest = hashlib.sha256()
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in sorted(archive.getmembers(), key=lambda member: member.name):
                content = archive.extractfile(member) if member.isfile() else None
                inner = member.name.partition("/")[2]
                if content is not None and inner in (_METADATA, _PROJECT):
                    found[inner] = content.read()
                    content.seek(0)
                digest.update(_description(member, content).encode("utf-8", "surrogateescape"))
    except (OSError, EOFError, tarfile.TarError) as error:
        raise _no_sdist(path, str(error)) from None
    if _METADATA not in found:
        raise _no_sdist(path, f"there is no {_METADATA} in it")
    metadata = HeaderParser().parsestr(found[_METADATA].decode(errors="replace"))
    name, version = (str(metadata[key] or "").strip() for key in ("Name", "Version"))
    if not name or not version:
        raise _no_sdist(path, f"its {_METADATA} has no name and version")
    place = Place(f"{os.path.basename(path)}: {_PROJECT}", "pyproject")
    project = Project(place)
    if _PROJECT in found:
        project = read_project(parse_toml(decode(found[_PROJECT], place), place), place)
    name = normalise(name)
    return Sdist(Path(path), name, version, digest.hexdigest(), replace(project, name=name))


def _description(member: tarfile.TarInfo, content: IO[bytes] | None) -> str:
    """Return what a build can see of a member: all but its times and owners."""
    executable = bool(member.mode & 0o111) and member.isfile()
    hashed = hashlib.sha256()
    for block in iter(lambda: content.read(1 << 20) if content is not None else b"", b""):
        hashed.update(block)
    parts = (member.name, member.type.decode(), member.linkname, str(executable), hashed.hexdigest())
    return "\0".join(parts) + "\n"


def _no_sdist(path: Path, why: str) -> OverrideError:
    return OverrideError(
        f"it is not an sdist: {why}",
        kind="wrong-file",
        where=shown_path(str(path)),
        hint="make it again, for example with python -m build --sdist",
    )
