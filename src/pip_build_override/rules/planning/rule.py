"""The rules of one table, with its markers evaluated for one interpreter."""

from __future__ import annotations

import json
from typing import Iterable, Iterator, Mapping, Sequence

from ...frozen import Frozen, replace
from ..contradictions import refuse_contradictions
from ..place import Place, listing
from ..standards import marker_holds
from ..tables import Alternative, Overrides, Package, Table, split_text


class Rule(Frozen):
    """One rule for one requirement name, with its markers evaluated.

    Attributes:
        key: ``replace``, ``remove``, ``add``, ``constrain`` or ``requires``.
        name: The name that it is about; empty for ``requires``, which is about all.
        level: How specific its table is, as in ``Table``.
        wheres: The tables or lines that it is in.
        entries: The requirements that it installs.
        limit: Constraint of ``constrain``, such as ``setuptools<82``.
        or_add: Whether ``replace`` adds its entries if the name is not declared.
        file: The file of its table, as in ``Table``.
        above: The files that include that file, as in ``Table``.
    """

    key: str
    name: str
    level: int
    wheres: tuple[str, ...]
    entries: tuple[Alternative, ...] = ()
    limit: str = ""
    or_add: bool = False
    file: str = ""
    above: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The table, or all lines in a .txt file, for a message."""
        if len(self.wheres) == 1:
            return self.wheres[0]
        return f"lines {listing(where[len('line ') :] for where in self.wheres)}"

    @property
    def label(self) -> str:
        """The rule as in the file, in short form."""
        if self.key == "replace":
            return f"replace.{self.name}"
        return f"{self.key} {self.limit or self.name}".strip()

    @property
    def effective(self) -> bool:
        """Whether it does more than cancel a less specific rule."""
        return self.key != "constrain" or self.limit != self.name

    @property
    def puts(self) -> frozenset[str]:
        """The normalised names of the requirements that it installs."""
        return frozenset(entry.name for entry in self.entries)


def read_rules(
    table: Table, overrides: Overrides, package: Package, environment: Mapping[str, str]
) -> Iterator[Rule]:
    """Yield the rules of a table that apply to a package on an interpreter.

    A ``replace`` with no applicable entry is included, without entries.

    Raises:
        OverrideError: If two rules contradict each other, or a marker cannot be evaluated.
    """
    place = Place(overrides.shown, table=table.where)
    table = _settled(table, environment, place)
    refuse_contradictions(table, place)
    own = package.name if table.name == "*" else ""

    def rule(key: str, name: str, entries: tuple[Alternative, ...] = (), limit: str = "") -> Rule:
        return Rule(
            key,
            name,
            table.level,
            (table.where,),
            entries,
            limit,
            table.or_add and key == "replace",
            table.file,
            table.above,
        )

    if table.requires is not None:
        yield rule("requires", "", tuple(entry for entry in table.requires if entry.name != own))
    for name, alternatives in table.replace:
        yield rule("replace", name, alternatives)
    for removal in table.remove:
        yield rule("remove", removal.name)
    for entry in table.add:
        if entry.name != own:
            yield rule("add", entry.name, (entry,))
    for limit in table.constrain:
        if limit.name != own:
            yield rule("constrain", limit.name, limit=limit.text)


def _settled(table: Table, environment: Mapping[str, str], place: Place) -> Table:
    """Return a table with its markers evaluated, without the entries whose markers do not hold."""

    def holds(marker: str) -> bool:
        try:
            return marker_holds(marker, environment)
        except ValueError as error:
            raise place.error(
                f"the marker {marker} cannot be evaluated here: {error}",
                "compare python_version or sys_platform instead",
                kind="invalid-requirement",
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
    """Return canonical JSON of what the rules require, independent of the tables that they are in.

    Two files that require the same have the same fingerprint; it is "" if they require nothing.
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


def other_settings(tables: Iterable[Table], combined: Iterable[str] = ()) -> str:
    """Return canonical JSON of the settings of tables that are not about build requirements, or "".

    Args:
        tables: The tables, of which the settings that no other table changes are taken.
        combined: The settings in force of those that several tables are combined in, as text.
    """
    said = sorted({text for table in tables for text in table.other_settings} | set(combined))
    return json.dumps(said) if said else ""


def _asked(entry: Alternative) -> str:
    """Return what an entry requires, including all keys of a source table."""
    text = _canonical(entry.text)
    if entry.source is not None:
        text = f"{text} {json.dumps(vars(entry.source), sort_keys=True)}"
    return " ".join([text, *entry.hashes])


def _canonical(text: str) -> str:
    """Return a requirement with the parts of its specifier sorted."""
    head, specifier = split_text(text)
    return head + ",".join(sorted(specifier.split(",")))
