"""Combined limits on one distribution: the lowest upper bound and the highest lower bound."""

from __future__ import annotations

import re
from typing import Iterable

from ..rules.lines import parts_of
from ..rules.reading.requirement import is_bound, is_version
from ..rules.standards import contains

_CLAUSE = re.compile(r"(?P<operator><=|>=|==|~=|!=|===|<|>)\s*(?P<version>[\w.!+*-]+)")


class Contradiction(ValueError):
    """No version satisfies all limits.

    Attributes:
        wanted: The limit to add.
        key: Key in the overrides table of the entry that excludes it.
        entry: That entry, as in the table.
        table: Key of that table in the overrides file.
    """

    table = ""

    def __init__(self, wanted: str, key: str = "", entry: str = "") -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.key = key
        self.entry = entry


def split(requirement: str) -> tuple[str, str]:
    """Return the normalised name and the specifier of a requirement, without extras and marker.

    Raises:
        ValueError: If it has no name.
    """
    parts = parts_of(requirement)
    if not parts.name:
        raise ValueError(f"{requirement}: not a requirement")
    return parts.name, "".join(parts.specifier.partition("#")[0].split())


def tightest(limits: Iterable[str]) -> str:
    """Return the one specifier that several specifiers combine into.

    Raises:
        Contradiction: If no version satisfies all of them.
    """
    upper = most = lower = ""
    others: dict[str, None] = {}
    above: list[str] = []
    for operator, version in clauses(",".join(limits)):
        if operator == "<" and is_bound(version):
            upper = version if not upper or _is_tighter(version, upper) else upper
        elif operator == "<=" and is_bound(version):
            most = version if not most or not contains(f"<={version}", most) else most
        elif operator == ">=" and is_bound(version):
            lower = version if not lower or not contains(f">={version}", lower) else lower
        else:
            others[operator + version] = None
            if operator == ">" and is_bound(version) and version not in above:
                above.append(version)
    _check_bounds(lower, above, upper, most)
    # A bound that follows from another one is left out.
    if upper and most and contains(f"<{upper}", most):
        upper = ""
    elif upper and most and contains(f"<={most}", upper):
        most = ""
    for version in above:
        if lower and contains(f">{version}", lower):
            del others[f">{version}"]
        elif lower and contains(f">={lower}", version):
            lower = ""
    bounds = [f">={lower}"] * bool(lower) + [f"<{upper}"] * bool(upper) + [f"<={most}"] * bool(most)
    more = [f">{version}" for version in above if f">{version}" in others]
    for operator, version in clauses(",".join(others)):
        if operator == "==" and is_version(version):
            for bound in (*bounds, *more):
                if not contains(bound, version):
                    raise Contradiction(f"=={version} and {bound}")
            return ",".join(other for other in others if other not in more)
    return ",".join([*bounds, *others])


def _check_bounds(lower: str, above: Iterable[str], upper: str, most: str) -> None:
    """Check that there may be a version between the lower bounds and the upper ones.

    Raises:
        Contradiction: If there is certainly none.
    """
    highest = [f"<{upper}"] * bool(upper) + [f"<={most}"] * bool(most)
    lowest = [(">=", lower)] * bool(lower) + [(">", version) for version in above]
    for operator, version in lowest:
        for bound in highest:
            if not contains(bound, version):
                raise Contradiction(f"{operator}{version} and {bound}")
        if operator == ">" and most and not contains(f">{version}", most):
            raise Contradiction(f">{version} and <={most}")


def _is_tighter(version: str, upper: str) -> bool:
    """Return whether ``<version`` excludes more than ``<upper``.

    ``<2`` also excludes the pre-releases of 2 (PEP 440), so it is tighter than ``<2rc1``.
    """
    if contains(f"<{upper}", version):
        return True
    return not contains(f"<{version}", upper) and contains(f">{upper}", version)


def excludes(limit: str, declared: str) -> bool:
    """Return whether a limit excludes all versions of a declared specifier, as far as is known."""
    try:
        return any(
            not contains(limit, version.replace(".*", ""))
            for operator, version in clauses(declared)
            if operator in ("==", "===", "~=", ">=", ">")
        )
    except ValueError:
        return False


def disjoint(one: str, other: str) -> bool:
    """Return whether certainly no version satisfies both specifiers; False if that is not known."""
    try:
        return any(
            _below(low, high) or _keeps_out(high, low) for low, high in ((one, other), (other, one))
        )
    except ValueError:
        return False


def _below(low: str, high: str) -> bool:
    """Return whether a lower bound of one specifier is above an upper bound of the other."""
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
    """Return whether a specifier excludes the version that another one pins."""
    pins = _pins(pin)
    # numpy==1.0 matches numpy 1.0+local, so the reverse may still hold (PEP 440).
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
    """Return the operator and the version of each clause of a specifier, in order."""
    return [(found["operator"], found["version"]) for found in _CLAUSE.finditer(specifier)]
