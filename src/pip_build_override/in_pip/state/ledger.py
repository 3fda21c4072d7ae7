"""The books of one pip command: what it builds, what was built, and which tables had a part in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable

from ..internals.file_names import version_in_file_name
from ..internals.objects import normal_name

if TYPE_CHECKING:
    from ...rules.tables import Table
    from ..builds.build import Build
    from ..builds.member import Member
    from ..internals.protocols import InstallRequirement
    from ..target.target import Target
    from .rules_in_force import RulesInForce

_ON_REQUIREMENT = "_pip_build_override"


class Ledger:
    """Every build of one pip command, and what nested pips told of theirs.

    Attributes:
        builds: every source that was prepared, in order.
        chosen: those of them that pip has settled on.
        used: file positions of the tables that had a part in a build, as ``Table.where`` has them.
        built: name and version of each package that was built, now or before, under rules or not.
        done: labels of the packages that were built under rules.
        prepared: labels of those whose metadata alone was prepared under rules.
        from_cache: labels of those that were built under the same rules before.
    """

    def __init__(self, rules_in_force: RulesInForce) -> None:
        self._rules = rules_in_force
        self._preparing: list[Build] = []
        self.builds: list[Build] = []
        self.chosen: list[Build] = []
        self.used: set[str] = set()
        self.built: list[tuple[str, str]] = []
        self.done: list[str] = []
        self.prepared: list[str] = []
        self.from_cache: list[str] = []

    def begin(self, req: InstallRequirement, isolated: bool, target: Target) -> Build:
        """Enter the preparation of one source; it is the innermost until ``end``.

        Args:
            req: pip's requirement.
            isolated: whether it gets a build environment.
            target: what the run of pip that builds it fills.
        """
        from ..builds.build import Build

        build = Build(req, isolated, target)
        self.builds.append(build)
        self._preparing.append(build)
        # On pip's own object, because pip copies that if extras are asked for.
        setattr(req, _ON_REQUIREMENT, build)
        return build

    def end(self, build: Build) -> None:
        """Leave the preparation of a source."""
        self._preparing.remove(build)

    @property
    def innermost(self) -> Build | None:
        """The source that is prepared at the moment; None if there is none."""
        return self._preparing[-1] if self._preparing else None

    @property
    def at_work(self) -> Build | None:
        """The source whose build backend runs at the moment; None if there is none."""
        # What this very process builds for a build environment is built while its owner is prepared.
        built = next((build for build in reversed(self.builds) if build.being_built), None)
        return built or self.innermost

    def build_of(self, req: InstallRequirement) -> Build | None:
        """The build that was begun for one of pip's requirements; None for what is not built."""
        build: Build | None = getattr(req, _ON_REQUIREMENT, None)
        return build

    def version_of(self, req: InstallRequirement) -> str | None:
        """The version of a requirement that pip has settled on; None before it is prepared."""
        build = self.build_of(req)
        if build is not None:
            return build.package.version
        if req.link is None:
            return None
        return version_in_file_name(req.link.filename, normal_name(req))

    def choose(self, build: Build) -> None:
        """Note that a source is one that pip has settled on."""
        if build not in self.chosen:
            self.chosen.append(build)
            self.note_built(build.package.name, build.package.version)
        if build.plan is not None:
            tables = build.plan.selection.tables
            self.use(table for table in tables if table.name != "*")
            for change in build.plan.changes:
                if change.kind == "replace":
                    self.used.update(change.tables)

    def use(self, tables: Iterable[Table]) -> None:
        """Count tables as used."""
        self.used.update(table.where for table in tables)

    def use_for_members(self, members: Iterable[Member]) -> None:
        """Count the tables as used by which the build dependencies of a cached wheel were built."""
        for member in members:
            if member.rules:
                selection = self._rules.selection(member.name, member.version)
                self.use(table for table in selection.tables if table.name != "*")

    @property
    def unused(self) -> list[Table]:
        """The tables for named packages that had no part in anything."""
        return [table for table in self._rules.named_tables if table.where not in self.used]

    def note_built(self, name: str, version: str | None) -> None:
        """Note that a package was built, now or before, under rules or not."""
        self.built.append((name, version or ""))

    def note_done(self, label: str) -> None:
        """Note that a package was built under rules."""
        _add(self.done, label)

    def note_prepared(self, label: str) -> None:
        """Note that the metadata of a package, and no more, was prepared under rules."""
        _add(self.prepared, label)

    def note_from_cache(self, label: str) -> None:
        """Note that a package was built under the same rules before."""
        _add(self.from_cache, label)

    def take(
        self,
        used: Iterable[str],
        done: Iterable[str],
        from_cache: Iterable[str],
        built: Iterable[tuple[str, str]],
    ) -> None:
        """Take over what a nested pip handed up, or one that a build backend has started.

        Args:
            used: file positions of the tables that had a part in a build.
            done: labels of the packages that were built under rules.
            from_cache: labels of those that were built under the same rules before.
            built: name and version of each package that was built, now or before.
        """
        self.used.update(used)
        for label in done:
            self.note_done(label)
        for label in from_cache:
            self.note_from_cache(label)
        for name, version in built:
            self.note_built(name, version)


def _add(labels: list[str], label: str) -> None:
    if label not in labels:
        labels.append(label)
