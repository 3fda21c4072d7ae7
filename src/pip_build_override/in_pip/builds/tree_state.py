"""The state of a source tree, to find out what a build backend changed in it."""

from __future__ import annotations

import os
from typing import Iterable, NamedTuple, Tuple

_Seen = Tuple[int, int, int, int, int, int]
# All but the change time, which another link to the file changes too, and the number of links.
_OF_CONTENT = 4

# Not sources: Python compiles what it imports, and Git records when it looked at which file.
_PASSED_OVER = frozenset(("__pycache__", ".git", ".hg", ".svn"))


class Changes(NamedTuple):
    """The changes in a tree, each path relative to it, with ``/``.

    Attributes:
        new: Files and directories to leave out of a copy to get the tree as it was.
        changed: Files that were modified or removed.
        touched: Files of which only the change time (``st_ctime``) differs: they were modified, and
            their modification time was set back; or links to them were made and removed.
        linked: Files of which only the change time and the number of links differ.
    """

    new: tuple[str, ...]
    changed: tuple[str, ...]
    touched: tuple[str, ...]
    linked: tuple[str, ...] = ()


class TreeState:
    """The files of a tree at one moment.

    Args:
        tree: The root of the tree.
    """

    def __init__(self, tree: str) -> None:
        self.tree = tree
        self._files = _files(tree)

    def changes(self) -> Changes:
        """Return what changed in the tree since this state was recorded."""
        now = _files(self.tree)
        new = {self._root_of(path) for path in now.keys() - self._files.keys()}
        differing, touched, linked = [], [], []
        for path, before in self._files.items():
            after = now.get(path)
            if after is None or after[:_OF_CONTENT] != before[:_OF_CONTENT]:
                differing.append(path)
            elif after[-1] != before[-1]:
                linked.append(path)
            elif after != before:
                touched.append(path)
        # setuptools writes .egg-info files at each step of each build, from the sources alone.
        rewritten = {_egg_info(path) for path in differing}
        return Changes(
            tuple(sorted((new | rewritten) - {""})),
            tuple(sorted(path for path in differing if not _egg_info(path))),
            tuple(sorted(touched)),
            tuple(sorted(linked)),
        )

    def accept(self, paths: Iterable[str]) -> None:
        """Regard files as unchanged that were replaced on purpose.

        Args:
            paths: The paths of the files, relative to the tree and with ``/``.
        """
        now = _files(self.tree)
        self._files.update({path: now[path] for path in paths if path in now})

    def _root_of(self, path: str) -> str:
        """Return the topmost new directory that contains a new file, or the file itself."""
        parent = path.rpartition("/")[0]
        while parent not in self._files:
            path, parent = parent, parent.rpartition("/")[0]
        return path


def _files(tree: str) -> dict[str, _Seen]:
    found: dict[str, _Seen] = {}
    waiting = [("", tree)]
    while waiting:
        prefix, directory = waiting.pop()
        # Also records a directory that is empty or becomes empty.
        found[prefix] = (0, 0, 0, 0, 0, 0)
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
            found[path] = (
                status.st_size,
                status.st_mtime_ns,
                status.st_ino,
                status.st_mode,
                status.st_ctime_ns,
                status.st_nlink,
            )
    return found


def _egg_info(path: str) -> str:
    parts = path.split("/")
    for number, part in enumerate(parts, 1):
        if part.endswith(".egg-info"):
            return "/".join(parts[:number])
    return ""
