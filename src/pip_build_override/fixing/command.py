"""Fixing one command: it is run again with what was found for each build that failed in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Iterator, Protocol, Sequence

from ..diagnosis import Failure
from ..diagnosis.failed_command import FailedCommand
from ..errors import OverrideError
from ..rules.standards import normalise
from .attempts import TimeIsUp, Workbench
from .clock import Clock
from .found_rules import FoundRules
from .journal import Journal
from .result import Fixed, NotFixed

SUCCEEDED = "succeeded"
NOT_FIXED = "not fixed"
NOT_REACHED = "not reached"
OTHER_CAUSE = "other cause"
REFUSED = "refused"
TIME_IS_UP = "time is up"
INTERRUPTED = "interrupted"

_NAMELESS = "a build that fails before its name is known cannot have rules"


@dataclass(frozen=True)
class Ran:
    """What came of one run of the command.

    Attributes:
        status: Its exit status.
        failed: The pip commands in which builds failed, in the order in which they ended.
        refused: Whether a pip refused to work under the rules.
        error: Why the rules were not in force throughout; None if they were.
    """

    status: int
    failed: tuple[FailedCommand, ...] = ()
    refused: bool = False
    error: OverrideError | None = None


class Means(Protocol):
    """What is done outside of this module."""

    def run(self, overrides: str) -> Ran:
        """Run the command, with an overrides file in force, "" for none."""

    def fix(
        self,
        failure: Failure,
        outer: Sequence[Failure],
        bench: Callable[[Failure], Workbench],
        python: str,
    ) -> Fixed | NotFixed:
        """Look for rules, as ``fixing.package`` does."""

    def bench(self, command: FailedCommand, failure: Failure, overrides: str) -> Workbench:
        """Return a workbench for the package of a failure, with an overrides file in force."""

    def interrupted(self) -> bool:
        """Return whether the user has asked to end."""


@dataclass(frozen=True)
class Target:
    """A package for which rules are looked for.

    Attributes:
        command: The pip command in which it failed.
        failure: What is known of it.
        outer: Those that it is a build requirement of, the nearest first.
    """

    command: FailedCommand
    failure: Failure
    outer: tuple[Failure, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        """The interpreter, the name and the version."""
        return self.command.python, normalise(self.failure.name), self.failure.version

    def of(self, name: str) -> Failure:
        """Return what is known of the package with a name, itself or an outer one."""
        all_of_them = (self.failure, *self.outer)
        return next(
            (one for one in all_of_them if normalise(one.name) == normalise(name)), self.failure
        )


@dataclass(frozen=True)
class Outcome:
    """What came of fixing a command.

    Attributes:
        state: ``SUCCEEDED``, ``NOT_FIXED``, ``NOT_REACHED`` if a package fails with the very rules with
            which it builds alone, ``OTHER_CAUSE`` if no build failed, ``REFUSED`` if a pip refused to
            work under the rules, ``TIME_IS_UP`` or ``INTERRUPTED``.
        ran: The last run of the command.
        fixed: What was found and is in force.
        package: The package that is not fixed, as messages show it; "" if there is none.
        why: Why it is not; None if that is not known.
    """

    state: str
    ran: Ran
    fixed: tuple[Fixed, ...] = ()
    package: str = ""
    why: NotFixed | OverrideError | None = None


def targets_in(commands: Sequence[FailedCommand]) -> list[Target]:
    """Return the packages to fix first: those that no other one failed for, each once."""
    found: dict[str, Target] = {}
    outer: set[str] = set()
    for command in commands:
        for failure in command.failures:
            for target in _innermost(command, failure, ()):
                outer.update(normalise(each.name) for each in target.outer)
                known = found.get(_name(target))
                if known is None or len(target.outer) > len(known.outer):
                    found[_name(target)] = target
    return [target for name, target in found.items() if name not in outer]


def _name(target: Target) -> str:
    return normalise(target.failure.name) or target.failure.requirement


def _innermost(
    command: FailedCommand, failure: Failure, outer: tuple[Failure, ...]
) -> Iterator[Target]:
    if not failure.nested:
        yield Target(command, failure, outer)
    for inner in failure.nested:
        yield from _innermost(command, inner, (failure, *outer))


def fix_command(ran: Ran, means: Means, rules: FoundRules, clock: Clock, journal: Journal) -> Outcome:
    """Run a command again and again, until it succeeds or no more rules are found.

    Args:
        ran: What came of its first run.
        means: What runs it, and looks for rules.
        rules: The rules in force, to which those that are found are added.
        clock: The time that all searches have together.
        journal: What the user is told.

    Returns:
        What came of it. ``rules`` has what was found for each package that builds.
    """
    fixed: dict[tuple[str, str, str], Fixed] = {}

    def end(
        state: str, target: Target | None = None, why: NotFixed | OverrideError | None = None
    ) -> Outcome:
        label = "" if target is None else target.failure.label
        return Outcome(state, ran, tuple(fixed.values()), label, why)

    while ran.status:
        if means.interrupted():
            return end(INTERRUPTED)
        if ran.refused:
            return end(REFUSED)
        targets = targets_in(ran.failed)
        if not targets:
            return end(OTHER_CAUSE)
        for target in targets:
            if target.key in fixed:
                # The rules with which it builds alone do not help here.
                rules.take_out(fixed.pop(target.key))
                return end(NOT_REACHED, target)
        for target in targets:
            try:
                clock.check()
                result = _fix(target, means, rules)
            except TimeIsUp:
                return end(_ended(means), target)
            except OverrideError as error:
                # The index cannot be reached, for example.
                return end(NOT_FIXED, target, error)
            if isinstance(result, NotFixed):
                state = NOT_FIXED if clock.left() else _ended(means)
                return end(state, target, result)
            try:
                rules.add(result, target.of(result.package))
            except OverrideError as error:
                return end(NOT_FIXED, target, error)
            fixed[target.key] = result
        if means.interrupted():
            return end(INTERRUPTED)
        ran = means.run(rules.in_force)
    return end(SUCCEEDED)


def _ended(means: Means) -> str:
    return INTERRUPTED if means.interrupted() else TIME_IS_UP


def _fix(target: Target, means: Means, rules: FoundRules) -> Fixed | NotFixed:
    if not target.failure.name:
        return NotFixed(
            _NAMELESS, hint=f"name the package: NAME @ {target.failure.requirement or 'URL'}"
        )
    return means.fix(
        target.failure,
        target.outer,
        lambda failure: means.bench(target.command, failure, rules.in_force),
        target.failure.python,
    )
