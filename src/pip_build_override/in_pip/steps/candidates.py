"""Offers pip's resolver what is borrowed besides: what a borrowed distribution needs at run time.

A preference and no rule. pip takes a stand-in first where the version fits all that is asked of it, and
goes on to what its index has where it does not.
"""

from __future__ import annotations

from typing import Any

from pip._internal.models.candidate import InstallationCandidate
from pip._internal.models.link import Link

from ...rules.standards import normalise
from ..internals import seams
from ..internals.seams import Call, Original
from ..session import Session


def with_stand_in(session: Session, original: Original, call: Call) -> Any:
    """Put the stand-in of a distribution before all candidates that pip has found."""
    result = call.to(original)
    name = normalise(call["project_name"])
    stand_in = session.filling.stand_in(name)
    if stand_in is None:
        return result
    session.filling.offered.add(name)
    specifier = call.get("specifier")
    # As for an installed distribution, a pre-release counts. Whoever gives hashes means a file.
    if call.get("hashes") or not (
        specifier is None or specifier.contains(stand_in.version, prereleases=True)
    ):
        return result
    try:
        candidates = list(result.iter_all() if hasattr(result, "iter_all") else result.all_candidates)
        applicable = list(
            result.iter_applicable()
            if hasattr(result, "iter_applicable")
            else result.applicable_candidates
        )
        if any(getattr(candidate, "locked", False) for candidate in candidates):
            return result
        ours = InstallationCandidate(name=name, version=stand_in.version, link=Link(stand_in.url))
        # The last one is the best.
        return type(result)([*candidates, ours], [*applicable, ours], ours)
    except (AttributeError, TypeError, AssertionError) as error:
        seams.passed_by(seams.BEST_CANDIDATE, str(error))
