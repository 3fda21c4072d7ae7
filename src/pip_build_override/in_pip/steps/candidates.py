"""Offers pip's resolver what a borrowed distribution needs at run time.

It is a preference, not a rule. pip takes a stand-in first if its version fits all that is asked of it,
and goes on to what its index has if it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pip._internal.models.candidate import InstallationCandidate
from pip._internal.models.link import Link

from ...rules.standards import normalise
from ..internals import seams
from ..internals.seams import Call, Original

if TYPE_CHECKING:
    from ..state.environments import Environments


class Candidates:
    """What pip's resolver is offered.

    Args:
        environments: that this pip fills.
    """

    def __init__(
        self,
        environments: Environments,
    ) -> None:
        self._environments = environments

    def with_stand_in(self, original: Original, call: Call) -> Any:
        """Put the stand-in of a distribution before all candidates that pip has found."""
        result = call.to(original)
        name = normalise(call["project_name"])
        stand_in = self._environments.current.stand_in(name)
        if stand_in is None:
            return result
        self._environments.current.note_offered(name)
        specifier = call.get("specifier")
        # As for an installed distribution, a pre-release counts. Whoever gives hashes means a file.
        if call.get("hashes") or not (
            specifier is None or specifier.contains(stand_in.version, prereleases=True)
        ):
            return result
        try:
            candidates = list(
                result.iter_all() if hasattr(result, "iter_all") else result.all_candidates
            )
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
