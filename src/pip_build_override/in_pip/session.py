"""The owners of the state of one pip command, and the step for each seam."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING

from .. import switch
from .internals import seams
from .output.announcements import Announcements
from .state import rules_in_force, run_directory
from .state.cached_wheels import CachedWheels
from .state.environments import Environments, Filling
from .state.explained import Explained
from .state.ledger import Ledger
from .state.messages import Messages
from .state.nested_report import NestedReport
from .state.outcome import Outcome
from .state.pip_command import PipCommand
from .state.rules_in_force import RulesInForce
from .state.run_directory import RunDirectory

if TYPE_CHECKING:
    from .internals.patches import Handler
    from .internals.protocols import Options
    from .state.attempts import Attempts
    from .state.filled_environments import FilledEnvironments
    from .state.imported_backends import ImportedBackends
    from .state.judgements import Judgements
    from .state.kept_environments import KeptEnvironments
    from .state.loans import Loans
    from .state.members import Members
    from .state.prepared_metadata import PreparedMetadata
    from .state.run_report import RunReport
    from .state.trees import Trees
    from .steps.backend_hooks import BackendHooks
    from .steps.build_environment import FillBuildEnvironment
    from .steps.build_wheel import BuildWheel
    from .steps.cache_lookup import CacheLookup
    from .steps.candidates import Candidates
    from .steps.chosen import Chosen
    from .steps.explain import Explain
    from .steps.in_process import FillInProcess
    from .steps.kept_environments import CopyKeptEnvironments
    from .steps.kept_wheels import KeptWheels
    from .steps.other_environment import OtherEnvironment
    from .steps.prepare import Prepare
    from .steps.regenerate import Regenerate
    from .steps.resolve import Resolve
    from .steps.reused_environments import ReusedEnvironments
    from .steps.reused_wheels import ReusedWheels
    from .steps.served_metadata import ServedMetadata
    from .steps.setup_py import SetupPy
    from .steps.source_tree import SourceTree
    from .steps.unpack import Unpack
    from .steps.upload_limits import UploadLimits

HANDLERS = (
    (seams.PREPARE, "prepare.prepare"),
    (seams.UNPACK, "unpack.ensure_has_source_dir"),
    (seams.LOAD, "prepare.load"),
    (seams.CONFIGURE_BACKEND, "prepare.configure_backend"),
    (seams.RESOLVE, "resolve.resolve"),
    (seams.LEGACY_RESOLVE, "resolve.resolve"),
    (seams.CANDIDATES, "resolve.make_link_evaluator"),
    (seams.BEST_CANDIDATE, "resolve.find_best_candidate"),
    (seams.BUILD, "build_wheel.build_one"),
    (seams.CACHE_ENTRY, "cache_lookup.get_cache_entry"),
    (seams.CACHE_PATH, "cache_lookup.get_path_for_link"),
    (seams.CACHE_DIRECTORY, "cache_lookup.get_cache_dir"),
    (seams.INSTALL, "build_environment.install_requirements"),
)
"""The handler of each seam: a step of the session, and its method."""

OF_PINS = ((seams.SERVED_METADATA, "served_metadata.fetch"),)
"""Those that are needed only if a table narrows run-time requirements."""

OF_KEPT = ((seams.INSTALLATION_ORDER, "copy_kept_environments.get_installation_order"),)
"""Those that are needed only if build environments are kept."""


class Session:
    """One pip command under an override: its owners, and its steps, which are created on first use.

    Args:
        command: the name of the pip command.
        options: the options of the command.
        cwd: the directory to which a relative path of the overrides file refers.

    Raises:
        OverrideError: if the overrides file, or a file of an outer pip, cannot be used.
    """

    def __init__(self, command: str, options: Options, cwd: str) -> None:
        self.command = PipCommand(command, options)
        self.run_directory, self.report_to = RunDirectory.open()
        if self.report_to:
            root = run_directory.read_handed(self.report_to)
        elif switch.BELOW_BACKEND in os.environ:
            from .state.limit_below_backend import read_below_backend  # such pips are rare

            root = read_below_backend()
        else:
            root = Filling()
        self.environments = Environments(root, outermost=self.report_to is None)
        self.messages = Messages(self.environments)
        self.explained = Explained(self.environments)
        self.outcome = Outcome()
        if self.environments.outermost:
            content, overrides = rules_in_force.read_file(cwd, self.run_directory, self.messages.warn)
        else:
            content, overrides = b"", rules_in_force.read_handed(self.run_directory)
        self.rules = RulesInForce(overrides, content, lambda: self.loans)
        self.ledger = Ledger(self.rules)
        self.cached_wheels = CachedWheels(_attempts(self.command))
        self.nested_report = NestedReport(self.environments, self.ledger, self.messages, self.outcome)
        self.announcements = Announcements(self.rules, self.ledger, self.messages, self.command)
        self._report = _place_of_report(cwd)
        self.store = self._place_of_environments(options)

    def handler(self, step_and_method: str) -> Handler:
        """Create the step of a seam, and return its handler.

        Args:
            step_and_method: the names of both, as in ``HANDLERS``.
        """
        step, _, method = step_and_method.partition(".")
        found: Handler = getattr(getattr(self, step), method)
        return found

    # Owners that not every command needs

    @functools.cached_property
    def judgements(self) -> Judgements:
        """The problems reported about builds."""
        from .state.judgements import Judgements

        return Judgements(self.rules, self.messages)

    @functools.cached_property
    def filled_environments(self) -> FilledEnvironments:
        """The build environments that the pips of this run have filled."""
        from .state.filled_environments import FilledEnvironments

        return FilledEnvironments(
            self.run_directory, self.environments, wanted=not self.explained.wanted
        )

    @functools.cached_property
    def imported_backends(self) -> ImportedBackends:
        """The processes that have imported a build backend."""
        from .state.imported_backends import ImportedBackends

        return ImportedBackends(self.run_directory.at_end, wanted=not self.explained.wanted)

    @functools.cached_property
    def kept_environments(self) -> KeptEnvironments:
        """The build environments that are kept for later runs."""
        from .state.kept_environments import KeptEnvironments

        kept = KeptEnvironments(self.store)
        self.run_directory.at_end.callback(kept.compile_modules)
        return kept

    @functools.cached_property
    def loans(self) -> Loans:
        """The distributions that the target lends."""
        from .state.loans import Loans

        return Loans(self.run_directory)

    @functools.cached_property
    def members(self) -> Members:
        """The notes on the distributions of build environments."""
        from .state.members import Members

        return Members(self.environments, self.ledger, self.cached_wheels, lambda: self.judgements)

    @functools.cached_property
    def prepared_metadata(self) -> PreparedMetadata:
        """The metadata that the rules narrow."""
        from .state.prepared_metadata import PreparedMetadata

        return PreparedMetadata(self.rules)

    @functools.cached_property
    def run_report(self) -> RunReport:
        """The report to which builds are added."""
        from .state.run_report import RunReport

        return RunReport(self._report, self.rules, self.environments, self.cached_wheels)

    @functools.cached_property
    def trees(self) -> Trees:
        """The directories that only this pip builds in."""
        from .state.trees import Trees

        return Trees(self.run_directory.at_end)

    # Steps of seams

    @functools.cached_property
    def prepare(self) -> Prepare:
        """The step that prepares a source."""
        from .steps.prepare import Prepare

        return Prepare(
            rules_in_force=self.rules,
            ledger=self.ledger,
            environments=self.environments,
            outcome=self.outcome,
            messages=self.messages,
            cached_wheels=self.cached_wheels,
            command=self.command,
            explained=self.explained,
            run_directory=self.run_directory,
            announcements=self.announcements,
            source_tree=self._source_tree,
            setup_py=self._setup_py,
            hooks=self._hooks,
            explain=self._explain,
            make_other_environment=lambda: self._other_environment,
            make_regenerate=lambda: self._regenerate,
            make_upload_limits=lambda: self._upload_limits,
            prepared_metadata=self.prepared_metadata,
        )

    @functools.cached_property
    def unpack(self) -> Unpack:
        """The step that unpacks a source."""
        from .steps.unpack import Unpack

        return Unpack()

    @functools.cached_property
    def resolve(self) -> Resolve:
        """The step that resolves requirements."""
        from .steps.resolve import Resolve

        return Resolve(
            rules_in_force=self.rules,
            ledger=self.ledger,
            environments=self.environments,
            outcome=self.outcome,
            cached_wheels=self.cached_wheels,
            command=self.command,
            explained=self.explained,
            make_members=lambda: self.members,
            make_chosen=lambda: self._chosen,
            make_candidates=lambda: self._candidates,
            make_explain=lambda: self._explain,
            make_upload_limits=lambda: self._upload_limits,
        )

    @functools.cached_property
    def build_wheel(self) -> BuildWheel:
        """The step that builds a wheel."""
        from .steps.build_wheel import BuildWheel

        return BuildWheel(
            rules_in_force=self.rules,
            ledger=self.ledger,
            environments=self.environments,
            outcome=self.outcome,
            messages=self.messages,
            cached_wheels=self.cached_wheels,
            explained=self.explained,
            members=self.members,
            run_report=self.run_report,
            announcements=self.announcements,
            source_tree=self._source_tree,
            kept_wheels=self._kept_wheels,
            prepared_metadata=self.prepared_metadata,
        )

    @functools.cached_property
    def cache_lookup(self) -> CacheLookup:
        """The step that looks into pip's wheel cache."""
        from .steps.cache_lookup import CacheLookup

        return CacheLookup(
            outcome=self.outcome,
            cached_wheels=self.cached_wheels,
            make_reused_wheels=lambda: self._reused_wheels,
            make_kept_wheels=lambda: self._kept_wheels,
        )

    @functools.cached_property
    def served_metadata(self) -> ServedMetadata:
        """The step that decides on metadata that an index serves."""
        from .steps.served_metadata import ServedMetadata

        return ServedMetadata(
            rules_in_force=self.rules, make_prepared_metadata=lambda: self.prepared_metadata
        )

    @functools.cached_property
    def build_environment(self) -> FillBuildEnvironment:
        """The step that fills a build environment."""
        from .steps.build_environment import FillBuildEnvironment

        return FillBuildEnvironment(
            ledger=self.ledger,
            environments=self.environments,
            outcome=self.outcome,
            messages=self.messages,
            run_directory=self.run_directory,
            loans=self.loans,
            nested_report=self.nested_report,
            source_tree=self._source_tree,
            reused_environments=self._reused_environments,
            in_process=self._in_process,
        )

    @functools.cached_property
    def copy_kept_environments(self) -> CopyKeptEnvironments:
        """The step that copies environments that were kept."""
        from .steps.kept_environments import CopyKeptEnvironments

        return CopyKeptEnvironments(
            environments=self.environments, kept_environments=self.kept_environments
        )

    # Steps that other steps use

    @functools.cached_property
    def _source_tree(self) -> SourceTree:
        from .steps.source_tree import SourceTree

        return SourceTree(
            rules_in_force=self.rules,
            environments=self.environments,
            messages=self.messages,
            explained=self.explained,
            run_directory=self.run_directory,
            trees=self.trees,
        )

    @functools.cached_property
    def _setup_py(self) -> SetupPy:
        from .steps.setup_py import SetupPy

        return SetupPy(
            rules_in_force=self.rules,
            messages=self.messages,
            command=self.command,
            explained=self.explained,
        )

    @functools.cached_property
    def _hooks(self) -> BackendHooks:
        from .steps.backend_hooks import BackendHooks
        from .steps.below_backend import PipsBelowBackend

        return BackendHooks(
            rules_in_force=self.rules,
            command=self.command,
            outcome=self.outcome,
            explained=self.explained,
            source_tree=self._source_tree,
            pips_below=PipsBelowBackend(
                rules_in_force=self.rules, ledger=self.ledger, run_directory=self.run_directory
            ),
            explain=self._explain,
            other_environment=self._other_environment,
            make_regenerate=lambda: self._regenerate,
            prepared_metadata=self.prepared_metadata,
            make_imported_backends=lambda: self.imported_backends,
        )

    @functools.cached_property
    def _other_environment(self) -> OtherEnvironment:
        from .steps.other_environment import OtherEnvironment

        return OtherEnvironment(
            rules_in_force=self.rules,
            environments=self.environments,
            run_directory=self.run_directory,
        )

    @functools.cached_property
    def _regenerate(self) -> Regenerate:
        from .steps.regenerate import Regenerate

        return Regenerate(
            rules_in_force=self.rules, explained=self.explained, run_directory=self.run_directory
        )

    @functools.cached_property
    def _upload_limits(self) -> UploadLimits:
        from .state.uploads import Uploads
        from .steps.upload_limits import UploadLimits

        return UploadLimits(
            rules_in_force=self.rules,
            environments=self.environments,
            outcome=self.outcome,
            uploads=Uploads(),
        )

    @functools.cached_property
    def _explain(self) -> Explain:
        from .steps.explain import Explain

        return Explain(
            rules_in_force=self.rules,
            environments=self.environments,
            explained=self.explained,
            outcome=self.outcome,
        )

    @functools.cached_property
    def _chosen(self) -> Chosen:
        from .steps.chosen import Chosen
        from .steps.mismatch import Mismatch

        return Chosen(
            rules_in_force=self.rules,
            ledger=self.ledger,
            environments=self.environments,
            outcome=self.outcome,
            messages=self.messages,
            cached_wheels=self.cached_wheels,
            command=self.command,
            run_report=self.run_report,
            judgements=self.judgements,
            announcements=self.announcements,
            mismatch=Mismatch(
                rules_in_force=self.rules,
                ledger=self.ledger,
                environments=self.environments,
                messages=self.messages,
                cached_wheels=self.cached_wheels,
                command=self.command,
                explained=self.explained,
            ),
            prepared_metadata=self.prepared_metadata,
        )

    @functools.cached_property
    def _candidates(self) -> Candidates:
        from .steps.candidates import Candidates

        return Candidates(environments=self.environments)

    @functools.cached_property
    def _reused_environments(self) -> ReusedEnvironments:
        from .steps.reused_environments import ReusedEnvironments

        return ReusedEnvironments(
            rules_in_force=self.rules,
            filled_environments=self.filled_environments,
            kept_environments=self.kept_environments if self.store else None,
        )

    @functools.cached_property
    def _in_process(self) -> FillInProcess:
        from .steps.in_process import FillInProcess

        return FillInProcess(
            environments=self.environments,
            outcome=self.outcome,
            messages=self.messages,
            filled_environments=self.filled_environments,
        )

    @functools.cached_property
    def _reused_wheels(self) -> ReusedWheels:
        from .steps.reused_wheels import ReusedWheels

        return ReusedWheels(
            rules_in_force=self.rules,
            environments=self.environments,
            cached_wheels=self.cached_wheels,
            command=self.command,
            loans=self.loans,
            judgements=self.judgements,
        )

    @functools.cached_property
    def _kept_wheels(self) -> KeptWheels:
        from .steps.kept_wheels import KeptWheels

        return KeptWheels(
            rules_in_force=self.rules,
            ledger=self.ledger,
            environments=self.environments,
            cached_wheels=self.cached_wheels,
            judgements=self.judgements,
        )

    def _place_of_environments(self, options: Options) -> str:
        """Return the directory in which build environments are kept; "" if they are not."""
        root = self.environments.root
        if not self.environments.outermost:
            return root.keeping.store if root.keeping is not None else ""
        wanted = self.rules.overrides.keep_environments or os.environ.get(switch.KEEP_ENVIRONMENTS)
        if not wanted or not options.cache_dir:
            return ""
        from .state.kept_environments import store_below

        return store_below(options.cache_dir)


def _attempts(command: PipCommand) -> Attempts | None:
    if not os.environ.get(switch.FIX):
        return None
    from .state.attempts import Attempts  # only below fix

    return Attempts(command)


def _place_of_report(cwd: str) -> str:
    """Return the path of the run's report; "" if none is wanted."""
    if not os.environ.get(switch.REPORT):
        return ""
    from .state import run_report

    return run_report.place(cwd)
