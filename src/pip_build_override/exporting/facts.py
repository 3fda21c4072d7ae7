"""What is known of one package that is built, such as what it declares and its source tables find."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Iterable, Mapping

from ..errors import OverrideError
from ..in_pip.state.explanation import ExplainedBuild
from ..records.record import Change as RecordedChange
from ..records.record import Record
from ..rules import Answer, Change, Declared, Overrides, Question, package, plan
from ..rules.lines import parts_of

_KEPT = "the declared requirement"
# After a requirement that a source table has settled.
_ORIGIN = re.compile(r" \([a-z ]+\)$")


@dataclass(frozen=True)
class Facts:
    """What is known of one package.

    Attributes:
        name: Its normalised name.
        version: Its version; None if that is not known.
        declared: Its static build requirements; None if they are not known.
        asked: What its build backend asks for; None if that is not known.
        answers: What each source table resolves to, by the name of the distribution: a requirement; ""
            if the declared requirement is kept.
        environment: The versions in its build environment; None if they are not known.
        nested: Whether it is built to fill build environments of other packages, if only among others.
        built: The versions of what is built from source to fill its build environment.
        problem: Why the static requirements are not known.
        hook_problem: Why those of the backend are not known.
        environment_problem: Why the versions in its build environment are not known, although they
            were asked for.
        effective: What is installed into its build environment under the rules, as far as it is known.
        limits: The limits on that.
    """

    name: str
    version: str | None = None
    declared: tuple[str, ...] | None = None
    asked: tuple[str, ...] | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] | None = None
    nested: bool = False
    built: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    hook_problem: str = ""
    environment_problem: str = ""
    effective: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The name, and the version if it is known."""
        return " ".join(filter(None, (self.name, self.version)))

    @property
    def why_unknown(self) -> str:
        """Why it is not known what is built to fill its build environment; "" if it is known."""
        if not self.environment_problem:
            return ""
        return (
            f"what is built to fill the build environment of {self.label} is not known"
            f" ({self.environment_problem})"
        )

    @property
    def is_stable(self) -> bool:
        """Whether the backend certainly asks for nothing but what is declared as well."""
        if self.declared is None or self.asked is None:
            return False
        declared = {_compact(line) for line in self.declared}
        if declared == {"setuptools>=40.8.0", "wheel"}:
            # What older pips assume if nothing is declared; other front ends assume no wheel.
            declared = {"setuptools>=40.8.0"}
        return {_compact(line) for line in self.asked} <= declared


def of_explained(build: ExplainedBuild, hook_problem: str = "") -> Facts:
    """Return the facts in the answer of ``explain``.

    Args:
        build: The answer for one package.
        hook_problem: Why its backend was not asked.
    """
    return Facts(
        build.name,
        build.version,
        build.declared,
        build.declared_by_hook,
        {answer.name: _literal(answer.to) for answer in build.settled},
        hook_problem=hook_problem or "its build backend was not asked",
        effective=tuple(
            _ORIGIN.sub("", line) for line in (*build.effective, *(build.effective_of_hook or ()))
        ),
        limits=build.constraints,
    )


def made_under(record: Record, overrides: Overrides, markers: Mapping[str, str]) -> bool:
    """Return whether a build was made under these rules, by what they change in it.

    Args:
        record: The record of the build.
        overrides: The rules.
        markers: The marker environment of the interpreter that built it.
    """
    answers = of_record(record).answers

    def settle(question: Question) -> Answer:
        text = answers.get(question.name, "")
        return Answer(text, text)

    declared = Declared(record.declared, record.asked)
    try:
        made = plan(overrides, package(record.name, record.version), declared, markers, settle)
    except OverrideError:
        return False
    return _changes(made.changes) == _changes(record.changes)


def _changes(changes: Iterable[Change | RecordedChange]) -> set[tuple[str, str, tuple[str, ...]]]:
    """Return what changes do to build requirements, wherever their rules are."""
    return {
        (change.kind, change.name, tuple(map(_literal, change.after)))
        for change in changes
        if change.kind in ("replace", "remove", "add", "constrain", "requires")
    }


def of_record(record: Record, *, nested: bool = False) -> Facts:
    """Return the facts in the record of a build.

    Args:
        record: The record.
        nested: Whether it was made to fill a build environment.
    """
    answers = {}
    for change in record.changes:
        if change.kind in ("replace", "add", "requires"):
            for text in change.after:
                if text.endswith(")"):
                    answers[parts_of(_literal(text)).name] = _literal(text)
    return Facts(
        record.name,
        record.version,
        record.declared,
        record.asked,
        answers,
        {entry.name: entry.version for entry in record.environment},
        nested,
        {entry.name: entry.version for entry in record.environment if entry.source},
    )


def _literal(shown: str) -> str:
    """Return an answer without the words in parentheses that say where it is from."""
    if shown == _KEPT:
        return ""
    return shown.rpartition(" (")[0] if shown.endswith(")") and " (" in shown else shown


def _compact(line: str) -> str:
    return "".join(line.split())
