"""What is said of failures, and the overrides file that mends them."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Mapping

from ..rules.standards import normalise
from .bounds import Contradiction
from .failure import IMPORT
from .findings import Diagnosis
from .remedy import Table, table_lines

Tables = Dict[str, Table]
"""Package tables by the name that stands in their header."""

FILE = "build-overrides.toml"


def sentences(diagnosis: Diagnosis) -> list[str]:
    """Return what is known of a failure, one cause a line; the error itself where none is known."""
    label = diagnosis.failure.label
    lines = [f"{label} {finding.says}: {finding.because}" for finding in diagnosis.findings]
    if lines:
        return lines
    verb = "cannot be imported" if diagnosis.failure.step == IMPORT else "does not build"
    nested = diagnosis.failure.nested
    if nested:
        return [f"{label} {verb}: {nested[0].label}, with which it is to be built, does not build"]
    error = diagnosis.failure.error
    return [f"{label} {verb}, for a reason that is not known here" + (f": {error}" if error else "")]


def joined(diagnoses: Iterable[Diagnosis], existing: Mapping[str, Table]) -> tuple[Tables, list[str]]:
    """Put the remedies of several failures together, and to what a file already says.

    :param existing: the package tables of that file, by their keys.
    :returns: the tables that are new or changed, whole; and what could not be put together.
    """
    keys = {normalise(key): key for key in existing}
    tables: Tables = {}
    problems = []
    for diagnosis in diagnoses:
        if not diagnosis.rules:
            continue
        name = normalise(diagnosis.failure.name)
        key = keys.get(name, name)
        before = tables.get(key, existing.get(key, {}))
        try:
            after = diagnosis.rules.joined_to(before, diagnosis.failure.declared)
        except Contradiction as error:
            problems.append(f"{diagnosis.failure.label} needs what no version is: {error}")
            continue
        if after != before:
            tables[key] = after
    return tables, problems


def overrides_lines(tables: Mapping[str, Mapping[str, Any]], indent: str = "") -> list[str]:
    """Return tables as the lines of an overrides file, a blank one between two."""
    lines: list[str] = []
    for name, table in tables.items():
        lines += [""] * bool(lines) + [f"{indent}{line}" for line in table_lines(name, table)]
    return lines


def command(diagnoses: Iterable[Diagnosis], file: str = FILE) -> str:
    """Return the command to run with the overrides file in force."""
    wanted = dict.fromkeys(
        d.failure.name + (f"=={d.failure.version}" if d.failure.version else "")
        for d in diagnoses
        if d.rules
    )
    return f"pip-build-override run --overrides {file} -- pip install {' '.join(wanted)}"
