"""The pip command that runs, as the user wrote it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ... import switch
from ..internals import objects

if TYPE_CHECKING:
    from ..internals.protocols import Options


class PipCommand:
    """Name and options of one pip command.

    Args:
        name: the name of the command, such as "install".
        options: the options as pip parsed them.

    Attributes:
        variables: below ``fix``, the environment variables with which the command was started, without
            our own; some pips add to them. Empty elsewhere.
    """

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self.options: Options = options
        self.variables: dict[str, str] = {}
        if os.environ.get(switch.FIX):
            from ...variables import of_user  # only below fix

            self.variables = of_user()

    @property
    def caches_wheels(self) -> bool:
        """Whether pip looks for wheels that were built before."""
        return self.name != "download"

    @property
    def installs(self) -> bool:
        """Whether pip installs what it builds."""
        return self.name == "install"

    @property
    def builds_wheels(self) -> bool:
        """Whether pip builds wheels after metadata; download and lock do not."""
        return self.name in ("install", "wheel")

    @property
    def prepares_only_metadata(self) -> bool:
        """Whether pip builds nothing of what it resolves: download, lock and --dry-run."""
        return not self.builds_wheels or objects.is_given(self.options, "dry_run")

    def is_in_cache(self, path: str) -> bool:
        """Return whether a file is in pip's wheel cache."""
        return objects.is_in_wheel_cache(self.options, path)
