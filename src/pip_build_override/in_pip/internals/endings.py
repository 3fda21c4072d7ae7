"""The errors by which a pip run ends: pip's own, and the two by which it ends because of an override.

Those two are of pip's own kind: its resolver lets them through (it swallows failed subprocesses on
21.2 to 22.1, and inconsistent metadata on every pip), and its in-process installer shows them plainly.
"""

from __future__ import annotations

import sys

from pip._internal.exceptions import DistributionNotFound as DistributionNotFound
from pip._internal.exceptions import InstallationError as InstallationError

from ...errors import OverrideError

REFUSED = 2


class Refusal(InstallationError):  # type: ignore[misc]  # pip ships no types for its internals
    """The override cannot be honoured: pip ends with exit status 2."""

    def __init__(self, error: OverrideError) -> None:
        super().__init__(str(error))
        self.error = error


class EndOfRun(InstallationError):  # type: ignore[misc]  # pip ships no types for its internals
    """A build failed under an override: pip ends with ``original``, and tries no other version."""

    def __init__(self, original: Exception) -> None:
        super().__init__(str(original))
        self.original = original


def print_refusal(error: OverrideError) -> None:
    """Write the refusal to standard error, past pip's logging, which ``-qqq`` silences."""
    sys.stdout.flush()
    sys.stderr.write(f"pip-build-override: error: {error}\n")
    sys.stderr.flush()
