"""The directory that pip unpacks sources into, a new one each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..internals.seams import Call, Original


class Unpack:
    """Makes pip unpack every sdist into a directory of its own."""

    def ensure_has_source_dir(self, original: Original, call: Call) -> object:
        """Keep pip from unpacking sources into a directory in which a build backend has run.

        pip uses a unique directory name only for parallel builds, and not for an sdist whose metadata
        an index serves (PEP 658), so a second preparation would use the tree of the first. An editable
        checkout stays after the run, so the name of its directory must be predictable.
        """
        if call.get("autodelete"):
            call["parallel_builds"] = True
        return call.to(original)
