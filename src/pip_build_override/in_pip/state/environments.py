"""The environments that this pip fills: the one that the user asked for, and build environments."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable, Iterator

from ...frozen import replace

if TYPE_CHECKING:
    from typing import Iterable, Tuple

    from ...errors import OverrideError
    from ..builds.build import Build
    from ..builds.member import Matched, Member, Origin, Told
    from ..internals.protocols import InstallRequirement
    from ..lending.stand_ins import StandIn
    from ..target.settled import Settled
    from ..target.target import Target

    Chosen = Iterable[Tuple[InstallRequirement, "str | None"]]


class Filling:
    """A set of requirements on its way into one environment, by one run of pip's resolver.

    Args:
        constraints: what limits it beyond the user's own, each with the file and table behind it.
        depth: 0 for the environment that the user asked for, 1 for its build environments, ….
        directories: where its distributions are; of a build environment, in its two passes.
        stand_ins: what is borrowed, or may be if it fits.
        built_for: the packages whose build environments lead here, the outermost first.
        hashes: name of a distribution to the hashes of which its file must have one.
        touched: normalised names that rules put in or limit.
        into: those of the directories that it is installed into in this pass.

    Attributes:
        resolved: whether pip's resolver came by us.
        members: how each distribution of a build environment comes about.
        distributions: what pip chose for a build environment, each with its origin.
        matched: what was built for this environment as its target, and with which versions.
        refusal: why the pip that fills it in another process refused to; None if it did not.
        offered: names of the stand-ins that pip's resolver was offered.
        misfits: by name, what was said of distributions that do not fit the others that are chosen.
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
    ) -> None:
        self.constraints = constraints
        self.depth = depth
        self.directories = directories
        self.stand_ins = stand_ins
        self.built_for = built_for
        self.hashes = hashes or {}
        self.touched = touched
        self.into = into
        self.resolved = False
        self.members: list[Member] = []
        self.distributions: list[Origin] = []
        self.matched: list[Matched] = []
        self.refusal: OverrideError | None = None
        self.offered: set[str] = set()
        self.misfits: dict[str, list[OverrideError]] = {}
        self._make_target: Callable[[], Target] | None = None
        self._target: Target | None = None
        self._came_to: Callable[[], Chosen] | None = None

    def begin_resolving(self, make_target: Callable[[], Target]) -> None:
        """Note that pip's resolver is at work.

        Args:
            make_target: gives what it fills; called only if a build wants to know that.
        """
        self.resolved = True
        self._make_target, self._target, self._came_to = make_target, None, None

    def end_resolving(self, came_to: Callable[[], Chosen]) -> None:
        """Note what pip's resolver chose without a build, for one that begins only now.

        This is the case if an index serves the metadata of an sdist (PEP 658): pip prepares it later.

        Args:
            came_to: gives pip's requirements, each with its version.
        """
        self._came_to = came_to

    @property
    def target(self) -> Target:
        """The environment that is filled, and what it will hold.

        Raises:
            OverrideError: if this pip does not tell.
        """
        if self._target is None:
            assert self._make_target is not None, "pip resolves before it builds"
            self._target = self._make_target()
            if self._came_to is not None:
                self._target.take(self._came_to())
                self._target.final = True
        return self._target

    def is_target(self, target: Target) -> bool:
        """Whether a target is the one that is filled, without making it known for that."""
        return target is self._target

    def stand_in(self, name: str) -> StandIn | None:
        """The stand-in of that normalised name."""
        return next((one for one in self.stand_ins if one.name == name), None)

    def stand_in_at(self, path: str) -> StandIn | None:
        """The stand-in that a wheel is."""
        return next(
            (one for one in self.stand_ins if os.path.normcase(one.path) == os.path.normcase(path)),
            None,
        )

    def note_offered(self, name: str) -> None:
        """Note that pip's resolver was offered the stand-in of that name."""
        self.offered.add(name)

    def note_misfit(self, name: str, error: OverrideError) -> None:
        """Note what was said of a distribution that does not fit the others that are chosen."""
        self.misfits.setdefault(name, []).append(error)

    def note_members(self, members: Iterable[Member]) -> None:
        """Note how distributions of this build environment come about."""
        self.members.extend(members)

    def note_told(self, name: str, told: Told) -> None:
        """Note what else was said of a distribution of this build environment that was built.

        Args:
            name: its own.
            told: what was said of it.
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
        """Note with which versions of what is filled here a package was built to match it.

        Args:
            label: of the package.
            settled: the answers to its source tables.
        """
        from ..builds.member import Matched

        self.matched.extend(
            Matched(label, one.name, one.version)
            for one in settled
            if one.source.origin == "target" and one.version
        )

    def note_matched_builds(self, builds: Iterable[Build]) -> None:
        """Note with which versions of what is filled here its packages were built.

        This is done once they are built: if an index serves the metadata of sdists, they are prepared
        no sooner.
        """
        for build in builds:
            if self.is_target(build.target):
                self.note_matched(build.label, build.settled)

    def take_matched(self, matched: Iterable[Matched]) -> None:
        """Take over what the pip that filled it in another process built to match it."""
        self.matched.extend(matched)

    def note_resolved(self) -> None:
        """Note that the resolver of the pip that filled it in another process came by us."""
        self.resolved = True

    def note_refusal(self, refusal: OverrideError | None) -> None:
        """Note why the pip that filled it in another process refused to; None if it did not."""
        self.refusal = refusal


class Environments:
    """Which environment this pip fills at the moment: with in-process installing, one inside another.

    Args:
        root: the one that this process was started for.
        outermost: whether no other pip of the same run has started this one.
    """

    def __init__(self, root: Filling, outermost: bool) -> None:
        self.root = root
        self.outermost = outermost
        self._entered = [root]
        self._evaluated: set[str] = set()

    @property
    def current(self) -> Filling:
        """The innermost of those that are filled."""
        return self._entered[-1]

    @property
    def at_root(self) -> bool:
        """Whether it is the one that this process was started for."""
        return len(self._entered) == 1

    @property
    def for_user(self) -> bool:
        """Whether it is the one that the user asked for, and no build environment."""
        return self.outermost and self.at_root

    def note_evaluated(self, name: str) -> None:
        """Note that pip looks at the files of a project through us.

        Args:
            name: of the project, normalised.
        """
        self._evaluated.add(name)

    def was_evaluated(self, name: str) -> bool:
        """Whether pip has looked at the files of a project through us."""
        return name in self._evaluated

    @contextmanager
    def entered(self, filling: Filling) -> Iterator[None]:
        """Make an environment the current one while it is filled."""
        self._entered.append(filling)
        try:
            yield
        finally:
            self._entered.pop()
