"""Notes on the distributions in a build environment, kept with the wheel that is built in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Iterable

from ...frozen import replace
from ..internals.file_names import version_in_file_name
from ..internals.objects import link_of, local_path, normal_name

if TYPE_CHECKING:
    from ..builds.build import Build
    from ..builds.member import Member
    from ..internals.protocols import InstallRequirement
    from .cached_wheels import CachedWheels
    from .environments import Environments
    from .judgements import Judgements
    from .ledger import Ledger


class Members:
    """Notes how each distribution of a build environment was made.

    Args:
        environments: the environments that this pip fills.
        ledger: the builds of this command.
        cached_wheels: the wheels that were built before.
        make_judgements: returns the problems of builds; called for the first distribution that was
            built.
    """

    def __init__(
        self,
        environments: Environments,
        ledger: Ledger,
        cached_wheels: CachedWheels,
        make_judgements: Callable[[], Judgements],
    ) -> None:
        self._environments = environments
        self._ledger = ledger
        self._cached_wheels = cached_wheels
        self._make_judgements = make_judgements

    def note(self, chosen: Iterable[InstallRequirement]) -> None:
        """Note what the current environment, if it is a build environment, is filled with.

        Args:
            chosen: the requirements that pip's resolver chose.
        """
        filling = self._environments.current
        if not filling.depth:
            # The notes are not needed for the user's own environment.
            return
        for req in chosen:
            if req.link is None:
                continue
            filling.note_members(self._of(req))
            approved = self._cached_wheels.approved(req.link)
            if approved is not None:
                label = f"{normal_name(req)} {version_in_file_name(req.link.filename, '')}"
                filling.note_matched(label, approved.stored.settled)

    def _of(self, req: InstallRequirement) -> list[Member]:
        if self._ledger.build_of(req) is not None or self._cached_wheels.approved(req.link) is not None:
            return self._of_built(req)
        from ..builds import link_contents
        from ..builds.member import Member

        name, link = normal_name(req), link_of(req)
        version = version_in_file_name(link.filename, name) or ""
        if not link.is_wheel:
            # The index serves the metadata of sdists, so pip prepares this one after it has resolved,
            # and what it will be built with is not known yet.
            return [Member(name, version, source=True, rules=None)]
        filling = self._environments.current
        stand_in = filling.stand_in_at(local_path(link))
        if stand_in is not None:
            return [Member(name, version, source=False, rules="", borrowed=stand_in.digest)]
        content = link_contents.noted(req, link, None)
        return [Member(name, version, source=False, rules="", content=content)]

    def _of_built(self, req: InstallRequirement) -> list[Member]:
        """Return the notes on a distribution that was built, now or before, and on its own members."""
        from ..builds import link_contents
        from ..builds.member import Member, put_together

        judgements = self._make_judgements()
        name = normal_name(req)
        build = self._ledger.build_of(req)
        misfits = judgements.of_misfits(self._environments.current.misfits.get(name, ()))
        below: Iterable[Member]
        if build is not None:
            own = Member(
                name,
                build.package.version or "",
                source=True,
                rules=build.rules_digest,
                content=link_contents.noted(req, req.original_link or link_of(req), req.source_dir),
                settled=tuple(build.settled),
                told=put_together(judgements.of_build(build), misfits),
            )
            below = build.members
        else:
            approved = self._cached_wheels.approved(req.link)
            assert approved is not None
            stored = approved.stored
            own = Member(
                name,
                version_in_file_name(link_of(req).filename, name) or "",
                source=True,
                rules=approved.rules,
                content=stored.source,
                settled=stored.settled,
                told=put_together(stored.told, misfits),
            )
            below = stored.members
        # What a nested build has borrowed is known from its other members.
        return [own, *(replace(member, borrowed="") for member in below)]

    def note_generated(self, build: Build) -> None:
        """Note for the current environment that a rule on Cython could not act on a member."""
        if build.generated:
            told = self._make_judgements().of_generated(build)
            self._environments.current.note_told(build.package.name, told)
