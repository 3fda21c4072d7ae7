"""The question that a source table asks, and the answer that a run of pip gives."""

from __future__ import annotations

from typing import Callable

from ...errors import OverrideError
from ...frozen import Frozen
from ..tables import Source


class Question(Frozen):
    """A source table in force, for one package that is being built.

    Attributes:
        name: Normalised name of the distribution whose version is needed.
        source: Source of the version.
        declared: Specifiers of the declared requirements of that name that apply.
        where: File and table of the rule.
        replaces: Whether it replaces a declared requirement, which could be kept instead.
        unreadable: Declared requirements of that name that apply, but whose allowed versions are not
            known because the specifier or the marker cannot be read.
    """

    name: str
    source: Source
    declared: tuple[str, ...] = ()
    where: str = ""
    replaces: bool = False
    unreadable: tuple[str, ...] = ()


class Answer(Frozen):
    """The answer to a source table.

    Attributes:
        requirement: PEP 508 text beginning with the name; empty if the declared requirement is kept.
        shown: The requirement as messages show it.
        reason: Reason for this requirement.
        note: Anything else that the user should know.
        exact: Constraint that no other build of that version satisfies; empty if none is needed.
        key: Identity of the answer, for the wheel cache.
        version: Version that must be installed; empty if any may be.
        sha256: SHA-256 of the file that must be installed; empty if it is not known.
        files: Digest of the file entries in the RECORD of that distribution; empty if it is not known.
        of_target: Whether it is the version in the target.
    """

    requirement: str
    shown: str
    reason: str = ""
    note: str = ""
    exact: str = ""
    key: str = ""
    version: str = ""
    sha256: str = ""
    files: str = ""
    of_target: bool = False


Settle = Callable[[Question], Answer]
"""A function that answers a source table, or raises OverrideError if that is not possible."""


def refuse_outside_pip(question: Question) -> Answer:
    """Refuse to answer, because installed versions and indexes are known only inside pip.

    Raises:
        OverrideError: Always.
    """
    raise OverrideError(
        f"the version of {question.name} is known only in a run of pip",
        kind="unresolved-source",
        where=question.where,
        hint="use pip-build-override explain to see it",
    )
