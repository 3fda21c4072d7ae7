"""The directories that this pip alone builds in."""

from __future__ import annotations

import os
from contextlib import ExitStack


class Trees:
    """Locks on directories of sources that are built in place.

    Args:
        at_end: closed when the command ends.
    """

    def __init__(self, at_end: ExitStack) -> None:
        self._at_end = at_end
        self._locked: set[str] = set()

    def has_to_itself(self, tree: str) -> bool:
        """Whether no other pip builds in a directory, from now on until this one ends.

        What two of them leave there at the same time, each would take for its own.
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
            # Some network file systems have no such locks.
            return True
        self._locked.add(tree)
        return True
