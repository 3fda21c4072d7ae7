"""The files of a build environment as pip has put them there, and copies of them in another one.

A copy is what pip would have put there: the same bytes, with the path of the other environment in the
first lines of scripts. Each file is compared with its digest while it is copied. So nothing that a
build has written to the environment that is copied from reaches another one.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import itertools
import os
import stat
from typing import Callable, Iterator, Mapping, NamedTuple

from ...files import record_digest, sha256_of_file
from ...frozen import Frozen

_BINARY = getattr(os, "O_BINARY", 0)
READING = os.O_RDONLY | _BINARY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""Opens a file never through a link, whose target may change, and without waiting at a pipe."""

_COMPILED = "__pycache__"
_RECORD = ".dist-info/RECORD"
# The flags of a compiled module that is compared with its source: by time and size, or by a digest.
_COMPARED = (bytes(4), (0b11).to_bytes(4, "little"))
_SCRIPTS = ("bin", "Scripts")
SMALL = 1 << 22
"""The size in bytes up to which a file is read at once."""

# The name of a directory below which no other file is likely to contain it by chance.
_LEAST_NAME = 12

Listing = Mapping[str, os.stat_result]
"""The status of each file and directory in a directory, by its path there, separated by slashes."""


class Unfit(Exception):
    """The files of an environment cannot be copied into another one."""


class File(NamedTuple):
    """A file that pip has put into a build environment.

    Args:
        path: The path, separated by slashes.
        sha256: The digest of its content.
        mode: Its permissions.
    """

    path: str
    sha256: str
    mode: int


class Files(Frozen):
    """What one pass of pip has put into a build environment.

    Args:
        root: The directory of the environment.
        files: The files, by their paths below the directory that the pass installs into.
        directories: The new directories there with their permissions, the outer ones first.
    """

    root: str
    files: tuple[File, ...]
    directories: tuple[tuple[str, int], ...]

    @property
    def has_distributions(self) -> bool:
        """Whether a distribution was installed (PEP 376)."""
        return any(file.path.endswith(_RECORD) for file in self.files)


Contents = Callable[[File], Iterator[bytes]]
"""Returns the content of a file in blocks of ``SMALL`` bytes, the last of which may be shorter."""


def contents_in(directory: str) -> Contents:
    """Return what reads the files in a directory.

    Args:
        directory: The directory.
    """

    def contents(file: File) -> Iterator[bytes]:
        reading = os.open(f"{directory}/{file.path}", READING)
        try:
            if not stat.S_ISREG(os.fstat(reading).st_mode):
                raise Unfit(f"{file.path} was replaced")
            block = os.read(reading, SMALL)
            while block:
                yield block
                block = os.read(reading, SMALL) if len(block) == SMALL else b""
        finally:
            os.close(reading)

    return contents


def listing(directory: str) -> dict[str, os.stat_result]:
    """Return all files and directories in a directory.

    Args:
        directory: The directory, which need not exist.
    """
    found: dict[str, os.stat_result] = {}
    queue = [""]
    while queue:
        below = queue.pop()
        try:
            entries = list(os.scandir(os.path.join(directory, below)))
        except (FileNotFoundError, PermissionError):
            # What cannot be listed is not the same as what was listed before.
            continue
        for entry in entries:
            path = f"{below}/{entry.name}" if below else entry.name
            found[path] = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(found[path].st_mode):
                queue.append(path)
    return found


def form_of_path(root: str) -> tuple[int, bool]:
    """Return what decides how a script begins whose interpreter is below a directory.

    The line for the interpreter must be short, and can have no space in the path.

    Args:
        root: The directory.
    """
    return len(os.fsencode(root)), " " in root


def part_of(found: Listing, below: str) -> dict[str, os.stat_result]:
    """Return the part of a listing that is in one of its directories; all of it for ""."""
    if not below:
        return dict(found)
    start = f"{below}/"
    return {path[len(start) :]: seen for path, seen in found.items() if path.startswith(start)}


def without_compiled(found: Listing) -> dict[str, os.stat_result]:
    """Return a listing without what Python has compiled, as it does whenever it imports something."""
    return {path: seen for path, seen in found.items() if _COMPILED not in path}


def is_compiled(root: str, path: str, seen: os.stat_result) -> bool:
    """Return whether a path is what Python itself adds when it imports a module from its source.

    Args:
        root: The directory of the environment.
        path: The path there.
        seen: Its status.
    """
    directory, name = os.path.split(path)
    if stat.S_ISDIR(seen.st_mode):
        return name == _COMPILED
    is_module = os.path.basename(directory) == _COMPILED and name.endswith(".pyc")
    return is_module and is_compared(os.path.join(root, path))


def is_compared(path: str) -> bool:
    """Return whether Python compares a compiled module with its source before it uses it (PEP 552)."""
    try:
        reading = os.open(path, READING)
    except OSError:
        return False
    try:
        return stat.S_ISREG(os.fstat(reading).st_mode) and os.read(reading, 8)[4:] in _COMPARED
    finally:
        os.close(reading)


def is_unchanged(before: Listing, now: Listing) -> bool:
    """Return whether nothing was changed, removed or added between two listings."""
    return before.keys() == now.keys() and all(_alike(before[path], now[path]) for path in before)


def put_there(root: str, directory: str, before: Listing, after: Listing) -> Files | None:
    """Return what pip has put into a directory of a build environment.

    Args:
        root: The directory of the environment.
        directory: The directory that pip has installed into.
        before: What was in that directory before.
        after: What is in it now.

    Returns:
        The files; None if pip has also changed or removed some, has compiled them, which takes the path
        of the environment into them, or has made others than regular files.

    Raises:
        OSError: If a file cannot be read.
    """
    for path, seen in before.items():
        now = after.get(path)
        if now is None or not _alike(seen, now):
            return None
    new = {path: seen for path, seen in after.items() if path not in before}
    if any(_COMPILED in path for path in new):
        return None
    directories = sorted(
        (path, stat.S_IMODE(seen.st_mode)) for path, seen in new.items() if stat.S_ISDIR(seen.st_mode)
    )
    recorded: dict[str, str] = {}
    for path in new:
        if path.endswith(_RECORD):
            recorded.update(_recorded(directory, path))
    files = []
    for path, seen in new.items():
        if stat.S_ISDIR(seen.st_mode):
            continue
        if not stat.S_ISREG(seen.st_mode):
            return None
        digest = recorded.get(path) or sha256_of_file(os.path.join(directory, path))
        files.append(File(path, digest, stat.S_IMODE(seen.st_mode)))
    return Files(root, tuple(files), tuple(directories))


def copy(files: Files, contents: Contents, target: str, root: str) -> None:
    """Copy what pip has put into one build environment into another one.

    Args:
        files: What it has put there.
        contents: Reads these files.
        target: The directory that they are copied to.
        root: The directory of the environment to which ``target`` belongs.

    Raises:
        Unfit: If a file is not as pip has put it there, is there already, or contains the path of its
            environment in an unknown way; then nothing is left in ``target``.
    """
    copying = _Copying(files.root, root)
    try:
        # Of an environment that contained directories before, a copy that is kept has none yet.
        new = [file.path for file in files.files] + [path for path, _ in files.directories]
        for parent in sorted(set(map(os.path.dirname, new))):
            copying.make_directories(f"{target}/{parent}")
        for path, mode in files.directories:
            copying.make_directory(f"{target}/{path}", mode)
        # The files that record the others come last.
        for file in sorted(files.files, key=lambda file: file.path.endswith(_RECORD)):
            copying.copy(file, contents(file), f"{target}/{file.path}")
    except (OSError, Unfit) as error:
        copying.undo()
        raise Unfit(str(error)) from error
    except BaseException:
        copying.undo()
        raise


class _Copying:
    """Copies files of one environment into another one.

    Args:
        root: The directory of the environment for which pip has made the files.
        new_root: The directory of the other one.
    """

    def __init__(self, root: str, new_root: str) -> None:
        self._root, self._new_root = os.fsencode(root), os.fsencode(new_root)
        self._name = os.fsencode(os.path.basename(root))
        self._moves = root != new_root
        is_alike = form_of_path(root) == form_of_path(new_root)
        if self._moves and (len(self._name) < _LEAST_NAME or not is_alike):
            raise Unfit(f"{new_root} is not like {root}")
        self._made: list[str] = []
        self._directories: list[str] = []
        # The digests of scripts in the format of RECORD: before, and with the new path.
        self._changed: list[tuple[bytes, bytes]] = []

    def make_directories(self, path: str) -> None:
        path = path.rstrip("/")
        if not os.path.isdir(path):
            self.make_directories(os.path.dirname(path))
            self.make_directory(path)

    def make_directory(self, path: str, mode: int | None = None) -> None:
        """Make a directory unless it exists, and set its permissions if they are known."""
        if not os.path.isdir(path):
            os.mkdir(path)
            self._directories.append(path)
        if mode is not None:
            os.chmod(path, mode)

    def copy(self, file: File, blocks: Iterator[bytes], target: str) -> None:
        """Copy a file, and compare it with its digest.

        Args:
            file: The file.
            blocks: Its content.
            target: The path of the copy.
        """
        content = next(blocks, b"")
        if len(content) == SMALL:
            self._copy_large(file, itertools.chain((content,), blocks), target)
            return
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise Unfit(f"{file.path} was changed")
        if self._moves and self._name in content:
            content = self._moved(file, content)
        if self._changed and file.path.endswith(_RECORD):
            for before, now in self._changed:
                content = content.replace(before, now)
        writing = self._create(file, target)
        try:
            _write(writing, content)
        finally:
            os.close(writing)

    def _create(self, file: File, target: str) -> int:
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, file.mode)
        self._made.append(target)
        if stat.S_IMODE(os.fstat(writing).st_mode) != file.mode:
            # The umask of this process has removed permissions that pip sets in spite of it.
            os.chmod(target, file.mode)
        return writing

    def _copy_large(self, file: File, blocks: Iterator[bytes], target: str) -> None:
        digest = hashlib.sha256()
        writing = self._create(file, target)
        end = b""
        try:
            for content in blocks:
                digest.update(content)
                if self._moves and self._name in end + content:
                    raise Unfit(f"{file.path} contains the path of its environment")
                _write(writing, content)
                end = (end + content)[-len(self._name) :]
        finally:
            os.close(writing)
        if digest.hexdigest() != file.sha256:
            raise Unfit(f"{file.path} was changed")

    def _moved(self, file: File, content: bytes) -> bytes:
        """Return the content of a script for the other environment."""
        moved = content.replace(self._root, self._new_root)
        is_script = file.path.partition("/")[0] in _SCRIPTS and content.startswith(b"#!")
        if not is_script or b"\0" in content or self._name in moved:
            raise Unfit(f"{file.path} contains the path of its environment")
        self._changed.append((_in_record(content), _in_record(moved)))
        return moved

    def undo(self) -> None:
        """Remove all that was copied."""
        for path in self._made:
            os.unlink(path)
        for path in reversed(self._directories):
            os.rmdir(path)


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _in_record(content: bytes) -> bytes:
    return f"sha256={record_digest(content)}".encode()


def _recorded(directory: str, record: str) -> Iterator[tuple[str, str]]:
    """Yield the files with their digests that a RECORD contains (PEP 376)."""
    site = os.path.dirname(os.path.dirname(record))
    try:
        with open(os.path.join(directory, record), encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                algorithm, _, digest = row[1].partition("=") if len(row) > 1 else ("", "", "")
                if algorithm == "sha256":
                    path = row[0] if "../" not in row[0] else os.path.normpath(f"{site}/{row[0]}")
                    full = path.replace(os.sep, "/") if "../" in row[0] else f"{site}/{path}"
                    yield full, base64.urlsafe_b64decode(digest + "==").hex()
    except (UnicodeDecodeError, ValueError, csv.Error):
        # The digests of its files are computed.
        return


def _alike(one: os.stat_result, other: os.stat_result) -> bool:
    if stat.S_ISDIR(one.st_mode) or stat.S_ISDIR(other.st_mode):
        return one.st_mode == other.st_mode
    return (
        one.st_mtime_ns == other.st_mtime_ns
        and one.st_ctime_ns == other.st_ctime_ns
        and one.st_size == other.st_size
        and one.st_ino == other.st_ino
        and one.st_mode == other.st_mode
    )
