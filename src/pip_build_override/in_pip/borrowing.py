"""Distributions of the target environment, lent to the build environments of a run."""

from __future__ import annotations

from ..errors import OverrideError
from ..rules import Answer, Question
from .target import Standing, Target


def lend(question: Question, standing: Standing, target: Target) -> Answer:
    """Have an installed distribution itself linked into a build environment.

    Raises:
        OverrideError: where that cannot be.
    """
    raise OverrideError(
        "borrow in a source table is not supported yet",
        where=question.where,
        hint="leave borrow out",
    )
