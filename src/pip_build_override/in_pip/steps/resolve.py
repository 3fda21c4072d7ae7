"""Running pip's resolver under an override, and checking its result.

Every pip passes here, most of them with ready-made wheels only. The code for builds, and for wheels
that a table is about, is in ``chosen``, which is loaded for the first of those.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Callable

from ... import switch
from ...rules.standards import normalise
from ..internals import seams
from ..internals.endings import DistributionNotFound
from ..internals.objects import (
    finder_of,
    is_legacy,
    leave_wheels_out,
    local_path,
    normal_name,
    requirement_maker,
    requirements_in,
)

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement, RequirementSet, Resolver
    from ..internals.seams import Call, Original
    from ..state.cached_wheels import CachedWheels
    from ..state.environments import Environments, Filling
    from ..state.explained import Explained
    from ..state.ledger import Ledger
    from ..state.members import Members
    from ..state.outcome import Outcome
    from ..state.pip_command import PipCommand
    from ..state.rules_in_force import RulesInForce
    from ..target.target import Target
    from .candidates import Candidates
    from .chosen import Chosen
    from .explain import Explain
    from .upload_limits import UploadLimits


class Resolve:
    """Runs pip's resolver under the rules.

    Args:
        rules_in_force: the rules in force.
        ledger: the builds of this command.
        environments: the environments that this pip fills.
        outcome: the outcome of the command.
        cached_wheels: the cached wheels that this command finds.
        command: the pip command.
        explained: what ``explain`` asks for.
        make_members: returns the owner that notes the distributions of build environments.
        make_chosen: returns the step that checks builds among what is chosen.
        make_candidates: returns the step that offers stand-ins.
        make_explain: returns the step that writes the plans for ``explain``.
        make_upload_limits: returns the step that leaves out files that were uploaded too late.
    """

    def __init__(
        self,
        rules_in_force: RulesInForce,
        ledger: Ledger,
        environments: Environments,
        outcome: Outcome,
        cached_wheels: CachedWheels,
        command: PipCommand,
        explained: Explained,
        make_members: Callable[[], Members],
        make_chosen: Callable[[], Chosen],
        make_candidates: Callable[[], Candidates],
        make_explain: Callable[[], Explain],
        make_upload_limits: Callable[[], UploadLimits],
    ) -> None:
        self._rules = rules_in_force
        self._ledger = ledger
        self._environments = environments
        self._outcome = outcome
        self._cached_wheels = cached_wheels
        self._command = command
        self._explained = explained
        self._make_members = make_members
        self._make_chosen = make_chosen
        self._make_candidates = make_candidates
        self._make_explain = make_explain
        self._make_upload_limits = make_upload_limits

    def make_link_evaluator(self, original: Original, call: Call) -> object:
        """Exclude the ready-made wheels of packages that the file requires to be built."""
        evaluator = call.to(original)
        name = normalise(call["project_name"])
        self._environments.note_evaluated(name)
        if name in self._rules.no_binary_names or name in self._explained.names:
            leave_wheels_out(evaluator)
        if self._environments.current.upload_limit is not None:
            self._make_upload_limits().keep_within(evaluator, name, call["self"])
        return evaluator

    def find_best_candidate(self, original: Original, call: Call) -> object:
        """Put the stand-in of a borrowed distribution before all candidates that pip finds."""
        if not self._environments.current.stand_ins:
            return call.to(original)
        return self._make_candidates().with_stand_in(original, call)

    def resolve(self, original: Original, call: Call) -> object:
        """Resolve with the constraints of the environment that is filled, and note the result."""
        finder = finder_of(call["self"])
        if finder.index_urls and not os.environ.get(switch.NO_REUSE):
            from ..internals import foreign_wheels

            foreign_wheels.leave_unread(finder)
        if self._environments.limited_apart:
            with self._make_upload_limits().apart(finder):
                return self._resolved(original, call)
        return self._resolved(original, call)

    def _resolved(self, original: Original, call: Call) -> object:
        filling = self._environments.current
        roots = _with_limits(filling, call["self"], list(call["root_reqs"]))
        if self._cached_wheels.attempts is not None:
            self._cached_wheels.attempts.note_roots(roots)
        filling.begin_resolving(self._target_maker(call["self"], roots))
        call["root_reqs"] = roots
        if self._explained.wanted and self._environments.for_user:
            return self._make_explain().resolve_each(original, call)
        requirement_set = self._until_settled(original, call)
        found = requirements_in(requirement_set)
        for req in found:
            self._check(req)
            if filling.upload_limit is not None:
                self._make_upload_limits().check_chosen(req, finder_of(call["self"]))
        if self._ledger.builds or self._cached_wheels.any_approved:
            self._make_chosen().judge(found)
        # After it was judged, because its problems are kept with what is built with it.
        if filling.depth:
            from ..state import origins

            self._make_members().note(found)
            origins.note_chosen(self._environments, self._ledger, self._cached_wheels, found)
        return requirement_set

    def _target_maker(
        self, resolver: Resolver, roots: list[InstallRequirement]
    ) -> Callable[[], Target]:
        legacy = is_legacy(resolver)
        finder = finder_of(resolver)
        outermost = self._environments.for_user
        directories, into = self._environments.current.directories, self._environments.current.into

        def make() -> Target:
            from ..target import target

            if outermost:
                installs = self._command.name == "install" or bool(self._explained.wanted)
                return target.of_command(installs, self._command.options, roots, finder, legacy)
            return target.of_build_environment(roots, directories, into, finder)

        return make

    def _until_settled(self, original: Original, call: Call) -> RequirementSet:
        """Resolve, and repeat that while a build does not match the version that the target gets."""
        roots = call["root_reqs"]

        def once() -> RequirementSet:
            call["root_reqs"] = list(roots)
            return self._once(original, call)

        requirement_set = once()
        if not (self._ledger.builds or self._cached_wheels.any_approved):
            found = requirements_in(requirement_set)
            version_of = self._ledger.version_of
            self._environments.current.end_resolving(lambda: [(req, version_of(req)) for req in found])
            return requirement_set
        return self._make_chosen().until_settled(call["self"], requirement_set, once)

    def _once(self, original: Original, call: Call) -> RequirementSet:
        requirement_set: RequirementSet
        try:
            if self._environments.current.hashes:
                from ..internals import hashes

                hashes.demand(self._environments.current.hashes, call["root_reqs"])
                built_for = "".join(self._environments.current.built_for[-1:])
                with hashes.checked(built_for, self._rules.shown):
                    requirement_set = call.to(original)
            else:
                requirement_set = call.to(original)
        except DistributionNotFound:
            if self._ledger.builds:
                self._make_chosen().warn_of_guesses()
            raise
        self._outcome.end_if_failed()
        return requirement_set

    def _check(self, req: InstallRequirement) -> None:
        """Check one requirement that pip's resolver chose, before anything is built or installed."""
        link, filling = req.link, self._environments.current
        path = local_path(link)
        if filling.stand_in_at(path):
            # A stand-in does not come from an index, so no rule applies to it.
            return
        name = normal_name(req)
        if link is not None and not req.original_link:
            if not self._environments.was_evaluated(name):
                seams.refuse_bypass(seams.CANDIDATES)
            if filling.stand_in(name) and name not in filling.offered:
                seams.refuse_bypass(seams.BEST_CANDIDATE)
        if self._ledger.build_of(req) is not None:
            self._make_chosen().check_build(req)
        elif link is not None and link.is_wheel:
            approved = self._cached_wheels.approved(link)
            if name in self._rules.named_packages or approved is not None:
                self._make_chosen().check_wheel(req, path)
            elif self._command.is_in_cache(path):
                seams.refuse_bypass(seams.CACHE_ENTRY, f"bypassed: {path} comes from the cache")


def _with_limits(
    filling: Filling, resolver: Resolver, roots: list[InstallRequirement]
) -> list[InstallRequirement]:
    make = requirement_maker()
    limits = [make(text, comes_from=where, constraint=True) for text, where in filling.constraints]
    if not is_legacy(resolver) or not (limits or filling.touched):
        return limits + roots
    from . import one_constraint

    return one_constraint.combined(limits, roots, filling.touched, make)
