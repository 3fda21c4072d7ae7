"""The tables of a search: limits set and lifted, their rules one by one, and what they may install."""

from __future__ import annotations

import json
from typing import Any, Callable, Iterable, Iterator, Mapping, Tuple

from ..diagnosis.bounds import Contradiction, clauses, split, tightest
from ..diagnosis.remedy import Rules, copied, is_conditional, name_in
from ..rules.reading.requirement import read_requirement
from ..rules.standards import normalise
from ..rules.tables import AS_OF, REGENERATE
from ..rules.written import Table

__all__ = ["AS_OF", "REGENERATE"]

_INSTALLING = ("add", "requires")

Unit = Tuple[str, str]
"""One rule of a table: its key, and the name of the distribution; "" for a setting."""


class Stranger(ValueError):
    """A table would install something that nobody has declared and that is not known."""


def key_of(table: Table) -> str:
    """Return a text that is the same for tables with the same rules."""
    rules = {key: value for key, value in table.items() if key != "reason"}
    return json.dumps(rules, sort_keys=True, default=str)


def units(table: Table) -> list[Unit]:
    """Return the rules of a table one by one."""
    found: list[Unit] = []
    for key, value in table.items():
        if key == "reason":
            continue
        if isinstance(value, list):
            found += [(key, name_in(entry)) for entry in value]
        elif key == "replace":
            found += [(key, normalise(name)) for name in value]
        else:
            found.append((key, ""))
    return list(dict.fromkeys(found))


def without(table: Table, unit: Unit) -> Table:
    """Return a table without one of its rules."""
    key, name = unit
    result: Table = copied(table)
    if isinstance(result[key], list):
        result[key] = [entry for entry in result[key] if name_in(entry) != name]
    elif name:
        result[key] = {other: entry for other, entry in result[key].items() if normalise(other) != name}
    else:
        del result[key]
    if not result.get(key, True):
        del result[key]
    return result


def upper_limits(table: Table) -> dict[str, str]:
    """Return the upper limits that a table sets, by the normalised names that they are for."""
    found: dict[str, str] = {}
    for entry in _plain_entries(table):
        name, specifier = split(entry)
        limits = [operator + version for operator, version in clauses(specifier) if _is_upper(operator)]
        if limits:
            found[name] = tightest([*filter(None, (found.get(name),)), *limits])
    return found


def limited(table: Table, name: str, limit: str, declared: Iterable[str]) -> Table | None:
    """Return a table with one limit on a distribution in place of the upper limits that it has.

    Args:
        table: The table.
        name: Normalised name of the distribution.
        limit: The limit; "" to only lift the others.
        declared: What the package declares. A limit that contradicts it becomes a replacement.

    Returns:
        The new table; None if no version satisfies the limit and the rest of the table.
    """
    result = _changed(table, lambda entry: _lifted(entry) if split(entry)[0] == name else entry)
    if "constrain" in result:
        result["constrain"] = [entry for entry in result["constrain"] if split(entry)[1]]
        if not result["constrain"]:
            del result["constrain"]
    if not limit:
        return result
    installed = [*_listed(result), *_replacements(result)]
    named = {
        split(entry)[0] for entry in installed if isinstance(entry, str) and not is_conditional(entry)
    }
    try:
        if name in named:
            return _changed(
                result, lambda entry: _within(entry, limit) if split(entry)[0] == name else entry
            )
        return Rules(constrain=(name + limit,)).joined_to(result, declared)
    except Contradiction:
        return None


def within(table: Table, limits: Mapping[str, str]) -> Table:
    """Return a table whose requirements and constraints are also within other limits.

    Args:
        table: The table.
        limits: Specifiers by normalised names.

    Raises:
        Contradiction: If no version satisfies one of both.
    """

    def new(entry: str) -> str:
        limit = limits.get(split(entry)[0], "")
        return _within(entry, limit) if limit else entry

    return _changed(table, new)


def replaced(table: Table, name: str) -> bool:
    """Return whether a table replaces what is declared of a distribution."""
    return "requires" in table or name in map(normalise, table.get("replace", {}))


def changes_declared(table: Table, name: str) -> bool:
    """Return whether what is declared of a distribution does not hold under a table."""
    return replaced(table, name) or name in map(normalise, table.get("remove", ()))


def check(table: Table, may_install: Callable[[str], bool], may_limit: Callable[[str], bool]) -> None:
    """Check that a table installs nothing but what is declared or known.

    Raises:
        Stranger: If it does, or limits something that was never there.
    """
    for entry in (*_listed(table), *_replacements(table)):
        name = name_in(entry)
        if not may_install(name) or _has_place(entry):
            raise Stranger(f"{name or entry}: neither declared nor known")
    for entry in table.get("constrain", ()):
        if not may_limit(split(entry)[0]):
            raise Stranger(f"{entry}: never in the build environment")


def _has_place(entry: Any) -> bool:
    """Return whether an entry of a table is a file or a URL, which nobody has declared."""
    if isinstance(entry, dict):
        return "path" in entry or _has_place(entry.get("requirement", ""))
    return bool(entry) and bool(read_requirement(entry).url)


def _listed(table: Table) -> Iterator[Any]:
    for key in _INSTALLING:
        yield from table.get(key, ())


def _replacements(table: Table) -> Iterator[Any]:
    for name, value in table.get("replace", {}).items():
        for entry in value if isinstance(value, list) else [value]:
            yield {"name": name, **entry} if isinstance(entry, dict) and not name_in(entry) else entry


def _plain_entries(table: Table) -> list[str]:
    entries = [*_listed(table), *_replacements(table), *table.get("constrain", ())]
    return [entry for entry in entries if isinstance(entry, str) and not is_conditional(entry)]


def _changed(table: Table, change: Callable[[str], str]) -> Table:
    """Return a copy of a table, with its requirements without marker and URL changed."""

    def new(entry: Any) -> Any:
        if isinstance(entry, list):
            return [new(each) for each in entry]
        return change(entry) if isinstance(entry, str) and not is_conditional(entry) else entry

    result: Table = copied(table)
    for key in (*_INSTALLING, "constrain"):
        if key in result:
            result[key] = new(result[key])
    if "replace" in result:
        result["replace"] = {name: new(entry) for name, entry in result["replace"].items()}
    return result


def _lifted(entry: str) -> str:
    """Return a requirement without its upper limits."""
    kept = [a + b for a, b in clauses(read_requirement(entry).specifier) if not _is_upper(a)]
    return _with_specifier(entry, ",".join(kept))


def _within(entry: str, limit: str) -> str:
    """Return a requirement with one more limit.

    Raises:
        Contradiction: If no version satisfies both.
    """
    return _with_specifier(entry, tightest([read_requirement(entry).specifier, limit]))


def _with_specifier(entry: str, specifier: str) -> str:
    requirement = read_requirement(entry)
    extras = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
    return requirement.name + extras + specifier


def _is_upper(operator: str) -> bool:
    return operator in ("<", "<=")
