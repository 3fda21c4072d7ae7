"""Trials of a remedy with the planner, before it is offered."""

from __future__ import annotations

from typing import Iterable, Mapping, NamedTuple

from ..rules import Answer, Declared, Question, package, parse_overrides, plan
from ..rules.standards import contains, normalise
from ..rules.written import Table, lines_of_tables
from .bounds import Contradiction, clauses, split, tightest
from .failure import Failure
from .remedy import Rules, name_in, value_of

_ASSUMED = ("setuptools", "wheel")
"""Requirements of a package that are assumed if the declared ones are not known."""


class Effect(NamedTuple):
    """What the planner makes of a file for one package: its requirements, and the limits on them."""

    requirements: frozenset[str]
    limits: frozenset[str]


def tables_for(failure: Failure, existing: Iterable[str]) -> list[str]:
    """Return the keys of the existing tables for the package and its version, the plain one first.

    If there is no plain one, its key is the normalised name.
    """
    name = normalise(failure.name)
    plain, versions = name, []
    for key in existing:
        if key == "*":
            continue
        named, specifier = split(key)
        if named == name and not specifier:
            plain = key
        elif named == name and _is_in(failure.version, specifier):
            versions.append(key)
    return [plain, *versions]


def _is_in(version: str, specifier: str) -> bool:
    try:
        return bool(version) and contains(specifier, version)
    except ValueError:
        return False


def effect(tables: Mapping[str, Table], failure: Failure, rules: Rules, shown: str) -> Effect:
    """Return what the planner makes of a whole file for the package of a failure.

    Args:
        tables: All package tables of the file, by their keys.
        failure: The failure.
        rules: The remedy. If the declared requirements are not known, those that it replaces are
            assumed to be declared, and those that it adds are not.
        shown: The file's name in messages.

    Raises:
        OverrideError: If the file is not valid.
    """
    if not failure.version:
        tables = {key: table for key, table in tables.items() if key == "*" or not split(key)[1]}
    overrides = parse_overrides("\n".join(lines_of_tables(tables)).encode(), path="", shown=shown)
    declared = failure.declared
    if declared is None:
        added = {name_in(value_of(text)) for text in rules.add}
        assumed = [name for name in _ASSUMED if name not in added]
        declared = (*assumed, *(name for name, _ in rules.replace))
    python = {"python_version": failure.python} if failure.python else {}
    made = plan(
        overrides,
        package(failure.name, failure.version or None),
        Declared(tuple(declared), ()),
        python,
        any_version,
    )
    return Effect(frozenset((*made.static, *(made.hook or ()))), frozenset(made.constraints))


def any_version(question: Question) -> Answer:
    """Answer a source table without knowing its version."""
    origin = question.source.origin
    return Answer(f"{question.name}==={origin}", f"{question.name} ({origin})")


def takes_effect(rules: Rules, before: Effect, after: Effect) -> bool:
    """Return whether a remedy changes the build environment as it should."""
    if before == after:
        return False
    names = {split(text)[0] for text in after.requirements}
    added = {name_in(value_of(text)) for text in rules.add}
    return added <= names and all(_holds(limit, after) for limit in rules.constrain)


def _holds(limit: str, after: Effect) -> bool:
    """Return whether everything that may be installed is within a limit."""
    name, specifier = split(limit)
    specifiers = [split(text)[1] for text in (*after.requirements, *after.limits)]
    named = [split(text)[0] for text in (*after.requirements, *after.limits)]
    there = [text for who, text in zip(named, specifiers) if who == name and text]
    try:
        return set(clauses(tightest(there))) == set(clauses(tightest([*there, specifier])))
    except Contradiction:
        return False
