"""One package that pip builds: its identity, its target, and whether it has to be prepared again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Mapping

from pip import __version__ as _pip_version
from pip._vendor.packaging.requirements import InvalidRequirement, Requirement

from ... import rules
from ...build_steps import SOURCES
from ...errors import OverrideError
from ...rules.lines import name_of, parts_of
from ...rules.standards import normalise
from ...rules.tables import BY_SETUP_PY, WITHOUT_ISOLATION
from ..internals import functions, objects, specifiers
from ..target import source_tables
from ..target.target import Target
from . import project
from .leftovers import listed
from .package_build import PackageBuild
from .tree_state import TreeState

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement
    from ..target.settled import Settled


class PreparedAgain(Exception):
    """A package has to be prepared once more.

    Either the first pass installed something that the hook's effective list excludes, or a rule applied
    to the build environment and the source tree contains files from an earlier build.
    """


class Build(PackageBuild):
    """What is known about one source that pip prepares and may build.

    Args:
        req: pip's requirement, with its sources unpacked.
        isolated: Whether it gets a build environment.
        target: The environment that the pip run building it installs into.
    """

    pip_version = _pip_version

    def __init__(self, req: InstallRequirement, isolated: bool, target: Target) -> None:
        super().__init__(isolated)
        self.req = req
        self.target = target
        self.loaded = False
        self.expected: tuple[str, ...] = ()
        self.leaves_nothing = False
        self.in_a_copy = False
        self.unpacked_in = ""
        self.tree_before: TreeState | None = None
        self.written_by_hooks: tuple[str, ...] = ()

    @property
    def has_environment(self) -> bool:
        """Whether it is built in a build environment rather than with what is installed."""
        return self.isolated and objects.uses_pep517(self.req)

    @property
    def source_directory(self) -> str:
        return str(self.req.unpacked_source_directory)

    @property
    def original(self) -> str:
        """The source directory, or the one that the user named if a copy of it is built."""
        return self.moved_from or str(self.req.source_dir)

    @property
    def editable(self) -> bool:
        """Whether it is built for an editable installation."""
        return bool(self.req.editable)

    @property
    def given_settings(self) -> dict[str, object]:
        """The configuration settings that the user gives the build backend."""
        return dict(objects.config_settings(self.req))

    def identify(self, overrides: rules.Overrides) -> None:
        """Find the name and version in the sources.

        Raises:
            OverrideError: If the name is needed to choose a table but cannot be known yet.
        """
        link, asked = self.req.link, self.req.req
        file_name = link.filename if link else ""
        name = asked.name if asked else project.name_in_tree(self.source_directory, file_name)
        if name is None:
            if overrides.has_named_tables:
                raise OverrideError(
                    f"the name of {self.req} is not known before it is built, so no table can be"
                    " chosen for it",
                    kind="unknown-name",
                    where=overrides.shown,
                    hint=_name_hint(self.req),
                )
            return
        pin = specifiers.exact_pin(asked)
        version = project.version_in_tree(self.source_directory, name, file_name, pin)
        self.package = rules.package(name, version)

    def plan_settings(self, overrides: rules.Overrides, environment: Mapping[str, str]) -> None:
        """Make a plan for a build without a build environment, in which no requirement is replaced.

        Args:
            overrides: The rules.
            environment: The marker environment of the interpreter that builds.
        """
        by_backend = objects.uses_pep517(self.req)
        alone = overrides.settings_only(WITHOUT_ISOLATION if by_backend else BY_SETUP_PY)
        self.plan = rules.plan(alone, self.package, self.declared, environment)

    @property
    def settled(self) -> list[Settled]:
        """The answers to the source tables in force."""
        return [
            source_tables.record(question, answer, self.environment.get(question.name, ""))
            for question, answer in (self.plan.settled if self.plan is not None else ())
        ]

    @property
    def awaits_target(self) -> bool:
        """Whether it was prepared with a version from the target that may still change."""
        asked = self.plan.settled if self.plan is not None else ()
        return not self.target.final and any(q.source.origin == "target" for q, _ in asked)

    def is_settled(self, settle: rules.Settle) -> bool:
        """Return whether the answers to the source tables are still those it was prepared with.

        Args:
            settle: Answers the source tables, once pip's resolver has finished.

        Raises:
            OverrideError: If an answer has changed and the sources cannot be prepared again.
        """
        for question, before in self.plan.settled if self.plan is not None else ():
            now = settle(question)
            if now.key == before.key:
                continue
            if self.in_place or self.target.legacy:
                why = "pip builds its sources in place, so they cannot be prepared a second time"
                if self.target.legacy:
                    why = "the legacy resolver does not prepare a package a second time"
                raise OverrideError(
                    f"{self.label} was prepared with {before.key or 'the declared requirement'}, but"
                    f" the target environment will contain {now.key or 'no ' + question.name}, and"
                    f" {why}",
                    kind="unsettled-target",
                    where=question.where,
                    hint=f"{self._undo}add {question.name}==VERSION to this command or to a constraints"
                    f" file, or install {question.name} first, so that its version is known from the"
                    " start",
                )
            return False
        return True

    @property
    def _undo(self) -> str:
        """The start of a hint: which files that the backend wrote for a wrong version to remove."""
        new = self.tree_before.changes().new if self.tree_before is not None else ()
        return f"remove {listed(new)} from {self.original}, and " if new else ""

    @property
    def in_place(self) -> bool:
        """Whether pip builds it in its source directory, with no pristine copy to start again from."""
        if self.req.editable:
            return True
        link = objects.link_of(self.req)
        if not link.is_existing_dir():
            return False
        return os.path.samefile(link.file_path, objects.source_directory(self.req))

    def unpack_archive(self) -> None:
        """Unpack an sdist again, to discard what the backend's hook wrote among its files."""
        directory = objects.source_directory(self.req)
        functions.remove_tree(directory)
        functions.unpack(objects.downloaded_file(self.req), directory)

    def begin_again(self) -> None:
        """Forget the contents of its build environment.

        Raises:
            PreparedAgain: Always, so that pip's preparation starts again.
        """
        self.environment, self.members, self.contents, self.matched = {}, [], {}, []
        self.distributions, self.requires, self.copies, self.pinned = [], {}, {}, {}
        self.static_installed = self.hook_asked = self.second_pass_done = False
        self.stage = SOURCES
        if self.seen is not None:
            self.seen.taken.clear()
        self.kept_warnings, self.pins = [], None
        raise PreparedAgain

    def check_first_pass(self) -> None:
        """Compare what the first pass installed with the effective list of the hook.

        A requirement that only the hook asks for may be installed already, as a dependency of another
        one: in a version that its rule excludes, or from a file with another hash. pip would fail on
        the former and not notice the latter. If both are installed in the first pass, its resolver
        reconciles them. The same applies to a requirement that excludes the version with which a
        package of the first pass was built to match this environment: that package is built once more.

        Raises:
            PreparedAgain: If there is such a requirement; at most once per build.
        """
        hook = self.plan.hook if self.plan is not None else None
        if self.early or not hook or self.prepared is not None:
            return
        ours = [text for text in hook if self._brought_in_otherwise(text)]
        if ours:
            self.early = tuple(ours)
            # The answer to a source table may depend on both lists; this makes it the same for both.
            self.expected = self.declared.hook or ()
            self.begin_again()

    def begin_in_a_copy(self) -> None:
        """Start again in a copy if asking the hook is likely to make that necessary.

        This affects only a directory that pip builds in place, where the hook's output would remain.

        Raises:
            PreparedAgain: If a copy is needed; at most once per build.
        """
        if self.in_a_copy or self.moved_from or self.plan is None or not self.in_place:
            return
        if self.req.editable or self.early:
            return
        declared = {name for name in map(name_of, self.declared.static) if name}
        named = {name for name in map(name_of, self.first_pass) if name}
        for rule in self.plan.selection.of("replace"):
            if rule.name not in declared and rule.puts & (self.environment.keys() - named):
                self.in_a_copy = True
                self.begin_again()

    def _brought_in_otherwise(self, text: str) -> bool:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            # pip says what is wrong with it.
            return False
        name = normalise(requirement.name)
        version = self.environment.get(name)
        matched = [one.version for one in self.matched if one.name == name]
        if version is None and matched:
            return specifiers.applies(requirement) and not all(
                specifiers.satisfies(built_with, str(requirement.specifier)) and not requirement.url
                for built_with in matched
            )
        # What a borrowed distribution depends on is borrowed too, unless a requirement excludes it.
        ours = {loan.distribution.name for loan in self.borrowed}
        ours.update(self.plan.touched if self.plan is not None else ())
        ours.update(self.seen.taken if self.seen is not None else ())
        if name not in ours or version is None:
            return False
        if not specifiers.applies(requirement):
            return False
        if requirement.url:
            return all(not parts_of(text).url for text in self.first_pass if name_of(text) == name)
        if name in self.hashes and not any(name_of(text) == name for text in self.first_pass):
            # Its file was installed without a hash check, and pip would not check it now.
            return True
        return not specifiers.satisfies(version, str(requirement.specifier))


def _name_hint(req: InstallRequirement) -> str:
    """Return how to give a name to what pip builds; only newer pips take ``-e NAME @ URL``."""
    url = req.link.url if req.link else "URL"
    if req.editable:
        separator = "&" if "#" in url else "#"
        return f'add its name to the URL: -e "{url}{separator}egg=NAME"'
    return f"put its name before the URL: NAME @ {url}"
