"""Where the wheels that this pip builds are kept, with a manifest beside each."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from ...frozen import replace
from ..builds import link_contents, manifest, wheel_record, wheels
from ..builds.build import Build
from ..builds.manifest import Manifest
from ..internals import seams
from ..internals.objects import link_of
from ..internals.seams import Call, Original

if TYPE_CHECKING:
    from ..builds.member import Member
    from ..state.cached_wheels import CachedWheels
    from ..state.environments import Environments
    from ..state.judgements import Judgements
    from ..state.ledger import Ledger
    from ..state.rules_in_force import RulesInForce


class KeptWheels:
    """Keeps the wheels that are built, so that later commands may use them again.

    Args:
        rules_in_force: the rules in force.
        ledger: the builds of this command.
        environments: the environments that this pip fills.
        cached_wheels: the cached wheels that this command finds.
        judgements: the problems reported about builds.
    """

    def __init__(
        self,
        rules_in_force: RulesInForce,
        ledger: Ledger,
        environments: Environments,
        cached_wheels: CachedWheels,
        judgements: Judgements,
    ) -> None:
        self._rules = rules_in_force
        self._ledger = ledger
        self._environments = environments
        self._cached_wheels = cached_wheels
        self._judgements = judgements

    def directory(self, original: Original, call: Call) -> str:
        """Choose the cache directory for a wheel that is about to be built."""
        req = call["req"]
        build = self._ledger.build_of(req)
        if build is None:
            seams.refuse_bypass(seams.PREPARE)
        known = self._known(build)
        key: str = call.to(original)
        if build.rules_digest is None or (known.helped and not self._can_be_compared(known)):
            # Built with a directory, for example, whose content may change.
            key = call["wheel_cache"].get_ephem_path_for_link(req.link)
        place = wheels.place(key, known)
        self._cached_wheels.choose_place(place, build, key)
        return place

    def _place(self, wheel: str) -> tuple[Build, str]:
        place = self._cached_wheels.place(os.path.dirname(wheel))
        if place is None:
            seams.refuse_bypass(seams.CACHE_DIRECTORY)
        return place

    def _can_be_compared(self, known: Manifest) -> bool:
        return not (
            any(link_contents.may_change(member.content) for member in known.members)
            or (self._environments.current.depth and known.source.changes)
        )

    def moved(self, wheel: str) -> str:
        """Move a wheel if, after its place was chosen, its build backend ran a pip under rules.

        Returns:
            the path of the wheel, which is in a directory of ours if it was moved: there, no pip finds
            it by its own key.
        """
        build, key = self._place(wheel)
        if not build.ran_overridden_pips:
            return wheel
        place = wheels.place(key, self._known(build))
        os.makedirs(place, exist_ok=True)
        path = os.path.join(place, os.path.basename(wheel))
        os.replace(wheel, path)
        self._cached_wheels.choose_place(place, build, key)
        return path

    def keep(self, wheel: str) -> None:
        """Record a wheel that was built and checked, so that it may be used again."""
        build, key = self._place(wheel)
        known = self._known(build)
        if known.environment == manifest.ISOLATED and not known.recorded:
            record = wheel_record.record_of(build, self._rules.shown, wheel)
            known = replace(known, beside=record.to_json())
        wheels.record(wheel, key, known)

    def _known(self, build: Build) -> Manifest:
        """Return what is known of a build, before or after it is done."""
        environment = manifest.ISOLATED
        if not build.has_environment:
            environment = manifest.SETUP_PY if build.isolated else manifest.NO_ISOLATION
        members = _distinct(build.members)
        attempts = self._cached_wheels.attempts
        return Manifest(
            manifest.UNKNOWN if build.rules_digest is None else build.rules_digest,
            environment,
            link_contents.noted(build.req, link_of(build.req), build.req.source_dir),
            tuple(build.settled),
            members,
            self._judgements.of_build(build),
            recorded=wheel_record.wanted(self._rules.overrides.record, build.rules_digest, members),
            attempt=attempts.mark(build.req) if attempts is not None else "",
        )


def _distinct(members: list[Member]) -> tuple[Member, ...]:
    by_text = {json.dumps(member.to_json(), sort_keys=True): member for member in members}
    return tuple(by_text[text] for text in sorted(by_text))
