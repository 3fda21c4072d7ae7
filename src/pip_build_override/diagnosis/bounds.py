"""Limits on one distribution, put together: the lowest upper bound and the highest lower one."""

from __future__ import annotations

import re
from typing import Iterable

from ..rules.lines import parts_of
from ..rules.reading.requirement import is_bound, is_version
from ..rules.standards import contains

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
    parts = parts_of(requirement)
    if not parts.name:
        raise ValueError(f"{requirement}: not a requirement")
    return parts.name, "".join(parts.specifier.partition("#")[0].split())


def tightest(limits: Iterable[str]) -> str:
    """Return one specifier for several.

    :raises Contradiction: where nothing is left between them.
    """
    upper = lower = ""
    others: dict[str, None] = {}
    for operator, version in clauses(",".join(limits)):
        if operator == "<" and is_bound(version):
            upper = version if not upper or _is_tighter(version, upper) else upper
        elif operator == ">=" and is_bound(version):
            lower = version if not lower or not contains(f">={version}", lower) else lower
        else:
            others[operator + version] = None
    if upper and lower and not contains(f"<{upper}", lower):
        raise Contradiction(f">={lower} and <{upper}")
    bounds = [f">={lower}"] * bool(lower) + [f"<{upper}"] * bool(upper)
    for operator, version in clauses(",".join(others)):
        pinned = operator == "==" and is_version(version)
        outside = [bound for bound in bounds if pinned and not contains(bound, version)]
        if outside:
            raise Contradiction(f"{operator}{version} and {outside[0]}")
    return ",".join([*bounds, *others])


def _is_tighter(version: str, upper: str) -> bool:
    """Whether ``<version`` excludes more than ``<upper``.

    ``<2`` excludes the pre-releases of 2 as well (PEP 440), so it is tighter than ``<2rc1``.
    """
    if contains(f"<{upper}", version):
        return True
    return not contains(f"<{version}", upper) and contains(f">{upper}", version)


def excludes(limit: str, declared: str) -> bool:
    """Whether a limit leaves nothing of a declared specifier, as far as its clauses show."""
    try:
        return any(
            not contains(limit, version.replace(".*", ""))
            for operator, version in clauses(declared)
            if operator in ("==", "===", "~=", ">=", ">")
        )
    except ValueError:
        return False


def disjoint(one: str, other: str) -> bool:
    """Whether surely no version satisfies both specifiers; False if it is not known."""
    try:
        return any(
            _below(low, high) or _keeps_out(high, low) for low, high in ((one, other), (other, one))
        )
    except ValueError:
        return False


def _below(low: str, high: str) -> bool:
    """Whether a lower bound is above an upper one."""
    return any(
        not contains(operator + limit, version)
        and (operator in ("<", "<=") or contains(f">{limit.replace('.*', '')}", version))
        for version in _lower_bounds(low)
        for operator, limit in clauses(high)
        if operator in ("<", "<=", "~=") or limit.endswith(".*")
    )


def _lower_bounds(specifier: str) -> list[str]:
    found = clauses(specifier)
    return [
        version.replace(".*", "") for operator, version in found if operator in (">=", ">", "~=", "==")
    ]


def _keeps_out(limit: str, pin: str) -> bool:
    """Whether a specifier excludes the version that another one pins."""
    pins = _pins(pin)
    # numpy==1.0 takes numpy 1.0+local, so the other way round may still hold (PEP 440).
    return any(not contains(limit, version) for version in pins) and not any(
        contains(pin, version) for version in _pins(limit)
    )


def _pins(specifier: str) -> list[str]:
    return [
        version
        for operator, version in clauses(specifier)
        if operator in ("==", "===") and not version.endswith(".*")
    ]


def clauses(specifier: str) -> list[tuple[str, str]]:
    """Return operator and version of each clause of a specifier, in their order."""
    return [(found["operator"], found["version"]) for found in _CLAUSE.finditer(specifier)]
