"""What a source table asks, and the answer that a run of pip gives to it."""

from __future__ import annotations

from typing import Callable

from ...errors import OverrideError
from ...frozen import Frozen
from ..tables import Source


class Question(Frozen):
    """A source table in force, asked for one package that is being built.

    :param name: normalised name of the distribution whose version is wanted.
    :param source: where that comes from.
    :param declared: specifiers of the requirements of that name that are declared and apply.
    :param where: file and table of the rule.
    :param replaces: whether it takes the place of something declared, which could stand instead.
    :param unreadable: declared requirements of that name that apply, but whose specifier or marker
        cannot be read, so that the versions that they allow are not known.
    """

    name: str
    source: Source
    declared: tuple[str, ...] = ()
    where: str = ""
    replaces: bool = False
    unreadable: tuple[str, ...] = ()


class Answer(Frozen):
    """What a source table has come to.

    :param requirement: PEP 508 text beginning with the name; empty where what is declared stands.
    :param shown: the requirement as messages have it.
    :param reason: why it is this one.
    :param note: what else there is to say of it.
    :param exact: a constraint that no other build of that version meets; empty where none is needed.
    :param key: what tells it from every other answer, for the wheel cache.
    :param version: the one that must be installed for it; empty if any may be.
    :param sha256: of the file that must be installed for it, as far as that is known.
    :param files: digest of what the RECORD of that says of its files, as far as it is known.
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


Settle = Callable[[Question], Answer]
"""Answers a source table; raises OverrideError where it cannot be answered."""


def outside_of_pip(question: Question) -> Answer:
    """Answer no source table: what is installed, and what an index has, is known inside pip only.

    :raises OverrideError: always.
    """
    raise OverrideError(
        f"the version of {question.name} is known only in a run of pip",
        where=question.where,
        hint="see what it comes to with pip-build-override explain",
    )
