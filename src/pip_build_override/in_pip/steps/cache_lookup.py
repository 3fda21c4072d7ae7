"""What pip's wheel cache functions do under an override.

Most links that pip looks up are those of wheels, for which there is nothing to look for. What is to be
known of wheels that were built before is loaded for the first link of another kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from ..internals.seams import Call, Original
    from ..state.cached_wheels import CachedWheels
    from ..state.outcome import Outcome
    from .kept_wheels import KeptWheels
    from .reused_wheels import ReusedWheels


class CacheLookup:
    """Leads pip's look-ups to wheels that were built under the rules of today.

    Args:
        outcome: of the command.
        cached_wheels: that this command met.
        make_reused_wheels: gives what decides on wheels that were built before.
        make_kept_wheels: gives what keeps wheels.
    """

    def __init__(
        self,
        outcome: Outcome,
        cached_wheels: CachedWheels,
        make_reused_wheels: Callable[[], ReusedWheels],
        make_kept_wheels: Callable[[], KeptWheels],
    ) -> None:
        self._outcome = outcome
        self._cached_wheels = cached_wheels
        self._make_reused_wheels = make_reused_wheels
        self._make_kept_wheels = make_kept_wheels

    def get_cache_entry(self, original: Original, call: Call) -> object:
        """Look for a wheel that was built under the rules of today."""
        link = call["link"]
        self._outcome.end_if_failed()
        self._cached_wheels.note_looked_up(link.url)
        if not call["package_name"] or link.is_wheel or link.is_existing_dir():
            # pip looks up nothing for those: no name, a wheel already, a directory that may change.
            return call.to(original)
        return self._make_reused_wheels().built_before(original, call)

    def get_path_for_link(self, original: Original, call: Call) -> str:
        """Lead a look-up into one of our directories below pip's key."""
        path: str = call.to(original)
        return self._cached_wheels.lead(path)

    def get_cache_dir(self, original: Original, call: Call) -> str:
        """Choose the directory of the cache for a wheel that is about to be built."""
        return self._make_kept_wheels().directory(original, call)
