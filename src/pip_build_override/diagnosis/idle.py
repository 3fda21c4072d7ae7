"""Rules without effect, such as those with a misspelt name, which a suggestion would repeat."""

from __future__ import annotations

import re
from typing import Collection, Iterable, Iterator, Mapping

from ..rules.place import toml_key, toml_value
from ..rules.standards import NAME, normalise
from ..rules.written import Table
from .failure import Failure
from .findings import Diagnosis
from .remedy import name_in
from .trial import tables_for
from .wording import Problem, Tables, joined, place_of

_PACKAGE = rf"(?P<package>{NAME})"
_NAME = rf"(?P<name>{NAME})"
# The same as in ``in_pip``: builds.rule_checks and steps.prepare.
_UNDECIDED = re.compile(rf"(?:.*: )?{_PACKAGE}(?: \S+)? itself declares no build requirement {_NAME},")
_WARNINGS = (
    re.compile(rf"(?:.*: )?{_NAME} was not installed into the build environment of {_PACKAGE}"),
    re.compile(rf"(?:.*: )?{_PACKAGE}(?: \S+)? declares no build requirement {_NAME},"),
    re.compile(rf".* replaces the whole list of {_PACKAGE}(?: \S+)? and does not contain {_NAME}, so"),
)


def idle_in_line(warning: str) -> tuple[str, str, bool] | None:
    """Return what a warning says about a rule without effect, or None if it is about something else.

    Returns:
        The package; the name in the rule; and whether it is known that the rule has no effect, which it
        may have if the build backend was not asked for its requirements.
    """
    for pattern in (_UNDECIDED, *_WARNINGS):
        found = pattern.match(warning)
        if found is not None:
            known = pattern is not _UNDECIDED
            return normalise(found["package"]), normalise(found["name"]), known
    return None


def joined_without_idle(
    diagnoses: Iterable[Diagnosis],
    others: Iterable[Diagnosis],
    existing: Mapping[str, Table],
    shown: str,
    *,
    unused: str = "error",
) -> tuple[Tables, list[Problem], list[Problem]]:
    """Merge remedies into an overrides file, as ``joined`` does, but leave out rules without effect.

    Args:
        diagnoses: Diagnoses of the failures, with the remedies.
        others: Diagnoses of more failures, which have no remedy.
        existing: Package tables of the file, by their keys.
        shown: The file's name in messages.
        unused: What that file makes of a rule for an undeclared name: ``error``, at which the next run
            would stop, so that such a rule is left out; or ``warn``.

    Returns:
        The new or changed tables; the remedies that could not be merged; and what is to be said about
        rules without effect, if there are any tables.
    """
    diagnoses = list(diagnoses)
    judged = [*diagnoses, *others]
    left: Tables = {key: dict(table) for key, table in existing.items()}
    idle = [*_leave_out(judged, left, shown)] if unused == "error" else []
    tables, problems = joined(diagnoses, left, shown)
    if not tables:
        return tables, problems, []
    # The next run would stop at such a rule in any other table of a package that is built again.
    tables.update({key: left[key] for key in left if left[key] != existing[key] and key not in tables})
    idle += _idle_rules(judged, {**left, **tables}, shown)
    idle += _undecided_rules(judged, tables, shown)
    return tables, problems, idle


def _leave_out(diagnoses: Iterable[Diagnosis], tables: Tables, shown: str) -> Iterator[Problem]:
    """Remove the rules at which the next run would stop from tables, and yield a message for each."""
    for diagnosis in diagnoses:
        # What is to be added takes the place of a rule for that name, when they are merged.
        wanted = diagnosis.rules.added
        for name, key in _named(diagnosis.failure, diagnosis.failure.idle, wanted, tables):
            for rule in [*_acting_on(name, tables.get(key, {}))]:
                text = _without(tables[key], rule, name)
                place = place_of(key, shown)
                yield Problem(
                    f"{place.shown}: {place.table}: {_why(rule, name, diagnosis)}; the next run"
                    " would stop at it, so it is left out",
                    f"if {name} is misspelt, put {text} back with the right name",
                    "unused-rule",
                )


def _named(
    failure: Failure, names: Iterable[str], wanted: Collection[str], tables: Mapping[str, Table]
) -> Iterator[tuple[str, str]]:
    """Yield each name that is not wanted with the key of each table that is for a failed build.

    Args:
        failure: The build that failed.
        names: Normalised names in rules without effect on it.
        wanted: Normalised names that its remedy is about.
        tables: The package tables, by their keys.
    """
    for name in names:
        if name not in wanted:
            for key in tables_for(failure, tables):
                yield name, key


def _without(table: Table, rule: str, name: str) -> str:
    """Remove a rule for a name from a table, and return it in TOML syntax."""
    if rule == "remove":
        removed = [entry for entry in table["remove"] if name_in(entry) == name]
        _set(table, "remove", [entry for entry in table["remove"] if entry not in removed])
        return f"remove = {toml_value(removed)}"
    replaced = [key for key in table["replace"] if normalise(key) == name]
    text = ", ".join(
        f"replace.{toml_key(key)} = {toml_value(table['replace'][key])}" for key in replaced
    )
    _set(table, "replace", {key: each for key, each in table["replace"].items() if key not in replaced})
    return text


def _set(table: Table, key: str, value: object) -> None:
    if value:
        table[key] = value
    else:
        del table[key]


def _idle_rules(
    diagnoses: Iterable[Diagnosis], tables: Mapping[str, Table], shown: str
) -> Iterator[Problem]:
    """Yield a message for each rule that had no effect on a build that failed, and is kept."""
    for diagnosis in diagnoses:
        wanted = set(diagnosis.rules.names)
        for name, table in _named(diagnosis.failure, diagnosis.failure.idle, wanted, tables):
            there = tables.get(table, {})
            limits = ["constrain"] if name in map(name_in, there.get("constrain", [])) else []
            for key in (*_acting_on(name, there), *limits):
                where = place_of(table, shown)
                yield Problem(
                    f"{where.shown}: {where.table}: {_why(key, name, diagnosis)}",
                    f"check the spelling of {name} in {key}, or leave it out",
                    "unused-rule",
                )


def _undecided_rules(
    diagnoses: Iterable[Diagnosis], tables: Mapping[str, Table], shown: str
) -> Iterator[Problem]:
    """Yield a message for each rule that has an effect only if the backend, not asked yet, wants it."""
    for diagnosis in diagnoses:
        wanted = set(diagnosis.rules.names)
        for name, table in _named(diagnosis.failure, diagnosis.failure.undecided, wanted, tables):
            for key in _acting_on(name, tables.get(table, {})):
                where = place_of(table, shown)
                what = key if key != "remove" else f"{name} in remove"
                yield Problem(
                    f"{where.shown}: {where.table}: {what} may be unused, because"
                    f" {diagnosis.failure.label} itself does not declare {name}, and the build"
                    " failed before its backend was asked",
                    f"if the next run stops because {name} is not declared, correct the name, or"
                    f" leave {what} out of {where.table}",
                    "unused-rule",
                )


def _why(key: str, name: str, diagnosis: Diagnosis) -> str:
    label = diagnosis.failure.label
    if key == "constrain":
        why = f"{name} is not in its build environment"
    else:
        why = f"{name} is not among its build requirements"
    return f"{key} had no effect on {label}, because {why}"


def _acting_on(name: str, table: Table) -> Iterator[str]:
    """Yield the keys of a table that act on a requirement only if it is declared."""
    if name in map(name_in, table.get("remove", [])):
        yield "remove"
    for key in table.get("replace", {}):
        if normalise(key) == name:
            yield f"replace.{toml_key(key)}"
