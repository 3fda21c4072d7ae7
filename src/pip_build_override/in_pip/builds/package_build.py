"""What is known about one package being built, whichever front end builds it.

Nothing here imports pip: a front end other than pip may run in an environment without it.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Mapping

from ... import rules
from ...build_steps import SOURCES
from ...files import unique
from ...frozen import replace
from ...rules.lines import name_of, parts_of
from ...rules.tables import AS_OF, PINS
from .leftovers import Leftovers

if TYPE_CHECKING:
    from ... import records
    from ..internals.build_output import Printed
    from ..lending.lender import Loan
    from ..target.installed import Copy
    from .member import Matched, Member, Origin
    from .pinned import Pinned
    from .prepared import Prepared
    from .regeneration import Regeneration
    from .seen import Seen
    from .upload_limit import UploadLimit


class PackageBuild:
    """One package being built.

    Args:
        isolated: Whether it gets a build environment.

    Attributes:
        pip_version: The version of the pip that builds it; "" for another front end.
        front_end: Name and version of another front end that builds it; "" for pip.
        sdist_with: What that has built its sdist with, if not with the same; "" otherwise.
        used_elsewhere: Rules that had an effect when that has built its sdist.
        interpreter: Another interpreter than this one that builds it, and its platform; None for this.
        markers: The values of environment markers there; None for those of this interpreter.
    """

    pip_version = ""
    front_end = ""
    sdist_with = ""
    used_elsewhere: tuple[rules.Unused, ...] = ()
    interpreter: tuple[str, str] | None = None
    markers: dict[str, str] | None = None

    def __init__(self, isolated: bool) -> None:
        self.isolated = isolated
        self.package = rules.package("", None)
        self.plan: rules.Plan | None = None
        self.rules_digest: str | None = ""
        # How far it is, as a ``Failure`` says it.
        self.stage = SOURCES
        self.static_installed = False
        self.hook_asked = False
        self.being_built = False
        self.moved_to_pep517 = False
        self.ran_overridden_pips = False
        self.declared = rules.Declared(static=())
        self.early: tuple[str, ...] = ()
        self.hashes: dict[str, tuple[str, ...]] = {}
        self.environment: dict[str, str] = {}
        self.contents: dict[str, Copy] = {}
        # The directories of the build environment, and the versions of all copies of each distribution.
        self.directories: tuple[str, ...] = ()
        # The directory of the whole build environment; "" if it is not where known pips have it.
        self.environment_root = ""
        # What distinguishes the directory of the pips that its build backend starts.
        self.below_backend = unique()
        self.listing: dict[str, tuple[str, ...]] = {}
        self.files: dict[str, str] = {}
        self.matched: list[Matched] = []
        self.pinned: dict[str, str] = {}
        # None until its metadata is prepared.
        self.pins: tuple[Pinned, ...] | None = None
        self.members: list[Member] = []
        self.borrowed: list[Loan] = []
        self.distributions: list[Origin] = []
        self.requires: dict[str, tuple[str, ...]] = {}
        self.copies: dict[str, tuple[str, ...]] = {}
        self.fetched_before: set[str] = set()
        # The sources are unpacked by now, so whatever the hooks write is newer.
        self.began = time.time()
        self.generated: tuple[records.Generated, ...] = ()
        self.regeneration: Regeneration | None = None
        self.announced = False
        self.told_built = False
        self.seen: Seen | None = None
        self.prepared: Prepared | None = None
        self.second_pass_done = False
        self.kept_warnings: list[tuple[int, str]] = []
        self.printed: Printed | None = None
        self.leftovers = Leftovers()
        self.moved_from = ""
        # What its tables set for its build backend.
        self.variables: dict[str, str | None] = {}
        self.config_settings: dict[str, object] = {}
        self.outer_path = os.environ.get("PATH", "")
        self.upload_limit: UploadLimit | None = None
        self.left_out: set[str] = set()

    @property
    def has_environment(self) -> bool:
        """Whether it is built in a build environment rather than with what is installed."""
        return self.isolated

    @property
    def source_directory(self) -> str:
        """The directory of the sources that are built."""
        raise NotImplementedError

    @property
    def original(self) -> str:
        """The source directory, or the one that the user named if a copy of it is built."""
        raise NotImplementedError

    @property
    def editable(self) -> bool:
        """Whether it is built for an editable installation."""
        raise NotImplementedError

    @property
    def given_settings(self) -> dict[str, object]:
        """The configuration settings that the user gives the build backend."""
        raise NotImplementedError

    @property
    def overridden(self) -> bool:
        """Whether any rule applies to this build."""
        return self.plan is not None and self.plan.selection.applies

    @property
    def changes(self) -> tuple[rules.Change, ...]:
        """What its rules change, with the requirements that pins are resolved to, once they are."""
        changes = self.planned_changes
        if self.pins is None and self.has_environment:
            return changes
        known = {pin.name: pin for pin in self.pins or ()}
        found = []
        for change in changes:
            pin = known.get(change.name)
            if change.kind != PINS:
                found.append(change)
            elif pin is not None:
                before, after = f"{pin.name} {pin.version}", f"{pin.name}{pin.specifier}"
                found.append(replace(change, before=(before,), after=(after,)))
        return tuple(found)

    @property
    def planned_changes(self) -> tuple[rules.Change, ...]:
        """What its rules change, with the moment of its release, once that is known."""
        changes = self.plan.changes if self.plan is not None else ()
        limit = self.upload_limit
        if limit is None or not limit.why:
            return changes
        reason = f"{limit.moment}, {limit.why}"
        return tuple(replace(one, reason=reason) if one.kind == AS_OF else one for one in changes)

    @property
    def helped(self) -> bool:
        """Whether a rule affected this build, or the build of anything that it is built with."""
        return self.rules_digest != "" or any(member.helped for member in self.members)

    @property
    def borrowed_members(self) -> list[tuple[str, str]]:
        """Name and version of each distribution in its build environment that the target lent."""
        return [(member.name, member.version) for member in self.members if member.borrowed]

    def is_elsewhere(self, copy: Copy) -> bool:
        """Return whether a distribution is not one that pip installed for this build."""
        return self.prepared is not None or (self.seen is not None and self.seen.contains(copy))

    def uses(self, name: str) -> bool:
        """Return whether a requirement or a rule is about a distribution that can be imported."""
        copy = self.contents.get(name)
        if copy is None or not self.is_elsewhere(copy):
            return True
        if self.regeneration is not None and self.regeneration.used(name):
            return True
        touched = self.plan.touched if self.plan is not None else frozenset()
        if self.prepared is not None:
            return name in self.prepared.used or name in touched
        return self.seen is not None and (name in self.seen.taken or name in touched)

    @property
    def label(self) -> str:
        """The name and version as shown in messages."""
        return " ".join(filter(None, (self.package.name, self.package.version)))

    @property
    def limit_of_uploads(self) -> UploadLimit | None:
        """The limit on the files for its build environment, but for versions that the target has."""
        if self.upload_limit is None or self.plan is None:
            return None
        free = {question.name for question, answer in self.plan.settled if answer.of_target}
        return replace(self.upload_limit, unlimited=tuple(sorted(free)))

    @property
    def first_pass(self) -> tuple[str, ...]:
        """The requirements that pip's first pass installs."""
        static = self.plan.static if self.plan is not None else self.declared.static
        return (*static, *(text for text in self.early if text not in static))

    @property
    def wanted_hashes(self) -> dict[str, list[str]]:
        """The hashes that the rules allow, by distribution name."""
        return {name: list(hashes) for name, hashes in self.hashes.items()}

    @property
    def limits(self) -> tuple[tuple[str, str], ...]:
        """The constraints of the rules, each with the file and table that define it."""
        changes = self.plan.changes if self.plan is not None else ()
        own = tuple((c.after[0], c.where) for c in changes if c.kind == "constrain")
        return (*own, *(self.plan.exact if self.plan is not None else ()))

    def takes_the_place_of(self, requirement: str) -> bool:
        """Return whether a rule replaces or removes a requirement.

        A rule that constrains it, adds to it, or has nothing to act on does not.
        """
        name = name_of(requirement)
        changes = self.plan.changes if self.plan is not None else ()
        return any(
            change.kind == "requires" or (change.kind in ("replace", "remove") and change.name == name)
            for change in changes
        )

    def pins_for_second_pass(self) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        """Return what keeps pip's second pass, which is unaware of the first, from undoing a rule.

        Returns:
            Constraints with their origin, and requirements by path, which no constraint can pin.
        """
        if self.plan is None:
            return (), ()
        by_path = {name_of(text): text for text in self.first_pass if parts_of(text).url}
        pins = tuple(
            (f"{name}=={self.environment[name]}", "installed by pip's first pass")
            for name in sorted(self.plan.touched)
            if name in self.environment and name not in by_path
        )
        touched_paths = (text for name, text in by_path.items() if name in self.plan.touched)
        pinned = {*by_path, *(name for name in self.plan.touched if name in self.environment)}
        matches = tuple(
            (f"{one.name}=={one.version}", f"{one.package} was built with it")
            for one in self.matched
            if one.name not in pinned
        )
        return (*pins, *matches), tuple(touched_paths)

    def make_plan(
        self, overrides: rules.Overrides, environment: Mapping[str, str], settle: rules.Settle
    ) -> rules.Plan:
        """Make and return a new plan from everything declared so far.

        Args:
            overrides: The rules.
            environment: The marker environment of the interpreter that builds.
            settle: Answers the source tables in force.
        """
        self.plan = rules.plan(overrides, self.package, self.declared, environment, settle)
        # The hashes of what the hook asks for stay known if the package is prepared once more.
        self.hashes.update(self.plan.hashes)
        return self.plan
