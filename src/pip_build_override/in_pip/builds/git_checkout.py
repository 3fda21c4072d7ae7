"""Git checkouts: which files they track, and how to give a copy their history.

The index is read directly, following Git's documentation of its format. ``git`` itself may not be
installed, and it refuses directories owned by other users, such as those mounted into containers.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
from datetime import datetime, timezone
from typing import Iterable, NamedTuple

_ENTRY = 40
"""The number of bytes in an entry before its object name: times, device, mode, owner, size."""
_EXTENDED, _LENGTH = 0x4000, 0x0FFF

# Entries of a repository directory that are large, or useless in a copy that is only read.
_NOT_COPIED = frozenset(
    ("objects", "worktrees", "modules", "hooks", "logs", "rr-cache", "lfs", "fsmonitor--daemon")
)

_NOT_FOR_GIT = frozenset(("GIT_DIR", "GIT_WORK_TREE"))


class Repository(NamedTuple):
    """The locations of a checkout and its Git directories.

    Attributes:
        top: The root of the checkout.
        own: The directory with its HEAD and its index.
        shared: The directory with the history; it differs from ``own`` in a linked working tree.
    """

    top: str
    own: str
    shared: str


def around(directory: str) -> Repository | None:
    """Return the checkout that contains a directory, or None if it is in none."""
    top = os.path.realpath(directory)
    while True:
        found = at(top)
        if found is not None:
            return found
        parent = os.path.dirname(top)
        if parent == top:
            return None
        top = parent


def at(top: str) -> Repository | None:
    """Return the checkout whose root is a directory, or None if the directory is not such a root."""
    git = os.path.join(top, ".git")
    try:
        if os.path.isfile(git):
            # A submodule or a linked working tree.
            with open(git, encoding="utf-8", errors="surrogateescape") as file:
                text = file.read()
            if not text.startswith("gitdir:"):
                return None
            git = os.path.join(top, text[len("gitdir:") :].strip())
        shared = git
        common = os.path.join(git, "commondir")
        if os.path.isfile(common):
            with open(common, encoding="utf-8", errors="surrogateescape") as file:
                shared = os.path.join(git, file.read().strip())
    except OSError:
        return None
    if not os.path.isfile(os.path.join(git, "HEAD")):
        return None
    return Repository(top, os.path.realpath(git), os.path.realpath(shared))


def tracked_files(repository: Repository) -> frozenset[str] | None:
    """Return the files that a checkout tracks, relative to its root and with ``/``.

    Returns:
        The paths, or None if the index cannot be read or is split or sparse.
    """
    try:
        with open(os.path.join(repository.own, "index"), "rb") as index:
            content = index.read()
        config = os.path.join(repository.shared, "config")
        with open(config, encoding="utf-8", errors="replace") as file:
            sha256 = re.search(r"(?im)^\s*objectformat\s*=\s*sha256\b", file.read())
        return frozenset(_names(content, 32 if sha256 else 20))
    except (OSError, ValueError, IndexError, struct.error):
        return None


def _names(content: bytes, digest: int) -> list[str]:
    """Return the names in an index of version 2, 3 or 4.

    Raises:
        ValueError: If it is something else, or a split or sparse index.
        IndexError: If it is truncated.
        struct.error: If it is truncated.
    """
    magic, version, count = struct.unpack_from(">4sII", content)
    if magic != b"DIRC" or version not in (2, 3, 4):
        raise ValueError("the index is of an unknown version")
    names = []
    name = b""
    at = 12
    for _ in range(count):
        start = at
        (flags,) = struct.unpack_from(">H", content, at + _ENTRY + digest)
        at += _ENTRY + digest + (4 if flags & _EXTENDED else 2)
        if version == 4:
            # Each name starts with the previous one, less this number of bytes at its end.
            at, dropped = _number(content, at)
            end = content.index(b"\0", at)
            name = name[: len(name) - dropped] + content[at:end]
            at = end + 1
        else:
            end = at + (flags & _LENGTH)
            if flags & _LENGTH == _LENGTH:
                end = content.index(b"\0", at)
            name = content[at:end]
            # Entries are padded to a multiple of eight bytes, with at least one NUL.
            at = start + (end - start) // 8 * 8 + 8
        names.append(os.fsdecode(name))
    _refuse_parts(content, at, digest)
    return names


def _number(content: bytes, at: int) -> tuple[int, int]:
    value = content[at] & 127
    while content[at] & 128:
        at += 1
        value = ((value + 1) << 7) | (content[at] & 127)
    return at + 1, value


def _refuse_parts(content: bytes, at: int, digest: int) -> None:
    """Refuse an index that lists only its differences from another one, or whole directories.

    Raises:
        ValueError: If it does so.
    """
    while at < len(content) - digest:
        signature, size = struct.unpack_from(">4sI", content, at)
        if signature in (b"link", b"sdir"):
            raise ValueError("the index is split")
        at += 8 + size


def overlook(repository: Repository, paths: Iterable[str]) -> None:
    """Make Git regard tracked files as unchanged, so that a tool still finds the version of the commit.

    Nothing happens if ``git`` cannot be run, because such a tool cannot run it either.

    Args:
        repository: The checkout, to which its index belongs alone.
        paths: The paths of the files, relative to its root and with ``/``.
    """
    tracked = tracked_files(repository)
    known = [path for path in paths if tracked is None or path in tracked]
    command = ["git", "-C", repository.top, "update-index", "--assume-unchanged", "--", *known]
    try:
        subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError:
        pass


def time_of_commit(directory: str) -> datetime | None:
    """Return when the commit that is checked out was made, or None if ``git`` does not say that.

    Args:
        directory: A directory in the checkout.
    """
    # These would have git look elsewhere, as for pip itself.
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_GIT}
    try:
        done = subprocess.run(
            ["git", "-C", directory, "log", "-1", "--format=%ct"],
            env=environment,
            capture_output=True,
            check=True,
        )
        return datetime.fromtimestamp(int(done.stdout), timezone.utc)
    except (OSError, subprocess.CalledProcessError, ValueError, OverflowError):
        return None


def copy_history(repository: Repository, top: str) -> None:
    """Give a copy of a checkout its own ``.git``, which reads the objects of the original.

    A tool that asks Git for a version then gets the same answer, and anything that Git writes while
    answering goes into the copy.

    Args:
        repository: The original.
        top: The root of the copy.

    Raises:
        OSError: If the original cannot be read or the copy cannot be written.
    """
    git = os.path.join(top, ".git")
    os.makedirs(os.path.join(git, "objects", "info"))
    for directory in dict.fromkeys((repository.shared, repository.own)):
        for entry in os.scandir(directory):
            if entry.name in _NOT_COPIED or entry.name.endswith(".lock"):
                continue
            to = os.path.join(git, entry.name)
            if entry.is_dir(follow_symlinks=False):
                _merge(entry.path, to)
            elif entry.is_file() and entry.name not in ("commondir", "gitdir"):
                shutil.copy2(entry.path, to)
    alternates = os.path.join(git, "objects", "info", "alternates")
    with open(alternates, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.writelines(f"{path}\n" for path in _object_directories(repository))
    _cut_loose(os.path.join(git, "config"))


def _merge(source: str, to: str) -> None:
    os.makedirs(to, exist_ok=True)
    for entry in os.scandir(source):
        path = os.path.join(to, entry.name)
        if entry.is_dir(follow_symlinks=False):
            _merge(entry.path, path)
        elif entry.is_file() and not entry.name.endswith(".lock"):
            shutil.copy2(entry.path, path)


def _object_directories(repository: Repository) -> list[str]:
    own = os.path.join(repository.shared, "objects")
    found = [own]
    try:
        with open(
            os.path.join(own, "info", "alternates"), encoding="utf-8", errors="surrogateescape"
        ) as file:
            # A relative path starts at the original objects directory, not at that of the copy.
            found += [os.path.join(own, line.strip()) for line in file if line.strip()]
    except OSError:
        pass
    return found


def _cut_loose(config: str) -> None:
    """Remove settings that refer to the original working tree from a copied configuration."""
    try:
        with open(config, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except OSError:
        return
    kept = re.sub(r"(?im)^[ \t]*(?:worktree|fsmonitor)[ \t]*=.*\n?", "", text)
    if kept != text:
        with open(config, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(kept)
