"""Whether a source tree is as it was before a build backend ran in it."""

from __future__ import annotations

import os
from typing import NamedTuple, Tuple

_Seen = Tuple[int, int, int, int]

# Not of the sources: Python compiles what it imports, and Git notes down when it looked at what.
_PASSED_OVER = frozenset(("__pycache__", ".git", ".hg", ".svn"))


class Changes(NamedTuple):
    """What has become of a tree, each path relative to it, with ``/``.

    Attributes:
        new: files and directories that can be left out of a copy, which then is as the tree was.
        changed: files that are others now, or gone.
    """

    new: tuple[str, ...]
    changed: tuple[str, ...]


class TreeState:
    """The files of a tree at one moment.

    Args:
        tree: its root.
    """

    def __init__(self, tree: str) -> None:
        self.tree = tree
        self._files = _files(tree)

    def changes(self) -> Changes:
        """Compare the tree with what it was."""
        now = _files(self.tree)
        new = {self._root_of(path) for path in now.keys() - self._files.keys()}
        differing = [path for path, seen in self._files.items() if now.get(path) != seen]
        # Setuptools writes these at each step of each build, from the sources alone.
        written_anew = {_egg_info(path) for path in differing}
        return Changes(
            tuple(sorted((new | written_anew) - {""})),
            tuple(sorted(path for path in differing if not _egg_info(path))),
        )

    def _root_of(self, path: str) -> str:
        """Give the highest directory of a new file that is new as well, or the file itself."""
        parent = path.rpartition("/")[0]
        while parent not in self._files:
            path, parent = parent, parent.rpartition("/")[0]
        return path


def _files(tree: str) -> dict[str, _Seen]:
    found: dict[str, _Seen] = {}
    waiting = [("", tree)]
    while waiting:
        prefix, directory = waiting.pop()
        # For a directory that is empty, or becomes so.
        found[prefix] = (0, 0, 0, 0)
        try:
            entries = list(os.scandir(directory))
        except OSError:
            continue
        for entry in entries:
            if entry.name in _PASSED_OVER:
                continue
            path = f"{prefix}/{entry.name}" if prefix else entry.name
            if entry.is_dir(follow_symlinks=False):
                waiting.append((path, entry.path))
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            found[path] = (status.st_size, status.st_mtime_ns, status.st_ino, status.st_mode)
    return found


def _egg_info(path: str) -> str:
    parts = path.split("/")
    for number, part in enumerate(parts, 1):
        if part.endswith(".egg-info"):
            return "/".join(parts[:number])
    return ""
