"""Limits on one distribution, put together: the lowest upper bound and the highest lower one."""

from __future__ import annotations

import re
from typing import Iterable

from ..rules.standards import contains, normalise

_REQUIREMENT = re.compile(r"\s*(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[[^]]*\])?\s*(?P<specifier>[^;@#]*)")
_CLAUSE = re.compile(r"(?P<operator><=|>=|==|~=|!=|===|<|>)\s*(?P<version>[\w.!+*-]+)")


class Contradiction(ValueError):
    """No version satisfies all limits.

    :param wanted: the limit that is to be put beside others.
    :param key: of the overrides table under which the entry stands that keeps it out.
    :param entry: that entry, as it stands there.
    """

    def __init__(self, wanted: str, key: str = "", entry: str = "") -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.key = key
        self.entry = entry


def split(requirement: str) -> tuple[str, str]:
    """Return normalised name and specifier of a requirement, without extras and marker.

    :raises ValueError: where it has no name.
    """
    found = _REQUIREMENT.match(requirement)
    if found is None:
        raise ValueError(f"{requirement}: not a requirement")
    return normalise(found["name"]), "".join(found["specifier"].split())


def tightest(limits: Iterable[str]) -> str:
    """Return one specifier for several.

    :raises Contradiction: where nothing is left between them.
    """
    upper = lower = ""
    others: dict[str, None] = {}
    for operator, version in _clauses(",".join(limits)):
        if operator == "<":
            upper = version if not upper or _key(version) < _key(upper) else upper
        elif operator == ">=":
            lower = version if not lower or _key(version) > _key(lower) else lower
        else:
            others[operator + version] = None
    if upper and lower and _key(lower) >= _key(upper):
        raise Contradiction(f">={lower} and <{upper}")
    for operator, version in _clauses(",".join(others)):
        pinned = operator == "==" and not version.endswith(".*")
        if pinned and ((upper and _key(version) >= _key(upper)) or _key(version) < _key(lower)):
            raise Contradiction(f"{operator}{version} and <{upper or lower}")
    bounds = [f">={lower}"] * bool(lower) + [f"<{upper}"] * bool(upper)
    return ",".join([*bounds, *others])


def excludes(limit: str, declared: str) -> bool:
    """Whether a limit leaves nothing of a declared specifier, as far as its clauses show."""
    try:
        return any(
            not contains(limit, version.replace(".*", ""))
            for operator, version in _clauses(declared)
            if operator in ("==", "===", "~=", ">=", ">")
        )
    except ValueError:
        return False


def _clauses(specifier: str) -> list[tuple[str, str]]:
    return [(found["operator"], found["version"]) for found in _CLAUSE.finditer(specifier)]


def _key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
