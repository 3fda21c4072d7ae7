"""Why a build of a matrix has failed, and what to do about it, by what it has printed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .. import rules
from ..diagnosis import Diagnosis, diagnose, read_log
from ..diagnosis.idle import joined_without_idle
from ..diagnosis.signatures import without_kind
from ..diagnosis.wording import FILE, failure_hint, named_sentences
from ..errors import named
from ..files import shown_path
from ..rules.reading.document import form_of
from ..rules.standards import normalise
from ..rules.written import form_of_tables, lines_of_table, tables_in
from ..urls import without_secrets
from .results import NOT_BUILT
from .versions import CONTRADICTION

_TOLD = "pip-build-override: "
_REFUSED = "pip-build-override: error: "
_ADVICE = "hint: "
_ERROR = "ERROR: "
# What pip's resolvers say if requirements exclude each other.
_EXCLUDES = re.compile(
    r"ResolutionImpossible|conflicting dependencies|; no version satisfies (?:both|all)\b"
)
# What they say of the requirements that they could not fulfil.
_UNFULFILLED = re.compile(
    r"ERROR: (Cannot install .* conflicting dependencies"
    r"|Could not find a version that satisfies the requirement .*)"
)
_UNKNOWN = ", for an unknown reason"


class NotBuilt(Exception):
    """A wheel that could not be built, or was built with something else.

    Args:
        state: The state of the cells that it is for.
        reason: The reason, in one line.
        hints: What to do about it, a line each.
        log: Path of the output of the build; "" if there is none.
    """

    def __init__(self, state: str, reason: str, hints: tuple[str, ...] = (), log: str = "") -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason
        self.hints = hints
        self.log = log


@dataclass(frozen=True)
class Builder:
    """What is known of a build, for messages about it.

    Attributes:
        name: The normalised name of the project.
        rules: The overrides file of the build.
        built: The names of what it is built against.
        overrides: Absolute path of the overrides file of the user; "" if there is none.
    """

    name: str
    rules: Path
    built: tuple[str, ...] = ()
    overrides: str = ""

    def shown(self, text: str) -> str:
        """Return a message of pip or of ours without what the user has not written."""
        user = shown_path(self.overrides) if self.overrides else ""
        for path in map(re.escape, (str(self.rules), shown_path(str(self.rules)))):
            if user:
                # Its rules are included.
                included = rf"{path}: ([^:]+?) in {re.escape(user)}"
                text = re.sub(included, lambda found: f"{user}: {found[1]}", text)
            # The rules of that file itself follow from the matrix.
            text = re.sub(rf"{path}(?:: package\.{re.escape(self.name)}\b)?", "the matrix", text)
        return without_secrets(text)


def failure_in(log: Path, status: int, build: Builder) -> NotBuilt:
    """Return the error for a build that has failed.

    Args:
        log: The file with its output.
        status: Its exit status.
        build: The build.
    """
    said = log.read_text(encoding="utf-8", errors="replace")
    state = CONTRADICTION if _EXCLUDES.search(said) else NOT_BUILT
    reason, hints = _cause(said.splitlines(), status, build)
    plain, _ = without_kind(reason)
    unfulfilled = _UNFULFILLED.search(said)
    if unfulfilled is not None and plain.endswith(_UNKNOWN):
        kind = "requirements-conflict" if state == CONTRADICTION else "requirement-not-found"
        reason = named(f"{plain[: -len(_UNKNOWN)]}: {unfulfilled[1]}", kind)
    return NotBuilt(state, build.shown(reason), tuple(map(build.shown, hints)), str(log))


def _cause(lines: list[str], status: int, build: Builder) -> tuple[str, list[str]]:
    """Return why a build has failed, in one line, and what to do about it, a line each."""
    refusals = [at for at, line in enumerate(lines) if _REFUSED in line]
    if refusals:
        return lines[refusals[-1]].rpartition(_REFUSED)[2], _hint_below(lines, refusals[-1])
    diagnoses = [diagnose(failure) for failure in read_log(lines)]
    told = [at for at, line in enumerate(lines) if _is_told(line, build.name)]
    if told:
        # The shim in that pip knew more than its output shows.
        hints = [hint for hint in _hint_below(lines, told[-1]) if not hint.endswith(":")]
        return lines[told[-1]].strip()[len(_TOLD) :], hints + _remedy(diagnoses, build)
    if diagnoses:
        hints = [hint for hint in dict.fromkeys(map(failure_hint, diagnoses)) if hint]
        return named_sentences(diagnoses[-1])[0], hints + _remedy(diagnoses, build)
    errors = [line.strip() for line in lines if line.strip().startswith(_ERROR)]
    if errors:
        return errors[0][len(_ERROR) :], []
    return f"pip ended with status {status}", []


def _is_told(line: str, name: str) -> bool:
    """Return whether a line is what the shim says about a build of the project that failed."""
    label, _, told = line.strip().partition(_TOLD)
    return not label and normalise(told.partition(" ")[0]) == name


def _hint_below(lines: list[str], at: int) -> list[str]:
    """Return the hint that follows a message, if it has one."""
    for line in lines[at + 1 :]:
        if line.strip().startswith(_ADVICE):
            return [line.strip()[len(_ADVICE) :]]
        if not line.strip():
            break
    return []


def _remedy(diagnoses: list[Diagnosis], build: Builder) -> list[str]:
    """Return which tables to write, and where, a line for each."""
    # The versions of these are what the matrix is about, and no rule of the user changes them.
    useful = [each for each in diagnoses if not set(each.rules.names) & set(build.built)]
    shown, form, content = FILE, "toml", b""
    if build.overrides:
        shown, form = shown_path(build.overrides), form_of(build.overrides)
        content = rules.read_file(build.overrides)
    existing = tables_in(content, form)
    tables, problems, _ = joined_without_idle(useful, (), existing, shown)
    if not tables:
        return [problem.hint for problem in problems]
    if form == "txt":
        tables, shown = {**existing, **tables}, f"{FILE}, instead of {shown}"
    hints = []
    for name, table in tables.items():
        header, *keys = lines_of_table(name, table, form_of_tables(form))
        written = f"{header} and under it {' and '.join(keys)}"
        if build.overrides and form != "txt":
            hints.append(write_into_hint(written, shown, there=name in existing))
        else:
            hints.append(write_hint(written, shown))
    return hints + [problem.hint for problem in problems]


def write_hint(table: str, file: str) -> str:
    """Return the hint to write a table into a file that the matrix does not use yet."""
    return f"write {table} into {file}, and name {FILE} with --overrides"


def write_into_hint(table: str, file: str, *, there: bool) -> str:
    """Return the hint to write a table into the overrides file of the user, which may have it."""
    if there:
        return f"write {table} into {file}, in place of what is under that header"
    return f"write {table} into {file}, and run it again"
