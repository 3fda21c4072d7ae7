"""When the files of distributions were uploaded, as far as the indexes say that (PEP 700)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..internals.index_pages import Page
    from ..internals.protocols import PackageFinder


class Uploads:
    """The pages of indexes, each of which is read once in a command."""

    def __init__(self) -> None:
        self._pages: dict[str, tuple[Page, ...]] = {}

    def pages(self, name: str, finder: PackageFinder) -> tuple[Page, ...]:
        """Return the pages about a distribution, one for each index that has one.

        Args:
            name: the normalised name of the distribution.
            finder: pip's package finder.

        Raises:
            InstallationError: if an index cannot be read.
        """
        from ..internals import index_pages

        if name not in self._pages:
            self._pages[name] = tuple(index_pages.pages(name, finder))
        return self._pages[name]
