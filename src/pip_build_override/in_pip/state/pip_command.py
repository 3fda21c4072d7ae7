"""The pip command that runs, as the user gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..internals import objects

if TYPE_CHECKING:
    from ..internals.protocols import Options


class PipCommand:
    """Name and options of one pip command.

    Args:
        name: such as "install".
        options: as pip has parsed them.
    """

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self.options: Options = options

    @property
    def caches_wheels(self) -> bool:
        """Whether pip looks for wheels that were built before."""
        return self.name != "download"

    @property
    def builds_wheels(self) -> bool:
        """Whether pip goes on from metadata to wheels; download and lock do not."""
        return self.name in ("install", "wheel")

    def is_in_cache(self, path: str) -> bool:
        """Whether a file lies in pip's wheel cache."""
        return objects.is_in_wheel_cache(self.options, path)
