"""The wheels of pip's cache: which of them this command may use again, and which it keeps."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterator

from ...frozen import Frozen
from ..internals.objects import local_path

if TYPE_CHECKING:
    from ... import records
    from ..builds.build import Build
    from ..builds.manifest import Manifest
    from ..internals.protocols import Link


class Approved(Frozen):
    """A wheel that was built before, and may be used.

    Args:
        rules: digest of the rules that it was built under.
        stored: what is known of it.
        link: pip's, of what it was built from.
    """

    rules: str
    stored: Manifest
    link: Link


class CachedWheels:
    """What was looked up in pip's wheel cache, with which result, and where new wheels go."""

    def __init__(self) -> None:
        self._approved: dict[str, Approved] = {}
        self._places: dict[str, tuple[Build, str]] = {}
        self._looked_up: set[str] = set()
        # The directory below pip's key that the present look-up is about, and whether pip asked for it.
        self._directory = ""
        self._was_led = False

    # Looking up

    def note_looked_up(self, url: str) -> None:
        """Note that pip has asked its cache for what was built from a URL."""
        self._looked_up.add(url)

    def was_looked_up(self, url: str) -> bool:
        """Whether pip has asked its cache for what was built from a URL."""
        return url in self._looked_up

    @contextmanager
    def led_to(self, directory: str) -> Iterator[None]:
        """Lead pip's look-ups into one of our directories below pip's key meanwhile."""
        self._directory, self._was_led = directory, False
        try:
            yield
        finally:
            self._directory = ""

    def lead(self, path: str) -> str:
        """The directory that pip is to look into, in place of the one of its own key."""
        if not self._directory:
            return path
        self._was_led = True
        return os.path.join(path, self._directory)

    @property
    def was_led(self) -> bool:
        """Whether the last look-up that was led elsewhere came by here."""
        return self._was_led

    # Using again

    def approve(self, path: str, approved: Approved) -> None:
        """Note that a wheel may be used."""
        self._approved[path] = approved

    def approved(self, link: Link | None) -> Approved | None:
        """What is known of the wheel that a link of pip's leads to; None if it was not approved."""
        return self._approved.get(local_path(link))

    @property
    def any_approved(self) -> bool:
        """Whether any wheel may be used that was built before."""
        return bool(self._approved)

    def record_of(self, link: Link | None) -> records.Record | None:
        """The record in a wheel that was built before; None for all else."""
        if self.approved(link) is None:
            return None
        from ... import records

        try:
            return records.read_from_wheel(local_path(link))
        except ValueError:
            # A document that some other version of ours has left.
            return None

    # Keeping

    def choose_place(self, place: str, build: Build, key: str) -> None:
        """Note in which directory the wheel of a build is kept.

        Args:
            place: the directory.
            build: that is about to be built.
            key: pip's own directory for it.
        """
        self._places[place] = build, key

    def place(self, directory: str) -> tuple[Build, str] | None:
        """The build whose wheel is kept in a directory, and pip's own directory for it."""
        return self._places.get(directory)
