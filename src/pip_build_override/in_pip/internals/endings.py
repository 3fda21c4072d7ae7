"""The errors that end a pip run: pip's own, and two that end it because of an override.

Those two are subclasses of a pip error: its resolver does not swallow them (as it does failed
subprocesses on 21.2 to 22.1, and inconsistent metadata on every pip), and its in-process installer
shows them plainly.
"""

from __future__ import annotations

import sys

from pip._internal.exceptions import DistributionNotFound as DistributionNotFound
from pip._internal.exceptions import InstallationError as InstallationError

from ...errors import OverrideError

REFUSED = 2


class Refusal(InstallationError):  # type: ignore[misc]  # pip ships no types for its internals
    """The override cannot be applied, so pip ends with exit status 2."""

    def __init__(self, error: OverrideError) -> None:
        super().__init__(str(error))
        self.error = error


class EndOfRun(InstallationError):  # type: ignore[misc]  # pip ships no types for its internals
    """A build failed under an override, so pip ends with ``original`` and tries no other version."""

    def __init__(self, original: Exception) -> None:
        super().__init__(str(original))
        self.original = original


def print_refusal(error: OverrideError) -> None:
    """Write the refusal to standard error directly, because ``-qqq`` silences pip's logging."""
    sys.stdout.flush()
    sys.stderr.write(f"pip-build-override: error: {error.shown}\n")
    sys.stderr.flush()
