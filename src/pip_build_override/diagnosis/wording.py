"""Messages about failures, and the overrides file that fixes them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any, Dict, Iterable, Mapping

from ..errors import OverrideError
from ..rules import parse_overrides
from ..rules.lines import name_of
from ..rules.place import Place, toml_text
from ..rules.reading.document import form_of
from ..rules.standards import normalise
from ..urls import without_secrets
from .bounds import Contradiction
from .conflict_wording import conflict_sentence
from .failure import IMPORT, Failure
from .findings import Diagnosis
from .remedy import Table, table_lines

Tables = Dict[str, Table]
"""Package tables, indexed by the name in their header."""

FILE = "build-overrides.toml"


def sentences(diagnosis: Diagnosis) -> list[str]:
    """Return the causes of a failure, one on each line, or the error itself if no cause is known."""
    # A log quotes URLs as the user wrote them, possibly with secrets.
    return [without_secrets(text) for text in _sentences(diagnosis)]


def _sentences(diagnosis: Diagnosis) -> list[str]:
    label = diagnosis.failure.label
    lines = [f"{label} {finding.says}: {finding.because}" for finding in diagnosis.findings]
    if lines:
        return lines
    verb = "cannot be imported" if diagnosis.failure.step == IMPORT else "does not build"
    nested = diagnosis.failure.nested
    if nested:
        return [f"{label} {verb}: {nested[0].label}, with which it is to be built, does not build"]
    failure = diagnosis.failure
    if failure.conflict:
        return [f"{label} {verb}: {conflict_sentence(failure)}"]
    if failure.not_found:
        return [
            f"{label} {verb}: {failure.not_found} is not to be had, for which {failure.asked_in} asks"
        ]
    error = failure.error
    return [f"{label} {verb}, for a reason that is not known here" + (f": {error}" if error else "")]


@dataclass(frozen=True)
class Problem:
    """The reason why a remedy cannot be offered, and a hint."""

    says: str
    hint: str

    def __post_init__(self) -> None:
        # Both quote the overrides file and the command line, which may contain secrets.
        object.__setattr__(self, "says", without_secrets(self.says))
        object.__setattr__(self, "hint", without_secrets(self.hint))

    def lines(self) -> list[str]:
        """Return the lines of the message."""
        return [self.says, f"hint: {self.hint}"]


def not_found_hint(failure: Failure) -> str:
    """Return the hint for a requirement of a rule that pip cannot find, or "" if there is none."""
    if not failure.not_found:
        return ""
    name = name_of(failure.not_found)
    return (
        f"write a version of {name} that there is in {failure.asked_in}; `pip index versions {name}`"
        " lists them, and --index-url or --find-links tell pip of other places"
    )


def joined(
    diagnoses: Iterable[Diagnosis], existing: Mapping[str, Table], shown: str = FILE
) -> tuple[Tables, list[Problem]]:
    """Merge the remedies of several failures with each other and into an overrides file.

    Args:
        diagnoses: Diagnoses of the failures.
        existing: Package tables of the file, by their keys.
        shown: The file's name in messages.

    Returns:
        The new or changed tables, complete and valid; and the remedies that could not be merged.
    """
    keys = {normalise(key): key for key in existing}
    tables: Tables = {}
    problems = []
    for diagnosis in diagnoses:
        if not diagnosis.rules:
            continue
        label = diagnosis.failure.label
        name = normalise(diagnosis.failure.name)
        key = keys.get(name, name)
        place = Place(shown, form_of(shown)).at("package", key)
        before = tables.get(key, existing.get(key, {}))
        try:
            after = diagnosis.rules.joined_to(before, diagnosis.failure.declared)
            # Anything that is offered must be valid for the reader of the rules.
            parse_overrides("\n".join(table_lines(key, after)).encode(), path="", shown=shown)
        except Contradiction as error:
            problems.append(_problem(error, label, place, existing.get(key, {})))
            continue
        except OverrideError as error:
            says = f"{label}: what would mend it does not go into {shown}: {place.table}"
            problems.append(
                Problem(f"{says}: {error.message}", error.hint or f"change {place.table} by hand")
            )
            continue
        if after != before:
            tables[key] = after
    return tables, problems


def _problem(error: Contradiction, label: str, place: Place, table: Mapping[str, Any]) -> Problem:
    if error.key.partition(".")[0] not in table:
        return Problem(
            f"{label} needs {error.wanted} and {error.entry}, and no version is both",
            "look for another version of it",
        )
    return Problem(
        f"{label} needs {error.wanted}, which {error.key} of {place.shown}: {place.table}"
        f" rules out with {error.entry}",
        f"in [{place.table}] take {error.entry} out of {error.key},"
        f" or write {toml_text(error.wanted)} in its place",
    )


def overrides_lines(tables: Mapping[str, Mapping[str, Any]], indent: str = "") -> list[str]:
    """Return tables as the lines of an overrides file, separated by blank lines."""
    lines: list[str] = []
    for name, table in tables.items():
        lines += [""] * bool(lines) + [f"{indent}{line}" for line in table_lines(name, table)]
    return lines


def command(diagnoses: Iterable[Diagnosis], file: str = FILE) -> str:
    """Return a command that uses the overrides file."""
    wanted = dict.fromkeys(
        d.failure.name + (f"=={d.failure.version}" if d.failure.version else "")
        for d in diagnoses
        if d.rules
    )
    words = ["pip-build-override", "run", "--overrides", file, "--", "pip", "install", *wanted]
    return " ".join(map(shlex.quote, words))
