"""Detects whether a build changed what it was lent, by the status of each file.

A build can write to a file and restore its size and modification time, but not its change time
(``st_ctime``). That time also changes if another hard link is made or removed, as uv does for each
environment that it fills; then the content decides, by its hash in RECORD.
"""

from __future__ import annotations

import os
import stat
from typing import Iterable, Mapping

from ...files import is_as_recorded

_COMPILED = "__pycache__"
# The hash algorithms that a RECORD may use; weaker ones are not allowed in it.
_ALGORITHMS = ("sha256", "sha384", "sha512")


class Lent:
    """The files of an installed distribution as they were before anything was built with them.

    Args:
        site: The library directory that they are in.
        files: Their paths, relative to it.
        hashes: The hashes of the files from RECORD.

    Attributes:
        leads_to: A directory among them that is a link, or "" if there is none.
    """

    def __init__(
        self, site: str, files: Iterable[str], hashes: Mapping[str, str] | None = None
    ) -> None:
        self.site = site
        self.files: dict[str, os.stat_result] = {}
        self.leads_to = ""
        self._hashes = hashes or {}
        self._attributes: dict[str, dict[str, bytes]] = {}
        for path in files:
            seen = _look(f"{site}/{path}")
            if seen is None:
                # It was removed after the installation, so there is nothing to lend.
                continue
            if not stat.S_ISDIR(seen.st_mode):
                self.files[path] = seen
            elif os.path.islink(os.path.join(site, path)):
                # Some tools install a project for development by such a link.
                self.leads_to = path
        self._names = {
            directory: _names(os.path.join(site, directory))
            for directory in {path.rpartition("/")[0] for path in self.files}
            # Other processes may install something into these meanwhile.
            if directory and not directory.startswith("..")
        }

    def watch(self, path: str) -> None:
        """Record all that can be changed through a link, before a file is linked for the first time.

        Args:
            path: Its path relative to ``site``; absolute for a file that is not the distribution's own.
        """
        full = self._full(path)
        if full not in self._attributes:
            self._attributes[full] = _attributes(full)
            seen = _look(full)
            if seen is not None:
                self.files.setdefault(path, seen)

    def note_own_link(self, path: str) -> None:
        """Update the status of a file to which the shim itself has just made a link.

        Args:
            path: The path, as for ``watch``.
        """
        seen = _look(self._full(path))
        if seen is not None and _alike(seen, self.files[path]):
            self.files[path] = seen

    def changed(self) -> str:
        """Return the path of a file that was changed, removed or added, or "" if there is none.

        A program that resolves a linked file finds the directory of the original, and may create other
        files in it.
        """
        for path, before in self.files.items():
            full = self._full(path)
            now = _look(full)
            if now is None or not _alike(now, before):
                return os.path.normpath(full)
            if full in self._attributes and _attributes(full) != self._attributes[full]:
                return os.path.normpath(full)
            if now.st_ctime_ns != before.st_ctime_ns:
                if not has_recorded_content(full, self._hashes.get(path, "")):
                    return os.path.normpath(full)
                self.files[path] = now
        for directory, names in self._names.items():
            full = os.path.join(self.site, directory)
            new = _names(full) - names
            if new:
                return os.path.join(full, min(new))
        return ""

    def _full(self, path: str) -> str:
        return path if os.path.isabs(path) else f"{self.site}/{path}"


def _look(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:
        return None


def _alike(one: os.stat_result, other: os.stat_result) -> bool:
    """Return whether two statuses are equal, ignoring what another link or reading changes."""
    return (
        one.st_mtime_ns == other.st_mtime_ns
        and one.st_size == other.st_size
        and one.st_ino == other.st_ino
        and one.st_dev == other.st_dev
        and one.st_mode == other.st_mode
        and one.st_uid == other.st_uid
        and one.st_gid == other.st_gid
    )


def _attributes(path: str) -> dict[str, bytes]:
    """Return the extended attributes of a file, including ACLs, if Python can read them."""
    found = {}
    try:
        for name in os.listxattr(path):
            found[name] = os.getxattr(path, name)
    except (AttributeError, OSError):
        # The standard library supports them on Linux only, and not every file system does.
        return found
    return found


def has_recorded_content(path: str, recorded: str) -> bool:
    """Return whether a file has the hash that RECORD contains; False if RECORD contains none."""
    return recorded.partition("=")[0] in _ALGORITHMS and is_as_recorded(path, recorded)


def _names(directory: str) -> set[str]:
    try:
        return set(os.listdir(directory)) - {_COMPILED}
    except OSError:
        return set()
