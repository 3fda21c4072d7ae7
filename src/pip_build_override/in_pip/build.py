"""One package being built: who it is, what it declares, what its build environment came to hold."""

from __future__ import annotations

import os
from typing import Any, Dict, Mapping

from pip._vendor.packaging.requirements import Requirement

from .. import rules
from ..diagnosis.output import Output
from ..errors import OverrideError
from ..rules.standards import contains, normalise
from . import project, seams, settling
from .borrowing import Loan, check_untouched
from .target import Target

Json = Dict[str, Any]


class PreparedAgain(Exception):
    """The first pass brought in what the hook's effective list excludes: prepare once more."""


class Build:
    """What is known of one source that pip prepares and perhaps builds.

    Args:
        req: pip's requirement, with its sources unpacked.
        isolated: whether it gets a build environment.
        target: what the run of pip that builds it fills.
    """

    def __init__(self, req: Any, isolated: bool, target: Target) -> None:
        self.req = req
        self.isolated = isolated
        self.target = target
        self.package = rules.package("", None)
        self.plan: rules.Plan | None = None
        self.rules_digest: str | None = ""
        self.loaded = False
        self.static_installed = False
        self.hook_asked = False
        self.being_built = False
        self.moved_to_pep517 = False
        self.declared = rules.Declared(static=())
        self.early: tuple[str, ...] = ()
        self.environment: dict[str, str] = {}
        self.members: list[Json] = []
        self.borrowed: list[Loan] = []
        self.distributions: list[Json] = []
        self.requires: dict[str, tuple[str, ...]] = {}
        self.fetched_before: set[str] = set()
        self.announced = False
        self.output: Output | None = None

    @property
    def overridden(self) -> bool:
        """Whether any rule has a say in this build."""
        return self.plan is not None and self.plan.selection.applies

    @property
    def helped(self) -> bool:
        """Whether a rule had a say in it, or in the build of anything that it was built with."""
        return self.rules_digest != "" or any(member["rules"] != "" for member in self.members)

    @property
    def label(self) -> str:
        """Name and version as messages show them."""
        return " ".join(filter(None, (self.package.name, self.package.version)))

    @property
    def source_directory(self) -> str:
        return str(self.req.unpacked_source_directory)

    def identify(self, overrides: rules.Overrides) -> None:
        """Find name and version in the sources.

        Raises:
            OverrideError: where they are needed to choose a table and cannot be known yet.
        """
        link, asked = self.req.link, self.req.req
        file_name = link.filename if link else ""
        name = asked.name if asked else project.name_in_tree(self.source_directory, file_name)
        if name is None:
            if overrides.has_named_tables:
                raise OverrideError(
                    f"the name of {self.req} cannot be known before it is built, so no table can"
                    " be chosen for it",
                    where=overrides.shown,
                    hint=f"write NAME @ URL: NAME @ {link.url}" if link else "write NAME @ URL",
                )
            return
        pin = project.exact_pin(asked)
        version = project.version_in_tree(self.source_directory, name, file_name, pin)
        self.package = rules.package(name, version)

    def make_plan(
        self, overrides: rules.Overrides, environment: Mapping[str, str], settle: rules.Settle
    ) -> rules.Plan:
        """Plan anew with all that is declared so far.

        Args:
            settle: answers the source tables in force.
        """
        self.plan = rules.plan(overrides, self.package, self.declared, environment, settle)
        return self.plan

    @property
    def settled(self) -> list[Json]:
        """What the source tables in force came to."""
        return [settling.record(*pair) for pair in self.plan.settled] if self.plan is not None else []

    @property
    def awaits_target(self) -> bool:
        """Whether it was prepared with a version of the target that may not be the right one."""
        asked = self.plan.settled if self.plan is not None else ()
        return not self.target.final and any(q.source.origin == "target" for q, _ in asked)

    def is_settled(self, settle: rules.Settle) -> bool:
        """Whether the source tables come to now what it was prepared with.

        Args:
            settle: answers them, once pip's resolver is done.

        Raises:
            OverrideError: where they do not, and the sources cannot be prepared again.
        """
        for question, before in self.plan.settled if self.plan is not None else ():
            now = settle(question)
            if now.key == before.key:
                continue
            if self.in_place or self.target.legacy:
                why = "the legacy resolver takes" if self.target.legacy else "its sources were prepared"
                raise OverrideError(
                    f"{self.label} was prepared with {before.key or 'what it declares'}, but the target"
                    f" gets {now.key or 'no ' + question.name}, and {why} no second time in place",
                    where=question.where,
                    hint=f"write {question.name}==VERSION in the same command or in a constraints file,"
                    " or install it first, so that it is known from the start",
                )
            return False
        return True

    @property
    def in_place(self) -> bool:
        """Whether pip builds it where its sources are, and has no copy to begin anew from."""
        link = self.req.link
        if self.req.editable:
            return True
        return bool(link.is_existing_dir()) and os.path.samefile(link.file_path, self.source_directory)

    @property
    def first_pass(self) -> tuple[str, ...]:
        """What pip's first pass is to install."""
        static = self.plan.static if self.plan is not None else self.declared.static
        return (*static, *(text for text in self.early if text not in static))

    def check_first_pass(self) -> None:
        """Compare what the first pass brought in with the effective list of the hook.

        A requirement that only the hook asks for may be there already, as a dependency of another
        one and in a version that its rule excludes. pip would stop at that; installed together in
        the first pass, the two are put together by its resolver.

        Raises:
            PreparedAgain: where that is so, once.
        """
        hook = self.plan.hook if self.plan is not None else None
        if self.early or not hook:
            return
        ours = [text for text in hook if self._brought_in_otherwise(Requirement(text))]
        if ours:
            self.early = tuple(ours)
            self.environment, self.members = {}, []
            self.distributions, self.requires = [], {}
            self.static_installed = self.hook_asked = False
            raise PreparedAgain

    def _brought_in_otherwise(self, requirement: Requirement) -> bool:
        name = normalise(requirement.name)
        version = self.environment.get(name)
        # What a borrowed distribution needs is borrowed too, unless a requirement is against it.
        ours = {loan.distribution.name for loan in self.borrowed}
        ours.update(self.plan.touched if self.plan is not None else ())
        if name not in ours or version is None:
            return False
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            return False
        if requirement.url:
            return all(not Requirement(text).url for text in self.first_pass if _is(text, name))
        return not contains(str(requirement.specifier), version)

    def check_seen(self) -> None:
        """Raise where pip went past a place in which the override should have been applied.

        Raises:
            OverrideError: naming that place.
        """
        if not self.loaded:
            seams.passed_by(seams.LOAD)
        if self.isolated and getattr(self.req, "use_pep517", True):
            if not self.static_installed:
                seams.passed_by(seams.INSTALL)
            if not self.hook_asked:
                seams.passed_by(seams.BACKEND_HOOK)

    def check_metadata(self, overrides: rules.Overrides) -> None:
        """Compare the name and version that chose the tables with those of the built metadata.

        Raises:
            OverrideError: where other tables, or none, would have been chosen.
        """
        metadata = self.req.metadata
        name, version = normalise(metadata["Name"]), str(metadata["Version"])
        assumed = self.package
        self.package = rules.package(assumed.name or name, version)
        by_name = {normalise(assumed.name), name}
        if assumed.name and len(by_name) > 1 and any(map(overrides.named_tables, by_name)):
            raise OverrideError(
                f"the sources say that they are {assumed.name}, the metadata built from them that"
                f" they are {name}: the rules of the one would be applied to the other",
                where=overrides.shown,
                hint=f"ask for it as {name}, and name its table package.{name}",
            )
        # Of a release from an index pip itself expects that version, and tries another one without.
        told = rules.needs_version(overrides, assumed.name) or (
            self.overridden and not self.req.original_link and assumed.version is not None
        )
        if told and not project.same_version(assumed.version, version):
            tables = self.plan.selection.tables if self.plan is not None else ()
            raise OverrideError(
                f"{assumed.name} was taken for version {assumed.version} when its table was chosen,"
                f" but the metadata built from it says {version}",
                where=": ".join([overrides.shown, *(t.where for t in tables if t.name != "*")]),
                hint=f"use a table without a version, package.{assumed.name}",
            )

    def check_unused(self, overrides: rules.Overrides) -> list[str]:
        """Look for rules on requirements that this version of the package declares nowhere.

        Returns:
            warnings, where the file asks for no more than those.

        Raises:
            OverrideError: where there is one and ``[settings] unused`` is "error".
        """
        problems = self.unused()
        if problems and overrides.unused == "error":
            raise problems[0]
        return [str(problem) for problem in problems]

    def unused(self) -> list[OverrideError]:
        """The rules that met nothing, each as the error that it is."""
        if self.plan is None:
            return []
        declared = (*self.declared.static, *(self.declared.hook or ()))
        listed = ", ".join(dict.fromkeys(declared)) or "nothing"
        return [
            OverrideError(
                f"{self.label} declares no build requirement {rule.name}, so {rule.key} has nothing"
                f" to act on (it declares: {listed})",
                where=rule.where,
                hint=f'correct the name, or use add = ["{rule.name}"], or [settings] unused = "warn"',
            )
            for rule in self.plan.unused
        ]

    @property
    def limits(self) -> tuple[tuple[str, str], ...]:
        """The constraints of the rules, each with the file and table behind it."""
        changes = self.plan.changes if self.plan is not None else ()
        own = tuple((c.after[0], c.where) for c in changes if c.kind == "constrain")
        return (*own, *(self.plan.exact if self.plan is not None else ()))

    def speaks_of(self, requirement: str) -> bool:
        """Whether a rule put something else in the place of a declared requirement, or limits it."""
        name = normalise(Requirement(requirement).name)
        changes = self.plan.changes if self.plan is not None else ()
        return any(change.kind == "requires" or change.name == name for change in changes)

    def idle_constraints(self) -> list[rules.Change]:
        """Constraints of tables of the package's own on what never came into its environment."""
        if self.plan is None:
            return []
        own = {table.where for table in self.plan.selection.tables if table.name != "*"}
        return [
            change
            for change in self.plan.changes
            if change.kind == "constrain"
            and own.intersection(change.tables)
            and change.name not in self.environment
        ]

    def pins_for_second_pass(self) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        """What keeps pip's second pass, which knows nothing of the first, from undoing a rule.

        Returns:
            constraints with their origin, and requirements by path, which no constraint can hold.
        """
        if self.plan is None:
            return (), ()
        named = {normalise(Requirement(text).name): text for text in self.first_pass}
        by_path = {name: text for name, text in named.items() if Requirement(text).url}
        pins = tuple(
            (f"{name}=={self.environment[name]}", "installed by the first pass")
            for name in sorted(self.plan.touched)
            if name in self.environment and name not in by_path
        )
        touched_paths = (text for name, text in by_path.items() if name in self.plan.touched)
        return pins, tuple(touched_paths)

    def check_environment(self) -> None:
        """Compare the finished build environment with the plan.

        Raises:
            OverrideError: where it holds something that the rules exclude.
        """
        if self.plan is None or not self.overridden:
            return
        wanted = [*self.plan.constraints, *(limit for limit, _ in self.plan.exact)]
        for text in (*self.plan.static, *(self.plan.hook or ())):
            requirement = Requirement(text)
            if requirement.marker is None and normalise(requirement.name) in (self.plan.touched):
                wanted.append(f"{requirement.name}{requirement.specifier}")
        for text in wanted:
            requirement = Requirement(text)
            version = self.environment.get(normalise(requirement.name))
            if version is not None and not contains(str(requirement.specifier), version):
                raise OverrideError(
                    f"the build environment of {self.label} came to hold"
                    f" {requirement.name} {version}, which {text} excludes",
                    hint="the build backend asks for it in a way that pip cannot be held to;"
                    " use replace for it, or requires",
                )

    def left_over(self) -> str:
        """The directory of an earlier build in sources that pip builds in place, "" without one.

        setuptools takes the object files in it as they are, whatever they were compiled against.
        """
        if self.req.link is None or not self.req.link.is_existing_dir():
            return ""
        directory = os.path.join(self.source_directory, "build")
        try:
            compiled = any(name.startswith(("temp", "lib")) for name in os.listdir(directory))
        except OSError:
            return ""
        return directory if compiled else ""

    def check_borrowed(self) -> None:
        """Raise where the build has written to what it borrowed.

        Raises:
            OverrideError: naming a file.
        """
        check_untouched(self.label, self.borrowed)

    def note_fetched(self) -> None:
        """Remember what a build backend had fetched into the sources before this run."""
        self.fetched_before = self._fetched()

    def check_fetched(self) -> None:
        """Raise where the build backend itself fetched what should come from the build environment.

        Raises:
            OverrideError: for every build that a rule has a say in. Old setuptools puts what
                ``setup_requires`` asks for into ``.eggs`` and first on ``sys.path``.
        """
        new = sorted(self._fetched() - self.fetched_before)
        if new and self.overridden:
            raise OverrideError(
                f"{self.label}: its build backend fetched {', '.join(new)} into .eggs by itself"
                " while building, past the build environment and past every rule",
                hint="add what setup_requires asks for, in the version that it asks for, or use a"
                " setuptools that does not fetch",
            )

    def _fetched(self) -> set[str]:
        try:
            names = os.listdir(os.path.join(self.source_directory, ".eggs"))
        except OSError:
            return set()
        return {name for name in names if name.endswith((".egg", ".dist-info", ".egg-info"))}


def _is(requirement: str, name: str) -> bool:
    return normalise(Requirement(requirement).name) == name
