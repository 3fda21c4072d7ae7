"""The build tools that break packages most often, and limits to what preceded their largest changes."""

from __future__ import annotations

from typing import Iterator, Mapping

from ..rules.standards import may_contain
from ..rules.written import Table
from .search import Search, Tried
from .tables import limited

TOOLS = (
    *("setuptools", "cython", "numpy", "wheel", "flit-core", "poetry-core", "setuptools-scm"),
    *(
        "pybind11",
        "meson-python",
        "hatchling",
        "scikit-build-core",
        "scikit-build",
        "cmake",
        "packaging",
    ),
)
"""Build tools, those first whose new releases have broken the most packages."""

_CHANGES: Mapping[str, tuple[str, ...]] = {
    "setuptools": ("<72", "<58"),
    "cython": ("<3.1", "<3"),
    "numpy": ("<2", "<1.24"),
    "setuptools-scm": ("<8",),
    "pybind11": ("<3",),
    "cmake": ("<4",),
}


def old_tools(search: Search, last: Tried) -> Iterator[Table]:
    """Yield tables that each limit one tool in the build environment to an old release.

    Args:
        search: The search.
        last: What failed last.
    """
    for name in TOOLS:
        there = last.environment.get(name, "")
        for limit in _CHANGES.get(name, ()) if name in search.seen else ():
            if there and may_contain(limit, there):
                continue
            table = limited(last.table, name, limit, search.lines or ())
            if table is not None:
                yield table
