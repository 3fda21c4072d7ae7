"""Which rules of an overrides file are in force for one package on one interpreter."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import combinations
from typing import Iterable, Mapping, Sequence

from ..errors import OverrideError
from .contradictions import clash
from .place import Place, listing
from .standards import contains, marker_holds
from .tables import Alternative, Overrides, Package, Table, split_text

_VERSIONS = 2
_ON_DECLARED = ("replace", "remove", "add")


@dataclass(frozen=True)
class Rule:
    """One rule for one requirement name, its markers evaluated.

    :param key: ``replace``, ``remove``, ``add``, ``constrain`` or ``requires``.
    :param name: that it speaks of; empty for ``requires``, which speaks of all.
    :param level: 0 for ``*``, 1 for a name, 2 for a name with versions.
    :param wheres: the tables, or the lines, that it stands in.
    :param entries: what it puts in place.
    :param limit: of ``constrain``, ``setuptools<82``.
    """

    key: str
    name: str
    level: int
    wheres: tuple[str, ...]
    entries: tuple[Alternative, ...] = ()
    limit: str = ""

    @property
    def where(self) -> str:
        """The tables or lines, for a message."""
        lines = [where[5:] for where in self.wheres if where.startswith("line ")]
        return f"lines {listing(lines)}" if len(lines) > 1 else listing(self.wheres)

    @property
    def label(self) -> str:
        """The rule as the file has it, shortly."""
        if self.key == "replace":
            return f"replace.{self.name}"
        return f"{self.key} {self.limit or self.name}".strip()

    @property
    def effective(self) -> bool:
        """Whether it does more than lift a less specific rule."""
        return self.key != "constrain" or self.limit != self.name


@dataclass(frozen=True)
class Selection:
    """The rules that speak for one package.

    :param tables: that match it, least specific first.
    :param rules: in force.
    :param idle: ``replace`` rules of which no entry applies to this interpreter.
    :param set_aside: rules that a more specific table overrules, a line each.
    :param fingerprint: canonical JSON of what the rules ask for; empty where they ask nothing.
    :param paths: absolute paths of entries in force.
    """

    tables: tuple[Table, ...] = ()
    rules: tuple[Rule, ...] = ()
    idle: tuple[Rule, ...] = ()
    set_aside: tuple[str, ...] = ()
    fingerprint: str = ""
    paths: tuple[str, ...] = ()

    @property
    def applies(self) -> bool:
        """Whether any rule changes the build."""
        return bool(self.fingerprint)

    @property
    def named(self) -> bool:
        """Whether one of the rules that change the build is of a table of the package's own."""
        return any(rule.level > 0 and rule.effective for rule in self.rules)

    def of(self, *keys: str) -> tuple[Rule, ...]:
        """Return the rules in force under these keys."""
        return tuple(rule for rule in self.rules if rule.key in keys)


def needs_version(overrides: Overrides, name: str) -> bool:
    """Tell whether the version of a package must be known to choose its tables."""
    return any(table.specifier for table in overrides.named_tables(name))


def select(overrides: Overrides, package: Package, environment: Mapping[str, str]) -> Selection:
    """Choose the rules for one package; of two that speak of one name the more specific wins.

    :param environment: of the interpreter that builds, as packaging's ``default_environment()``.
    :raises OverrideError: where a version is needed and not known, or two version tables that
        match it speak of one name.
    """
    tables = _matching(overrides, package)
    rules: list[Rule] = []
    idle: list[Rule] = []
    for table in tables:
        for rule in _rules_of(table, overrides, package, environment):
            (rules if rule.entries or rule.key != "replace" else idle).append(rule)
    if overrides.form == "txt":
        rules, idle = _joined(rules), _joined(idle)
        idle = [rule for rule in idle if rule.name not in {other.name for other in rules}]
    _refuse_conflicts(rules, overrides, package)
    kept, set_aside = _most_specific(rules)
    return Selection(
        tables,
        tuple(kept),
        tuple(rule for rule in idle if _overruling(rule, kept) is None),
        tuple(set_aside),
        _fingerprint(kept),
        tuple(sorted({entry.path for rule in kept for entry in rule.entries if entry.path})),
    )


def _level(table: Table) -> int:
    return 0 if table.name == "*" else 2 if table.specifier else 1


def _matching(overrides: Overrides, package: Package) -> tuple[Table, ...]:
    """Return the tables of a package, least specific first, whatever their order in the file."""
    found = []
    for table in overrides.tables:
        if table.name in ("*", package.name) and _in_range(table, overrides, package):
            found.append(table)
    # The lines of a .txt file are all of one level, and keep their order.
    return tuple(sorted(found, key=lambda table: (_level(table), table.specifier)))


def _in_range(table: Table, overrides: Overrides, package: Package) -> bool:
    if not table.specifier:
        return True
    if package.version is None:
        raise OverrideError(
            f"the version of {package.name} is not known before it is built, and this table is"
            f" for {package.name}{table.specifier} only",
            where=f"{overrides.shown}: {table.where}",
            hint=f"pin it ({package.name}==…), or use a table without versions",
        )
    try:
        return contains(table.specifier, package.version)
    except ValueError:
        raise OverrideError(
            f"the version {package.version!r} of {package.name} does not compare (PEP 440) with"
            f" {table.specifier}",
            where=f"{overrides.shown}: {table.where}",
            hint="use a table without versions",
        ) from None


def _rules_of(
    table: Table, overrides: Overrides, package: Package, environment: Mapping[str, str]
) -> Iterable[Rule]:
    """Return the rules of a table whose markers hold, one for each entry or replaced name."""
    level = _level(table)
    own = package.name if level == 0 else ""

    def holds(marker: str) -> bool:
        try:
            return marker_holds(marker, environment)
        except ValueError as error:
            raise OverrideError(
                f"the marker {marker} cannot be evaluated here: {error}",
                where=f"{overrides.shown}: {table.where}",
                hint="compare python_version or sys_platform instead",
            ) from None

    def holding(entries: Iterable[Alternative]) -> tuple[Alternative, ...]:
        return tuple(entry for entry in entries if holds(entry.marker))

    where = (table.where,)
    if table.requires is not None:
        entries = tuple(entry for entry in holding(table.requires) if entry.name != own)
        yield Rule("requires", "", level, where, entries)
    for name, alternatives in table.replace:
        yield Rule("replace", name, level, where, holding(alternatives))
    for removal in table.remove:
        if holds(removal.marker):
            yield Rule("remove", removal.name, level, where)
    for entry in holding(table.add):
        if entry.name != own:
            yield Rule("add", entry.name, level, where, (entry,))
    for limit in table.constrain:
        if limit.name != own and holds(limit.marker):
            yield Rule("constrain", limit.name, level, where, limit=limit.text)


def _joined(rules: Sequence[Rule]) -> list[Rule]:
    """Join the lines of a .txt file that replace one name into one rule."""
    joined: dict[tuple[str, str], Rule] = {}
    for rule in rules:
        before = joined.get((rule.key, rule.name))
        if before:
            rule = Rule(
                rule.key,
                rule.name,
                rule.level,
                before.wheres + rule.wheres,
                before.entries + rule.entries,
            )
        joined[rule.key, rule.name] = rule
    return list(joined.values())


def _refuse_conflicts(rules: Sequence[Rule], overrides: Overrides, package: Package) -> None:
    """Raise where rules of one level contradict each other once their markers are evaluated."""
    for one, other in combinations(rules, 2):
        if one.level != other.level:
            continue
        place = Place(overrides.shown, table=one.where)
        if one.wheres == other.wheres:
            keys = {one.key, other.key}
            if len(keys) == 2 and keys <= set(_ON_DECLARED) and one.name == other.name:
                raise clash(one.key, other.key, one.name, place)
        elif one.level == _VERSIONS and _speak_of_one(one, other):
            about = "the whole list" if "requires" in (one.key, other.key) else one.name
            raise place.error(
                f"{other.where} matches {package.name} {package.version} as well,"
                f" and both speak of {about}",
                "narrow the versions of one of the two tables",
            )


def _speak_of_one(one: Rule, other: Rule) -> bool:
    """Tell whether two rules of different tables are about one requirement."""
    for whole, part in ((one, other), (other, one)):
        if whole.key == "requires":
            return part.key != "constrain" or part.name in _names(whole)
    return one.name == other.name


def _names(rule: Rule) -> frozenset[str]:
    return frozenset(entry.name for entry in rule.entries)


def _most_specific(rules: Sequence[Rule]) -> tuple[list[Rule], list[str]]:
    """Return the rules that hold, and a line for each one that does not."""
    kept: list[Rule] = []
    set_aside = []
    for rule in rules:
        over = _overruling(rule, rules)
        if over is None:
            kept.append(rule)
            continue
        why = "has requires" if over.key == "requires" else f"speaks of {over.name}"
        set_aside.append(f"{rule.where}: {rule.label} ({over.where} {why})")
    return kept, set_aside


def _overruling(rule: Rule, rules: Sequence[Rule]) -> Rule | None:
    """Return the more specific rule that takes the place of this one, if there is one."""
    for other in reversed(rules):
        if other.level <= rule.level:
            continue
        if other.key == "requires":
            # A limit on what the list does not name still holds.
            if rule.key != "constrain" or rule.name in _names(other):
                return other
        elif rule.key != "requires" and other.name == rule.name:
            return other
    return None


def _fingerprint(rules: Sequence[Rule]) -> str:
    """Return canonical JSON of what the rules ask for, whatever tables they stand in."""
    asked: dict[str, object] = {}
    for rule in rules:
        texts = sorted({_canonical(entry.text) for entry in rule.entries})
        if rule.key == "requires":
            asked["requires"] = texts
        elif rule.key == "replace":
            asked.setdefault("replace", {})[rule.name] = texts  # type: ignore[index]
        elif rule.effective:
            text = texts[0] if texts else _canonical(rule.limit) or rule.name
            asked.setdefault(rule.key, set()).add(text)  # type: ignore[attr-defined]
    return json.dumps(asked, sort_keys=True, default=sorted, separators=(",", ":")) if asked else ""


def _canonical(text: str) -> str:
    """Return a requirement with the parts of its specifier in one order."""
    head, specifier = split_text(text)
    return head + ",".join(sorted(specifier.split(",")))
