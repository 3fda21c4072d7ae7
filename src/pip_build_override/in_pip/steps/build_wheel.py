"""Building one wheel under an override."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...build_steps import WHEEL
from ..builds import backend_settings, generated, rule_checks, wheel_record
from ..internals import seams
from ..internals.endings import Refusal
from ..internals.objects import uses_pep517
from ..internals.seams import Call, Original
from .source_tree import check_wheel

if TYPE_CHECKING:
    from ..output.announcements import Announcements
    from ..state.cached_wheels import CachedWheels
    from ..state.environments import Environments
    from ..state.explained import Explained
    from ..state.ledger import Ledger
    from ..state.members import Members
    from ..state.messages import Messages
    from ..state.outcome import Outcome
    from ..state.prepared_metadata import PreparedMetadata
    from ..state.rules_in_force import RulesInForce
    from ..state.run_report import RunReport
    from .kept_wheels import KeptWheels
    from .source_tree import SourceTree


class BuildWheel:
    """Builds a wheel.

    Args:
        rules_in_force: the rules in force.
        ledger: the builds of this command.
        environments: the environments that this pip fills.
        outcome: the outcome of the command.
        messages: emits warnings.
        cached_wheels: the cached wheels that this command finds.
        explained: what ``explain`` asks for.
        members: notes the distributions of build environments.
        run_report: the report to which builds are added.
        announcements: reports what the rules change.
        source_tree: provides the tree that a package is built in.
        kept_wheels: keeps the wheels that are built.
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
        explained: Explained,
        members: Members,
        run_report: RunReport,
        announcements: Announcements,
        source_tree: SourceTree,
        kept_wheels: KeptWheels,
        prepared_metadata: PreparedMetadata,
    ) -> None:
        self._rules = rules_in_force
        self._ledger = ledger
        self._environments = environments
        self._outcome = outcome
        self._messages = messages
        self._cached_wheels = cached_wheels
        self._explained = explained
        self._members = members
        self._run_report = run_report
        self._announcements = announcements
        self._source_tree = source_tree
        self._kept_wheels = kept_wheels
        self._prepared_metadata = prepared_metadata

    def build_one(self, original: Original, call: Call) -> object:
        """Build one wheel, check it, and keep it so that it may be used again."""
        req = call["req"]
        place = self._cached_wheels.place(call["output_dir"])
        if place is None or place[0] is not self._ledger.build_of(req):
            seams.refuse_bypass(seams.CACHE_DIRECTORY)
        build = place[0]
        for warning in rule_checks.refuse_unused(build, self._rules.overrides):
            self._messages.warn(warning)
        build.being_built = True
        build.stage = WHEEL
        try:
            if uses_pep517(req):
                wheel = call.to(original)
            else:
                with backend_settings.variables_of(build):
                    wheel = call.to(original)
        finally:
            build.being_built = False
        if self._outcome.refusal is not None:
            raise Refusal(self._outcome.refusal)
        if not wheel:
            self._source_tree.tell_left_out(build)
            if not self._explained.wanted:
                from ..output import failures  # most builds do not fail

                failures.note(build, self._environments.current.depth, self._outcome)
            if build.overridden:
                self._outcome.fail_overridden()
            return wheel
        check_wheel(build, wheel)
        self._prepared_metadata.check_wheel(build, wheel)
        self._ledger.choose(build)
        self._announcements.tell_built(build)
        if self._rules.overrides.generated != "ignore":
            for warning in generated.problems(build.label, build.generated):
                self._messages.warn(warning)
        self._members.note_generated(build)
        wheel = self._kept_wheels.moved(wheel)
        wheel_record.put(build, wheel, self._rules.overrides)
        self._kept_wheels.keep(wheel)
        self._run_report.add(build, wheel)
        return wheel
