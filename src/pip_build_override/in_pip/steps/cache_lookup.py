"""pip's wheel cache functions under an override.

Most links that pip looks up lead to wheels, which are not in the cache. The code for wheels that were
built before is loaded when pip first looks up a link of another kind.
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
    """Directs pip's look-ups to wheels that were built under the current rules.

    Args:
        outcome: the outcome of the command.
        cached_wheels: the cached wheels that this command finds.
        make_reused_wheels: returns the step that selects wheels built before.
        make_kept_wheels: returns the step that keeps wheels.
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
        """Look for a wheel that was built under the current rules."""
        link = call["link"]
        self._outcome.end_if_failed()
        self._cached_wheels.note_looked_up(link.url)
        if not call["package_name"] or link.is_wheel or link.is_existing_dir():
            # pip looks up none of these: no name, a wheel already, a directory that may change.
            return call.to(original)
        return self._make_reused_wheels().built_before(original, call)

    def get_path_for_link(self, original: Original, call: Call) -> str:
        """Redirect a look-up into one of our directories below pip's key."""
        path: str = call.to(original)
        return self._cached_wheels.lead(path)

    def get_cache_dir(self, original: Original, call: Call) -> str:
        """Choose the cache directory for a wheel that is about to be built."""
        return self._make_kept_wheels().directory(original, call)
