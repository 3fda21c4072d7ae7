"""Copied into the environment of a cell, where it notes from which files the project is imported.

Tests that are run in the root of a project may import its sources instead of the wheel, perhaps with
compiled modules that were left there by another build.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # for the types in comments, which take no time at run time
    from typing import Any  # noqa: F401 - used in comments

DIRECTORY = ""
NAMES = ""


class _Watching:
    """A finder that finds nothing, and notes what the others find."""

    def __init__(self):
        # type: () -> None
        self.left = set(NAMES.split())

    def find_spec(self, name, path=None, target=None):
        # type: (str, Any, Any) -> None
        if name not in self.left:
            return
        self.left.discard(name)
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None) if finder is not self else None
            spec = find(name, path, target) if find else None
            if spec is not None:
                self.note(name, spec.origin or next(iter(spec.submodule_search_locations or ()), ""))
                return

    @staticmethod
    def note(name, origin):
        # type: (str, str) -> None
        try:
            text = f"{name}\n{os.path.abspath(origin)}".encode("utf-8", "surrogateescape")
            path = os.path.join(DIRECTORY, f"{os.getpid()}-{os.urandom(8).hex()}")
            descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
            os.write(descriptor, text)
            os.close(descriptor)
        except OSError:
            # Then it is not seen, and nothing is claimed.
            pass


if NAMES:
    sys.meta_path.insert(0, _Watching())
