"""The rules of one table, as they are on one interpreter."""

from __future__ import annotations

import json
from typing import Iterable, Iterator, Mapping, Sequence

from ...frozen import Frozen, replace
from ..contradictions import refuse_contradictions
from ..place import Place, listing
from ..standards import marker_holds
from ..tables import Alternative, Overrides, Package, Table, split_text


class Rule(Frozen):
    """One rule for one requirement name, its markers evaluated.

    :param key: ``replace``, ``remove``, ``add``, ``constrain`` or ``requires``.
    :param name: that it speaks of; empty for ``requires``, which speaks of all.
    :param level: 0 for ``*``, 1 for a name, 2 for a name with versions.
    :param wheres: the tables, or the lines, that it stands in.
    :param entries: what it puts in place.
    :param limit: of ``constrain``, ``setuptools<82``.
    :param or_add: of ``replace``, whether it adds what is declared nowhere.
    """

    key: str
    name: str
    level: int
    wheres: tuple[str, ...]
    entries: tuple[Alternative, ...] = ()
    limit: str = ""
    or_add: bool = False

    @property
    def where(self) -> str:
        """The table or, of a .txt file, all lines of the rule, for a message."""
        if len(self.wheres) == 1:
            return self.wheres[0]
        return f"lines {listing(where[len('line ') :] for where in self.wheres)}"

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

    @property
    def puts(self) -> frozenset[str]:
        """Normalised names of what it puts in place."""
        return frozenset(entry.name for entry in self.entries)


def level_of(table: Table) -> int:
    """Return how specific a table is, as ``Rule.level``."""
    if table.name == "*":
        return 0
    return 2 if table.specifier else 1


def read_rules(
    table: Table, overrides: Overrides, package: Package, environment: Mapping[str, str]
) -> Iterator[Rule]:
    """Return the rules of a table that hold for a package on an interpreter.

    A ``replace`` of which no entry applies is among them, without entries.

    :raises OverrideError: where two of them contradict each other, or a marker cannot be evaluated.
    """
    place = Place(overrides.shown, table=table.where)
    table = _settled(table, environment, place)
    refuse_contradictions(table, place)
    level = level_of(table)
    own = package.name if table.name == "*" else ""
    where = (table.where,)
    if table.requires is not None:
        entries = tuple(entry for entry in table.requires if entry.name != own)
        yield Rule("requires", "", level, where, entries)
    for name, alternatives in table.replace:
        yield Rule("replace", name, level, where, alternatives, or_add=table.or_add)
    for removal in table.remove:
        yield Rule("remove", removal.name, level, where)
    for entry in table.add:
        if entry.name != own:
            yield Rule("add", entry.name, level, where, (entry,))
    for limit in table.constrain:
        if limit.name != own:
            yield Rule("constrain", limit.name, level, where, limit=limit.text)


def _settled(table: Table, environment: Mapping[str, str], place: Place) -> Table:
    """Return a table with its markers evaluated; what they rule out is as if absent."""

    def holds(marker: str) -> bool:
        try:
            return marker_holds(marker, environment)
        except ValueError as error:
            raise place.error(
                f"the marker {marker} cannot be evaluated here: {error}",
                "compare python_version or sys_platform instead",
            ) from None

    def holding(entries: Iterable[Alternative]) -> tuple[Alternative, ...]:
        return tuple(replace(entry, marker="") for entry in entries if holds(entry.marker))

    return replace(
        table,
        replace=tuple((name, holding(entries)) for name, entries in table.replace),
        remove=tuple(replace(entry, marker="") for entry in table.remove if holds(entry.marker)),
        add=holding(table.add),
        constrain=tuple(replace(entry, marker="") for entry in table.constrain if holds(entry.marker)),
        requires=None if table.requires is None else holding(table.requires),
    )


def fingerprint(rules: Sequence[Rule]) -> str:
    """Return canonical JSON of what rules ask for, whatever tables they stand in.

    Two files that ask for the same have the same one; it is empty where they ask for nothing.
    """
    asked: dict[str, set[str]] = {}
    replaced: dict[str, list[str]] = {}
    for rule in rules:
        texts = {_asked(entry) for entry in rule.entries}
        if rule.key == "replace":
            replaced[f"{rule.name} or add" if rule.or_add else rule.name] = sorted(texts)
        elif rule.effective:
            limits = (
                {_canonical(rule.limit or rule.name)} if rule.key in ("constrain", "remove") else set()
            )
            asked.setdefault(rule.key, set()).update(texts | limits)
    document = {key: sorted(texts) for key, texts in asked.items()}
    if not asked and not replaced:
        return ""
    return json.dumps({"replace": replaced, **document}, sort_keys=True, separators=(",", ":"))


def besides(tables: Iterable[Table]) -> str:
    """Return canonical JSON of what tables say besides build requirements; empty if that is nothing."""
    said = sorted({text for table in tables for text in table.besides})
    return json.dumps(said) if said else ""


def _asked(entry: Alternative) -> str:
    """Return what an entry asks for, a source table with all that it says."""
    text = _canonical(entry.text)
    if entry.source is not None:
        text = f"{text} {json.dumps(vars(entry.source), sort_keys=True)}"
    return " ".join([text, *entry.hashes])


def _canonical(text: str) -> str:
    """Return a requirement with the parts of its specifier in one order."""
    head, specifier = split_text(text)
    return head + ",".join(sorted(specifier.split(",")))
