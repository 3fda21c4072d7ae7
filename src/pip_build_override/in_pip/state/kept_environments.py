"""The build environments that are kept below pip's cache, so that later runs need not fill them again.

Each is one file, named by its key; a second one has the modules that hooks have imported, compiled.
They are in the directory for what pip has downloaded, of which ``pip cache purge`` removes every file.
Files are written whole and compared with digests when they are read: what another pip removes, or a
crash has damaged, is filled again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from contextlib import suppress
from typing import Iterable

from ...documents import fields_of_format, text, tuple_of
from ...files import SCRATCH, replace_whole
from ...frozen import Frozen
from ..builds import compiled, environment_files, packed_files
from ..builds.compiled import Compiled
from ..builds.environment_files import File, Files, Unfit
from ..builds.member import Member, Origin

LIMIT = 2 << 30
"""The size in bytes of all kept environments; the least recently used ones are removed."""
AGE = 30 * 24 * 3600.0
"""The time in seconds after which one is removed that was not used."""

_LARGEST = LIMIT // 4
# After that time, nobody is still writing a file.
_WRITTEN = 3600.0
_ENVIRONMENT, _MODULES, _PINNED = "", "-modules", "-pinned"
_NOTES = "notes.json"
_FORMAT = 1


def store_below(cache: str) -> str:
    """Return the directory for kept environments.

    Args:
        cache: pip's cache directory.
    """
    return os.path.join(cache, "http", "pip-build-override", "environments")


class Pinned(Frozen):
    """What is in an environment for which the rules leave no choice.

    Args:
        key: The key of the environment.
        members: How each distribution was made.
        distributions: The origin of each distribution.
    """

    key: str
    members: tuple[Member, ...]
    distributions: tuple[Origin, ...]


class KeptEnvironments:
    """Copies build environments from pip's cache, and puts them there.

    Args:
        store: The directory in which they are kept.
    """

    def __init__(self, store: str) -> None:
        self.store = store
        # By their keys: what was put into an environment of this pip, and where.
        self._used: dict[str, tuple[Files, str]] = {}

    def copy(self, key: str, place: str, root: str) -> bool:
        """Copy an environment.

        Args:
            key: Its key.
            place: The directory that it is copied to.
            root: The directory of the environment to which that belongs.

        Returns:
            Whether it was there. If not, nothing has changed.
        """
        path = self._path(key, _ENVIRONMENT)
        try:
            with packed_files.opened(path, key) as (files, contents):
                environment_files.copy(files, contents, place, root)
            os.utime(path)
        except FileNotFoundError:
            return False
        except (OSError, Unfit):
            _remove(path)
            return False
        return True

    def keep(self, key: str, files: Files, place: str) -> None:
        """Keep an environment, unless it is kept already.

        Args:
            key: Its key.
            files: What pip has put there.
            place: The directory with these files, in which nothing has run.
        """
        self._used[key] = (files, place)
        path = self._path(key, _ENVIRONMENT)
        if os.path.exists(path):
            return
        contents = environment_files.contents_in(place)
        # Without room for it, or if it was changed, later runs fill theirs.
        with suppress(OSError, Unfit):
            self._write(path, files, contents)
            self._tidy()

    def modules(self, key: str) -> list[Compiled]:
        """Return the compiled modules of an environment; none if there are none yet."""
        parts = self._read_parts(self._path(key, _MODULES))
        return [Compiled(file.path, content, file.mode) for file, content in parts]

    def compile_modules(self) -> None:
        """Compile what hooks have imported in environments of this pip, before pip removes them."""
        for key, (files, place) in self._used.items():
            sources = compiled.modules_in(place, files.files)
            known = self._names_of_parts(self._path(key, _MODULES))
            new = [source for source in sources if compiled.path_for(source) not in known]
            if not new:
                continue
            # Only from what nothing has run in: the names are all that is taken from the environment.
            with suppress(OSError, Unfit):
                with packed_files.opened(self._path(key, _ENVIRONMENT), key) as (_, contents):
                    found = compiled.compile_modules(place, new, contents, os.environ)
                self._write_parts(self._path(key, _MODULES), [*self.modules(key), *found])

    def pinned(self, key: str) -> Pinned | None:
        """Return what the rules leave no choice about; None if that is not known yet.

        Args:
            key: The key of everything that decides about it.
        """
        path = self._path(key, _PINNED)
        for _, content in self._read_parts(path):
            try:
                values = fields_of_format(json.loads(content), _FORMAT)
                return Pinned(
                    text(values["environment"]),
                    tuple_of(Member.from_json)(values["members"]),
                    tuple_of(Origin.from_json)(values["distributions"]),
                )
            except (KeyError, ValueError):
                # Of another version of this package.
                _remove(path)
        return None

    def note_pinned(self, key: str, pinned: Pinned) -> None:
        """Note what the rules leave no choice about.

        Args:
            key: The key of everything that decides about it.
            pinned: What is in the environment.
        """
        content = json.dumps(
            {
                "format": _FORMAT,
                "environment": pinned.key,
                "members": [member.to_json() for member in pinned.members],
                "distributions": [origin.to_json() for origin in pinned.distributions],
            }
        ).encode()
        self._write_parts(self._path(key, _PINNED), [(_NOTES, content, 0o644)])

    def _read_parts(self, path: str) -> list[tuple[File, bytes]]:
        """Return what ``_write_parts`` has written; nothing if it is not there, or was damaged."""
        try:
            parts = packed_files.read_all(path, os.path.basename(path))
            os.utime(path)
        except FileNotFoundError:
            return []
        except (OSError, Unfit):
            _remove(path)
            return []
        return parts

    def _names_of_parts(self, path: str) -> set[str]:
        """Return the names of what ``_write_parts`` has written, without reading all of it."""
        try:
            with packed_files.opened(path, os.path.basename(path)) as (files, _):
                return {file.path for file in files.files}
        except (OSError, Unfit):
            return set()

    def _write_parts(self, path: str, parts: Iterable[tuple[str, bytes, int]]) -> None:
        by_path = {name: content for name, content, _ in parts}
        files = [File(name, hashlib.sha256(content).hexdigest(), mode) for name, content, mode in parts]
        with suppress(OSError, Unfit):
            self._write(path, Files("", tuple(files), ()), lambda file: iter((by_path[file.path],)))

    def _write(self, path: str, files: Files, contents: environment_files.Contents) -> None:
        os.makedirs(self.store, exist_ok=True)
        name = os.path.basename(path)
        replace_whole(
            path, lambda scratch: packed_files.write(scratch, name, files, contents, _LARGEST)
        )

    def _tidy(self) -> None:
        """Remove what was not used for long, then the least recently used files above the limit."""
        now = time.time()
        left = []
        for entry in os.scandir(self.store):
            status = entry.stat(follow_symlinks=False)
            unused = now - status.st_mtime
            if unused > (_WRITTEN if entry.name.startswith(SCRATCH) else AGE):
                _remove(entry.path)
            else:
                left.append((unused, status.st_size, entry.path))
        size = 0
        for _, of_file, path in sorted(left):
            size += of_file
            if size > LIMIT:
                _remove(path)

    def _path(self, key: str, kind: str) -> str:
        return os.path.join(self.store, key + kind)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError:
        # A directory in the place of a file.
        shutil.rmtree(path, ignore_errors=True)
