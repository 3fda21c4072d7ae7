"""The search for the rules of one package: which means are tried, and in which order."""

from __future__ import annotations

from datetime import date
from typing import Callable, Iterable, Iterator, Sequence

from ..diagnosis import Failure, diagnose
from ..diagnosis.wording import failure_hint, sentences
from ..rules.place import listing
from ..rules.written import Table
from .attempts import BUILT, TimeIsUp, Workbench
from .causes import beyond_build_requirements
from .generated import fails_in_generated_code, regenerate
from .moments import Contents, Moment, moments, released
from .narrowing import finish, narrow
from .pins import asks_for, loosened, replacements
from .remedies import follow
from .result import GENERATED, MODULE, MOMENT, SEARCH, SIGNATURE, Fixed, NotFixed
from .search import Search, Tried, mark_of
from .tables import AS_OF, REGENERATE, units

_REMEDIES = 6
_REMEDIES_BEYOND = 2
_REMEDIES_AT_A_MOMENT = 2
_MOMENTS_IF_NO_RULE_HELPS = 3

Starts = Iterable["tuple[Table, str]"]
"""Tables to start from, and what the user reads of them."""


def fix_package(
    failure: Failure,
    outer: Sequence[Failure],
    bench: Callable[[Failure], Workbench],
    python: str,
    today: date,
) -> Fixed | NotFixed:
    """Search for the rules with which a package builds and can be imported.

    Args:
        failure: The failure of the package.
        outer: The failures of those that it is a build requirement of, the nearest first.
        bench: Returns the workbench that builds the package of a failure.
        python: Minor version of the interpreter, such as ``3.11``.
        today: The day, for the reasons that are written.

    Returns:
        The rules, which may be for the nearest of ``outer``; or why there are none.
    """
    ruled_out: tuple[str, ...] = ()
    asked = asks_for(outer[0], failure, python) if outer else ""
    if asked:
        # The release that it is pinned to may never have supported this Python; newer ones do.
        search = Search(outer[0], bench(outer[0]), python, today)
        found = _searched(search, lambda: replacements(search, {}, asked, failure.version))
        if isinstance(found, Fixed):
            return found
        ruled_out = found.ruled_out
    found = _searched(Search(failure, bench(failure), python, today))
    if isinstance(found, NotFixed):
        return NotFixed(found.reason, (*ruled_out, *found.ruled_out), found.hint)
    return found


def _searched(search: Search, starts: Callable[[], Starts] = lambda: ()) -> Fixed | NotFixed:
    try:
        _find(search, starts())
        if search.best is not None:
            finish(search)
            search.complete = True
    except TimeIsUp:
        if search.best is None:
            return _not_fixed(search, "nothing was found before the search ended")
    return _fixed(search) if search.best is not None else _not_fixed(search)


def _find(search: Search, starts: Starts) -> None:
    """Try one means after the other until the package works."""
    last = _first(search, starts)
    if last is None:
        return
    cause = beyond_build_requirements(last.failure) if last.failure else ""
    chain = follow(search, last, _REMEDIES_BEYOND if cause else _REMEDIES)
    last = chain[-1]
    if last.works or cause or _is_beyond(last):
        return
    for means in (_unresolved, _stale, _by_moment, _stale_after_all, _by_pins):
        if means(search, last) or _never_imports(search):
            return


def _first(search: Search, starts: Starts) -> Tried | None:
    """Return what to go on from, a table to start from or the failure itself; None if one works."""
    first = None
    for table, purpose in starts:
        tried = follow(search, search.attempt(table, purpose), _REMEDIES_AT_A_MOMENT)[-1]
        if tried.works:
            _explain_pins(search, tried.table)
            return None
        first = first or tried
    return first or search.tried({})


def _is_beyond(last: Tried) -> bool:
    return last.failure is not None and bool(beyond_build_requirements(last.failure))


def _unresolved(search: Search, last: Tried) -> bool:
    """Replace pins that pip cannot find, or that exclude each other."""
    failure = last.failure
    return (
        failure is not None and bool(failure.not_found or failure.conflict) and _by_pins(search, last)
    )


def _by_pins(search: Search, last: Tried) -> bool:
    for table, purpose in loosened(search, last.table):
        if search.permits(table):
            chain = follow(search, search.attempt(table, purpose), _REMEDIES_AT_A_MOMENT)
            if chain[-1].works:
                _explain_pins(search, chain[-1].table)
                return True
    return False


def _explain_pins(search: Search, table: Table) -> None:
    for key, name in units(table):
        if key == "replace" and name not in search.reasons:
            required = name + search.declared.get(name, "")
            reason = f"it does not build with {required}, which it requires"
            search.explain(name, f"{reason} (found by fix on {search.today.isoformat()})", SEARCH)


def _stale(search: Search, last: Tried) -> bool:
    """Generate files again if the compiler failed, which is likely to be because of them."""
    failure = last.failure
    return failure is not None and fails_in_generated_code(failure) and regenerate(search, last)


def _stale_after_all(search: Search, last: Tried) -> bool:
    if not search.failure.generated and not (last.failure and last.failure.generated):
        return False
    if not any(REGENERATE in tried.table for tried in search.history) and regenerate(search, last):
        return True
    for moment in list(_moments(search, last))[:2]:
        if regenerate(search, last, {AS_OF: moment.value}):
            best = search.best
            assert best is not None
            narrow(search, best, moment)
            return True
    return False


def _by_moment(search: Search, last: Tried) -> bool:
    """Find a moment as of which the package works, and what of it matters."""
    contents = Contents(search)
    there = {contents.on(search.today)}
    for moment in _moments(search, last):
        expected = contents.on(moment.day)
        if expected is not None and expected in there:
            continue
        there.add(expected)
        table = {**last.table, AS_OF: moment.value}
        chain = follow(search, search.attempt(table, moment.purpose), _REMEDIES_AT_A_MOMENT)
        if chain[-1].works:
            narrow(search, chain[-1], moment)
            return True
        if _never_imports(search):
            return False
    return False


def _moments(search: Search, last: Tried) -> Iterator[Moment]:
    found = moments(released(search), search.python, search.today)
    findings = diagnose(last.failure, search.python).findings if last.failure is not None else ()
    hopeless = bool(findings) and not any(finding.rules for finding in findings)
    yield from found[: _MOMENTS_IF_NO_RULE_HELPS if hopeless else None]


def _never_imports(search: Search) -> bool:
    """Return whether two builds that differ failed to be imported for the same reason."""
    built = [tried for tried in search.history if tried.attempt.state == BUILT and not tried.works]
    marks = [mark_of(tried.failure) for tried in built]
    return len(marks) > len(set(marks))


def _fixed(search: Search) -> Fixed:
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
    return Fixed(failure.name, failure.version, table, first, search.complete, tuple(search.notes))


def _not_fixed(search: Search, reason: str = "") -> NotFixed:
    last = next((tried for tried in reversed(search.history) if tried.attempt.state == BUILT), None)
    failure = last.failure if last is not None and last.failure is not None else search.failure
    reason = reason or beyond_build_requirements(search.failure)
    if not reason and last is not None:
        said = listing(sentences(diagnose(failure, search.python))) if last.failure is not None else ""
        reason = f"it builds, but cannot be imported: {said}".rstrip(": ")
    reason = reason or "no build requirements were found with which it builds"
    ruled_out = tuple(dict.fromkeys(tried.purpose for tried in search.history))
    return NotFixed(reason, ruled_out, not_fixed_hint(failure, search.python))


def not_fixed_hint(failure: Failure, python: str) -> str:
    """Return what a user can do about a package for which no rules were found."""
    hint = failure_hint(diagnose(failure, python))
    return hint or f"install another version of {failure.name}"
