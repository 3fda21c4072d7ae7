"""Whether a build has changed what it was lent: sizes, times and names before and after."""

from __future__ import annotations

import os
import stat
from typing import Iterable, Tuple

_Seen = Tuple[int, int, int, int]
_COMPILED = "__pycache__"


class Lent:
    """The files of an installed distribution as they were before anything was built with them.

    Args:
        site: the library directory that they are in.
        files: relative to it.

    Attributes:
        leads_to: a directory among them that is a link, "" where there is none.
    """

    def __init__(self, site: str, files: Iterable[str]) -> None:
        self.site = site
        self.files: dict[str, _Seen] = {}
        self.leads_to = ""
        for path in files:
            seen = _look(f"{site}/{path}")
            if seen is None:
                # Taken away since it was installed: there is nothing to lend.
                continue
            if not stat.S_ISDIR(seen[3]):
                self.files[path] = seen
            elif os.path.islink(os.path.join(site, path)):
                # Some tools install a project for development by such a link.
                self.leads_to = path
        self._names = {
            directory: _names(os.path.join(site, directory))
            for directory in {path.rpartition("/")[0] for path in self.files}
            # Others may install something there, or beside it, meanwhile.
            if directory and not directory.startswith("..")
        }

    def changed(self) -> str:
        """Name a file that is not as it was, "" where there is none.

        A program that asks where a linked file leads to finds the directory of the original, and may
        create others in it.
        """
        for path, before in self.files.items():
            if _look(f"{self.site}/{path}") != before:
                return os.path.join(self.site, path)
        for directory, names in self._names.items():
            full = os.path.join(self.site, directory)
            new = _names(full) - names
            if new:
                return os.path.join(full, min(new))
        return ""


def _look(path: str) -> _Seen | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino, status.st_mode


def _names(directory: str) -> set[str]:
    try:
        return set(os.listdir(directory)) - {_COMPILED}
    except OSError:
        return set()
