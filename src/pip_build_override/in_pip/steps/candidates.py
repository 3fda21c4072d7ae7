"""Offers pip's resolver stand-ins for what a borrowed distribution needs at run time.

This is a preference, not a rule. pip chooses a stand-in if its version satisfies all requirements, and
continues with the candidates of its index if it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...rules.standards import normalise
from ..internals import functions, objects
from ..internals.seams import Call, Original

if TYPE_CHECKING:
    from ..internals.protocols import BestCandidateResult
    from ..state.environments import Environments


class Candidates:
    """Adds to the candidates of pip's resolver.

    Args:
        environments: the environments that this pip fills.
    """

    def __init__(
        self,
        environments: Environments,
    ) -> None:
        self._environments = environments

    def with_stand_in(self, original: Original, call: Call) -> BestCandidateResult:
        """Put the stand-in of a distribution before all candidates that pip finds."""
        result: BestCandidateResult = call.to(original)
        name = normalise(call["project_name"])
        stand_in = self._environments.current.stand_in(name)
        if stand_in is None:
            return result
        self._environments.current.note_offered(name)
        specifier = call.get("specifier")
        # A pre-release counts, as for an installed distribution. Hashes require a real file.
        if call.get("hashes") or not (
            specifier is None or specifier.contains(stand_in.version, prereleases=True)
        ):
            return result
        ours = functions.candidate(name, stand_in.version, stand_in.url)
        return objects.with_candidate(result, ours)
