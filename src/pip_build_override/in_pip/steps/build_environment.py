"""Filling build environments under an override, by another pip or by this one."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, ContextManager

from ..builds import contents, imported, wheel_record
from ..internals import objects, seams
from ..state import nested_report
from ..state.environments import Filling

if TYPE_CHECKING:
    from ..builds.build import Build
    from ..internals.seams import Call, Original
    from ..state.environments import Environments
    from ..state.ledger import Ledger
    from ..state.loans import Loans
    from ..state.messages import Messages
    from ..state.nested_report import NestedReport
    from ..state.outcome import Outcome
    from ..state.run_directory import RunDirectory
    from .source_tree import SourceTree

_FIRST_PASS = "overlay"


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
    ) -> None:
        self._ledger = ledger
        self._environments = environments
        self._outcome = outcome
        self._messages = messages
        self._run_directory = run_directory
        self._loans = loans
        self._nested_report = nested_report
        self._source_tree = source_tree

    def install_requirements(self, original: Original, call: Call) -> object:
        """Fill a build environment in one of pip's two passes, and compare the result with the plan."""
        build = self._ledger.innermost
        if build is None:
            seams.refuse_bypass(seams.PREPARE)
        wanted = list(call["requirements"])
        name = call["prefix_as_string"]
        constraints = _check_pass(build, name, wanted)
        if wanted:
            result = self._install(original, call, build, wanted, constraints)
        else:
            result = call.to(original)
        # Even if nothing was installed: the hook may have made a rule apply to what is there already,
        # and what was removed may be imported from elsewhere.
        contents.take(build, objects.library_directories(call["self"]))
        contents.check_nothing_hides(build, call["self"])
        imported.check_from_environment(build, call["self"])
        contents.check(build, complete=name != _FIRST_PASS)
        if self._source_tree.begin_without_leftovers(build):
            build.begin_again()
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
        call["requirements"] = wanted
        contents.note_files(build)
        directories = objects.library_directories(call["self"])
        loans = self._loans.lender.asked_for(wanted)
        outer = self._environments.current
        filling = Filling(
            constraints,
            outer.depth + 1,
            directories,
            stand_ins=tuple(loan.stand_in for loan in loans),
            built_for=(*outer.built_for, build.label),
            hashes=build.wanted_hashes,
            touched=tuple(sorted(build.plan.touched)) if build.plan is not None else (),
            into=objects.directories_of_pass(call["self"], call["prefix_as_string"]),
        )
        try:
            with self._environments.entered(filling), self._warnings_kept(build):
                result = self._filled(original, call, filling)
        except Exception:
            if filling.refusal is not None:
                raise self._outcome.refuse(filling.refusal) from None
            raise
        if not filling.resolved:
            seams.refuse_bypass(
                seams.RESOLVE, "bypassed by the nested pip that filled a build environment"
            )
        build.members.extend(filling.members)
        build.matched.extend(filling.matched)
        if loans:
            build.borrowed.extend(self._loans.lender.link(call["self"], directories, loans))
        wheel_record.note_environment(build, filling.distributions, filling.directories)
        return result

    def _filled(self, original: Original, call: Call, filling: Filling) -> object:
        with self._run_directory.handed_to_nested(filling) as directory:
            try:
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


def _check_pass(build: Build, prefix: str, wanted: list[str]) -> tuple[tuple[str, str], ...]:
    """Compare a pass with the plan, extend ``wanted`` for a second pass, and return the constraints."""
    plan = build.plan
    if not build.loaded or plan is None:
        seams.refuse_bypass(seams.LOAD)
    limits = build.limits
    if prefix == _FIRST_PASS:
        build.static_installed = True
        planned = plan.selection.applies or build.early
        first_pass = build.first_pass if planned else build.declared.static
        if sorted(wanted) != sorted(first_pass):
            seams.refuse_bypass(seams.LOAD, "pip takes the declared requirements from elsewhere")
        return limits
    if not build.hook_asked:
        seams.refuse_bypass(seams.BACKEND_HOOK, "the hook was called without our wrapper")
    build.hook_installed = True
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
