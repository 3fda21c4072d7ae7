"""Where pip unpacks sources: each time in a directory of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..internals.seams import Call, Original


class Unpack:
    """Has pip unpack every sdist into a directory of its own."""

    def ensure_has_source_dir(self, original: Original, call: Call) -> object:
        """Keep pip from unpacking sources over those that a build backend has run in.

        pip gives a directory a name that no other has for builds side by side. For an sdist whose
        metadata an index serves (PEP 658) it does not, so a second preparation would go on in the tree
        of the first. The place of an editable checkout, which stays, has to have a name that is known.
        """
        if call.get("autodelete"):
            call["parallel_builds"] = True
        return call.to(original)
