"""Package tables that were probably meant for a package whose build failed, under a misspelt name."""

from __future__ import annotations

import difflib
from typing import Collection, Mapping

from ..rules.standards import normalise
from ..rules.written import Table
from .bounds import split
from .failure import Failure
from .trial import tables_for
from .wording import Problem, Tables, place_of

_NEAR = 0.8
"""The least similarity of two names: scikit-learn and scikit-image are two packages."""


def misspelt_for(
    failure: Failure, tables: Mapping[str, Table], used: Collection[str] = ()
) -> dict[str, str]:
    """Return the keys of tables that were probably meant for a package, each with its right spelling.

    Args:
        failure: The failure of the package.
        tables: The package tables of the file, by their keys.
        used: Keys of tables that were used in other builds, and so are not misspelt.
    """
    if not failure.name or any(key in tables for key in tables_for(failure, tables)):
        return {}
    names = {key: split(key)[0] for key in tables if key != "*"}
    others = {names[key] for key in used if key in names}
    name = normalise(failure.name)
    near = difflib.get_close_matches(name, {*names.values()} - others - {name}, 1, _NEAR)
    return {key: name + split(key)[1] for key in names if near == [names[key]]}


def renamed(tables: Mapping[str, Table], names: Mapping[str, str]) -> Tables:
    """Return tables with other keys, in the same order."""
    return {names.get(key, key): table for key, table in tables.items()}


def misspelt_problem(
    failure: Failure, key: str, name: str, shown: str, there: Collection[str] = ()
) -> Problem:
    """Return the message about one misspelt table.

    Args:
        failure: The failure of the package that the table was probably meant for.
        key: The key of the table.
        name: The right spelling of the key.
        shown: The file's name in messages.
        there: Keys of tables that the file is going to have, too.
    """
    wrong, right = place_of(key, shown).table, place_of(name, shown).table
    hint = f"rename {wrong} to {right}"
    if name in there:
        hint = f"if so, move the rules of {wrong} into {right}, and remove {wrong}"
    return Problem(
        f"{shown}: {wrong} was probably meant for {failure.label}, which has no table of its own",
        hint,
        "unused-table",
    )
