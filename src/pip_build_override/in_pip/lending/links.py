"""Puts the files of an installed distribution into a build environment: copies, and some links.

Whatever a build does to a copy stays in the build environment. But copying gigabytes takes longer than
many builds. So if copying would take more than about a second, the largest binaries are linked. A build
writes to text files and to its own output, but hardly to a library of that size; if it does,
``check_untouched`` detects it.

Only single files are linked, in directories of the build environment: through a link to a whole
directory, files could be created, renamed or deleted in the original. If the file system can share the
content of two files until one of them is written to, a link is such a file. Otherwise it is a symbolic
link: unlike a hard link, it does not change the original's inode, so any such change is the build's.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import stat
import struct
import sys
from typing import Callable, Iterator, NamedTuple

from ...files import replace_whole, unique
from ..target.installed import is_below
from . import scripts
from .distribution import Recorded
from .snapshot import Lent

_LIBRARIES = (".so", ".dylib")
# Lending torch 2.13.0 for CPUs, 12,248 files of 699 MB, takes 1.2 s of processor time with these two
# numbers, including the comparisons after preparing and after building; most of it is spent on creating
# that many files. Each additional 100 MB takes 0.1 s, if they are in memory. 97 % of the files are no
# larger than the first number, and are 54 MB in total (benchmarks/borrow_cost.py).
_ALWAYS_COPIED = 1 << 16
_MOST_COPIED = 128 << 20
_BLOCK = 1 << 20
_BINARY = getattr(os, "O_BINARY", 0)
# From linux/fs.h, for 64-bit processors; others report an error for these numbers.
_FICLONE = 0x40049409
_GETFLAGS, _SETFLAGS, _TOPDIR = 0x80086601, 0x40086602, 0x00020000
# The number of files from which it matters where they are created.
_MANY = 500


def _copy(source: str, target: str, status: os.stat_result) -> None:
    """Copy a file with its mode but a current modification time, as any installer does.

    What was compiled in the same sources with another version is older, so make and similar tools
    compile it again.

    Raises:
        FileExistsError: If ``target`` already exists.
    """
    # shutil.copy takes three times as long for a small file, and torch has twelve thousand of those.
    reading = os.open(source, os.O_RDONLY | _BINARY)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
        writing = os.open(target, flags, stat.S_IMODE(status.st_mode))
        try:
            left = status.st_size
            while left > 0:
                block = os.read(reading, min(left, _BLOCK))
                if not block:
                    # The file was truncated meanwhile, which the comparison after the build reports.
                    break
                left -= len(block)
                while block:
                    block = block[os.write(writing, block) :]
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _copy_whole(source: str, target: str) -> None:
    if os.path.lexists(target):
        raise FileExistsError(target)
    shutil.copy(source, target)


def _clone(source: str, target: str) -> None:
    """Make a file that shares its content with another one until either is written to.

    Raises:
        OSError: If the file system does not support that, or if ``target`` already exists.
    """
    import fcntl

    with open(target, "xb") as copy:
        try:
            with open(source, "rb") as file:
                fcntl.ioctl(copy.fileno(), _FICLONE, file.fileno())
        except OSError:
            os.unlink(target)
            raise
    shutil.copymode(source, target)


def _hard_link(source: str, target: str) -> None:
    # For a symbolic link, some systems make another one, and a relative one would lead elsewhere.
    os.link(os.path.realpath(source) if os.path.islink(source) else source, target)


# On Windows, most users may not create symbolic links.
_WAYS: tuple[Callable[[str, str], object], ...] = (os.symlink, _copy_whole)
if sys.platform == "linux":
    _WAYS = (_clone, *_WAYS)
elif sys.platform == "darwin":
    # Its loader resolves symbolic links to find a library's own directory, and would load the originals
    # of the libraries there in addition to the copies.
    _WAYS = (_hard_link, *_WAYS)


class _File(NamedTuple):
    """A file on its way into a build environment.

    Args:
        path: The path in the distribution's RECORD; absolute for a file that is not its own.
        source: Where the file is.
        target: Where it is put.
        status: The status of the source before anything was built with it.
    """

    path: str
    source: str
    target: str
    status: os.stat_result


class Links:
    """Puts files into the build environments of one run, and removes the links among them."""

    def __init__(self) -> None:
        self._made: list[str] = []
        self._directories: set[str] = set()
        self._ways = list(_WAYS)
        # The number of bytes that may still be copied into each build environment.
        self._left: dict[str, int] = {}

    def put(
        self, distribution: Recorded, lent: Lent, site: str, info: str, prefix: str, python: str
    ) -> None:
        """Put the files of a distribution beside its metadata.

        Args:
            distribution: The installed distribution.
            lent: Its files.
            site: The library directory of the build environment.
            info: The dist-info directory of its stand-in there.
            prefix: The directory outside of which nothing is put.
            python: The interpreter of the build environment.
        """
        own_info = distribution.info + "/"
        rows = []
        files: list[_File] = []
        # A copy of the list, because linking a file updates the original.
        for path, status in list(lent.files.items()):
            if path not in distribution.rows:
                continue
            place = path
            if path.startswith(own_info):
                place = f"{info}/{path[len(own_info) :]}"
            # Joined by hand, which is noticeably faster for ten thousand files.
            target, source = f"{site}/{place}", f"{distribution.site}/{path}"
            if place.startswith("../") or os.path.isabs(place):
                target = os.path.normpath(os.path.join(site, place))
                source = os.path.join(distribution.site, path)
                if not is_below(target, prefix):
                    continue
            if path.startswith("../") and scripts.starts_interpreter(source):
                self._copy_script(source, target, python)
            else:
                files.append(_File(path, source, target, status))
            rows.append([place, *distribution.rows[path][1:]])
        if any(_is_library(path) for path in distribution.rows):
            files.extend(_conda_libraries(distribution.site, site, prefix))
        if len(files) >= _MANY:
            below = [
                file.target[len(site) + 1 :] for file in files if file.target.startswith(f"{site}/")
            ]
            self._make_spread({path.partition("/")[0] for path in below if "/" in path}, site)
        self._put_all(files, lent, prefix)
        # These files belong to the distribution: pip removes them if it installs another version.
        _complete_record(os.path.join(site, info, "RECORD"), rows)

    def _put_all(self, files: list[_File], lent: Lent, prefix: str) -> None:
        left = self._left.get(prefix, _MOST_COPIED)
        linked = _too_much(files, left)
        copied = sum(file.status.st_size for file in files if file.target not in linked)
        self._left[prefix] = max(0, left - copied)
        for file in files:
            self._make_directory(os.path.dirname(file.target))
            if file.target in linked:
                self._link(file, lent)
                continue
            try:
                _copy(file.source, file.target, file.status)
            except FileExistsError:
                continue
            except PermissionError:
                # A file that may not be read is useless to a build, and no reason to stop it.
                self._link(file, lent)

    def take_away(self) -> None:
        """Remove all links before pip deletes the build environments.

        pip changes the mode of what it cannot delete, and for a link that changes its target.
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

    def _link(self, file: _File, lent: Lent) -> None:
        lent.watch(file.path)
        while True:
            way = self._ways[0]
            try:
                way(file.source, file.target)
            except FileExistsError:
                return
            except OSError:
                if len(self._ways) == 1:
                    raise
                # Another file system, no permission, or a file with the maximum number of links.
                self._ways.remove(way)
            else:
                self._made.append(file.target)
                lent.note_own_link(file.path)
                return

    def _copy_script(self, source: str, target: str, python: str) -> None:
        self._make_directory(os.path.dirname(target))
        if not os.path.lexists(target):
            scripts.copy_for(source, target, python)

    def _make_spread(self, names: set[str], site: str) -> None:
        """Make the directories in which many files are created, spread over the disk.

        ext4 puts files near their directory, and for each file it skips the inodes freed in the last
        minutes one by one. So a second environment near one that was just deleted takes twenty times as
        long. Below a directory with this flag, ext4 chooses another place, by the name.

        Args:
            names: The names of the directories.
            site: The library directory that they are in.
        """
        if not _spread_below(site):
            return
        for name in names:
            if not os.path.lexists(f"{site}/{name}"):
                scratch = f"{site}/{unique()}"
                os.mkdir(scratch)
                os.rename(scratch, f"{site}/{name}")

    def _make_directory(self, directory: str) -> None:
        if directory not in self._directories:
            os.makedirs(directory, exist_ok=True)
            self._directories.add(directory)


def _spread_below(directory: str) -> bool:
    """Tell ext4 to spread the directories below one over the disk, and return whether it accepted."""
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            (flags,) = struct.unpack("l", fcntl.ioctl(descriptor, _GETFLAGS, struct.pack("l", 0)))
            fcntl.ioctl(descriptor, _SETFLAGS, struct.pack("l", flags | _TOPDIR))
        finally:
            os.close(descriptor)
    except OSError:
        return False
    return True


def _conda_libraries(theirs: str, site: str, prefix: str) -> Iterator[_File]:
    """Yield the libraries of a conda prefix, which extensions find by a relative path."""
    for above in ("..", "../.."):
        folder = os.path.normpath(os.path.join(theirs, above))
        target = os.path.normpath(os.path.join(site, above))
        if os.path.isdir(os.path.join(os.path.dirname(folder), "conda-meta")) and is_below(
            target, prefix
        ):
            for entry in os.scandir(folder):
                place = os.path.join(target, entry.name)
                # It may have been put there for another distribution.
                if _is_library(entry.name) and entry.is_file() and not os.path.lexists(place):
                    yield _File(entry.path, entry.path, place, entry.stat())


def _too_much(files: list[_File], left: int) -> set[str]:
    """Choose what to link: the largest binaries, until the remaining files may be copied.

    Args:
        files: All files of a distribution.
        left: The number of bytes that may be copied.

    Returns:
        The targets of the chosen files.
    """
    total = sum(file.status.st_size for file in files)
    chosen = set()
    for file in sorted(files, key=lambda file: file.status.st_size, reverse=True):
        if total <= left or file.status.st_size <= _ALWAYS_COPIED:
            break
        if _is_binary(file.source):
            chosen.add(file.target)
            total -= file.status.st_size
    return chosen


def _is_binary(path: str) -> bool:
    """Return whether a file is binary, and not text that a build might write to."""
    try:
        with open(path, "rb") as file:
            return b"\0" in file.read(8192)
    except OSError:
        return False


def _is_library(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.endswith((*_LIBRARIES, ".pyd")) or ".so." in name


def _complete_record(path: str, rows: list[list[str]]) -> None:
    with open(path, encoding="utf-8", newline="") as file:
        known = {row[0].replace("\\", "/"): row for row in csv.reader(file) if row}
    # With the distribution's own rows, so that a build that borrows from here borrows the same.
    merged = {**known, **{row[0]: row for row in rows}}
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(merged.values())
    replace_whole(path, text.getvalue().encode())


def _make_writable(directory: str) -> None:
    try:
        os.chmod(directory, stat.S_IRWXU)
    except OSError:
        # pip encounters the same problem, whatever it is.
        return


def _unlink_if_link(path: str) -> None:
    try:
        if os.path.islink(path):
            os.unlink(path)
    except OSError:
        return
