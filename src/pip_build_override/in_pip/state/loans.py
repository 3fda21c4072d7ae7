"""What the target lends to the build environments of this run, asked for only if a rule wants it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..lending.lender import Lender
    from .run_directory import RunDirectory


class Loans:
    """Makes the lender when it is first needed, and has it take everything back at the end.

    Args:
        run_directory: in which it puts what it lends.
    """

    def __init__(self, run_directory: RunDirectory) -> None:
        self._run_directory = run_directory

    @functools.cached_property
    def lender(self) -> Lender:
        """What lends, for all build environments of this run."""
        from ..lending.lender import Lender

        lender = Lender(self._run_directory.file("lent"))
        self._run_directory.at_end.callback(lender.close)
        return lender
