"""The directories that only this pip builds in."""

from __future__ import annotations

import os
from contextlib import ExitStack


class Trees:
    """Locks on directories of sources that are built in place.

    Args:
        at_end: the stack that is closed when the command ends.
    """

    def __init__(self, at_end: ExitStack) -> None:
        self._at_end = at_end
        self._locked: set[str] = set()

    def has_to_itself(self, tree: str) -> bool:
        """Lock a directory, and return whether no other pip builds in it until this one ends.

        If two pips build there at the same time, each uses the results of the other as its own.
        """
        if tree in self._locked:
            return True
        try:
            import fcntl

            directory = os.open(tree, os.O_RDONLY)
        except (ImportError, OSError):
            # On Windows a directory cannot be locked.
            return True
        self._at_end.callback(os.close, directory)
        try:
            fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # Some network file systems do not support such locks.
            return True
        self._locked.add(tree)
        return True
