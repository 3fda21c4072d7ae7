"""The rules of a remedy, and how they are merged into an existing overrides file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable, Iterator, Mapping

from ..rules.place import toml_key, toml_value
from ..rules.reading.requirement import read_requirement
from ..rules.standards import normalise, read_toml
from ..rules.tables import REGENERATE
from ..rules.written import Table
from .bounds import Contradiction, excludes, split, tightest


@dataclass(frozen=True)
class Rules:
    """The rules to write into the table of one package.

    Attributes:
        add: Requirements or source tables, in TOML syntax.
        constrain: Limits, each a name and a specifier.
        replace: Names, each with its replacement in TOML syntax.
        regenerate: Whether C and C++ files that Cython generated are to be generated again.
    """

    add: tuple[str, ...] = ()
    constrain: tuple[str, ...] = ()
    replace: tuple[tuple[str, str], ...] = field(default=())
    regenerate: bool = False

    def __bool__(self) -> bool:
        return bool(self.add or self.constrain or self.replace or self.regenerate)

    @property
    def listed(self) -> list[str]:
        """The rules as messages show them."""
        replaced = [f"replace.{name} = {text}" for name, text in self.replace]
        again = ["regenerate = true"] * self.regenerate
        return [*(f"add = [{text}]" for text in self.add), *self.constrain, *replaced, *again]

    @property
    def added(self) -> list[str]:
        """The normalised names of what the rules put into a build environment."""
        return [*(name_in(value_of(text)) for text in self.add), *dict(self.replace)]

    @property
    def names(self) -> list[str]:
        """The normalised names that the rules are about."""
        return [*self.added, *(split(text)[0] for text in self.constrain)]

    def joined_to(self, table: Mapping[str, Any], declared: Iterable[str] | None = None) -> Table:
        """Return a copy of a table with these rules merged into it.

        Args:
            table: The existing table.
            declared: The package's own requirements, if known. A limit that contradicts a declared
                requirement becomes a replacement.

        Raises:
            Contradiction: If no version satisfies both a limit and an entry of the table.
        """
        result = {key: copied(value) for key, value in table.items()}
        for name, text in self.replace:
            if not _replaced_in_added(result, name, value_of(text)):
                result.setdefault("replace", {}).setdefault(name, value_of(text))
        specifiers: dict[str, str] = {}
        for name, specifier in map(split, declared or ()):
            specifiers[name] = ",".join(filter(None, (specifiers.get(name), specifier)))
        key = "requires" if "requires" in result else "add"
        there = ("setuptools",) if declared is None else tuple(specifiers)
        for text in self.add:
            value = value_of(text)
            name = name_in(value)
            if name in there and name in map(normalise, result.get("replace", {})):
                # The requirement is declared and already replaced, so only its version can be wrong.
                if isinstance(value, str) and split(value)[1]:
                    _limit(result, value, specifiers)
                    continue
                moved = []
            else:
                moved = _made_room(result, value)
            listed = [*result.get(key, []), *moved]
            known = name in map(name_in, listed)
            result[key] = listed if known else [*listed, value]
            if known and isinstance(value, str) and split(value)[1]:
                _limit(result, value, specifiers)
        for limit in self.constrain:
            _limit(result, limit, specifiers)
        if self.regenerate:
            result[REGENERATE] = True
        return result


def _replaced_in_added(table: Table, name: str, value: Any) -> bool:
    """Put a replacement in the place of what the table adds, which is not declared.

    Args:
        table: The table, which is changed.
        name: Normalised name of what is replaced.
        value: What takes its place.

    Returns:
        Whether the table adds it.

    Raises:
        Contradiction: If the table adds a version that the replacement would change.
    """
    added = table.get("add", [])
    for index, entry in enumerate(added):
        if name_in(entry) != name:
            continue
        if isinstance(value, str) and isinstance(entry, str) and not is_conditional(entry):
            try:
                tightest([split(entry)[1], split(value)[1]])
            except Contradiction:
                raise Contradiction(value, "add", entry=entry) from None
            added[index] = _narrowed(entry, split(value)[1])
        elif isinstance(entry, str) and not split(entry)[1] and not is_conditional(entry):
            added[index] = {"name": name, **value} if isinstance(value, dict) else value
        elif entry != value:
            raise Contradiction(toml_value(value), "add", entry=toml_value(entry))
        return True
    return False


def _made_room(table: Table, wanted: Any) -> list[Any]:
    """Remove the entries of a table that conflict with an ``add``.

    Args:
        table: The table, which is changed.
        wanted: The entry to add.

    Returns:
        The entries to add in its place, from a replacement that had no effect.
    """
    name = name_in(wanted)
    _keep(table, "remove", [entry for entry in table.get("remove", []) if split(entry)[0] != name])
    moved: list[Any] = []
    others = {}
    for key, value in table.get("replace", {}).items():
        if normalise(key) == name:
            for entry in value if isinstance(value, list) else [value]:
                moved += _as_added(entry, key, wanted)
        else:
            others[key] = value
    _keep(table, "replace", others)
    return moved


def _as_added(entry: Any, key: str, wanted: Any) -> list[Any]:
    """Return an entry of ``replace`` as entries of ``add``; none if it needs a declared requirement."""
    if isinstance(entry, dict):
        if entry.get("from") == "oldest" or entry.get("else") == "declared":
            return []
        return [entry if name_in(entry) else {"name": key, **entry}]
    if isinstance(wanted, str):
        try:
            tightest([split(entry)[1], split(wanted)[1]])
        except Contradiction:
            return []
        return [_narrowed(entry, split(wanted)[1])]
    return [entry]


def _keep(table: Table, key: str, value: Any) -> None:
    if value:
        table[key] = value
    else:
        table.pop(key, None)


def _limit(table: Table, limit: str, declared: Mapping[str, str]) -> None:
    name, specifier = split(limit)
    beside = False
    for key, entry, listed, index in list(_entries(table)):
        if name_in(entry) != name:
            continue
        if isinstance(entry, dict):
            if "from" in entry:
                raise Contradiction(limit, key, entry=toml_value(entry))
            continue
        try:
            tightest([split(entry)[1], specifier])
        except Contradiction:
            raise Contradiction(limit, key, entry=entry) from None
        if listed is not None and _narrowed(entry, specifier) != entry:
            listed[index] = _narrowed(entry, specifier)
            return
        # The entry has the limit already, or applies to some interpreters only; the limit is for all.
        beside = beside or (listed is not None and not is_conditional(entry))
    if beside:
        return
    replaced = name in map(normalise, table.get("replace", {}))
    if excludes(specifier, declared.get(name, "")) and "requires" not in table and not replaced:
        table.setdefault("replace", {})[name] = name + specifier
        return
    table.setdefault("constrain", []).append(name + specifier)


def _entries(table: Table) -> Iterator[tuple[str, Any, list[Any] | None, int]]:
    """Yield the entries of a table that limit versions: key, entry, and the list and index of it."""
    for key in ("requires", "add", "constrain"):
        for index, entry in enumerate(table.get(key, [])):
            yield key, entry, table[key], index
    for name, value in table.get("replace", {}).items():
        for entry in value if isinstance(value, list) else [value]:
            named = {"name": name, **entry} if isinstance(entry, dict) and not name_in(entry) else entry
            yield f"replace.{toml_key(name)}", named, None, 0


def is_conditional(entry: str) -> bool:
    """Return whether a requirement has a marker or a URL, so that no limit can be joined to it."""
    requirement = read_requirement(entry)
    return bool(requirement.marker or requirement.url)


def _narrowed(entry: str, specifier: str) -> str:
    """Return a requirement with an additional limit, unless it has a marker or a URL."""
    requirement = read_requirement(entry)
    if is_conditional(entry) or not specifier:
        return entry
    extras = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
    within = tightest([requirement.specifier, specifier])
    return entry if within == requirement.specifier else requirement.name + extras + within


def name_in(value: Any) -> str:
    """Return the normalised name in an entry of a table, or "" if it has none."""
    text = value.get("name") or value.get("requirement", "") if isinstance(value, dict) else value
    return split(text)[0] if text else ""


def value_of(text: str) -> Any:
    """Return the value of a text in TOML syntax."""
    return read_toml(f"value = {text}")["value"]


def copied(value: Any) -> Any:
    """Return a copy of a table, or of a value of one, that shares no list and no table with it."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value
