"""Preparing one source under an override.

pip loads what the sources declare, fills a build environment, and asks the build backend for more
requirements and for the metadata.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Callable

from ... import rules
from ...build_steps import BUILD, KNOWN, METADATA
from ...errors import OverrideError
from ...rules import unused_tables  # noqa: F401 - used at the end, when pip allows no imports
from ...rules.tables import PINS, REGENERATE
from ..builds import backend_settings, checks, rule_checks
from ..builds.build import Build, PreparedAgain
from ..internals import build_output, seams
from ..internals.endings import EndOfRun, Refusal
from ..internals.objects import link_of, uses_pep517
from ..internals.seams import Call, Original
from ..lending import lender
from .build_environment import KnownToFail
from .explain import PlanWritten
from .setup_py import set_variables, watch_install

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement
    from ..output.announcements import Announcements
    from ..state.cached_wheels import CachedWheels
    from ..state.environments import Environments
    from ..state.explained import Explained
    from ..state.ledger import Ledger
    from ..state.messages import Messages
    from ..state.outcome import Outcome
    from ..state.pip_command import PipCommand
    from ..state.prepared_metadata import PreparedMetadata
    from ..state.rules_in_force import RulesInForce
    from ..state.run_directory import RunDirectory
    from .backend_hooks import BackendHooks
    from .explain import Explain
    from .other_environment import OtherEnvironment
    from .regenerate import Regenerate
    from .setup_py import SetupPy
    from .source_tree import SourceTree
    from .upload_limits import UploadLimits


class Prepare:
    """Prepares a source.

    Args:
        rules_in_force: the rules in force.
        ledger: the builds of this command.
        environments: the environments that this pip fills.
        outcome: the outcome of the command.
        messages: emits warnings.
        cached_wheels: the cached wheels that this command finds.
        command: the pip command.
        explained: what ``explain`` asks for.
        run_directory: the directory that the pips of this run share.
        announcements: reports what the rules change.
        source_tree: provides the tree that a package is built in.
        setup_py: loads projects that have only a setup.py.
        hooks: wraps the hooks of build backends.
        explain: writes the plans for ``explain``.
        make_other_environment: returns the step that finds what builds use that pip does not install.
        make_regenerate: returns the step that generates files of Cython again.
        make_upload_limits: returns the step that finds up to which moment files are candidates.
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
        explained: Explained,
        run_directory: RunDirectory,
        announcements: Announcements,
        source_tree: SourceTree,
        setup_py: SetupPy,
        hooks: BackendHooks,
        explain: Explain,
        make_other_environment: Callable[[], OtherEnvironment],
        make_regenerate: Callable[[], Regenerate],
        make_upload_limits: Callable[[], UploadLimits],
        prepared_metadata: PreparedMetadata,
    ) -> None:
        self._rules = rules_in_force
        self._ledger = ledger
        self._environments = environments
        self._outcome = outcome
        self._messages = messages
        self._cached_wheels = cached_wheels
        self._command = command
        self._explained = explained
        self._run_directory = run_directory
        self._announcements = announcements
        self._source_tree = source_tree
        self._setup_py = setup_py
        self._hooks = hooks
        self._explain = explain
        self._make_other_environment = make_other_environment
        self._make_regenerate = make_regenerate
        self._make_upload_limits = make_upload_limits
        self._prepared_metadata = prepared_metadata

    def prepare(self, original: Original, call: Call) -> object:
        """Prepare the metadata of one source under the rules that apply to it."""
        if not self._environments.current.resolved:
            seams.refuse_bypass(seams.RESOLVE)
        self._outcome.end_if_failed()
        req = call["self"].req
        if not self._looked_up(req):
            seams.refuse_bypass(seams.CACHE_ENTRY)
        self._check_unpacked(req)
        isolated = call["build_isolation"] not in (False, "off")
        if not self._ledger.builds:
            listening = build_output.listening(lambda: self._ledger.at_work)
            self._run_directory.at_end.enter_context(listening)
        build = self._ledger.begin(req, isolated, self._environments.current.target)
        build.unpacked_in = req.source_dir
        try:
            result = self._prepared(build, original, call)
            checks.check_nothing_bypassed(build)
            self._prepared_metadata.check(build)
            checks.check_metadata(build, self._rules.overrides)
            rule_checks.check_not_fetched(build)
            # Already known if pip resolved with metadata that the index serves.
            lender.check_kept(build.label, build.borrowed_members, build.target, self._rules.shown)
        except OverrideError:
            raise
        except Exception as error:
            self._note_failure(build, error)
            raise
        finally:
            self._ledger.end(build)
            checks.check_borrowed(build)
        if not build.awaits_target:
            self._announcements.announce(build)
        self._warn_of_idle_constraints(build)
        # Messages of nested pips are not shown earlier: pip's in-process installer leaves its own line
        # unfinished if the output is not a terminal.
        self._messages.flush()
        return result

    def _prepared(self, build: Build, original: Original, call: Call) -> object:
        while True:
            try:
                return call.to(original)
            except PreparedAgain:
                # From the beginning, in a new build environment, but still under pip's build tracker.
                # The build raises this once for each reason.
                self._source_tree.start_again(build)

    def _check_unpacked(self, req: InstallRequirement) -> None:
        """Check that no build backend has run in the directory where pip unpacked the sources."""
        if req.editable or (req.link is not None and req.link.is_existing_dir()):
            return
        if any(
            build.req is not req and build.unpacked_in == req.source_dir
            for build in self._ledger.builds
        ):
            seams.refuse_bypass(seams.UNPACK, f"bypassed: {req.source_dir} was used before")

    def _looked_up(self, req: InstallRequirement) -> bool:
        """Return whether pip asked its wheel cache, through us, before it prepares a source."""
        return (
            self._cached_wheels.was_looked_up(link_of(req).url)
            # pip does not look these up: pip download has no wheel cache, and up to 23.0 pip does not
            # use the cache if hashes are required.
            or req.editable
            or not self._command.caches_wheels
            or self._command.options.require_hashes
        )

    def _warn_of_idle_constraints(self, build: Build) -> None:
        for warning in rule_checks.warnings_of_idle_constraints(build):
            self._messages.warn(warning)

    def _note_failure(self, build: Build, error: Exception) -> None:
        """Note a failed build, which ends the run if an override applies to it or to a nested build."""
        if isinstance(error, (Refusal, EndOfRun, PlanWritten)):
            return
        self._announcements.announce(build)
        from ..output import failures  # most builds do not fail

        step = KNOWN if isinstance(error, KnownToFail) else BUILD
        failures.note(build, self._environments.current.depth, self._outcome, step)
        self._source_tree.tell_left_out(build)
        if build.moved_to_pep517 and not build.environment:
            self._setup_py.warn_of_the_move(build)
        if build.overridden or self._outcome.failed_overridden:
            self._outcome.fail_overridden(error)
            for problem in rule_checks.unused(build):
                self._messages.warn(rule_checks.as_possible_cause(problem))

    def load(self, original: Original, call: Call) -> object:
        """Load what a source declares, and replace it by the effective build requirements."""
        req = call["self"]
        build = self._innermost(req)
        build.loaded = True
        build.identify(self._rules.overrides)
        selection = self._rules.selection(build.package.name, build.package.version)
        if selection.applies and not build.isolated:
            self._refuse_without_isolation(build, selection)
        regenerates = selection.value(REGENERATE)
        if regenerates:
            self._make_regenerate().check(build, selection)
        # explain shows what pip assumes for a project that declares nothing, so it always needs a
        # plan.
        planned = selection.applies or self._explained.here
        overridden = planned and (build.isolated or bool(selection.settings))
        backend_settings.choose(build, selection)
        in_depth = self._environments.current.depth > 0
        if self._explained.runs_backends and (overridden or build.leaves_nothing or in_depth):
            self._source_tree.settle(build)
        result = self._setup_py.load(
            build, selection if overridden else None, functools.partial(call.to, original)
        )
        rule_checks.note_fetched(build)
        build.rules_digest = self._rules.digest(
            build.package.name, build.package.version, isolated=build.has_environment
        )
        if not build.has_environment:
            build.stage = METADATA
            self._set_without_environment(build, selection)
            if not uses_pep517(build.req):
                # An installation that pip begins may replace what a later import needs.
                from ..output import failures

                depth = self._environments.current.depth
                watch_install(build, functools.partial(failures.note, build, depth, self._outcome))
            self._hooks.hold(build)
            return result
        build.declared = rules.Declared(static=tuple(req.pyproject_requires), expected=build.expected)
        plan = self._rules.plan(build)
        if plan.selection.applies or build.early:
            req.pyproject_requires = list(build.first_pass)
            req.requirements_to_check = [
                text for text in req.requirements_to_check if not build.takes_the_place_of(text)
            ]
        if regenerates:
            self._make_regenerate().find(build, selection)
        if plan.selection.as_of:
            self._make_upload_limits().find(build)
        if self._explained.here:
            self._explain.write_before_hook(build)
        if plan.selection.settings:
            self._make_other_environment().find(build)
        self._hooks.hold(build)
        return result

    def _set_without_environment(self, build: Build, selection: rules.Selection) -> None:
        """Apply what tables set for a build backend that runs with what is installed."""
        if not selection.settings:
            return
        build.plan_settings(self._rules.overrides, self._rules.environment)
        if build.variables and not uses_pep517(build.req):
            set_variables(build)

    def _refuse_without_isolation(self, build: Build, selection: rules.Selection) -> None:
        rule_checks.refuse_without_isolation(
            build,
            selection,
            self._rules.overrides,
            hint="do not use --no-build-isolation, or remove the table",
        )
        if selection.fingerprint or selection.as_of or selection.values(PINS):
            self._announcements.warn_of_no_isolation(selection)

    def configure_backend(self, original: Original, call: Call) -> object:
        """Wrap the hooks of the build backend on pips that create it after loading (26.2 and later)."""
        result = call.to(original)
        self._hooks.hold(self._innermost(call["self"]))
        return result

    def _innermost(self, req: InstallRequirement) -> Build:
        build = self._ledger.build_of(req)
        if build is None or self._ledger.innermost is not build:
            seams.refuse_bypass(seams.PREPARE)
        return build
