"""Who else may write to the overrides file, and thereby choose what code pip runs.

Only owners and modes are looked at, as POSIX has them: on Windows nothing is checked. Containers and
services for tests mount files with odd owners, so nearly all of it is a warning.
"""

from __future__ import annotations

import os
import shlex
import stat
from typing import Any

from ..errors import OverrideError
from ..files import directories_above
from .reading.document import read_file

# Not there on Windows. Now, and not when it is wanted: pip 26.3 imports nothing once it installs.
_users: Any
try:
    import pwd as _users
except ImportError:
    _users = None

CHECKED = os.name != "nt"
"""Whether this system has owners and modes that can be checked."""


def read_trusted(path: str) -> tuple[bytes, list[str]]:
    """Read an overrides file, and judge who else may write to it.

    What is judged is the file that was opened, whatever its path leads to by then.

    Args:
        path: of the file; a link stands for what it leads to.

    Returns:
        its content, and warnings, each with its hint on a line of its own.

    Raises:
        OverrideError: if it cannot be read, or everybody may write to it and this process is root's.
    """
    if not CHECKED:
        return read_file(path), []
    shown = os.path.basename(path)
    found: list[str] = []
    data = read_file(path, lambda status: found.extend(warnings(shown, status, os.geteuid())))
    return data, [*found, *warnings_of_directories(shown, path)]


def warnings_of_directories(shown: str, path: str) -> list[str]:
    """Judge the directories that a file is in: by their modes others may put another file in its place.

    Where the sticky bit is set, as in /tmp, only its owner can do that.

    Args:
        shown: the file's name in messages.
        path: of the file; if that is a link, the place that it leads to counts as well.
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
        f"{shown}: everybody may write to {directory}, and so replace this file, which chooses code"
        f" that pip runs\nhint: chmod o-w {shlex.quote(directory)}"
        for directory in found.values()
    ]


def warnings(shown: str, status: os.stat_result, user: int) -> list[str]:
    """Judge an owner and a mode.

    Args:
        shown: the file's name in messages.
        status: of the file.
        user: number of the user who runs pip.

    Raises:
        OverrideError: where everybody may write to it and the user is root.
    """
    found = []
    if status.st_mode & stat.S_IWOTH:
        problem = "everybody may write to this file, and so choose code that pip runs"
        if user == 0:
            raise OverrideError(f"{problem} as root", where=shown, hint=f"chmod o-w {shown}")
        found.append(f"{shown}: {problem}\nhint: chmod o-w {shown}")
    if status.st_mode & stat.S_IWGRP and status.st_gid != _own_group(status.st_uid):
        found.append(
            f"{shown}: a group that is not its owner's own (number {status.st_gid}) may write to this"
            f" file, and so choose code that pip runs\nhint: chmod g-w {shown}"
        )
    if status.st_uid not in (user, 0):
        found.append(
            f"{shown}: this file belongs to another user (number {status.st_uid}), who chooses with it"
            f" code that pip runs\nhint: make a copy of your own, if that user is not to be trusted"
        )
    return found


def _own_group(user: int) -> int:
    try:
        return int(_users.getpwuid(user).pw_gid)
    except (KeyError, AttributeError):
        # In a container a user may have no entry; a group of the same number is then taken for its own.
        return user
