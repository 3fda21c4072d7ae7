"""The ledger of one pip command: what it builds, what was built, and which tables were used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable

from ...rules.standards import normalise
from ..internals.file_names import version_in_file_name

if TYPE_CHECKING:
    from ...rules.tables import Table
    from ..builds.build import Build
    from ..builds.member import Member
    from ..internals.protocols import InstallRequirement
    from ..target.target import Target
    from .rules_in_force import RulesInForce

_ON_REQUIREMENT = "_pip_build_override"


class Ledger:
    """Every build of one pip command, and what nested pips reported of theirs.

    Args:
        rules_in_force: the rules in force.

    Attributes:
        builds: every source that was prepared, in order.
        chosen: the builds that pip's resolver chose.
        used: positions in the file (``Table.where``) of the tables that were used in a build.
        built: name and version of each package that was built, now or before, under rules or not.
        done: labels of the packages that were built under rules.
        prepared: labels of the packages of which only the metadata was prepared under rules.
        from_cache: labels of the packages that were built under the same rules before.
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
        """Begin the preparation of one source, which is the innermost until ``end``, and return it.

        Args:
            req: pip's requirement.
            isolated: whether it gets a build environment.
            target: the environment that the pip that builds it fills.
        """
        from ..builds.build import Build

        build = Build(req, isolated, target)
        self.builds.append(build)
        self._preparing.append(build)
        # Set on pip's own object, because pip copies that for requirements with extras.
        setattr(req, _ON_REQUIREMENT, build)
        return build

    def end(self, build: Build) -> None:
        """End the preparation of a source."""
        self._preparing.remove(build)

    @property
    def innermost(self) -> Build | None:
        """The source that is being prepared; None if there is none."""
        return self._preparing[-1] if self._preparing else None

    @property
    def at_work(self) -> Build | None:
        """The source whose build backend is running; None if there is none."""
        # A package that this process builds for a build environment is built while another is prepared.
        built = next((build for build in reversed(self.builds) if build.being_built), None)
        return built or self.innermost

    def build_of(self, req: InstallRequirement) -> Build | None:
        """Return the build for one of pip's requirements; None if it is not built."""
        build: Build | None = getattr(req, _ON_REQUIREMENT, None)
        return build

    def version_of(self, req: InstallRequirement) -> str | None:
        """Return the version of a requirement that pip's resolver chose; None if it is unknown yet."""
        build = self.build_of(req)
        if build is not None:
            return build.package.version
        if req.link is None:
            return None
        return version_in_file_name(req.link.filename, normalise(req.name or ""))

    def choose(self, build: Build) -> None:
        """Note that pip's resolver chose a source, and count its tables as used."""
        if build not in self.chosen:
            self.chosen.append(build)
            self.note_built(build.package.name, build.package.version)
        if build.plan is not None:
            self.use(build.plan.selection.own_tables)
            for change in build.plan.changes:
                if change.kind == "replace":
                    self.used.update(change.tables)

    def use(self, tables: Iterable[Table]) -> None:
        """Count tables as used."""
        self.used.update(table.where for table in tables)

    def use_for_members(self, members: Iterable[Member]) -> None:
        """Count as used the tables for the build dependencies of a cached wheel."""
        for member in members:
            if member.rules:
                self.use(self._rules.selection(member.name, member.version).own_tables)

    @property
    def unused(self) -> list[Table]:
        """The tables for named packages that were not used."""
        return [table for table in self._rules.named_tables if table.where not in self.used]

    def note_built(self, name: str, version: str | None) -> None:
        """Note that a package was built, now or before, under rules or not."""
        self.built.append((name, version or ""))

    def note_done(self, label: str) -> None:
        """Note that a package was built under rules."""
        _add(self.done, label)

    def note_prepared(self, label: str) -> None:
        """Note that only the metadata of a package was prepared under rules."""
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
        """Take over the report of a nested pip, or of a pip that a build backend started.

        Args:
            used: positions in the file of the tables that were used in a build.
            done: labels of the packages that were built under rules.
            from_cache: labels of the packages that were built under the same rules before.
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
