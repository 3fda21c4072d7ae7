"""The search for the rules of one package: which means are tried, and in which order."""

from __future__ import annotations

from datetime import date
from typing import Callable, Iterable, Sequence

from ..diagnosis import Failure, diagnose
from ..diagnosis.causes import beyond_build_requirements
from ..diagnosis.output import FOUND_NOTHING
from ..rules.lines import name_of
from ..rules.standards import normalise
from ..rules.written import Table
from .attempts import BUILT, REFUSED, TimeIsUp, Workbench
from .generated import fails_in_generated_code, regenerate
from .moments import Contents, Moment, moments, released
from .narrowing import finish, narrow
from .newer_numpy import build_with_newer_numpy
from .pins import asks_for, loosened, replacements
from .remedies import follow
from .result import SEARCH, Fixed, NotFixed
from .search import Search, Tried, mark_of
from .summary import fixed, not_fixed
from .tables import AS_OF, REGENERATE, units
from .tools import old_tools
from .witnesses import by_generator

_REMEDIES = 6
_REMEDIES_BEYOND = 2
_REMEDIES_AT_A_MOMENT = 2
_MOMENTS_IF_NO_RULE_HELPS = 2
_MOMENTS_WITHOUT_REMEDIES = 2
_MOMENTS_WITHOUT_PINS = 2

Starts = Iterable[Table]
"""Tables to start from."""


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
        if isinstance(found, Fixed) or search.hopeless:
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
            return not_fixed(search, "nothing was found before the search ended")
    return fixed(search) if search.best is not None else not_fixed(search)


def _find(search: Search, starts: Starts) -> None:
    """Try one means after the other until the package works."""
    last = _first(search, starts)
    if last is None:
        return
    cause = beyond_build_requirements(last.failure) if last.failure else ""
    chain = follow(search, last, _REMEDIES_BEYOND if cause else _REMEDIES)
    last = chain[-1]
    if last.works or cause or _is_beyond(last):
        search.hopeless = not last.works and _is_its_own(last)
        return
    if _is_nowhere(search, last):
        # No moment has more files than there are today. One may help without a remedy that asks for it.
        if last.table:
            _as_of(search, {}, _moments(search, last)[:_MOMENTS_WITHOUT_REMEDIES])
        return
    for means in (
        *(_unresolved, _stale, build_with_newer_numpy, _by_witness, _by_moment, _stale_after_all),
        *(_by_pins, _by_border),
    ):
        if means(search, last) or search.hopeless or _never_imports(search):
            return
        last = search.further or last


def _first(search: Search, starts: Starts) -> Tried | None:
    """Return what to go on from, a table to start from or the failure itself; None if one works."""
    first = None
    for table in starts:
        tried = follow(search, search.attempt(table), _REMEDIES_AT_A_MOMENT)[-1]
        if tried.works:
            _explain_pins(search, tried.table)
            return None
        if _is_beyond(tried) and _is_its_own(tried):
            return tried
        first = first or tried
    return first or search.tried({})


def _is_beyond(last: Tried) -> bool:
    return last.failure is not None and bool(beyond_build_requirements(last.failure))


def _is_its_own(last: Tried) -> bool:
    """Return whether the cause is in the package, and not in the build of one of its requirements."""
    return last.failure is not None and not last.failure.nested


def _is_nowhere(search: Search, last: Tried) -> bool:
    """Return whether pip finds no release at all of something that is required directly."""
    failure = last.failure
    if failure is None or not failure.not_found or failure.limited:
        return False
    name = name_of(failure.not_found)
    if name == normalise(search.failure.name):
        # Nothing is there to be built.
        return True
    direct = name in search.declared or name in (name for _, name in units(last.table))
    if not direct or (failure.searched != FOUND_NOTHING and search.releases(name)):
        return False
    search.nowhere.add(name)
    return True


def _unresolved(search: Search, last: Tried) -> bool:
    """Replace pins that pip cannot find, or that exclude each other."""
    failure = last.failure
    return (
        failure is not None and bool(failure.not_found or failure.conflict) and _by_pins(search, last)
    )


def _by_pins(search: Search, last: Tried) -> bool:
    table = last.table
    for table in loosened(search, last.table):
        if search.permits(table):
            chain = follow(search, search.attempt(table), _REMEDIES_AT_A_MOMENT)
            if chain[-1].works:
                _explain_pins(search, chain[-1].table)
                return True
    if table == last.table or not _as_of(search, table, _moments(search, last)[:_MOMENTS_WITHOUT_PINS]):
        return False
    assert search.best is not None
    _explain_pins(search, search.best.table)
    return True


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
    if not search.failure.generated or REGENERATE in last.table or _is_decided(search, last):
        return False
    if not any(REGENERATE in tried.table for tried in search.history) and regenerate(search, last):
        return True
    contents = Contents(search)
    ahead = [each for each in _moments(search, last) if not contents.lacks(each.day, last.table)]
    for moment in ahead[:2]:
        if regenerate(search, last, {AS_OF: moment.value}):
            best = search.best
            assert best is not None
            narrow(search, best, moment)
            return True
    return False


def _by_witness(search: Search, last: Tried) -> bool:
    return _may_help(search, last) and by_generator(search, last)


def _by_moment(search: Search, last: Tried) -> bool:
    """Find a moment as of which the package works, and what of it matters."""
    if _as_of(search, last.table, _moments(search, last)):
        return True
    # The remedies may have led astray.
    plain = bool(last.table) and not _never_imports(search)
    return plain and _as_of(search, {}, _moments(search, last)[:_MOMENTS_WITHOUT_REMEDIES])


def _as_of(search: Search, base: Table, ahead: Iterable[Moment]) -> bool:
    contents = Contents(search)
    there = {contents.on(search.today)}
    refused = 0
    for moment in ahead:
        expected = contents.on(moment.day)
        if (expected is not None and expected in there) or contents.lacks(moment.day, base):
            continue
        there.add(expected)
        table = {**base, AS_OF: moment.value}
        chain = follow(search, search.attempt(table), _REMEDIES_AT_A_MOMENT)
        if chain[-1].works:
            narrow(search, chain[-1], moment)
            return True
        refused += chain[-1].attempt.state == REFUSED
        if refused > 1 or _never_imports(search):
            return False
    return False


def _by_border(search: Search, last: Tried) -> bool:
    """Limit single tools to what preceded their largest changes, while the others are the newest.

    This is for what needs an old release of one tool, and a new one of another: no moment has both.
    """
    if not _may_help(search, last):
        return False
    for table in old_tools(search, last):
        if search.permits(table) and follow(search, search.attempt(table), 1)[-1].works:
            return True
    return False


def _moments(search: Search, last: Tried) -> list[Moment]:
    found = moments(released(search), search.python, search.today)
    search.release = found[0].day.isoformat() if found else ""
    return found[: None if _may_help(search, last) else _MOMENTS_IF_NO_RULE_HELPS]


def _may_help(search: Search, last: Tried) -> bool:
    """Return whether rules may help: not if the cause is known, and no rules are known for it.

    Other build requirements do not change the C code that an sdist ships; generating it again does.
    """
    findings = diagnose(last.failure, search.python).findings if last.failure is not None else ()
    return not findings or any(
        finding.rules and not finding.signature.regenerate for finding in findings
    )


def _is_decided(search: Search, last: Tried) -> bool:
    """Return whether the cause is known, and is in no generated code."""
    findings = diagnose(last.failure, search.python).findings if last.failure is not None else ()
    return bool(findings) and not any(
        finding.rules or finding.signature.regenerate for finding in findings
    )


def _never_imports(search: Search) -> bool:
    """Return whether two builds that differ failed to be imported for the same reason."""
    built = [tried for tried in search.history if tried.attempt.state == BUILT and not tried.works]
    marks = [mark_of(tried.failure) for tried in built]
    return len(marks) > len(set(marks))
