"""The files of a build environment in one file, which is valid as a whole or not at all.

The contents come first, then a list of them, then a digest of the list, so that a file of which a part
is missing or was changed is found out before anything of it is used. ``environment_files.copy``
compares each content with the digest that the list has for it.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import struct
from contextlib import contextmanager
from typing import Iterator

from . import environment_files
from .environment_files import SMALL, Contents, File, Files, Unfit

_FORMAT = 1
"""Increase this if the list changes its meaning."""

# The length of the list, and its digest.
_END = struct.Struct(">Q32s")


def write(path: str, name: str, files: Files, contents: Contents, limit: int) -> None:
    """Write files into one file.

    Args:
        path: The path of that file.
        name: The name by which it is opened.
        files: The files.
        contents: Reads them.
        limit: The size in bytes that it may have.

    Raises:
        OSError: If something cannot be read or written.
        Unfit: If a file is not as its digest says, or if they are too large.
    """
    listed = []
    with open(path, "wb") as packed:
        for file in files.files:
            digest = hashlib.sha256()
            begin = packed.tell()
            for block in contents(file):
                digest.update(block)
                packed.write(block)
            if digest.hexdigest() != file.sha256:
                raise Unfit(f"{file.path} was changed")
            if packed.tell() > limit:
                raise Unfit(f"{path} would be too large")
            listed.append([*file, begin, packed.tell() - begin])
        listing = json.dumps(
            {
                "format": _FORMAT,
                "name": name,
                "root": files.root,
                "files": listed,
                "directories": [list(directory) for directory in files.directories],
            }
        ).encode()
        packed.write(listing)
        packed.write(_END.pack(len(listing), hashlib.sha256(listing).digest()))


@contextmanager
def opened(path: str, name: str) -> Iterator[tuple[Files, Contents]]:
    """Open a file that ``write`` has written.

    Args:
        path: Its path.
        name: The name that it was given.

    Returns:
        The files in it, and what reads them.

    Raises:
        OSError: If it cannot be read.
        Unfit: If it is not such a file, has another name, or was damaged.
    """
    # Not waiting for another process at a pipe.
    descriptor = os.open(path, environment_files.READING)
    with open(descriptor, "rb") as packed:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unfit(f"{path} is not a file")
        end = packed.seek(0, 2) - _END.size
        if end < 0:
            raise Unfit(f"{path} is not complete")
        packed.seek(end)
        size, digest = _END.unpack(packed.read(_END.size))
        if size > end:
            raise Unfit(f"{path} is not complete")
        packed.seek(end - size)
        listing = packed.read(size)
        if hashlib.sha256(listing).digest() != digest:
            raise Unfit(f"{path} was changed")
        files, places = _read(listing, name)

        def contents(file: File) -> Iterator[bytes]:
            begin, left = places[file.path]
            packed.seek(begin)
            while left:
                block = packed.read(min(left, SMALL))
                # If it is shorter than it should be, so is the content.
                left = left - len(block) if block else 0
                yield block

        yield files, contents


def read_all(path: str, name: str) -> list[tuple[File, bytes]]:
    """Return all files in a file that ``write`` has written, compared with their digests.

    Args:
        path: Its path.
        name: The name that it was given.

    Raises:
        OSError: If it cannot be read.
        Unfit: If it is not such a file, has another name, or was damaged.
    """
    found = []
    with opened(path, name) as (files, contents):
        for file in files.files:
            content = b"".join(contents(file))
            if hashlib.sha256(content).hexdigest() != file.sha256:
                raise Unfit(f"{path} was changed")
            found.append((file, content))
    return found


def _read(listing: bytes, name: str) -> tuple[Files, dict[str, tuple[int, int]]]:
    """Return the files in a list, and where the content of each begins, with its size in bytes."""
    from ...documents import fields_of_format

    try:
        values = fields_of_format(json.loads(listing), _FORMAT)
        if values["name"] != name:
            raise Unfit(f"it is the one of {values['name']}")
        files, places = [], {}
        for path, sha256, mode, begin, size in values["files"]:
            files.append(File(path, sha256, mode))
            places[path] = (begin, size)
        directories = tuple((path, mode) for path, mode in values["directories"])
        return Files(values["root"], tuple(files), directories), places
    except (KeyError, TypeError, ValueError) as error:
        raise Unfit(f"not a list of files: {error}") from error
