"""A build against numpy 2, for what was built with an older numpy than it runs with."""

from __future__ import annotations

from typing import Any, Iterator

from ..diagnosis import Failure, diagnose
from ..diagnosis.remedy import copied, name_in
from ..diagnosis.wording import target_hint
from ..rules.standards import normalise
from ..rules.written import Table
from .attempts import BUILT
from .generated import CYTHON, regenerate
from .pins import OLDEST_SUPPORTED, pinned
from .result import SEARCH
from .search import Search, Tried
from .tables import limited, units, upper_limits, without
from .targets import NEWER_NUMPY, NUMPY, newer_numpy_exists

# The headers of later ones require Cython 3.
_BEFORE_CYTHON_3 = "<2.5"
_HEADERS = "numpy-headers-for-cython-3"
_SIGNATURES = ("compiled-with-numpy-1", "numpy-size-changed")


def built_with_another_numpy(failure: Failure) -> bool:
    """Return whether what was built cannot be imported because it runs with another numpy."""
    return any(hit.signature.name in _SIGNATURES for hit in failure.hits)


def build_with_newer_numpy(search: Search, last: Tried) -> bool:
    """Build against numpy 2 if that is what the import asks for, and return whether the package works.

    Args:
        search: The search.
        last: What failed last, which may be a remedy for that.
    """
    built = (each for each in (last, *reversed(search.history)) if each.attempt.state == BUILT)
    asks = next(built, None)
    if asks is None or asks.failure is None or not built_with_another_numpy(asks.failure):
        return False
    if not newer_numpy_exists(search):
        return False
    if not any(_works(search, table) for table in _tables(search, asks.table)):
        return False
    assert search.best is not None
    for key, name in units(search.best.table):
        if key in ("add", "replace") and name in (NUMPY, OLDEST_SUPPORTED):
            reason = "what is compiled with an older numpy does not run with numpy 2"
            search.explain(name, f"{reason} (found by fix on {search.today.isoformat()})", SEARCH)
    return True


def _works(search: Search, table: Table) -> bool:
    if not search.permits(table):
        return False
    tried = search.attempt(table)
    search.further = None
    if tried.works or (search.failure.generated and regenerate(search, tried)):
        return True
    said = search.further or tried
    # It has to run with an old numpy too, on which no build requirement acts.
    search.hopeless = (
        said.failure is not None
        and not _needs_newer_cython(said)
        and bool(target_hint(diagnose(said.failure, search.python)))
    )
    return False


def _needs_newer_cython(tried: Tried | None) -> bool:
    hits = tried.failure.hits if tried is not None and tried.failure is not None else ()
    return any(hit.signature.name == _HEADERS for hit in hits)


def _tables(search: Search, before: Table) -> Iterator[Table]:
    """Yield tables with which numpy 2 is in the build environment."""
    declared = search.lines or ()
    table = _with(search, before, NEWER_NUMPY)
    old = upper_limits(table).get(CYTHON) == "<3"
    newer = limited(table, CYTHON, "<3.1", declared) if old else None
    yield newer or table
    if (old and not search.hopeless) or _needs_newer_cython(search.tried(table)):
        yield _with(search, before, f"{NEWER_NUMPY},{_BEFORE_CYTHON_3}")


def _with(search: Search, before: Table, numpy: str) -> Table:
    table: Table = copied(before)
    for unit in units(before):
        if unit[0] in ("constrain", "replace") and unit[1] in (NUMPY, OLDEST_SUPPORTED):
            table = without(table, unit)
    if "add" in table:
        table["add"] = [_newer(entry, numpy) for entry in table["add"]]
    for name in pinned(search.declared):
        if name in (NUMPY, OLDEST_SUPPORTED):
            table.setdefault("replace", {})[name] = numpy
    return table


def _newer(entry: Any, numpy: str) -> Any:
    return numpy if normalise(name_in(entry)) == NUMPY else entry
