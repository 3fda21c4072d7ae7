"""Builds, and wheels that were built before, among the requirements that pip's resolver chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from ...errors import OverrideError
from ...rules import unused_tables  # noqa: F401 - used at the end, when pip allows no imports
from ..builds import contents, rule_checks
from ..internals import seams
from ..internals.file_names import version_in_file_name
from ..internals.objects import forget_candidates, link_of, normal_name, requirements_in
from ..state import left_word  # noqa: F401 - as above
from . import saved_wheels

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement, RequirementSet, Resolver
    from ..output.announcements import Announcements
    from ..state.cached_wheels import CachedWheels
    from ..state.environments import Environments
    from ..state.judgements import Judgements
    from ..state.ledger import Ledger
    from ..state.messages import Messages
    from ..state.outcome import Outcome
    from ..state.pip_command import PipCommand
    from ..state.prepared_metadata import PreparedMetadata
    from ..state.rules_in_force import RulesInForce
    from ..state.run_report import RunReport
    from .mismatch import Mismatch


# A package may require what it was built with, and so change its own build: once or twice.
_ROUNDS = 4


class Chosen:
    """Checks the requirements that pip's resolver chooses.

    Args:
        rules_in_force: the rules in force.
        ledger: the builds of this command.
        environments: the environments that this pip fills.
        outcome: the outcome of the command.
        messages: emits warnings.
        cached_wheels: the cached wheels that this command finds.
        command: the pip command.
        run_report: the report to which builds are added.
        judgements: the problems reported about builds.
        announcements: reports what the rules change.
        mismatch: compares builds with the versions that they will run with.
        prepared_metadata: the metadata that the rules narrow.
    """

    def __init__(
        self,
        rules_in_force: RulesInForce,
        ledger: Ledger,
        environments: Environments,
        outcome: Outcome,
        messages: Messages,
        cached_wheels: CachedWheels,
        command: PipCommand,
        run_report: RunReport,
        judgements: Judgements,
        announcements: Announcements,
        mismatch: Mismatch,
        prepared_metadata: PreparedMetadata,
    ) -> None:
        self._rules = rules_in_force
        self._ledger = ledger
        self._environments = environments
        self._outcome = outcome
        self._messages = messages
        self._cached_wheels = cached_wheels
        self._command = command
        self._run_report = run_report
        self._judgements = judgements
        self._announcements = announcements
        self._mismatch = mismatch
        self._prepared_metadata = prepared_metadata

    def until_settled(
        self, resolver: Resolver, requirement_set: RequirementSet, again: Callable[[], RequirementSet]
    ) -> RequirementSet:
        """Resolve until every build that matches the target matches what the target gets.

        Each round forgets what was prepared with a wrong guess. pip itself prepares it again, from a
        new copy of the sources and under its build tracker.

        Args:
            resolver: pip's resolver.
            requirement_set: its first result.
            again: resolves once more.

        Returns:
            the final result of the resolver.

        Raises:
            OverrideError: if it cannot be settled.
        """
        target = self._environments.current.target
        for rounds_left in reversed(range(_ROUNDS)):
            found = requirements_in(requirement_set)
            target.take((req, self._ledger.version_of(req)) for req in found)
            wrong = [req for req in found if not self._is_settled(req)]
            if not wrong:
                target.final = True
                for req in found:
                    self._check_contents(req)
                    build = self._ledger.build_of(req)
                    if build is not None:
                        self._prepared_metadata.settle(build)
                return requirement_set
            if target.legacy:
                # A wheel of the cache: for what pip prepared itself, the build raises its own error.
                raise OverrideError(
                    f"the cached wheel of {self._label(wrong[0])} was built for a version that the"
                    " target environment will not keep, and the legacy resolver cannot choose another"
                    " one",
                    kind="unsettled-target",
                    where=self._rules.shown,
                    hint="install what it is built with first, in a command of its own",
                )
            for req in wrong:
                forget_candidates(resolver, normal_name(req))
            if rounds_left:
                requirement_set = again()
        names = self._matched(wrong[0])
        every = " or ".join(names)
        raise OverrideError(
            f"{self._label(wrong[0])} cannot be settled: every {every} it is built with causes another"
            f" {every} to be installed",
            kind="unsettled-target",
            where=self._rules.shown,
            hint=f"add {' or '.join(f'{name}==VERSION' for name in names)} to this command or to a"
            " constraints file",
        )

    def _matched(self, req: InstallRequirement) -> list[str]:
        """Return the distributions for which a chosen requirement takes the version of the target."""
        build = self._ledger.build_of(req)
        if build is not None:
            settled = build.settled
        else:
            approved = self._cached_wheels.approved(req.link)
            settled = list(approved.stored.settled) if approved is not None else []
        found = [one.name for one in settled if one.source.origin == "target"]
        return list(dict.fromkeys(found)) or ["build requirement"]

    def _is_settled(self, req: InstallRequirement) -> bool:
        """Return whether a chosen requirement was built for what the target gets.

        Raises:
            OverrideError: if it was not, and cannot be prepared again.
        """
        build = self._ledger.build_of(req)
        target = self._environments.current.target
        if build is not None:
            settled = build.is_settled(lambda question: self._rules.settle(question, target))
            if settled and build.borrowed_members:
                from ..lending import lender  # loaded already, if there are any

                lender.check_kept(build.label, build.borrowed_members, target, self._rules.shown)
            return settled
        approved = self._cached_wheels.approved(req.link)
        if approved is None:
            return True
        stored = approved.stored
        kept = not any(member.borrowed and target.changes(member.name) for member in stored.members)
        return kept and self._rules.settled_alike(stored.settled, target)

    def _check_contents(self, req: InstallRequirement) -> None:
        """Compare what a source was prepared with to what is now known about the target."""
        build = self._ledger.build_of(req)
        if build is not None and build.plan is not None and build.hook_asked:
            for question, _ in build.plan.settled:
                answer = self._rules.settle(question, self._environments.current.target)
                contents.check_answer(build, question, answer)

    def judge(self, found: list[InstallRequirement]) -> None:
        """Compare what was built, now or before, with the target, and add it to the report.

        Raises:
            OverrideError: if something does not fit and ``[settings] mismatch`` is "error", or if the
                report, or a wheel that was built under other rules, cannot be written.
        """
        self._mismatch.check(found)
        saved_wheels.replace_stale(self._command.options, found, self._cached_wheels)
        self._run_report.add_cached(found)

    def _label(self, req: InstallRequirement) -> str:
        return " ".join(filter(None, (normal_name(req), self._ledger.version_of(req))))

    def warn_of_guesses(self) -> None:
        """Warn of versions that were guessed for the target, if pip cannot resolve the requirements."""
        target = self._environments.current.target
        for build in self._ledger.builds:
            if build.target is target and build.awaits_target and not self._outcome.failure:
                self._announcements.say_kept(build)
                for question, answer in build.plan.settled if build.plan is not None else ():
                    if question.source.origin == "target":
                        self._messages.warn(
                            OverrideError(
                                f"{build.label} was prepared with {answer.shown} ({answer.reason}),"
                                " which may be why pip cannot resolve the requirements",
                                kind="unsettled-target",
                                hint=f"add {question.name}==VERSION to this command or to a constraints"
                                " file",
                            )
                        )

    def check_build(self, req: InstallRequirement) -> None:
        """Check a source that pip's resolver chose, before it is built.

        Raises:
            OverrideError: if a rule has nothing to act on and ``[settings] unused`` is "error".
        """
        build = self._ledger.build_of(req)
        assert build is not None
        self._announcements.announce(build)
        for warning in rule_checks.refuse_unused(build, self._rules.overrides):
            self._messages.warn(warning)
        self._ledger.choose(build)

    def check_wheel(self, req: InstallRequirement, path: str) -> None:
        """Check a wheel that a table is about, or that was built before.

        Args:
            req: the requirement that pip's resolver chose the wheel for.
            path: the path of the wheel; "" if it is not on this machine yet.
        """
        name = normal_name(req)
        version = version_in_file_name(link_of(req).filename, name)
        selection = self._rules.selection(name, version)
        approved = self._cached_wheels.approved(req.link)
        if approved is not None:
            self._ledger.note_built(name, version)
            stored = approved.stored
            self._ledger.use_for_members(stored.members)
            self._ledger.use(selection.tables if selection.applies else selection.own_tables)
            for told in (stored.told, *(member.told for member in stored.members)):
                self._judgements.say_again(told)
            if selection.applies and approved.rules == self._rules.digest(name, version):
                self._ledger.note_from_cache(f"{name} {version}")
            elif selection.applies:
                self._announcements.warn_of_no_isolation(selection)
        elif self._command.is_in_cache(path):
            seams.refuse_bypass(seams.CACHE_ENTRY, f"bypassed: {path} comes from the cache")
        elif name in self._rules.no_binary_names and not req.original_link:
            seams.refuse_bypass(seams.CANDIDATES, f"bypassed: a ready-made wheel of {name} was chosen")
        elif selection.own_tables:
            where = self._rules.overrides.where(*(table.where for table in selection.own_tables))
            self._messages.warn(
                OverrideError(
                    f"pip uses a ready-made wheel of {name} {version}, so nothing is overridden in it",
                    kind="ready-made-wheel",
                    where=where,
                    hint=_ready_made_hint(req, name),
                )
            )


def _ready_made_hint(req: InstallRequirement, name: str) -> str:
    if req.original_link:
        # The user has named the wheel itself.
        return f"name the sdist or the directory of {name} instead of the wheel"
    return f"set no-binary = true in a table package.{name} to build it from source"
