"""The environments that this pip fills: the user's own, and build environments."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable, Iterator

from ...frozen import replace

if TYPE_CHECKING:
    from typing import Iterable, Tuple

    from ...errors import OverrideError
    from ..builds.build import Build
    from ..builds.kept_environment import Keeping
    from ..builds.member import Matched, Member, Origin, Told
    from ..builds.upload_limit import UploadLimit
    from ..internals.protocols import InstallRequirement
    from ..lending.stand_ins import StandIn
    from ..target.settled import Settled
    from ..target.target import Target

    Chosen = Iterable[Tuple[InstallRequirement, "str | None"]]


class Filling:
    """One environment that is filled by one run of pip's resolver.

    Args:
        constraints: the constraints beyond the user's own, each with its file and table.
        depth: 0 for the environment of the user, 1 for its build environments, ….
        directories: the directories of its distributions; for a build environment, of both passes.
        stand_ins: the distributions that are borrowed, or may be borrowed if they fit.
        built_for: the packages whose build environments contain this one, the outermost first.
        hashes: maps the name of a distribution to the hashes that are allowed for its file.
        touched: normalised names that rules put in or limit.
        into: the directories that this pass installs into.
        upload_limit: the moment up to which files are candidates; None if all are.
        keeping: where it may be copied from, and kept; None if it is not to be.

    Attributes:
        resolved: whether pip's resolver called us.
        members: how each distribution of a build environment was made.
        distributions: what pip chose for a build environment, each with its origin.
        matched: what was built to match this environment, and with which versions.
        refusal: why the pip that fills it in another process refused to go on; None if it did not.
        offered: names of the stand-ins that pip's resolver was offered.
        misfits: by name, the errors about distributions that do not fit the other chosen ones.
        left_out: names of distributions with files that the limit has left out.
        installed: the key of what pip has installed, for ``keeping``; "" if it is not known.
    """

    def __init__(
        self,
        constraints: tuple[tuple[str, str], ...] = (),
        depth: int = 0,
        directories: tuple[str, ...] = (),
        stand_ins: tuple[StandIn, ...] = (),
        built_for: tuple[str, ...] = (),
        hashes: dict[str, list[str]] | None = None,
        touched: tuple[str, ...] = (),
        into: tuple[str, ...] = (),
        upload_limit: UploadLimit | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        self.constraints = constraints
        self.depth = depth
        self.directories = directories
        self.stand_ins = stand_ins
        self.built_for = built_for
        self.hashes = hashes or {}
        self.touched = touched
        self.into = into
        self.upload_limit = upload_limit
        self.keeping = keeping
        self.resolved = False
        self.members: list[Member] = []
        self.distributions: list[Origin] = []
        self.matched: list[Matched] = []
        self.refusal: OverrideError | None = None
        self.offered: set[str] = set()
        self.misfits: dict[str, list[OverrideError]] = {}
        self.left_out: set[str] = set()
        self.installed = ""
        self._make_target: Callable[[], Target] | None = None
        self._target: Target | None = None
        self._came_to: Callable[[], Chosen] | None = None

    def trial(self) -> Filling:
        """Return the same environment with nothing noted, for an attempt to fill it."""
        return Filling(
            self.constraints,
            self.depth,
            self.directories,
            self.stand_ins,
            self.built_for,
            self.hashes,
            self.touched,
            self.into,
            self.upload_limit,
            self.keeping,
        )

    def take(self, trial: Filling) -> None:
        """Take over all that was noted in an attempt that has filled it."""
        vars(self).update(vars(trial))

    def begin_resolving(self, make_target: Callable[[], Target]) -> None:
        """Note that pip's resolver begins.

        Args:
            make_target: returns the target of the resolver; called only if a build needs it.
        """
        self.resolved = True
        self._make_target, self._target, self._came_to = make_target, None, None

    def end_resolving(self, came_to: Callable[[], Chosen]) -> None:
        """Note what pip's resolver chose before any build began.

        A build begins later if an index serves the metadata of an sdist (PEP 658), because pip prepares
        such an sdist after it has resolved.

        Args:
            came_to: returns pip's requirements, each with its version.
        """
        self._came_to = came_to

    @property
    def target(self) -> Target:
        """The environment that is filled, and what it will contain.

        Raises:
            OverrideError: if this pip does not reveal it.
        """
        if self._target is None:
            assert self._make_target is not None, "pip resolves before it builds"
            self._target = self._make_target()
            if self._came_to is not None:
                self._target.take(self._came_to())
                self._target.final = True
        return self._target

    def is_target(self, target: Target) -> bool:
        """Return whether a target is the one that is filled, without creating it."""
        return target is self._target

    def stand_in(self, name: str) -> StandIn | None:
        """Return the stand-in with a normalised name; None if there is none."""
        return next((one for one in self.stand_ins if one.name == name), None)

    def stand_in_at(self, path: str) -> StandIn | None:
        """Return the stand-in whose wheel is at a path; None if there is none."""
        return next(
            (one for one in self.stand_ins if os.path.normcase(one.path) == os.path.normcase(path)),
            None,
        )

    def note_offered(self, name: str) -> None:
        """Note that pip's resolver was offered the stand-in with this name."""
        self.offered.add(name)

    def note_misfit(self, name: str, error: OverrideError) -> None:
        """Note the error about a distribution that does not fit the other chosen ones."""
        self.misfits.setdefault(name, []).append(error)

    def note_left_out(self, *names: str) -> None:
        """Note that the limit has left out files of the distributions with these names."""
        self.left_out.update(names)

    def keep(self, keeping: Keeping) -> None:
        """Note where it may be copied from, and kept."""
        self.keeping = keeping

    def note_installed(self, key: str) -> None:
        """Note the key of what pip installs; "" if it is not known."""
        self.installed = key

    def take_contents(
        self,
        members: Iterable[Member],
        distributions: Iterable[Origin],
        installed: str,
        matched: Iterable[Matched] = (),
        left_out: Iterable[str] = (),
    ) -> None:
        """Take over what was noted of contents that were installed before, or by another pip.

        Args:
            members: how each distribution was made.
            distributions: the origin of each distribution.
            installed: the key of what was installed; "" if it is not known.
            matched: what was built to match the environment, and with which versions.
            left_out: names of distributions with files that a limit on uploads has left out.
        """
        self.note_members(members)
        self.note_distributions(distributions)
        self.note_installed(installed)
        self.take_matched(matched)
        self.note_left_out(*left_out)

    def note_members(self, members: Iterable[Member]) -> None:
        """Note how distributions of this build environment were made."""
        self.members.extend(members)

    def note_told(self, name: str, told: Told) -> None:
        """Note more problems of a distribution of this build environment that was built.

        Args:
            name: the name of the distribution.
            told: the problems.
        """
        from ..builds.member import put_together

        self.members = [
            replace(member, told=put_together(member.told, told))
            if member.source and member.name == name
            else member
            for member in self.members
        ]

    def note_distributions(self, distributions: Iterable[Origin]) -> None:
        """Note where distributions of this build environment come from."""
        self.distributions.extend(distributions)

    def note_matched(self, label: str, settled: Iterable[Settled]) -> None:
        """Note the versions in this environment that a package was built to match.

        Args:
            label: name and version of the package.
            settled: the answers to its source tables.
        """
        from ..builds.member import Matched

        self.matched.extend(
            Matched(label, one.name, one.version)
            for one in settled
            if one.source.origin == "target" and one.version
        )

    def note_matched_builds(self, builds: Iterable[Build]) -> None:
        """Note the versions in this environment that its own packages were built to match.

        This is done after they are built: if an index serves the metadata of sdists, pip does not
        prepare them earlier.
        """
        for build in builds:
            if self.is_target(build.target):
                self.note_matched(build.label, build.settled)

    def take_matched(self, matched: Iterable[Matched]) -> None:
        """Take over what the pip that filled this environment in another process built to match it."""
        self.matched.extend(matched)

    def note_resolved(self) -> None:
        """Note that the pip that filled this environment in another process called us to resolve."""
        self.resolved = True

    def note_refusal(self, refusal: OverrideError | None) -> None:
        """Note why the pip in another process refused to fill this environment; None if it did not."""
        self.refusal = refusal


class Environments:
    """The environments that this pip is filling, nested if pip installs in-process.

    Args:
        root: the environment that this process was started for.
        outermost: whether this pip was not started by another pip of the same run.
    """

    def __init__(self, root: Filling, outermost: bool) -> None:
        self.root = root
        self.outermost = outermost
        self._entered = [root]
        self._evaluated: set[str] = set()

    @property
    def current(self) -> Filling:
        """The innermost environment that is being filled."""
        return self._entered[-1]

    @property
    def at_root(self) -> bool:
        """Whether the current environment is the one that this process was started for."""
        return len(self._entered) == 1

    @property
    def limited_apart(self) -> bool:
        """Whether this process fills an environment under another limit than that of the outer one."""
        return not self.at_root and self.current.upload_limit != self._entered[-2].upload_limit

    @property
    def for_user(self) -> bool:
        """Whether the current environment is the user's own, and not a build environment."""
        return self.outermost and self.at_root

    def note_evaluated(self, name: str) -> None:
        """Note that pip evaluates the files of a project through us.

        Args:
            name: the normalised name of the project.
        """
        self._evaluated.add(name)

    def was_evaluated(self, name: str) -> bool:
        """Return whether pip evaluated the files of a project through us."""
        return name in self._evaluated

    @contextmanager
    def entered(self, filling: Filling) -> Iterator[None]:
        """Make an environment the current one in the context."""
        self._entered.append(filling)
        try:
            yield
        finally:
            self._entered.pop()
