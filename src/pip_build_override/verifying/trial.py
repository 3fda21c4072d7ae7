"""A build planned again under changed rules, to find out what it would be built against."""

from __future__ import annotations

from typing import Callable, Iterable, Mapping, NamedTuple

from .. import records, rules
from ..rules.lines import name_of, parts_of
from ..rules.place import listing
from ..rules.standards import contains, may_contain

Versions = Callable[[str], "str | None"]
"""A function that returns the version of a distribution in the target environment, or None."""


class Misfit(NamedTuple):
    """A build that does not fit what it will run with.

    Attributes:
        record: The record of the build.
        environment: Marker environment of the interpreter that builds.
        versions: Returns the version of a distribution in the target environment.
    """

    record: records.Record
    environment: Mapping[str, str]
    versions: Versions


class Trial:
    """Plans a build under changed rules, and checks what its environment gets."""

    def __init__(self, misfit: Misfit, name: str, version: str) -> None:
        """Try to build against one version.

        Args:
            misfit: The build that does not fit.
            name: Normalised name of the distribution to build against.
            version: The version to build against.
        """
        self.record = misfit.record
        self.environment = misfit.environment
        self.versions = misfit.versions
        self.name = name
        self.version = version

    @property
    def pin(self) -> str:
        return f"{self.name}=={self.version}"

    @property
    def declared(self) -> dict[str, list[str]]:
        """The specifiers of the declared names that apply to this interpreter."""
        found: dict[str, list[str]] = {}
        for text in (*self.record.declared, *self.record.asked):
            line = parts_of(text)
            if line.name and line.applies(self.environment):
                found.setdefault(line.name, []).append(line.specifier)
        return found

    @property
    def effective(self) -> list[str]:
        return list(map(name_of, (*self.record.effective, *self.record.effective_asked)))

    def limits_of(self, other: str) -> list[str]:
        """Return the requirements of another distribution that exclude the version."""
        held = self.record.held(other)
        lines = [(text, parts_of(text)) for text in (held.requires if held is not None else ())]
        return [
            text
            for text, line in lines
            if line.name == self.name and not may_contain(line.specifier, self.version)
        ]

    def is_bundle(self, other: str) -> bool:
        """Return whether another distribution does nothing but pin this one.

        oldest-supported-numpy is an example. Any other distribution must not be replaced, because the
        build needs it; pip may find another version of it that allows this one.
        """
        held = self.record.held(other)
        needed = {parts_of(text).name for text in held.requires} if held is not None else set()
        return needed == {self.name} and any("==" in text for text in self.limits_of(other))

    def plan(self, overrides: rules.Overrides) -> rules.Plan:
        """Return the plan of the build under other rules.

        Raises:
            OverrideError: If the rules contradict each other or the build.
        """
        package = rules.package(self.record.name, self.record.version or None)
        declared = rules.Declared(self.record.declared, self.record.asked)
        return rules.plan(overrides, package, declared, self.environment, self._settle)

    def _settle(self, question: rules.Question) -> rules.Answer:
        version = self.versions(question.name)
        if version is None or question.source.origin != "target":
            # The version is not known here, and is that of another requirement.
            return rules.Answer(question.name, question.name)
        requirement = f"{question.name}=={version}"
        return rules.Answer(requirement, requirement)

    def check(self, overrides: rules.Overrides, changed: set[str]) -> None:
        """Check that the build environment gets the version, and still gets everything else.

        Args:
            overrides: The changed rules, with those of the command line.
            changed: The names that may be replaced.

        Raises:
            OverrideError: If the rules contradict each other or the build.
            ValueError: If they do not have that effect; the message is the reason.
        """
        plan = self.plan(overrides)
        if plan.unused and overrides.unused != "warn":
            raise ValueError(f"{self.record.label} does not declare {plan.unused[0].name}")
        lines = [parts_of(text) for text in (*plan.static, *(plan.hook or ()))]
        lines = [line for line in lines if line.applies(self.environment)]
        own = [line for line in lines if line.name == self.name]
        limits = [parts_of(text) for text in plan.constraints]
        own += [line for line in limits if line.name == self.name]
        for line in own:
            if line.url or not contains(line.specifier, self.version):
                raise ValueError(f"another rule asks for {self.name}{line.specifier or line.url}")
        if not any(pins(line.specifier) for line in own):
            raise ValueError(f"no rule asks for {self.pin}")
        names = {line.name for line in lines}
        reached = self.reached(names)
        if self.name not in reached:
            raise ValueError(f"nothing installs {self.name} into the build environment")
        for other in sorted(reached - {self.name}):
            fixed = any(pins(line.specifier) or line.url for line in lines if line.name == other)
            for limit in self.limits_of(other) if fixed or self.is_bundle(other) else ():
                held = self.record.held(other)
                raise ValueError(f"{other} {held.version if held is not None else ''} requires {limit}")
        lost = [other for other in self.effective if other not in names | changed]
        if lost:
            raise ValueError(f"the build would lose {listing(lost)}")
        kept = {line.name for line in limits} | changed
        lost = [text for text in self.record.constraints if name_of(text) not in kept]
        if lost:
            raise ValueError(f"the build would lose the limit {listing(lost)}")

    def reached(self, names: Iterable[str]) -> set[str]:
        """Return the names that requirements bring into the build environment, as far as is known."""
        reached: set[str] = set()
        ahead = list(names)
        while ahead:
            other = ahead.pop()
            if other in reached:
                continue
            reached.add(other)
            held = self.record.held(other)
            ahead += [name_of(text) for text in (held.requires if held is not None else ())]
        return reached


def pins(specifier: str) -> bool:
    """Return whether a specifier allows one version only."""
    return specifier.startswith("==") and "*" not in specifier
