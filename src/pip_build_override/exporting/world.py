"""All that is exported at once, and whether a limit may hold in every build environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Iterator

from ..rules.planning.settings import Setting
from . import versions
from .asked import Asked, Package
from .facts import Facts
from .outcome import Unsaid


@dataclass(frozen=True)
class World:
    """The rules that are exported.

    Attributes:
        shown: The overrides file, as messages show it.
        machine: The interpreter for which they are exported.
        packages: The packages with rules of their own.
        every: The rules for every package.
        others: Other packages that are built, and have no rules of their own.
        closed: Whether these packages are all that is built with what is written.
        unsaid: What no front end can say, apart from what is in ``packages``.
    """

    shown: str
    machine: str
    packages: tuple[Package, ...]
    every: Package
    others: tuple[Facts, ...] = ()
    closed: bool = False
    unsaid: tuple[Unsaid, ...] = ()

    @property
    def checked_with(self) -> tuple[str, ...]:
        """The releases with which rules were checked, if others may be built with what is written."""
        known = [] if self.closed else [each.facts for each in self.packages if each.facts.version]
        return tuple(facts.label for facts in known)

    def header(self, title: str, *notes: str) -> list[str]:
        """Return the comments with which a file begins."""
        lines = [f"# {title}, from {self.shown}, for {self.machine}."]
        names = [package.facts.label for package in self.packages]
        if self.closed and names:
            lines.append(f"# Only for builds of: {', '.join(names)}.")
        if self.checked_with:
            lines.append(f"# Checked with these releases only: {', '.join(self.checked_with)}.")
        return [*lines, *(f"# {note}" for note in notes)]

    def comments_on(self, package: Package, *, replaces: bool = False) -> list[str]:
        """Return the comments above the rules of a package.

        Args:
            package: The package.
            replaces: Whether the front end takes away what is declared.
        """
        lines = [f"# {package.facts.label}: {reason}" for reason in package.reasons]
        for asked in package.asked:
            if asked.kept_as_well and not replaces:
                kept = ", ".join(asked.kept_as_well)
                lines.append(f"# {package.facts.label}: what it declares holds as well: {kept}")
        return [" ".join(line.split()) for line in lines]

    def why_not_everywhere(self, package: Package, name: str, specifier: str) -> tuple[str, str]:
        """Return why a limit for one package cannot hold for all that are built, and a hint.

        Both are empty if it can.

        Args:
            package: The package that it is for.
            name: The name that is limited.
            specifier: The versions that are allowed.
        """
        limit = f"{name}{specifier}"
        if not self.closed:
            return (
                f"{limit} would hold for every other package that is built",
                only_package_hint(package.name),
            )
        for other in self.packages:
            if other.name == package.name:
                continue
            facts = other.facts
            limits = other.limits_on(name)
            if limits is not None and versions.is_within(_joined(limits), specifier):
                continue
            if limits is None and facts.environment is None and None in (facts.declared, facts.asked):
                return f"what {facts.label} needs of {name} is not known", ""
            if limits is not None or not _was_within(facts, name, specifier):
                return f"{limit} would hold for {facts.label}, too", ""
        for facts in self.others:
            if facts.environment is None:
                return f"what {facts.label} needs of {name} is not known", ""
            if not _was_within(facts, name, specifier):
                return f"{limit} would hold for {facts.label}, too", ""
        return self._why_others_unknown(limit), ""

    def _why_others_unknown(self, limit: str) -> str:
        """Return why a limit for all may hold for a build of which nothing is known; "" if none is."""
        facts = [*(each.facts for each in self.packages), *self.others]
        for why in (each.why_unknown for each in facts):
            if why:
                return f"{why}, and {limit} would hold for it, too"
        missing = {name for each in facts for name in each.built} - {each.name for each in facts}
        for name in sorted(missing):
            return f"what {name} was built with is not known, and {limit} would hold for it, too"
        return ""

    def why_nested(self, package: Package) -> str:
        """Return why a package is or may be built to fill a build environment; "" if not."""
        if package.facts.nested:
            return f"{package.name} is built to fill a build environment"
        others = [other for other in self.packages if other.name != package.name]
        for other in others:
            needs = {need.name for asked in other.asked for need in asked.after if asked.key == "add"}
            names = other.declared_names | other.asked_names | needs
            if other.facts.environment is None and package.name in names:
                return f"{package.name} may be built to fill the build environment of {other.name}"
        for facts in (*(other.facts for other in others), *self.others):
            if facts.why_unknown:
                return f"{facts.why_unknown}, and {package.name} may be one of them"
        return ""

    def unless_nested(self, package: Package, tool: str) -> tuple[str, str]:
        """Return in which builds a rule does not hold that is written for a package, and a hint.

        Both are empty if all that is built is known.

        Args:
            package: The package, of which ``why_nested`` knows nothing.
            tool: The front end, for the reason.
        """
        if self.closed:
            return "", ""
        why = (
            f"it is written, but {tool} does not apply it where {package.name} is built to fill a build"
            " environment"
        )
        return why, only_package_hint(package.name)

    def limits_for_all(self) -> Iterator[tuple[Asked, str]]:
        """Yield each limit for every package, with the reason for which it cannot hold, or ""."""
        for asked in self.every.asked:
            if asked.key != "constrain":
                continue
            apart = [package.name for package in self.packages if not _follows(package, asked)]
            why = f"it does not hold for {', '.join(apart)}, by a rule of its own" if apart else ""
            yield asked, why


def _follows(package: Package, limit: Asked) -> bool:
    """Return whether a limit for every package holds for one of them, or follows from its own rules."""
    about = [asked for asked in package.asked if asked.name == limit.name]
    if package.name == limit.name or any(a.key == "constrain" and not a.level for a in about):
        return True
    limits = package.limits_on(limit.name)
    return bool(about) if limits is None else versions.is_within(_joined(limits), limit.specifier)


def _was_within(facts: Facts, name: str, specifier: str) -> bool:
    """Return whether a limit allows what a package was built with, as far as that is known."""
    version = (facts.environment or {}).get(name)
    return version is None or versions.allows(specifier, version)


def _joined(specifiers: Iterable[str]) -> str:
    return ",".join(filter(None, specifiers))


def only_package_hint(name: str) -> str:
    """Return how a limit for one package may become one for all."""
    return f"build {name} by itself, and export its rules by themselves: --package {name}"


def setting_unsaid(package: Package, where: str, setting: Setting, why: str, hint: str = "") -> Unsaid:
    """Return that a setting cannot be said."""
    return Unsaid(where, setting.label, package.name, why, hint)
