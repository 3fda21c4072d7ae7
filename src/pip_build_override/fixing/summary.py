"""What a search found, as it is handed on: the rules with their reasons, or what was ruled out."""

from __future__ import annotations

from ..diagnosis import Failure, diagnose
from ..diagnosis.causes import beyond_build_requirements
from ..diagnosis.wording import failure_hint, sentences, target_hint
from ..rules.lines import name_of
from ..rules.place import listing
from ..rules.standards import normalise
from .attempts import BUILT, REFUSED
from .newer_numpy import built_with_another_numpy
from .result import GENERATED, MODULE, MOMENT, SEARCH, SIGNATURE, Fixed, NotFixed
from .search import Search
from .tables import units


def fixed(search: Search) -> Fixed:
    """Return the rules that were found, with their reasons."""
    best = search.best
    assert best is not None
    names = dict.fromkeys(name or key for key, name in units(best.table))
    told = [search.reasons[name] for name in names if name in search.reasons]
    reasons = dict.fromkeys(reason for reason, _ in told)
    found = f"it builds with these rules (found by fix on {search.today.isoformat()})"
    table = {**best.table, "reason": "; ".join(reasons) or found}
    means = {means for _, means in told}
    order = (MOMENT, GENERATED, SEARCH, SIGNATURE, MODULE)
    first = next((each for each in order if each in means), SEARCH)
    failure = search.failure
    return Fixed(failure.name, failure.version, table, first, search.complete)


def not_fixed(search: Search, reason: str = "") -> NotFixed:
    """Return why no rules were found.

    Args:
        search: The search.
        reason: Why, if it ended early.
    """
    last = next((tried for tried in reversed(search.history) if tried.attempt.state == BUILT), None)
    failure = last.failure if last is not None and last.failure is not None else _telling(search)
    reason = reason or beyond_build_requirements(failure)
    ruled_out = tuple(dict.fromkeys(tried.purpose for tried in search.history))
    refused = [tried.attempt for tried in search.history if tried.attempt.state == REFUSED]
    if not reason and refused and len(refused) == len(search.history):
        return NotFixed(f"no rule can be in force: {refused[0].refusal}", ruled_out, refused[0].hint)
    if not reason and last is not None:
        said = listing(sentences(diagnose(failure, search.python))) if last.failure is not None else ""
        reason = f"it builds, but cannot be imported: {said}".rstrip(": ")
    if not reason and failure.not_found:
        itself = name_of(failure.not_found) == normalise(failure.name)
        wanted = failure.not_found
        reason = "cannot be found by pip" if itself else f"requires {wanted}, which pip cannot find"
    reason = reason or "no build requirements were found with which it builds"
    hint = _another_numpy_hint(search, failure) or not_fixed_hint(failure, search.python)
    return NotFixed(reason, ruled_out, hint)


def _telling(search: Search) -> Failure:
    """Return the failure that no build requirement fixes, or the first one."""
    failures = (tried.failure for tried in search.history if tried.failure is not None)
    return next(filter(beyond_build_requirements, failures), search.failure)


def _another_numpy_hint(search: Search, last: Failure) -> str:
    """Return the hint for what builds with an old numpy only, and is imported with a new one, or ""."""
    if not built_with_another_numpy(last):
        return ""
    failures = [search.failure, *(tried.failure for tried in search.history if tried.failure)]
    return next(filter(None, (target_hint(diagnose(each, search.python)) for each in failures)), "")


def not_fixed_hint(failure: Failure, python: str) -> str:
    """Return what a user can do about a package for which no rules were found."""
    hint = failure_hint(diagnose(failure, python))
    return hint or f"install another version of {failure.name}"
