"""Rules without effect, such as those with a misspelt name, which a suggestion would repeat."""

from __future__ import annotations

import re
from typing import Iterable, Iterator, Mapping

from ..rules.place import toml_key
from ..rules.standards import NAME, normalise
from ..rules.written import Table
from .findings import Diagnosis
from .remedy import name_in
from .trial import tables_for
from .wording import Problem, place_of

_PACKAGE = rf"(?P<package>{NAME})"
_WARNINGS = (
    re.compile(
        rf"(?:.*: )?(?P<name>{NAME}) was not installed into the build environment of {_PACKAGE}"
    ),
    re.compile(rf"(?:.*: )?{_PACKAGE}(?: \S+)? declares no build requirement (?P<name>{NAME}),"),
)


def idle_in_line(warning: str) -> tuple[str, str] | None:
    """Return the package and the name in a warning about a rule without effect, or None."""
    for pattern in _WARNINGS:
        found = pattern.match(warning)
        if found is not None:
            return normalise(found["package"]), normalise(found["name"])
    return None


def idle_rules(
    diagnoses: Iterable[Diagnosis], tables: Mapping[str, Table], shown: str
) -> Iterator[Problem]:
    """Yield the rules in a suggestion that had no effect on a build that failed.

    Args:
        diagnoses: Diagnoses of the failures.
        tables: The package tables of the suggestion, by their keys.
        shown: The file's name in messages.
    """
    for diagnosis in diagnoses:
        wanted = set(diagnosis.rules.names)
        for name in (name for name in diagnosis.failure.idle if name not in wanted):
            for table in tables_for(diagnosis.failure, tables):
                for key in _keys_with(name, tables.get(table, {})):
                    where = place_of(table, shown)
                    yield Problem(
                        f"{where.shown}: {where.table}: {key} had no effect on"
                        f" {diagnosis.failure.label}, because {name} is neither declared nor installed"
                        " in its build environment",
                        f"check the spelling of {name} in {key}, or leave it out",
                    )


def _keys_with(name: str, table: Table) -> Iterator[str]:
    """Yield the keys of a table that act on a requirement only if something else asks for it."""
    for key in ("remove", "constrain"):
        if name in map(name_in, table.get(key, [])):
            yield key
    for key in table.get("replace", {}):
        if normalise(key) == name:
            yield f"replace.{toml_key(key)}"
