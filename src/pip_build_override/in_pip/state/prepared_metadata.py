"""The metadata in which run-time requirements are narrowed: as prepared, and in the wheel."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterator

from ... import records
from ..builds import pins
from ..internals import seams

if TYPE_CHECKING:
    from ..builds.build import Build
    from ..internals.protocols import InstallRequirement
    from .rules_in_force import RulesInForce


class PreparedMetadata:
    """What was narrowed for each build, and for which requirements pip asked for served metadata.

    Args:
        rules_in_force: the rules in force.
    """

    def __init__(self, rules_in_force: RulesInForce) -> None:
        self._rules = rules_in_force
        self._narrowed: dict[Build, pins.Narrowed] = {}
        self._asked: list[InstallRequirement] = []

    def note_asked(self, req: InstallRequirement) -> None:
        """Note that pip asked for metadata of a source that its index may serve."""
        self._asked.append(req)

    def narrow(self, build: Build, dist_info: str) -> None:
        """Narrow the metadata that a build backend has just prepared.

        Args:
            build: a build whose environment is complete.
            dist_info: the directory that the backend has written.

        Raises:
            OverrideError: if a pin cannot be followed.
        """
        build.pins = pins.resolved(build, self._rules.overrides)
        self._narrowed.pop(build, None)
        if build.pins:
            path = os.path.join(dist_info, "METADATA")
            narrowed = pins.narrow_directory(build, path, self._rules.environment)
            if narrowed is not None:
                self._narrowed[build] = narrowed

    def settle(self, build: Build) -> None:
        """Narrow what depends on the target, now that its versions are known.

        Raises:
            OverrideError: if a pin cannot be followed.
        """
        before = self._narrowed.get(build)
        if before is None:
            return
        pins.replace(before.path, before.written)
        narrowed = pins.narrow_directory(build, before.path, self._rules.environment)
        if narrowed is not None:
            self._narrowed[build] = narrowed

    @contextmanager
    def as_written(self, build: Build) -> Iterator[None]:
        """Give a build backend its own metadata back while it builds: some compare it, or copy it."""
        narrowed = self._narrowed.get(build)
        if narrowed is None:
            yield
            return
        pins.replace(narrowed.path, narrowed.written)
        try:
            yield
        finally:
            pins.replace(narrowed.path, narrowed.narrowed)

    def narrow_wheel(self, build: Build, wheel: str) -> None:
        """Narrow the metadata in a wheel that was just built.

        Raises:
            OverrideError: if it is not what pip resolved with.
        """
        narrowed = self._narrowed.get(build)
        if narrowed is not None:
            pins.narrow_wheel(build, wheel, narrowed, self._rules.environment)

    def check_wheel(self, build: Build, wheel: str) -> None:
        """Check that the metadata in a wheel was narrowed; if not, remove the wheel.

        Raises:
            OverrideError: if pip has built it without our wrapper.
        """
        if not build.pins:
            return
        lines = records.requirements_of_wheel(wheel)
        if not pins.are_narrowed(build, lines, self._rules.environment):
            os.remove(wheel)
            seams.refuse_bypass(seams.BACKEND_HOOK, "the hook was called without our wrapper")

    def check(self, build: Build) -> None:
        """Check that pip resolves with the narrowed metadata of a build that it has prepared.

        Raises:
            OverrideError: if it takes its metadata from elsewhere.
        """
        if not build.has_environment or not pins.asked_for(build):
            return
        if build.pins is None:
            seams.refuse_bypass(seams.METADATA)
        if not build.pins:
            return
        req = build.req
        served = seams.find(seams.SERVED_METADATA) is not None and not req.editable
        if served and not any(asked is req for asked in self._asked):
            seams.refuse_bypass(seams.SERVED_METADATA)
        lines = [str(line) for line in req.metadata.get_all("Requires-Dist") or ()]
        if not pins.are_narrowed(build, lines, self._rules.environment):
            seams.refuse_bypass(seams.METADATA, "pip takes its metadata from elsewhere")
