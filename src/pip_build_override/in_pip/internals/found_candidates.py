"""What one finder of this pip has found on indexes, for a later one that would find the same.

A finder keeps what it has found of a distribution as long as it exists. Each build environment that
is filled in this process has its own finder, and most of them look for setuptools.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .link_evaluators import page_of
from .objects import index_pages_of

if TYPE_CHECKING:
    from .protocols import PackageFinder

_FOUND = "_all_candidates"
# What decides which files are found. All of it is compared.
_DECIDES = frozenset(
    (
        "format_control",
        "_allow_yanked",
        "_ignore_requires_python",
        "_link_collector",
        "_target_python",
        "_uploaded_prior_to",
    )
)
# Decides, too; new in 26.3.
_LOCKED = "_locked_links"
# Which of them are chosen, what is said if none is, and how pages are read.
_WITHOUT_EFFECT = frozenset(
    (
        "process_project_url",
        "_best_candidates",
        "_candidate_prefs",
        "_logged_links",
        "_requires_python_skipped",
    )
)
_KNOWN = _DECIDES | _WITHOUT_EFFECT | {_FOUND, _LOCKED}
_COLLECTOR = frozenset(("search_scope", "session"))


def take_over(earlier: PackageFinder, finder: PackageFinder) -> None:
    """Let a finder know what an earlier one has found, if it would certainly find the same.

    It takes over nothing if files are also looked for in directories or on pages (``--find-links``),
    which a build may change, or if this pip has finders of another kind; nor what was found while
    nothing was found on one of several indexes, which may only have been out of reach.

    Args:
        earlier: pip's package finder, which may have found something. It is not changed, because it
            must be able to say which files it has left out.
        finder: The other one.
    """
    decides = _what_decides(earlier)
    if decides is None or type(finder) is not type(earlier) or decides != _what_decides(finder):
        return
    own = getattr(finder, _FOUND)
    for name, found in getattr(earlier, _FOUND).items():
        # Most are from a finder before that one.
        if own.get(name) is found:
            continue
        if {page_of(candidate.link) for candidate in found}.issuperset(index_pages_of(earlier, name)):
            own[name] = found


def _what_decides(finder: PackageFinder) -> tuple[object, ...] | None:
    """Return what decides which files a finder finds; None if that is not certain."""
    # Any, because these are private to pip.
    said: dict[str, Any] = vars(finder)
    if not _DECIDES | {_FOUND} <= said.keys() <= _KNOWN:
        return None
    collector, target = said["_link_collector"], said["_target_python"]
    if vars(collector).keys() != _COLLECTOR or collector.search_scope.find_links:
        return None
    return (
        collector.search_scope,
        collector.session,
        said["format_control"],
        bool(said["_allow_yanked"]),
        bool(said["_ignore_requires_python"]),
        said["_uploaded_prior_to"],
        said.get(_LOCKED, {}),
        target.py_version_info,
        target.get_sorted_tags(),
    )
