"""The wheels in pip's cache that this command may use again, and those that it keeps."""

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
    from .attempts import Attempts


class Approved(Frozen):
    """A wheel that was built before, and may be used again.

    Args:
        rules: the digest of the rules that it was built under.
        stored: its manifest.
        link: pip's link to what it was built from.
    """

    rules: str
    stored: Manifest
    link: Link


class CachedWheels:
    """The look-ups in pip's wheel cache, their results, and the directories of new wheels.

    Args:
        attempts: what tells which wheels of attempts of ``fix`` may be used; None outside of one.
    """

    def __init__(self, attempts: Attempts | None = None) -> None:
        self.attempts = attempts
        self._approved: dict[str, Approved] = {}
        self._places: dict[str, tuple[Build, str]] = {}
        self._looked_up: set[str] = set()
        # The directory below pip's key that the current look-up is for, and whether pip asked for it.
        self._directory = ""
        self._was_led = False

    # Looking up

    def note_looked_up(self, url: str) -> None:
        """Note that pip asked its cache for what was built from a URL."""
        self._looked_up.add(url)

    def was_looked_up(self, url: str) -> bool:
        """Return whether pip asked its cache for what was built from a URL."""
        return url in self._looked_up

    @contextmanager
    def led_to(self, directory: str) -> Iterator[None]:
        """Redirect pip's look-ups in the context into one of our directories below pip's key."""
        self._directory, self._was_led = directory, False
        try:
            yield
        finally:
            self._directory = ""

    def lead(self, path: str) -> str:
        """Return the directory that pip looks into: its own, or the one it is redirected to."""
        if not self._directory:
            return path
        self._was_led = True
        return os.path.join(path, self._directory)

    @property
    def was_led(self) -> bool:
        """Whether pip called us in the last look-up that was to be redirected."""
        return self._was_led

    # Using again

    def approve(self, path: str, approved: Approved) -> None:
        """Note that the wheel at a path may be used."""
        self._approved[path] = approved

    def approved(self, link: Link | None) -> Approved | None:
        """Return what is known of the wheel that a link leads to; None if it was not approved."""
        return self._approved.get(local_path(link))

    @property
    def any_approved(self) -> bool:
        """Whether any wheel that was built before may be used."""
        return bool(self._approved)

    def record_of(self, link: Link | None) -> records.Record | None:
        """Return the record in a wheel that was built before; None if there is none."""
        if self.approved(link) is None:
            return None
        from ... import records

        try:
            return records.read_from_wheel(local_path(link))
        except ValueError:
            # A document of another version of the shim.
            return None

    # Keeping

    def choose_place(self, place: str, build: Build, key: str) -> None:
        """Note the directory that the wheel of a build is kept in.

        Args:
            place: the directory.
            build: the build, which has not begun.
            key: pip's own directory for the wheel.
        """
        self._places[place] = build, key

    def place(self, directory: str) -> tuple[Build, str] | None:
        """Return the build whose wheel is kept in a directory, and pip's own directory for it."""
        return self._places.get(directory)
