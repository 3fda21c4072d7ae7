"""Requirements that installed distributions do not satisfy, with all that those require in turn."""

from __future__ import annotations

from typing import Iterable, Mapping, NamedTuple

from pip._vendor.packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from pip._vendor.packaging.requirements import InvalidRequirement, Requirement

from ...rules.standards import normalise
from ..internals import specifiers
from .installed import Copy


class Lacking(NamedTuple):
    """A requirement that is not satisfied.

    Args:
        requirement: The requirement, without its marker.
        installed: The version that is installed; "" if none is.
        required_by: The distribution that requires it; "" for the package that is built.
    """

    requirement: str
    installed: str
    required_by: str

    @property
    def shown(self) -> str:
        """The requirement as shown in messages, with the reasons that are not obvious."""
        reasons = []
        if self.required_by:
            reasons.append(f"required by {self.required_by}")
        if self.installed:
            reasons.append(f"{self.installed} is installed")
        return f"{self.requirement} ({', '.join(reasons)})" if reasons else self.requirement


class Fulfilment(NamedTuple):
    """How installed distributions satisfy requirements.

    Args:
        lacking: The requirements that they do not satisfy.
        used: The normalised names of those that are required, directly or not.
    """

    lacking: tuple[Lacking, ...]
    used: frozenset[str]


def fulfilment(requirements: Iterable[str], copies: Mapping[str, Copy]) -> Fulfilment:
    """Compare requirements with installed distributions, as ``pip check`` does.

    Args:
        requirements: The requirements.
        copies: The installed distributions by normalised name.
    """
    lacking: dict[tuple[str, str], Lacking] = {}
    used: set[str] = set()
    seen: set[tuple[str, frozenset[str], str]] = set()
    queue: list[tuple[str, str, frozenset[str]]] = [(text, "", frozenset()) for text in requirements]
    while queue:
        text, required_by, extras = queue.pop(0)
        try:
            requirement = Requirement(text)
            if not _applies(requirement, extras):
                continue
        except (InvalidRequirement, UndefinedComparison, UndefinedEnvironmentName):
            # pip says what is wrong with a requirement of the package; those of others do not count
            # for pip check either.
            continue
        name = normalise(requirement.name)
        asked = frozenset(requirement.extras)
        if (name, asked, str(requirement.specifier)) in seen:
            continue
        seen.add((name, asked, str(requirement.specifier)))
        copy = copies.get(name)
        version = copy.version if copy is not None else ""
        if copy is None or not specifiers.satisfies(version, str(requirement.specifier)):
            requirement.marker = None
            plain = str(requirement)
            lacking.setdefault((plain, version), Lacking(plain, version, required_by))
            continue
        used.add(name)
        label = f"{copy.name} {version}"
        queue += [(line, label, asked) for line in copy.distribution.requires or ()]
    return Fulfilment(tuple(lacking.values()), frozenset(used))


def _applies(requirement: Requirement, extras: Iterable[str]) -> bool:
    """Return whether the marker of a requirement applies here, for any of some extras."""
    marker = requirement.marker
    wanted = ("", *extras, *map(normalise, extras))
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in wanted)
