"""The time that a search has, and whether its user has ended it."""

from __future__ import annotations

import time

from .attempts import TimeIsUp


class Clock:
    """The time that is left of a limit.

    Args:
        minutes: The limit.
    """

    def __init__(self, minutes: float) -> None:
        self._end = time.monotonic() + 60 * minutes
        self._stopped = False

    def left(self) -> float:
        """Return how many seconds are left; 0 if none are, or if the search was stopped."""
        return 0.0 if self._stopped else max(0.0, self._end - time.monotonic())

    def stop(self) -> None:
        """End the search; a handler of signals may call this."""
        self._stopped = True

    def check(self) -> None:
        """Check that there is time left.

        Raises:
            TimeIsUp: If there is none.
        """
        if not self.left():
            raise TimeIsUp
