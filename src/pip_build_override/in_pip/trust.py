"""Who else may write to the overrides file, and thereby choose what code pip runs.

Only owner and mode are looked at, as POSIX has them: on Windows nothing is checked. Containers and
services for tests mount files with odd owners, so nearly all of it is a warning.
"""

from __future__ import annotations

import os
import stat
from typing import Any

from ..errors import OverrideError

# Not there on Windows. Now, and not when it is wanted: pip 26.3 imports nothing once it installs.
_users: Any
try:
    import pwd as _users
except ImportError:
    _users = None

CHECKED = os.name != "nt"
"""Whether this system has owners and modes that can be checked."""


def check(path: str) -> list[str]:
    """Look at the owner and the mode of an overrides file.

    Args:
        path: of the file; a link stands for what it leads to.

    Returns:
        warnings, each with its hint on a line of its own.

    Raises:
        OverrideError: where everybody may write to it and this process is root's.
    """
    if not CHECKED:
        return []
    try:
        status = os.stat(path)
    except OSError:
        # That it cannot be read is told by whoever reads it.
        return []
    return warnings(os.path.basename(path), status, os.geteuid())


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
