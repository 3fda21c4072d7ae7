"""Changes of a package table that may have its package built against another version."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from ..diagnosis.remedy import name_in
from ..rules.lines import parts_of
from ..rules.standards import normalise
from ..rules.written import Table
from .trial import Trial, pins


def changes_to_try(table: Table, trial: Trial) -> Iterator[tuple[Table, str, set[str]]]:
    """Yield changes to try, the best first: the table, the reason, and the changed names."""
    kept = _without(table, trial.name, trial.environment)
    yield from _changes(table, kept, trial)
    # The rules allow no requirements that exclude each other, even for different interpreters.
    bare = _without(table, trial.name, {})
    if bare != kept:
        for changed, reason, names in _changes(table, bare, trial):
            yield changed, f"{reason}; without its rules for other interpreters", names


def _changes(table: Table, bare: Table, trial: Trial) -> Iterator[tuple[Table, str, set[str]]]:
    """Yield changes of a table from which the requirements and limits of a distribution are removed."""
    name, limit, pin = trial.name, trial.pin, _pin_for(table, trial)
    reached = trial.reached(trial.effective)
    bundles = [other for other in trial.effective if other != name and trial.is_bundle(other)]
    pinned = {
        other
        for other in reached - {name, *bundles}
        if trial.limits_of(other) and any(map(pins, trial.declared.get(other, ())))
    }
    if "requires" in table:
        listed = [name_in(entry) for entry in table["requires"]]
        for other in (name, *bundles):
            if other in listed:
                entries = [pin if name_in(entry) == other else entry for entry in table["requires"]]
                changed = {**bare, "requires": [e for e in entries if e == pin or name_in(e) != name]}
                yield changed, f"requires lists {other}", {name, other}
        yield (
            _plus(bare, "constrain", limit),
            f"{name} is installed as a dependency of another requirement",
            {name},
        )
        yield _plus(bare, "requires", pin), f"requires does not list {name}", {name}
        return
    for key, value in table.get("replace", {}).items():
        if any(_entry_name(entry, key) == name for entry in _listed(value)):
            # Whatever else replaces the same requirement is kept.
            kept = [
                entry
                for entry in _listed(value)
                if _entry_name(entry, key) != name and _applies(entry, trial.environment)
            ]
            result = _replaced(bare, key, [pin, *kept] if kept else pin)
            yield result, f"replace.{key} asks for another version", {name}
    for other in bundles:
        if other in trial.declared:
            reason = f"{other}, which is declared, requires {trial.limits_of(other)[0]}"
            result = _replaced(bare, other, pin)
            yield result, reason, {name, other}
            if name in trial.declared:
                yield _replaced(result, name, pin), reason, {name, other}
    relaxed = bare
    for other in sorted(pinned):
        relaxed = _replaced(relaxed, other, other)
    why = "".join(
        f", and {other} requires {trial.limits_of(other)[0][len(name) :]}" for other in pinned
    )
    if name in trial.declared:
        yield _replaced(relaxed, name, pin), f"{name} is declared{why}", {name}
    if name in trial.effective:
        yield _plus(relaxed, "add", pin), f"a rule asks for {name}, in another version", {name}
    reason = f"{name} is installed as a dependency of another requirement{why}"
    yield _plus(relaxed, "constrain", limit), reason, {name}
    yield _plus(relaxed, "add", pin), f"{name} is not declared", {name}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _entry_name(entry: Any, key: str) -> str:
    return name_in(entry) or normalise(key)


def _applies(entry: Any, environment: Mapping[str, str]) -> bool:
    """Return whether the marker of an entry holds for an interpreter, or it has none."""
    if not environment:
        return True
    if isinstance(entry, dict):
        entry = f"name; {entry['marker']}" if "marker" in entry else "name"
    return parts_of(entry).applies(environment)


def _without(table: Table, name: str, environment: Mapping[str, str]) -> Table:
    """Return a copy of a table without the requirements and limits of a distribution.

    Args:
        table: The table.
        name: Name of the distribution.
        environment: Marker environment of an interpreter; entries that do not apply to it are kept.
            If it is empty, all entries apply.
    """

    def stays(entry: Any) -> bool:
        return name_in(entry) != name or not _applies(entry, environment)

    result: Table = {}
    for key, value in table.items():
        if key in ("add", "constrain"):
            value = list(filter(stays, value))
        elif key == "replace":
            kept = {}
            for inner, entries in value.items():
                names = {normalise(inner), *(_entry_name(entry, inner) for entry in _listed(entries))}
                if name in names:
                    entries = [entry for entry in _listed(entries) if not _applies(entry, environment)]
                if entries or name not in names:
                    kept[inner] = entries
            value = kept
        if value or key == "requires":
            result[key] = value
    return result


def _plus(table: Table, key: str, entry: str) -> Table:
    return {**table, key: [*table.get(key, []), entry]}


def _replaced(table: Table, name: str, value: Any) -> Table:
    """Return a table with a replacement, next to those of the same name for other interpreters."""
    kept = {}
    for key, entries in table.get("replace", {}).items():
        if normalise(key) != normalise(name):
            kept[key] = entries
        elif isinstance(entries, list):
            value = [*_listed(value), *entries]
    return {**table, "replace": {**kept, name: value}}


def _pin_for(table: Table, trial: Trial) -> str:
    """Return the pin with the extras that a table, or the package, asks for."""
    entries = [*table.get("add", ()), *table.get("requires", ())]
    for value in table.get("replace", {}).values():
        entries += _listed(value)
    lines = [*trial.record.declared, *trial.record.asked, *filter(_is_text, entries)]
    found = [parts_of(line) for line in lines]
    extras = {
        extra
        for line in found
        if line.name == trial.name and line.applies(trial.environment)
        for extra in line.extras
    }
    return f"{trial.name}[{','.join(sorted(extras))}]=={trial.version}" if extras else trial.pin


def _is_text(entry: Any) -> bool:
    return isinstance(entry, str)
