"""Puts the files of an installed distribution into a build environment, by links.

Each file is a link of its own in a directory of the build environment: what is created, renamed or
deleted there stays there. A link to a whole directory would let all of that through.

A hard link, where both are on one file system: making one takes a tenth of the time of a symbolic one,
which tells for the fifteen thousand files of torch, and nothing finds the way back by it. Else a
symbolic one, and where that is not allowed either, as to most users of Windows, a copy.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import stat
import uuid
from functools import lru_cache
from typing import Any, Callable

from . import scripts
from .recorded import Recorded
from .untouched import Lent

_LIBRARIES = (".so", ".dylib")


def _copy(source: str, target: str) -> None:
    if os.path.lexists(target):
        raise FileExistsError(target)
    shutil.copy2(source, target)


def _hard_link(source: str, target: str) -> None:
    # Of a symbolic link Linux makes another one, and a relative one leads elsewhere from there.
    os.link(os.path.realpath(source) if os.path.islink(source) else source, target)


# On Windows hard links share an attribute that keeps a file from being deleted, and pip takes it off.
_WAYS: tuple[Callable[[str, str], Any], ...] = (os.symlink, _copy)
if os.name != "nt":
    _WAYS = (_hard_link, *_WAYS)


class Links:
    """What was put into the build environments of one run."""

    def __init__(self) -> None:
        self._made: list[str] = []
        self._directories: set[str] = set()
        self._ways = list(_WAYS)

    def put(
        self, distribution: Recorded, lent: Lent, site: str, info: str, prefix: str, python: str
    ) -> None:
        """Put the files of a distribution beside its metadata.

        Args:
            distribution: the installed one.
            lent: its files.
            site: the library directory of the build environment.
            info: the dist-info directory that its stand-in got there.
            prefix: the directory that nothing is put outside of.
            python: the interpreter of the build environment.
        """
        if self._ways[0] is _hard_link and _is_layered(distribution.site):
            self._ways.remove(_hard_link)
        own_info = distribution.info + "/"
        rows = []
        for path in lent.files:
            place = path
            if path.startswith(own_info):
                place = f"{info}/{path[len(own_info) :]}"
            # Joined by hand: for ten thousand files the difference is felt.
            target, source = f"{site}/{place}", f"{distribution.site}/{path}"
            if place.startswith("../") or os.path.isabs(place):
                target = os.path.normpath(os.path.join(site, place))
                source = os.path.join(distribution.site, path)
                if not _is_below(target, prefix):
                    continue
            if path.startswith("../") and scripts.starts_interpreter(source):
                self._copy_script(source, target, python)
            else:
                self._link(source, target)
            rows.append([place, *distribution.rows[path][1:]])
        if any(_is_library(path) for path in lent.files):
            self._link_conda_libraries(distribution.site, site, prefix)
        # All of it is the distribution's: pip takes it away with it where it puts another version in.
        _complete_record(os.path.join(site, info, "RECORD"), rows)

    def take_away(self) -> None:
        """Take all links away, before pip deletes the build environments.

        What pip cannot delete it gives another mode first, and that of a link is its target's.
        """
        for path in self._made:
            try:
                os.unlink(path)
            except FileNotFoundError:
                continue
            except OSError:
                _make_writable(os.path.dirname(path))
                _unlink_if_link(path)
        self._made.clear()

    def _link(self, source: str, target: str) -> None:
        self._make_directory(os.path.dirname(target))
        while True:
            way = self._ways[0]
            try:
                way(source, target)
            except FileExistsError:
                return
            except OSError:
                if len(self._ways) == 1:
                    raise
                # Another file system, no right to it, or a file with as many links as there may be.
                self._ways.remove(way)
            else:
                self._made.append(target)
                return

    def _copy_script(self, source: str, target: str, python: str) -> None:
        self._make_directory(os.path.dirname(target))
        if not os.path.lexists(target):
            scripts.copy_for(source, target, python)

    def _make_directory(self, directory: str) -> None:
        if directory not in self._directories:
            os.makedirs(directory, exist_ok=True)
            self._directories.add(directory)

    def _link_conda_libraries(self, theirs: str, site: str, prefix: str) -> None:
        """Link the libraries of a conda prefix, which extensions find by their relative place."""
        for above in ("..", "../.."):
            folder = os.path.normpath(os.path.join(theirs, above))
            if os.path.isdir(os.path.join(os.path.dirname(folder), "conda-meta")):
                target = os.path.normpath(os.path.join(site, above))
                if _is_below(target, prefix):
                    self._link_libraries(folder, target)

    def _link_libraries(self, folder: str, target: str) -> None:
        for entry in os.scandir(folder):
            if _is_library(entry.name) and entry.is_file():
                self._link(entry.path, os.path.join(target, entry.name))


@lru_cache(maxsize=None)
def _is_layered(directory: str) -> bool:
    """Tell whether a directory is in layers, as in a container, where a hard link copies first."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
            mounts = [line.split() for line in file]
    except OSError:
        return False
    best, kind = "", ""
    for fields in mounts:
        place = fields[4]
        within = directory == place or directory.startswith(os.path.join(place, ""))
        if within and len(place) >= len(best):
            best, kind = place, fields[fields.index("-") + 1]
    return kind in ("overlay", "aufs")


def _is_library(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.endswith((*_LIBRARIES, ".pyd")) or ".so." in name


def _is_below(path: str, directory: str) -> bool:
    return path.startswith(os.path.join(os.path.normpath(directory), ""))


def _complete_record(path: str, rows: list[list[str]]) -> None:
    with open(path, encoding="utf-8", newline="") as file:
        known = {row[0].replace("\\", "/"): row for row in csv.reader(file) if row}
    # As the distribution has them itself, so that who borrows from here borrows the same.
    merged = {**known, **{row[0]: row for row in rows}}
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(merged.values())
    scratch = f"{path}.{uuid.uuid4().hex}"
    with open(scratch, "w", encoding="utf-8", newline="") as file:
        file.write(text.getvalue())
    os.replace(scratch, path)


def _make_writable(directory: str) -> None:
    try:
        os.chmod(directory, stat.S_IRWXU)
    except OSError:
        # Whatever is in the way, pip meets it as well.
        return


def _unlink_if_link(path: str) -> None:
    try:
        if os.path.islink(path):
            os.unlink(path)
    except OSError:
        return
