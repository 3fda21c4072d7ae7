"""Messages about failures, and the overrides file that fixes them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Dict, Iterable, Mapping

from ..build_steps import IMPORT
from ..errors import OverrideError, named
from ..files import Json
from ..rules.lines import name_of
from ..rules.place import Place, listing, toml_key, toml_text
from ..rules.reading.document import form_of
from ..rules.written import Table
from ..urls import without_secrets
from .bounds import Contradiction, excludes, split
from .conflict_wording import ELSEWHERE, conflict_hint, conflict_sentence, is_conflict, later_hint
from .failure import Failure
from .findings import Diagnosis, diagnose
from .output import FOUND_NOTHING, NO_INDEX, UNREACHABLE
from .trial import effect, tables_for, takes_effect

Tables = Dict[str, Table]
"""Package tables, indexed by the name in their header."""

FILE = "build-overrides.toml"


def sentences(diagnosis: Diagnosis) -> list[str]:
    """Return the causes of a failure, one on each line, or the error itself if no cause is known."""
    return [text for text, _ in _sentences(diagnosis)]


def named_sentences(diagnosis: Diagnosis) -> list[str]:
    """Return the causes of a failure as they are printed, each with the name of its kind."""
    return [named(text, kind) for text, kind in _sentences(diagnosis)]


def kinds_of(diagnosis: Diagnosis) -> list[str]:
    """Return the names of the kinds of the causes of a failure."""
    return [kind for _, kind in _sentences(diagnosis)]


def _sentences(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    label = diagnosis.failure.label
    lines = [
        (f"{label} {finding.says}: {finding.because}", finding.signature.name)
        for finding in diagnosis.findings
    ]
    # A log quotes URLs as the user wrote them, possibly with secrets.
    return [(without_secrets(text), kind) for text, kind in lines or [_unexplained(diagnosis)]]


def _unexplained(diagnosis: Diagnosis) -> tuple[str, str]:
    """Return the sentence about a failure of no known kind, and the name for that."""
    label = diagnosis.failure.label
    verb = "cannot be imported" if diagnosis.failure.step == IMPORT else "does not build"
    nested = diagnosis.failure.nested
    if nested:
        said = f"its build requirement {nested[0].label} does not build"
        return f"{label} {verb}: {said}", "build-requirement-failed"
    failure = diagnosis.failure
    if is_conflict(failure):
        return f"{label} {verb}: {conflict_sentence(failure)}", "requirements-conflict"
    if failure.not_found:
        return f"{label} {verb}: pip {_not_found(failure)}", "requirement-not-found"
    error = failure.cause or failure.error
    limited = f", and {failure.limited}" if failure.limited else ""
    said = f"{label} {verb}, for an unknown reason{limited}" + (f": {error}" if error else "")
    return said, "unknown-failure"


def _not_found(failure: Failure) -> str:
    asked = failure.not_found
    why = {
        NO_INDEX: ", because it uses no package index (--no-index)",
        UNREACHABLE: ", because it cannot connect to the package index",
        FOUND_NOTHING: f", because it finds no release of {name_of(asked) or asked} at all",
    }.get(failure.searched, "")
    if failure.limited and failure.searched not in (NO_INDEX, UNREACHABLE):
        why = f", and {failure.limited}"
    return f"cannot find {asked}, which {failure.asked_in or 'it'} requires{why}"


@dataclass(frozen=True)
class Problem:
    """The reason why a remedy cannot be offered, a hint, and the name of its kind."""

    says: str
    hint: str
    kind: str

    def __post_init__(self) -> None:
        # Both quote the overrides file and the command line, which may contain secrets.
        object.__setattr__(self, "says", without_secrets(self.says))
        object.__setattr__(self, "hint", without_secrets(self.hint))

    def lines(self) -> list[str]:
        """Return the lines of the message."""
        return [self.shown, f"hint: {self.hint}"]

    def to_json(self) -> Json:
        """Return it in the form of an error, as a part of a JSON answer."""
        return {"kind": self.kind, "message": self.says, "where": "", "hint": self.hint}

    @property
    def shown(self) -> str:
        """The reason as it is printed, with the name of its kind."""
        return named(self.says, self.kind)


def not_found_hint(failure: Failure) -> str:
    """Return the hint for a requirement that pip cannot find, or "" if there is none."""
    name = name_of(failure.not_found)
    if not name or is_conflict(failure) or failure.nested:
        return ""
    if failure.searched == NO_INDEX:
        return (
            f"run the command without --no-index, or put {failure.not_found} into a directory that"
            " --find-links names"
        )
    if failure.searched == UNREACHABLE:
        return "check the network connection, --proxy and --index-url, then run the command again"
    if failure.limited:
        if not split(failure.not_found)[1]:
            return later_hint("")
        # The table that asks for it cannot have another rule for the same name.
        rule = f'write replace.{toml_key(name)} = "{name}"'
        if failure.asked_in:
            rule = f"ask for {name} without a version in {failure.asked_in}"
        return later_hint(f"{rule}, which takes a version of that time")
    where = f" in {failure.asked_in}" if failure.asked_in else ""
    if failure.searched == FOUND_NOTHING:
        return f"check the spelling of {name}{where}; {ELSEWHERE}"
    versions = f"`pip index versions {name}` lists them; {ELSEWHERE}"
    if where:
        return f"use a version of {name} that exists{where}: {versions}"
    table = f"package.{toml_key(failure.name)}"
    return f"use a version of {name} that exists, with replace.{name} in {table}: {versions}"


def leftovers_hint(diagnosis: Diagnosis) -> str:
    """Return the hint for a build that may have used results of an earlier one, or "" if none did."""
    left = diagnosis.failure.leftovers
    if not left or diagnosis.rules or is_conflict(diagnosis.failure):
        return ""
    return f"remove what an earlier build left, and run the command again: rm -r {shlex.join(left)}"


def install_hint(diagnosis: Diagnosis) -> str:
    """Return the hint for a build that needs something that is not a Python package, or ""."""
    nested = () if diagnosis.findings else diagnosis.failure.nested
    needed = dict.fromkeys(
        finding.signature.install
        for each in (diagnosis, *map(diagnose, nested))
        for finding in each.findings
        if finding.signature.install
    )
    return f"install {'; and '.join(needed)}; then run the command again" if needed else ""


def stale_code_hint(diagnosis: Diagnosis) -> str:
    """Return the hint for generated code that no rule generates again, or "" if there is none."""
    stale = (f for f in diagnosis.findings if f.signature.regenerate and not f.rules)
    name = diagnosis.failure.name
    if not any(stale) or not name:
        return ""
    return (
        f"install a newer release of {name} (`pip index versions {name}` lists them), or use an older"
        " Python, on which its C code compiles"
    )


def target_hint(diagnosis: Diagnosis) -> str:
    """Return the hint for a remedy that also needs another numpy where the package is used, or ""."""
    if diagnosis.failure.step == IMPORT:
        return ""
    limits = [*diagnosis.rules.constrain, *diagnosis.nameless_rules.constrain]
    if not any(
        name == "numpy" and excludes(specifier, "==2.0") for name, specifier in map(split, limits)
    ):
        return ""
    return (
        "what is compiled against numpy 1 does not run with numpy 2: install 'numpy<2' into the"
        " environment that it is for, too"
    )


def failure_hint(diagnosis: Diagnosis) -> str:
    """Return the hint for a failure that is not, or not only, about a rule to write, or ""."""
    return (
        conflict_hint(diagnosis.failure)
        or not_found_hint(diagnosis.failure)
        or variable_hint(diagnosis)
        or install_hint(diagnosis)
        or stale_code_hint(diagnosis)
        or target_hint(diagnosis)
        or leftovers_hint(diagnosis)
        or (later_hint("") if diagnosis.failure.limited else "")
    )


def variable_hint(diagnosis: Diagnosis) -> str:
    """Return the hint for a compiler that does not exist and that a variable may name, or ""."""
    names = [f.signature.variable for f in diagnosis.findings if f.signature.variable]
    if not names:
        return ""
    return (
        f"correct or unset {names[0]}; if it is not set, set it to a compiler that is installed; then"
        " run the command again"
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
    tables: Tables = {}
    problems = []
    for diagnosis in diagnoses:
        if not diagnosis.rules:
            continue
        try:
            found = _merged(diagnosis, {**existing, **tables}, shown)
        except Contradiction as error:
            problems.append(_problem(error, diagnosis, existing, shown))
        except OverrideError as error:
            label = diagnosis.failure.label
            place = place_of(tables_for(diagnosis.failure, existing)[0], shown)
            says = f"{label}: the fix cannot be merged into {shown}: {place.table}"
            problems.append(
                Problem(
                    f"{says}: {error.message}",
                    error.hint or f"change {place.table} by hand",
                    error.kind,
                )
            )
        else:
            if found is None:
                problems.append(_no_effect(diagnosis, existing, shown))
            else:
                tables.update(found)
    return tables, problems


def _merged(diagnosis: Diagnosis, existing: Mapping[str, Table], shown: str) -> Tables | None:
    """Return the changed table of a package, none if it contains the remedy, or None if none helps.

    A remedy that another table overrules does nothing, so the tables for the version are tried too.

    Raises:
        Contradiction: If no version satisfies both a limit and an entry of the table.
        OverrideError: If the result is not valid.
    """
    failure, rules = diagnosis.failure, diagnosis.rules
    now = effect(existing, failure, rules, shown)
    contained = False
    for key in tables_for(failure, existing):
        before = existing.get(key, {})
        try:
            after = rules.joined_to(before, failure.declared)
        except Contradiction as error:
            error.table = key
            raise
        if after == before:
            contained = True
        elif takes_effect(rules, now, effect({**existing, key: after}, failure, rules, shown)):
            return {key: after}
    return {} if contained else None


def place_of(key: str, shown: str) -> Place:
    """Return the place of a package table in a file."""
    return Place(shown, form_of(shown)).at("package", key)


def _no_effect(diagnosis: Diagnosis, existing: Mapping[str, Table], shown: str) -> Problem:
    failure = diagnosis.failure
    tables = [place_of(key, shown).table for key in tables_for(failure, existing) if key in existing]
    tables += [place_of("*", shown).table] * ("*" in existing)
    package = failure.name + (f"=={failure.version}" if failure.version else "")
    command = shlex.join(["pip-build-override", "explain", "--overrides", shown, package])
    return Problem(
        f"{failure.label} needs {listing(diagnosis.rules.listed)}, but adding that to {shown} changes"
        " nothing",
        f"see what overrules it in {listing(tables) or shown}: {command}",
        "not-fixed",
    )


def _problem(
    error: Contradiction, diagnosis: Diagnosis, existing: Mapping[str, Table], shown: str
) -> Problem:
    label = diagnosis.failure.label
    table, place = existing.get(error.table, {}), place_of(error.table, shown)
    if error.key.partition(".")[0] not in table:
        return Problem(
            f"{label} needs {error.wanted} and {error.entry}; no version satisfies both",
            f"install another version of {diagnosis.failure.name}",
            "requirements-conflict",
        )
    return Problem(
        f"{label} needs {error.wanted}, but {error.key} in {place.shown}: {place.table} requires"
        f" {error.entry}",
        f"in [{place.table}], replace {error.entry} in {error.key} with {toml_text(error.wanted)}",
        "conflicting-rules",
    )


def command(diagnoses: Iterable[Diagnosis], file: str = FILE) -> str:
    """Return a command that builds the packages from source again, with the overrides file.

    A package that was built but cannot be imported is installed already.
    """
    failures = [diagnosis.failure for diagnosis in diagnoses if diagnosis.rules]
    wanted = dict.fromkeys(map(_asked_for, failures))
    # pip always builds a directory.
    names = dict.fromkeys(failure.name for failure in failures if not failure.source)
    installed = [failure.step == IMPORT for failure in failures]
    words = ["pip-build-override", "run", "--overrides", file, "--", "pip", "install"]
    words += ["--force-reinstall"] if any(installed) else []
    words += ["--no-deps"] if all(installed) else []
    words += ["--no-binary", ",".join(names)] if names else []
    words += wanted
    return " ".join(map(shlex.quote, words))


def _asked_for(failure: Failure) -> str:
    """Return the argument with which pip builds a package that failed."""
    if failure.source:
        # What was built from a directory may be on no index.
        return without_secrets(failure.source)
    return failure.name + (f"=={failure.version}" if failure.version else "")
