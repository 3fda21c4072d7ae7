"""Generating again what an old Cython generated, by the newest one that the sources compile with."""

from __future__ import annotations

import re
from typing import Iterator

from ..diagnosis import Failure
from ..diagnosis.bounds import Contradiction
from ..diagnosis.remedy import Rules
from ..rules.written import Table
from .remedies import follow
from .result import GENERATED
from .search import Search, Tried, mark_of
from .tables import REGENERATE, limited
from .targets import had_newer_numpy

CYTHON = "cython"
# https://github.com/cython/cython/blob/master/CHANGES.rst: no 0.29 supports Python 3.13.
_LAST_WITH_0_29 = (3, 12)
_COMPILER = re.compile(
    r"[Cc]ommand '.*?\b(?:gcc|g\+\+|cc|c\+\+|clang(?:\+\+)?|cl\.exe)(?:-\d+)?'"
    r"|\.(?:c|cc|cpp|cxx|h)\b|ninja"
)
_OF_CYTHON = re.compile(r"cython|\.pyx\b|\.pxd\b|CompileError", re.IGNORECASE)
_STALE = "stale-cython"


def fails_in_generated_code(failure: Failure) -> bool:
    """Return whether what failed is the compiler, and there is generated code to compile."""
    stale = any(hit.signature.name.startswith(_STALE) for hit in failure.hits)
    return bool(failure.generated) and (stale or bool(_COMPILER.search(failure.error)))


def limits(failure: Failure, python: str, *, newer_numpy: bool = False) -> list[str]:
    """Return the limits on Cython to try, in order; "" for none.

    Args:
        failure: What is known of the package.
        python: Minor version of the interpreter.
        newer_numpy: Whether numpy 2 is in the build environment, whose headers require Cython 3.
    """
    old = any(version.startswith("0.") for version in (failure.generated or {}).values())
    runs_0_29 = not python or tuple(int(part) for part in python.split(".")) <= _LAST_WITH_0_29
    if not runs_0_29:
        return ["<3.1", ""] if old else ["", "<3.1"]
    if newer_numpy:
        return ["<3.1", "", "<3"] if old else ["", "<3.1", "<3"]
    return ["<3", "", "<3.1"] if old else ["", "<3.1", "<3"]


def regenerate(search: Search, last: Tried, as_of: Table | None = None) -> bool:
    """Generate the files again, and return whether the package then works.

    Args:
        search: The search.
        last: What failed last.
        as_of: Table with the moment as of which that is tried.
    """
    base = {**last.table, **(as_of or {}), REGENERATE: True}
    ahead = limits(search.failure, search.python, newer_numpy=had_newer_numpy(last))
    for table in _tables(search, base, ahead):
        if not search.permits(table):
            continue
        chain = follow(search, search.attempt(table), 2)
        if chain[-1].works:
            search.explain(
                REGENERATE,
                "what Cython generated for its release does not compile here, so it is generated again"
                f" (found by fix on {search.today.isoformat()})",
                GENERATED,
            )
            return True
        if _got_further(chain[-1], last):
            search.further = chain[-1]
            return False
    return False


def _got_further(tried: Tried, before: Tried) -> bool:
    """Return whether a build failed for another reason than the code that Cython generates."""
    failure = tried.failure
    if (
        failure is None
        or mark_of(failure) == mark_of(before.failure)
        or fails_in_generated_code(failure)
    ):
        return False
    return not _OF_CYTHON.search(f"{failure.error} {failure.cause}")


def _tables(search: Search, base: Table, ahead: list[str]) -> Iterator[Table]:
    declared = search.lines or ()
    if CYTHON in search.declared:
        yield base
    for limit in ahead:
        if CYTHON in search.declared:
            table = limited(base, CYTHON, limit, declared) if limit else None
        else:
            table = _added(base, limit, declared)
        if table is not None:
            yield table


def _added(base: Table, limit: str, declared: tuple[str, ...]) -> Table | None:
    try:
        table = Rules(add=(f'"{CYTHON}"',)).joined_to(base, declared)
    except Contradiction:
        return None
    return limited(table, CYTHON, limit, declared)
