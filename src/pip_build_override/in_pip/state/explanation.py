"""The answer to ``explain``, which pip writes, and the command reads and prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...documents import fields, fields_of_format, flag, optional, read, text, tuple_of
from ...files import Json
from ...frozen import Frozen

if TYPE_CHECKING:
    from ...diagnosis import Failure

FORMAT = 2
"""Increase this if a field is removed, or changes its meaning."""


class ExplainedChange(Frozen):
    """What a rule changes.

    Args:
        text: the change, as a build announces it.
        kind: the key of the rule.
        where: file and table of the rule.
        reason: why the rule has this effect.
        because: why its table exists, in the words of its author; often empty.
    """

    text: str
    kind: str
    where: str
    reason: str
    because: str

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, document: object) -> ExplainedChange:
        """Read a document.

        Raises:
            ValueError: if it is not a valid document.
        """
        values = fields(document)
        texts = dict.fromkeys(("text", "kind", "where", "reason", "because"), text)
        return read(cls, values, texts)


class ExplainedAnswer(Frozen):
    """The answer to a source table.

    Args:
        name: normalised name of the distribution whose version is asked for.
        origin: where the version comes from.
        to: the answer.
        why: the reason.
    """

    name: str
    origin: str
    to: str
    why: str

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {"name": self.name, "from": self.origin, "to": self.to, "why": self.why}

    @classmethod
    def from_json(cls, document: object) -> ExplainedAnswer:
        """Read a document.

        Raises:
            ValueError: if it is not a valid document.
        """
        return read(
            lambda **own: cls(origin=own.pop("from"), **own),
            fields(document),
            {"name": text, "from": text, "to": text, "why": text},
        )


class ExplainedFile(Frozen):
    """A file that Cython is to generate again.

    Args:
        file: its path in the sources.
        source: the path of what it is generated from.
        was: the version of Cython that generated it.
        problem: why the project may pass other arguments to Cython than are known; often empty.
    """

    file: str
    source: str
    was: str
    problem: str

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, document: object) -> ExplainedFile:
        """Read a document.

        Raises:
            ValueError: if it is not a valid document.
        """
        texts = dict.fromkeys(("file", "source", "was", "problem"), text)
        return read(cls, fields(document), texts)


class ExplainedBuild(Frozen):
    """The plan of a build.

    Args:
        ready_made: whether pip would choose an existing wheel, and build nothing.
        name: the name of the package.
        version: the version of the package; None if it is unknown before it is built.
        declared: the static build requirements.
        declared_by_hook: the requirements of its build backend; None if that was not asked.
        effective: the requirements that replace the static ones.
        effective_of_hook: the requirements that replace those of the backend.
        constraints: the constraints on its build environment.
        changes: what the rules change.
        settled: the answers to its source tables.
        set_aside: rules that do not act, each with the reason.
        unused: rules that have nothing to act on, each as an error message.
        not_used_so_far: rules that have an effect only if the backend, which was not asked, requires a
            name in them, each with its file and table.
        regenerate: the files that Cython is to generate again.
    """

    ready_made: bool
    name: str
    version: str | None
    declared: tuple[str, ...]
    declared_by_hook: tuple[str, ...] | None
    effective: tuple[str, ...]
    effective_of_hook: tuple[str, ...] | None
    constraints: tuple[str, ...]
    changes: tuple[ExplainedChange, ...]
    settled: tuple[ExplainedAnswer, ...]
    set_aside: tuple[str, ...]
    unused: tuple[str, ...]
    not_used_so_far: tuple[str, ...]
    regenerate: tuple[ExplainedFile, ...] = ()

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {
            "ready_made": self.ready_made,
            "name": self.name,
            "version": self.version,
            "declared": {"static": self.declared, "hook": self.declared_by_hook},
            "effective": {
                "static": self.effective,
                "hook": self.effective_of_hook,
                "constraints": self.constraints,
            },
            "changes": [change.to_json() for change in self.changes],
            "settled": [answer.to_json() for answer in self.settled],
            "set_aside": self.set_aside,
            "unused": self.unused,
            "not_used_so_far": self.not_used_so_far,
            "regenerate": [file.to_json() for file in self.regenerate],
        }

    @classmethod
    def from_json(cls, document: object) -> ExplainedBuild:
        """Read a document.

        Raises:
            ValueError: if it is not a valid document.
        """
        texts = tuple_of(text)
        both = {"static": texts, "hook": optional(texts)}
        return read(
            lambda declared, effective, **own: cls(
                declared=declared["static"],
                declared_by_hook=declared["hook"],
                effective=effective["static"],
                effective_of_hook=effective["hook"],
                constraints=effective["constraints"],
                **own,
            ),
            fields(document),
            {
                "ready_made": flag,
                "name": text,
                "version": optional(text),
                "declared": lambda value: read(dict, fields(value), both),
                "effective": lambda value: read(dict, fields(value), {**both, "constraints": texts}),
                "changes": tuple_of(ExplainedChange.from_json),
                "settled": tuple_of(ExplainedAnswer.from_json),
                "set_aside": texts,
                "unused": texts,
                "not_used_so_far": texts,
                "regenerate": tuple_of(ExplainedFile.from_json),
            },
        )


NOT_FOUND_HINT = "check its spelling, the package index, and the network connection"


class Unexplained(Frozen):
    """A requirement for which there is no plan.

    Args:
        requirement: the requirement as the user gave it.
        problem: why there is none.
        hint: what to do about it; empty if nothing is wrong.
        kind: the name of what is wrong; empty if nothing is.
    """

    requirement: str
    problem: str
    hint: str = ""
    kind: str = ""

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, document: object) -> Unexplained:
        """Read a document.

        Raises:
            ValueError: if it is not a valid document.
        """
        return read(
            cls, fields(document), {"requirement": text, "problem": text, "hint": text, "kind": text}
        )


class Explanation(Frozen):
    """The whole answer.

    Args:
        packages: the answer for each requirement, in the order of the requirements.
    """

    packages: tuple[ExplainedBuild | Unexplained, ...]

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {"format": FORMAT, "packages": [package.to_json() for package in self.packages]}

    @classmethod
    def from_json(cls, document: object) -> Explanation:
        """Read a document.

        Raises:
            ValueError: if it is not a valid document, or has another format number.
        """
        return read(cls, fields_of_format(document, FORMAT), {"packages": tuple_of(_package)})


class FailedExplanation(Frozen):
    """What takes the place of the answer if a build backend, or what it needs, fails.

    Args:
        failures: what is known of the builds that failed, the innermost first.
    """

    failures: tuple[Failure, ...]

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {"format": FORMAT, "failures": [failure.to_json() for failure in self.failures]}

    @classmethod
    def from_json(cls, document: object) -> FailedExplanation:
        """Read a document.

        Raises:
            ValueError: if it is not a valid document, or has another format number.
        """
        from ...diagnosis import Failure

        return read(cls, fields_of_format(document, FORMAT), {"failures": tuple_of(Failure.from_json)})


def _package(document: object) -> ExplainedBuild | Unexplained:
    if "problem" in fields(document):
        return Unexplained.from_json(document)
    return ExplainedBuild.from_json(document)
