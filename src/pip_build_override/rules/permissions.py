"""Checks of who else may write to the overrides file, and thereby choose what code pip runs.

Only POSIX owners and modes are checked; on Windows nothing is. Containers and CI services mount files
with unusual owners, so nearly every problem is only a warning.
"""

from __future__ import annotations

import os
import stat
from typing import Any

from ..errors import OverrideError
from ..files import directories_above, shown_path
from .reading.document import read_file

# Windows has no pwd. It is imported here because pip 26.3 allows no import once it installs something.
_users: Any
try:
    import pwd as _users
except ImportError:
    _users = None

CHECKED = os.name != "nt"
"""Whether this system has POSIX owners and modes to check."""

_UNTRUSTED = "file-writable-by-others"


def read_trusted(path: str) -> tuple[bytes, list[OverrideError]]:
    """Read an overrides file, and check who else may write to it.

    The file that was opened is checked, even if its path leads elsewhere by then.

    Args:
        path: Path of the file; links are followed.

    Returns:
        The content, and warnings.

    Raises:
        OverrideError: If the file cannot be read, or if everybody may write to it and this process runs
            as root.
    """
    if not CHECKED:
        return read_file(path), []
    shown = shown_path(path)
    found: list[OverrideError] = []
    data = read_file(path, lambda status: found.extend(warnings(shown, status, os.geteuid())))
    return data, [*found, *warnings_of_directories(shown, path)]


def warnings_of_directories(shown: str, path: str) -> list[OverrideError]:
    """Return a warning for each directory above a file in which everybody may replace entries.

    A directory with the sticky bit, such as /tmp, is safe: only the owner of an entry can replace it.

    Args:
        shown: The file's name in messages.
        path: Path of the file; if it is a link, the directories above its target are checked too.
    """
    found = {}
    for start in (os.path.abspath(path), os.path.realpath(path)):
        for directory in directories_above(start):
            try:
                mode = os.stat(directory).st_mode
            except OSError:
                continue
            if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
                found[os.path.realpath(directory)] = directory
    return [
        OverrideError(
            f"everybody may write to {directory}, and so replace this file, which chooses code that pip"
            " runs",
            kind=_UNTRUSTED,
            where=shown,
            hint=f"chmod o-w {_quoted(directory)}",
        )
        for directory in found.values()
    ]


def warnings(shown: str, status: os.stat_result, user: int) -> list[OverrideError]:
    """Return warnings about the owner and the mode of a file.

    Args:
        shown: The file's name in messages.
        status: Status of the file.
        user: ID of the user who runs pip.

    Raises:
        OverrideError: If everybody may write to the file and the user is root.
    """
    found = []
    if status.st_mode & stat.S_IWOTH and stat.S_ISREG(status.st_mode):
        problem = "everybody may write to this file, and so choose code that pip runs"
        if user == 0:
            raise OverrideError(
                f"{problem} as root",
                kind=_UNTRUSTED,
                where=shown,
                hint=f"chmod o-w {_quoted(shown)}",
            )
        found.append(
            OverrideError(problem, kind=_UNTRUSTED, where=shown, hint=f"chmod o-w {_quoted(shown)}")
        )
    if status.st_mode & stat.S_IWGRP and status.st_gid != _own_group(status.st_uid):
        found.append(
            OverrideError(
                f"a group that is not its owner's own (number {status.st_gid}) may write to this file,"
                " and so choose code that pip runs",
                kind=_UNTRUSTED,
                where=shown,
                hint=f"chmod g-w {_quoted(shown)}",
            )
        )
    if status.st_uid not in (user, 0):
        found.append(
            OverrideError(
                f"this file belongs to another user (number {status.st_uid}), who can choose code that"
                " pip runs",
                kind=_UNTRUSTED,
                where=shown,
                hint="if you do not trust that user, use a copy of your own",
            )
        )
    return found


def _own_group(user: int) -> int:
    try:
        return int(_users.getpwuid(user).pw_gid)
    except (KeyError, AttributeError):
        # In a container, a user may have no entry; the group with the same ID is then taken as its own.
        return user


def _quoted(path: str) -> str:
    import shlex  # only for a warning

    return shlex.quote(path)
