"""What excludes what, if pip's resolver finds no version that everything in a build environment allows.

pip says which requirements and constraints take part, but not where they come from: constraints on one
name are a single one by then. The plan tells which of them are rules.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Iterable, Mapping, NamedTuple, Sequence

from ..rules.standards import normalise
from .bounds import clauses, disjoint

if TYPE_CHECKING:
    from ..rules.planning.changes import Plan

PUTS = ("replace", "add", "requires")
"""The kinds of rules that bring something into a build environment."""

LIMIT = "constrain"
RULES = (*PUTS, LIMIT)
DECLARED, DEPENDENCY, GIVEN, INSTALLED, OTHER = "declared", "dependency", "given", "installed", "other"

_HEARD = re.compile(
    r"(?:The user requested (?P<limit>\(constraint\) )?|(?P<by>\S+ \S+) depends on )"
    r"(?P<requirement>\S.*)"
)
# pip names the file of a requirement that is one, after its version.
_FILE = re.compile(r"(?P<name>\S+) (?P<version>\S+) (?:\[.*\] )?\(from ")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)

Clauses = Sequence["tuple[str, str]"]


class Asked(NamedTuple):
    """What pip says that one side asks for.

    :param requirement: as pip prints it.
    :param by: name and version of the distribution that depends on it; empty for all others.
    :param limit: whether it is a constraint; all constraints on one name are a single one.
    :param merged: whether constraints may be a part of it, as with the legacy resolver.
    """

    requirement: str
    by: str = ""
    limit: bool = False
    merged: bool = False


class Side(NamedTuple):
    """One side of a conflict.

    :param kind: of the rule, or ``declared``, ``dependency``, ``given`` (a constraint of the user),
        ``installed`` (by pip's first pass) or ``other``.
    :param requirement: what it allows, name and specifier.
    :param where: file and table of the rule; of a dependency, of the rule that requires ``by``.
    :param shown: the requirement as messages show it.
    :param by: name and version of the distribution that depends on it.
    """

    kind: str
    requirement: str
    where: str = ""
    shown: str = ""
    by: str = ""


def asked_in_line(text: str) -> Asked | None:
    """Read one line below ``The conflict is caused by:``; None for a line that is not of that list."""
    found = _HEARD.match(text)
    if found is None:
        return None
    return Asked(found["requirement"], found["by"] or "", bool(found["limit"]))


def sides_of(
    asked: Iterable[Asked], plan: Plan, declared: Iterable[str], installed: Mapping[str, str]
) -> tuple[Side, ...]:
    """Return what excludes each other; empty if no rule takes part, or a single one that puts it in.

    :param asked: what pip says.
    :param declared: requirement lines of the package.
    :param installed: what the first pass has installed, normalised name to version.
    """
    by_name: dict[str, list[Asked]] = {}
    for one in asked:
        by_name.setdefault(_name(one.requirement), []).append(one)
    unsure: tuple[Side, ...] = ()
    for name, lines in by_name.items():
        work = _Name(name, plan, declared, installed)
        found = [side for side in dict.fromkeys(work.sides(lines)) if _clauses(side.requirement)]
        sure = tuple(one for one in found if any(excludes_each_other(one, other) for other in found))
        if sure and _has_rule(sure):
            return sure
        if not sure and _has_rule(found) and (len(found) > 1 or found[0].kind == LIMIT):
            unsure = unsure or tuple(found)
    return unsure


def excludes_each_other(one: Side, other: Side) -> bool:
    """Whether surely no version is allowed by both."""
    return disjoint(specifier(one), specifier(other))


def specifier(side: Side) -> str:
    """Return what a side allows, without the name."""
    return ",".join(map("".join, _clauses(side.requirement)))


def _has_rule(sides: Iterable[Side]) -> bool:
    return any(side.kind in RULES for side in sides)


class _Name:
    """What is asked of one distribution, and the rules about it."""

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
                # With extras, pip has the distribution depend on itself without them.
                yield from self.parts(one)

    def parts(self, one: Asked) -> Iterable[Side]:
        """Yield the rules that are a part of what is asked for, and what is left of it."""
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
        # What is settled is required as well as constrained to.
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
    # What follows a URL, or pip's "(from …)", is none.
    return clauses(re.split(r"[@;#(]", requirement)[0])
