"""What the target lends to the build environments of this run, if a rule asks for it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..lending.lender import Lender
    from .run_directory import RunDirectory


class Loans:
    """Creates the lender when it is first needed, and closes it at the end of the run.

    Args:
        run_directory: the directory in which the lender puts its files.
    """

    def __init__(self, run_directory: RunDirectory) -> None:
        self._run_directory = run_directory

    @functools.cached_property
    def lender(self) -> Lender:
        """The lender for all build environments of this run."""
        from ..lending.lender import Lender

        lender = Lender(self._run_directory.file("lent"))
        self._run_directory.at_end.callback(lender.close)
        return lender
