"""Filling build environments under an override, by another pip or by this one."""

from __future__ import annotations

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING, ContextManager

from ... import switch
from ...build_steps import FIRST_PASS, HOOK, METADATA, SECOND_PASS, STATIC, WHOLE
from ...files import read_json
from ..builds import contents, imported, wheel_record
from ..internals import filling_options, objects, seams
from ..internals.endings import InstallationError
from ..state import nested_report
from ..state.environments import Filling
from .other_environment import check_of

if TYPE_CHECKING:
    from ..builds.build import Build
    from ..builds.prepared import Prepared
    from ..internals.seams import Call, Original
    from ..state.environments import Environments
    from ..state.ledger import Ledger
    from ..state.loans import Loans
    from ..state.messages import Messages
    from ..state.nested_report import NestedReport
    from ..state.outcome import Outcome
    from ..state.run_directory import RunDirectory
    from .in_process import FillInProcess
    from .reused_environments import ReusedEnvironments
    from .source_tree import SourceTree

_PREFIX_OF_FIRST_PASS = "overlay"


class FillBuildEnvironment:
    """Fills a build environment in one of pip's two passes, and compares the result with the plan.

    Args:
        ledger: the builds of this command.
        environments: the environments that this pip fills.
        outcome: the outcome of the command.
        messages: emits warnings.
        run_directory: the directory that the pips of this run share.
        loans: the distributions that the target lends.
        nested_report: takes over the reports of nested pips.
        source_tree: provides the tree that a package is built in.
        reused_environments: fills environments by copies of others.
        in_process: fills environments without another pip.
    """

    def __init__(
        self,
        ledger: Ledger,
        environments: Environments,
        outcome: Outcome,
        messages: Messages,
        run_directory: RunDirectory,
        loans: Loans,
        nested_report: NestedReport,
        source_tree: SourceTree,
        reused_environments: ReusedEnvironments,
        in_process: FillInProcess,
    ) -> None:
        self._ledger = ledger
        self._environments = environments
        self._outcome = outcome
        self._messages = messages
        self._run_directory = run_directory
        self._loans = loans
        self._nested_report = nested_report
        self._source_tree = source_tree
        self._reused = reused_environments
        self._in_process = in_process

    def install_requirements(self, original: Original, call: Call) -> object:
        """Fill a build environment in one of pip's two passes, and compare the result with the plan."""
        build = self._ledger.innermost
        if build is None:
            seams.refuse_bypass(seams.PREPARE)
        wanted = list(call["requirements"])
        name = call["prefix_as_string"]
        constraints = _check_pass(build, name, wanted)
        build.stage = FIRST_PASS if name == _PREFIX_OF_FIRST_PASS else SECOND_PASS
        result = self._filled_and_checked(original, call, build, wanted, constraints)
        build.stage = HOOK if name == _PREFIX_OF_FIRST_PASS else METADATA
        place = os.environ.get(switch.FIX)
        # What a pip builds that a build backend has started is another package.
        if place and self._environments.for_user and not os.environ.get(switch.BELOW_BACKEND):
            _end_if_known_to_fail(build, place)
        return result

    def _filled_and_checked(
        self,
        original: Original,
        call: Call,
        build: Build,
        wanted: list[str],
        constraints: tuple[tuple[str, str], ...],
    ) -> object:
        """Fill it as pip does, or use one that exists, and compare it with the plan."""
        if build.prepared is not None:
            return self._in_prepared(original, call, build, build.prepared)
        seen = build.seen
        if seen is not None:
            objects.wrap_check(call["self"], check_of(build))
        if wanted:
            result = self._install(original, call, build, wanted, constraints)
        else:
            result = call.to(original)
            if seen is not None:
                seen.show(call["self"])
            else:
                self._reused.note_nothing(call, call["prefix_as_string"] == _PREFIX_OF_FIRST_PASS)
        directories = objects.library_directories(call["self"])
        places = filling_options.places_of_pass(call["self"], call["prefix_as_string"])
        build.environment_root = places[0] if places is not None else ""
        if seen is not None:
            directories = (*directories, *seen.directories)
        # Even if nothing was installed: the hook may have made a rule apply to what is there already,
        # and what was removed may be imported from elsewhere.
        contents.take(build, directories)
        contents.check_nothing_hides(build, call["self"])
        imported.check_from_environment(build, call["self"])
        contents.check(build, complete=build.second_pass_done)
        self._begin_without_leftovers(build)
        return result

    def _install(
        self,
        original: Original,
        call: Call,
        build: Build,
        wanted: list[str],
        constraints: tuple[tuple[str, str], ...],
    ) -> object:
        """Have pip install the requirements of one pass, and note what it installed."""
        seen = build.seen
        directories = objects.library_directories(call["self"])
        call["requirements"] = wanted
        contents.note_files(build)
        loans = self._loans.lender.asked_for(wanted)
        lent = tuple(loan.stand_in for loan in loans)
        visible: tuple[str, ...] = ()
        if seen is not None:
            seen.hide(call["self"])
            lent = (*lent, *seen.stand_ins_without(one.name for one in lent))
            visible = seen.directories
        outer = self._environments.current
        filling = Filling(
            constraints,
            outer.depth + 1,
            (*directories, *visible),
            stand_ins=lent,
            built_for=(*outer.built_for, build.label),
            hashes=build.wanted_hashes,
            touched=tuple(sorted(build.plan.touched)) if build.plan is not None else (),
            into=objects.directories_of_pass(call["self"], call["prefix_as_string"]),
            upload_limit=build.limit_of_uploads,
        )
        try:
            with self._environments.entered(filling), self._warnings_kept(build):
                result = self._copied_or_filled(original, call, build, filling)
        except Exception:
            if filling.refusal is not None:
                raise self._outcome.refuse(filling.refusal) from None
            build.left_out.update(filling.left_out)
            raise
        if not filling.resolved:
            seams.refuse_bypass(
                seams.RESOLVE, "bypassed by the nested pip that filled a build environment"
            )
        build.members.extend(filling.members)
        build.matched.extend(filling.matched)
        if loans:
            build.borrowed.extend(self._loans.lender.link(call["self"], directories, loans))
        if seen is not None:
            seen.withdraw(directories, (loan.distribution.name for loan in loans))
            seen.show(call["self"])
        if loans or seen is not None:
            self._reused.forget(call)
        wheel_record.note_environment(build, filling.distributions, filling.directories)
        return result

    def _in_prepared(self, original: Original, call: Call, build: Build, prepared: Prepared) -> object:
        """Use an environment that exists already: install nothing, and check what it contains."""
        complete = call["prefix_as_string"] != _PREFIX_OF_FIRST_PASS
        call["requirements"] = []
        result = call.to(original)
        objects.wrap_check(call["self"], check_of(build))
        hook = build.plan.hook if build.plan is not None and complete else ()
        prepared.check(build.label, (*build.first_pass, *(hook or ())))
        if complete:
            contents.check_unchanged(build)
        contents.note_files(build)
        wheel_record.note_environment(build, [], prepared.directories)
        contents.take(build, prepared.directories)
        contents.check(build, complete=complete)
        self._begin_without_leftovers(build)
        return result

    def _begin_without_leftovers(self, build: Build) -> None:
        if self._source_tree.begin_without_leftovers(build):
            build.begin_again()

    def _copied_or_filled(
        self, original: Original, call: Call, build: Build, filling: Filling
    ) -> object:
        """Fill an environment, by copies of what is in the same one of this run if there is one."""
        one = self._reused.begin(call, filling, call["prefix_as_string"] == _PREFIX_OF_FIRST_PASS)
        if one is None:
            return self._filled(original, call, build, filling)
        if self._reused.copy(one, filling) or self._reused.copy_pinned(one, filling):
            # pip notes that it has filled the environment, and starts no other pip for that.
            call["requirements"] = []
            return call.to(original)
        warnings = self._messages.warnings
        result = self._filled(original, call, build, filling)
        if self._messages.warnings == warnings and filling.resolved and filling.refusal is None:
            self._reused.note(one, filling)
        return result

    def _filled(self, original: Original, call: Call, build: Build, filling: Filling) -> object:
        with self._run_directory.handed_to_nested(filling) as directory:
            try:
                with self._in_process.offered(call, build, filling):
                    result = call.to(original)
                filling.note_matched_builds(self._ledger.chosen)
                return result
            finally:
                report = nested_report.read(directory)
                if report is not None:
                    self._nested_report.take(report, filling)

    def _warnings_kept(self, build: Build) -> ContextManager[None]:
        """Keep warnings back while a build environment may still be replaced by another one."""
        if build.awaits_target:
            return self._messages.warnings_kept(build.kept_warnings)
        return nullcontext()


def _end_if_known_to_fail(build: Build, directory: str) -> None:
    """End a build for ``fix`` that has failed in the same build environment before.

    Raises:
        KnownToFail: If it has.
    """
    from ...diagnosis.known_failures import FILE, KnownFailures

    try:
        known = KnownFailures.from_json(read_json(os.path.join(directory, FILE)))
    except ValueError:
        # There is none, or it is not ours: nothing is known.
        return
    step = STATIC if build.stage == HOOK else WHOLE
    if known.contains(build.environment, step):
        raise KnownToFail(f"{build.label} is known to fail in this build environment")


def _check_pass(build: Build, prefix: str, wanted: list[str]) -> tuple[tuple[str, str], ...]:
    """Compare a pass with the plan, extend ``wanted`` for a second pass, and return the constraints."""
    plan = build.plan
    if not build.loaded or plan is None:
        seams.refuse_bypass(seams.LOAD)
    limits = build.limits
    if prefix == _PREFIX_OF_FIRST_PASS:
        build.static_installed = True
        planned = plan.selection.applies or build.early
        first_pass = build.first_pass if planned else build.declared.static
        if sorted(wanted) != sorted(first_pass):
            seams.refuse_bypass(seams.LOAD, "pip takes the declared requirements from elsewhere")
        return limits
    if not build.hook_asked:
        seams.refuse_bypass(seams.BACKEND_HOOK, "the hook was called without our wrapper")
    build.second_pass_done = True
    returned = plan.hook if plan.selection.applies else build.declared.hook
    if not set(wanted) <= set(returned or ()):
        seams.refuse_bypass(seams.BACKEND_HOOK, "pip takes the hook's requirements from elsewhere")
    if wanted:
        pins, by_path = build.pins_for_second_pass()
        build.pinned = {
            touched: build.environment[touched] for touched in plan.touched & set(build.environment)
        }
        wanted.extend(text for text in by_path if text not in wanted)
        limits = (*limits, *pins)
    return limits


class KnownToFail(InstallationError):  # type: ignore[misc]  # pip ships no types for its internals
    """A build is ended before it fails, because it has failed in the same build environment before."""
