"""What is kept of the distributions in a build environment, with the wheel that is built in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Iterable

from ...files import Json
from ..internals.file_names import version_in_file_name
from ..internals.objects import link_of, local_path, normal_name

if TYPE_CHECKING:
    from ..builds.build import Build
    from ..internals.protocols import InstallRequirement
    from .cached_wheels import CachedWheels
    from .environments import Environments
    from .judgements import Judgements
    from .ledger import Ledger


class Members:
    """Notes how each distribution of a build environment comes about.

    Args:
        environments: of which the current one is filled.
        ledger: tells what was built.
        cached_wheels: tells what was built before.
        judgements: made when the first distribution is one that was built.
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
        """Note what a build environment is filled with.

        Args:
            chosen: pip's requirements, as its resolver has settled on them.
        """
        filling = self._environments.current
        if not filling.depth:
            # Nobody asks what the user's own environment is filled with.
            return
        for req in chosen:
            if req.link is None:
                continue
            filling.note_members(self._of(req))
            approved = self._cached_wheels.approved(req.link)
            if approved is not None:
                label = f"{normal_name(req)} {version_in_file_name(req.link.filename, '')}"
                filling.note_matched(label, approved.stored.settled)

    def _of(self, req: InstallRequirement) -> list[Json]:
        if self._ledger.build_of(req) is not None or self._cached_wheels.approved(req.link) is not None:
            return self._of_built(req)
        from ..builds import link_contents

        name, link = normal_name(req), link_of(req)
        version = version_in_file_name(link.filename, name) or ""
        if not link.is_wheel:
            # An index that serves the metadata of sdists: prepared only after all is resolved, so
            # nothing is known yet of what it will be built with.
            return [{"name": name, "version": version, "source": True, "rules": None}]
        member = {"name": name, "version": version, "source": False, "rules": ""}
        filling = self._environments.current
        stand_in = filling.stand_in_at(local_path(link))
        if stand_in is not None:
            return [{**member, "borrowed": stand_in.digest}]
        return [{**member, **link_contents.noted(req, link, None)}]

    def _of_built(self, req: InstallRequirement) -> list[Json]:
        """What is to be known of a distribution that was built, now or before, and of its members."""
        from ..builds import link_contents
        from .judgements import put_together

        judgements = self._make_judgements()
        name = normal_name(req)
        build = self._ledger.build_of(req)
        told = judgements.of_misfits(self._environments.current.misfits.get(name, ()))
        below: Iterable[Json]
        if build is not None:
            own: Json = {"name": name, "version": build.package.version or "", "source": True}
            own["rules"] = build.rules_digest
            own.update(link_contents.noted(req, req.original_link or link_of(req), req.source_dir))
            told = put_together(judgements.of_build(build), told)
            settled, below = build.settled, build.members
        else:
            approved = self._cached_wheels.approved(req.link)
            assert approved is not None
            stored = approved.stored
            version = version_in_file_name(link_of(req).filename, name) or ""
            own = {"name": name, "version": version, "source": True, "rules": approved.rules}
            own.update(stored.source)
            told = put_together(stored.told, told)
            settled, below = list(stored.settled), stored.members
        more = {"settled": settled, "told": told}
        own.update({key: value for key, value in more.items() if value})
        # What a build below has borrowed is told by the other members there.
        return [own, *({key: value for key, value in m.items() if key != "borrowed"} for m in below)]

    def note_generated(self, build: Build) -> None:
        """Note, for what this pip fills, that a rule on Cython could not act on one of its members."""
        from .judgements import put_together

        for member in self._environments.current.members if build.generated else ():
            if member["source"] and member["name"] == build.package.name:
                told = self._make_judgements().of_generated(build)
                member["told"] = put_together(member.get("told", {}), told)
