"""What the files of a release say of the tools that its author used, tried before any moment is."""

from __future__ import annotations

from .limits import is_older, limit_after
from .moments import release_of
from .remedies import follow
from .result import SEARCH
from .search import Search, Tried
from .tables import limited, replaced

# It wraps what others have built, and breaks nothing by itself that setuptools does not.
_WRAPPER = "wheel"
_REMEDIES = 1


def by_generator(search: Search, last: Tried) -> bool:
    """Limit the tool that built the wheel of the same release, and return whether the package works.

    Args:
        search: The search.
        last: What failed last.
    """
    release = release_of(search)
    if release is None or not release.wheel or search.failure.hashes:
        # A file without one of the hashes that the user gives is none that the user trusts.
        return False
    tool = search.generator()
    if tool is None or tool[0] == _WRAPPER:
        return False
    name, version = tool
    there = last.environment.get(name, "")
    if not there or not is_older(version, there):
        return False
    limit = limit_after(version, search.choosable(name, not replaced(last.table, name)))
    table = limited(last.table, name, limit, search.lines or ())
    if table is None or not search.permits(table):
        return False
    if not follow(search, search.attempt(table), _REMEDIES)[-1].works:
        return False
    search.explain(name, f"its own wheel was built with {name} {version}", SEARCH)
    return True
