"""From something that works to the fewest and loosest rules: which requirements matter, and how far."""

from __future__ import annotations

import re
from typing import Iterable, Mapping, NamedTuple

from ..diagnosis.bounds import Contradiction
from ..diagnosis.remedy import Rules
from ..rules.standards import contains, normalise
from ..rules.written import Table
from .attempts import BUILT
from .limits import is_older, limit_after, loosest
from .moments import Moment
from .result import MOMENT, SEARCH, SIGNATURE
from .search import Search, Tried
from .tables import AS_OF, REGENERATE, limited, replaced, units, upper_limits, without
from .tools import TOOLS

LOST, OLDER, NEWER = "lost", "older", "newer"


class Difference(NamedTuple):
    """How a distribution in a build environment that works differs from the one of today.

    Attributes:
        name: Normalised name.
        version: The version that works.
        kind: ``OLDER`` or ``NEWER`` than that of today, or ``LOST`` if it is not there today.
    """

    name: str
    version: str
    kind: str = OLDER


def narrow(search: Search, worked: Tried, moment: Moment) -> None:
    """Find limits in place of a moment; without any that work, the moment stays.

    Args:
        search: The search.
        worked: What worked, with ``as-of`` in its table.
        moment: That moment.
    """
    search.explain(
        AS_OF,
        f"it builds with the build requirements of {moment.day.isoformat()} (found by fix on"
        f" {search.today.isoformat()})",
        MOMENT,
    )
    base = without(worked.table, (AS_OF, ""))
    today = search.attempt(base)
    if today.works:
        return
    differences = differing(search, worked.environment, today.environment)
    if len(differences) > 1:
        alone = (each for each in differences if _works(search, base, [each]))
        found = next(alone, None)
        mattering = [found] if found else _together(search, base, differences)
    else:
        mattering = differences if differences and _works(search, base, differences) else []
    if not mattering:
        _as_of_a_day(search, worked, moment)
        return
    for each in mattering:
        if each.name not in (name for _, name in units(base)):
            # What was said of it belongs to rules that did not help.
            search.reasons.pop(each.name, None)
        if each.kind == OLDER:
            loosen(search, each.name)
        else:
            verb = "without" if each.kind == LOST else "with a version before that of"
            search.explain(each.name, f"it does not build {verb} {each.name} {each.version}", SEARCH)


def _as_of_a_day(search: Search, worked: Tried, moment: Moment) -> None:
    """Write the moment as a day, which stays the same for other versions of the package."""
    table = {**worked.table, AS_OF: moment.day.isoformat()}
    search.attempt(table)


def differing(search: Search, then: Mapping[str, str], now: Mapping[str, str]) -> list[Difference]:
    """Return how an environment that works differs from that of today, the likeliest causes first.

    Args:
        search: The search.
        then: The one that works.
        now: The one of today; empty if it could not be filled.
    """
    found = []
    for name, version in then.items():
        if name == normalise(search.failure.name):
            continue
        if name not in now and now:
            if search.may_install(name):
                found.append(Difference(name, version, LOST))
        elif name not in now:
            newest = search.usable(name)[-1:]
            if newest and is_older(version, newest[0]):
                found.append(Difference(name, version))
        elif is_older(version, now[name]):
            found.append(Difference(name, version))
        elif is_older(now[name], version):
            found.append(Difference(name, version, NEWER))
    text = normalise(f"{search.failure.error} {search.failure.cause}")
    return sorted(found, key=lambda each: _likelihood(each, text))


def _likelihood(difference: Difference, text: str) -> tuple[bool, int, bool, str]:
    name = difference.name
    said = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None
    tool = TOOLS.index(name) if name in TOOLS else len(TOOLS)
    return not said, tool, difference.kind != OLDER, name


def _together(search: Search, base: Table, differences: list[Difference]) -> list[Difference]:
    """Return the differences each of which is needed; none if all of them do not help."""
    if not _works(search, base, differences):
        return []
    for each in reversed(differences):
        rest = [other for other in differences if other is not each]
        if rest and _works(search, base, rest):
            differences = rest
    return differences


def _works(search: Search, base: Table, differences: Iterable[Difference]) -> bool:
    table: Table | None = base
    for each in differences:
        table = _with(search, table, each) if table is not None else None
    return search.works(table)


def _with(search: Search, table: Table, difference: Difference) -> Table | None:
    name, version, kind = difference
    if kind == OLDER:
        limit = limit_after(version, search.choosable(name, not replaced(table, name)))
        return limited(table, name, limit, search.lines or ())
    lost = kind == LOST
    rules = Rules(add=(f'"{name}"',)) if lost else Rules(constrain=(f"{name}>={version}",))
    try:
        return rules.joined_to(table, search.lines)
    except Contradiction:
        return None


def loosen(search: Search, name: str, expected: bool = False) -> None:
    """Find the loosest upper limit on a distribution, from the best table so far on.

    Args:
        search: The search.
        name: Normalised name; the package does not work without a limit on it.
        expected: Whether the present limit is expected to be the loosest.
    """
    search.bounded.add(name)
    best = search.best
    assert best is not None
    table, declared = best.table, search.lines or ()
    versions = search.usable(name, not replaced(table, name))
    limit = upper_limits(table).get(name, "")
    within = [each for each in versions if not limit or contains(limit, each)]
    good = best.environment.get(name) or (within[-1] if within else "")
    choosable = search.choosable(name, not replaced(table, name))
    # Without a limit, pip chooses the newest one, even if it has no wheel.
    newer = [each for each in versions if is_older(good, each) and each not in choosable[-1:]]
    newer += [each for each in choosable[-1:] if is_older(good, each)]
    if not newer:
        return
    border, bad = loosest(
        name,
        good,
        newer,
        lambda limit: search.works(limited(table, name, limit, declared)),
        first=expected,
        others=choosable,
    )
    today = search.today.isoformat()
    told, means = search.reasons.get(name, ("", SEARCH))
    if bad == newer[0] and told:
        # The limit is as good as it can be, and more is known of it than that.
        return
    search.works(limited(table, name, border, declared))
    what = "cannot be imported if it is built" if _builds_with(search, name, bad) else "does not build"
    reason = f"it {what} with {name} {bad} and later (found by fix on {today})"
    search.explain(name, f"{told}; {reason}" if told else reason, means)


def _builds_with(search: Search, name: str, version: str) -> bool:
    """Return whether the last build with a version of a distribution only cannot be imported."""
    with_it = (each for each in reversed(search.history) if each.environment.get(name) == version)
    last = next(with_it, None)
    return last is not None and last.attempt.state == BUILT


def finish(search: Search) -> None:
    """Take out the rules that are not needed, and loosen the limits that may be too tight."""
    _slim(search)
    for name in upper_limits(_best(search)):
        if name in search.bounded:
            continue
        table = limited(_best(search), name, "", search.lines or ())
        if not search.works(table):
            means = search.reasons.get(name, ("", ""))[1]
            loosen(search, name, expected=means == SIGNATURE)


def _slim(search: Search) -> None:
    """Take out each rule without which the package works as well."""
    for unit in units(_best(search)):
        table = _best(search)
        # Generating files again needs a Cython, and the rule on it does nothing else.
        tied = REGENERATE in table and (unit[0] == REGENERATE or unit[1] == "cython")
        if not tied and unit in units(table) and len(units(table)) > 1:
            search.works(without(table, unit))


def _best(search: Search) -> Table:
    assert search.best is not None
    return search.best.table
