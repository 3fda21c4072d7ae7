"""Rules from the command line, which stand beside those of the file."""

from __future__ import annotations

from dataclasses import replace
from typing import Container, Sequence

from .parse import parse_overrides
from .place import toml_text
from .tables import Overrides, Table


def with_constraints(overrides: Overrides, constraints: Sequence[str]) -> Overrides:
    """Return the overrides with further ``constrain`` entries for every package.

    :param constraints: name and specifier each; for its name each takes the place of those that
        ``[package."*"]`` of the file has.
    :raises OverrideError: where one of them is not a constraint.
    """
    if not constraints:
        return overrides
    listed = ", ".join(map(toml_text, constraints))
    document = f'[package."*"]\nconstrain = [{listed}]\n'
    extra = parse_overrides(document.encode(), path="", shown="--constrain").tables[0]
    names = {entry.name for entry in extra.constrain}
    tables = [_without(table, names) if table.name == "*" else table for table in overrides.tables]
    return replace(overrides, tables=(*tables, replace(extra, where="--constrain")))


def _without(table: Table, names: Container[str]) -> Table:
    kept = tuple(entry for entry in table.constrain if entry.name not in names)
    return replace(table, constrain=kept)
