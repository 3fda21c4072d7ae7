"""The requirements that exclude each other if pip cannot resolve a build environment.

pip reports the requirements and constraints that are involved, but not their origins, because it has
merged all constraints on a name by then. The plan shows which of them are rules.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Iterable, Mapping, NamedTuple, Sequence

from ..rules.standards import normalise
from .bounds import clauses, disjoint

if TYPE_CHECKING:
    from ..rules.planning.changes import Plan

PUTS = ("replace", "add", "requires")
"""The kinds of rules that add requirements to a build environment."""

LIMIT = "constrain"
RULES = (*PUTS, LIMIT)
DECLARED, DEPENDENCY, GIVEN, INSTALLED, OTHER = "declared", "dependency", "given", "installed", "other"

_HEARD = re.compile(
    r"(?:The user requested (?P<limit>\(constraint\) )?|(?P<by>\S+ \S+) depends on )"
    r"(?P<requirement>\S.*)"
)
# For a requirement that is a file, pip prints the file after its version.
_FILE = re.compile(r"(?P<name>\S+) (?P<version>\S+) (?:\[.*\] )?\(from ")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)

Clauses = Sequence["tuple[str, str]"]


class Asked(NamedTuple):
    """What one side of a conflict requires, as reported by pip.

    Attributes:
        requirement: The requirement as pip prints it.
        by: Name and version of the distribution that depends on it; empty for all others.
        limit: Whether it is a constraint; pip merges all constraints on one name.
        merged: Whether it may include constraints, as with the legacy resolver.
    """

    requirement: str
    by: str = ""
    limit: bool = False
    merged: bool = False


class Side(NamedTuple):
    """One side of a conflict.

    Attributes:
        kind: Kind of the rule, or ``declared``, ``dependency``, ``given`` (a constraint of the user),
            ``installed`` (by pip's first pass) or ``other``.
        requirement: Name and specifier that it allows.
        where: File and table of the rule; for a dependency, of the rule that requires ``by``.
        shown: The requirement as messages show it.
        by: Name and version of the distribution that depends on it.
    """

    kind: str
    requirement: str
    where: str = ""
    shown: str = ""
    by: str = ""


def asked_in_line(text: str) -> Asked | None:
    """Return what a line below ``The conflict is caused by:`` reports, or None for any other line."""
    found = _HEARD.match(text)
    if found is None:
        return None
    return Asked(found["requirement"], found["by"] or "", bool(found["limit"]))


def sides_of(
    asked: Iterable[Asked], plan: Plan, declared: Iterable[str], installed: Mapping[str, str]
) -> tuple[Side, ...]:
    """Return the sides that exclude each other.

    The result is empty if none are known. It is empty too if the only side is a rule that adds the
    requirement, and if no rule is involved and it is not certain that the sides exclude each other.

    Args:
        asked: What pip reports.
        plan: Plan of the package.
        declared: Requirement lines of the package.
        installed: What pip's first pass has installed, as normalised names and versions.
    """
    by_name: dict[str, list[Asked]] = {}
    for one in asked:
        by_name.setdefault(_name(one.requirement), []).append(one)
    plain: tuple[Side, ...] = ()
    unsure: tuple[Side, ...] = ()
    for name, lines in by_name.items():
        work = _Name(name, plan, declared, installed)
        found = [side for side in dict.fromkeys(work.sides(lines)) if _clauses(side.requirement)]
        sure = tuple(one for one in found if any(excludes_each_other(one, other) for other in found))
        if sure and _has_rule(sure):
            return sure
        plain = plain or sure
        if not sure and _has_rule(found) and (len(found) > 1 or found[0].kind == LIMIT):
            unsure = unsure or tuple(found)
    return plain or unsure


def surely(sides: Iterable[Side]) -> bool:
    """Return whether certainly two of these sides exclude each other."""
    listed = list(sides)
    return any(excludes_each_other(one, other) for one in listed for other in listed)


def excludes_each_other(one: Side, other: Side) -> bool:
    """Return whether certainly no version is allowed by both."""
    return disjoint(specifier(one), specifier(other))


def specifier(side: Side) -> str:
    """Return the specifier that a side allows, without the name."""
    return ",".join(map("".join, _clauses(side.requirement)))


def _has_rule(sides: Iterable[Side]) -> bool:
    return any(side.kind in RULES for side in sides)


class _Name:
    """The requirements on one distribution, and the rules about it."""

    def __init__(
        self, name: str, plan: Plan, declared: Iterable[str], installed: Mapping[str, str]
    ) -> None:
        self.name = name
        self.put_by = {
            _name(text): change.where
            for change in plan.changes
            if change.kind in PUTS
            for text in change.after
        }
        self.rules = [
            self.side(change.kind, _clauses(text), change.where, text)
            for change in plan.changes
            if change.kind in RULES
            for text in change.after
            if _name(text) == name
        ]
        self.declared = {
            clause for line in declared if _name(line) == name for clause in _clauses(line)
        }
        self.installed = installed.get(name, "")

    def side(self, kind: str, allowed: Clauses, where: str = "", shown: str = "", by: str = "") -> Side:
        requirement = self.name + ",".join(map("".join, allowed))
        return Side(kind, requirement, where, shown or requirement, by)

    def sides(self, asked: Iterable[Asked]) -> Iterable[Side]:
        for one in asked:
            parent = _name(one.by)
            if one.by and parent != self.name:
                where = self.put_by.get(parent, "")
                yield self.side(DEPENDENCY, _clauses(one.requirement), where, by=one.by)
            else:
                # pip treats a distribution with extras as depending on itself without them.
                yield from self.parts(one)

    def parts(self, one: Asked) -> Iterable[Side]:
        """Yield the rules that a requirement includes, and the rest of it."""
        file = _FILE.match(one.requirement)
        if file is not None:
            allowed: Clauses = [("==", file["version"])]
            for rule in self.rules:
                if "@" in rule.shown:
                    yield self.side(rule.kind, allowed, rule.where, rule.shown)
                    return
        else:
            allowed = _clauses(one.requirement)
        kinds = RULES if one.merged else (LIMIT,) if one.limit else PUTS
        parts = [rule for rule in self.rules if rule.kind in kinds]
        parts = [rule for rule in parts if set(_clauses(rule.requirement)) <= set(allowed)]
        yield from parts
        explained = {clause for rule in parts for clause in _clauses(rule.requirement)}
        # A settled version is both required (==) and constrained (===).
        put = {("===", v) for rule in self.rules for op, v in _clauses(rule.requirement) if op == "=="}
        rest = [clause for clause in allowed if clause not in explained and clause not in put]
        if rest:
            yield self.side(self.kind_of(one, rest), rest)

    def kind_of(self, one: Asked, rest: Clauses) -> str:
        if one.limit:
            return INSTALLED if list(rest) == [("==", self.installed)] else GIVEN
        return DECLARED if not one.merged or set(rest) <= self.declared else OTHER


def _name(text: str) -> str:
    found = _NAME.match(text)
    return normalise(found[0]) if found else ""


def _clauses(requirement: str) -> Clauses:
    # A URL, a marker, or pip's "(from …)" contains no clauses.
    return clauses(re.split(r"[@;#(]", requirement)[0])
