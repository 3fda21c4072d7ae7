"""A finder takes over what another one has found only if it would find the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override.in_pip.internals.found_candidates import take_over

PAGES = ["https://h.test/simple/x/", "https://other.test/simple/x/"]
FOUND = [SimpleNamespace(link=SimpleNamespace(comes_from=page)) for page in PAGES]


def _pages(name: str) -> list[str]:
    return PAGES if name == "x" else []


SCOPE = {"find_links": [], "index_urls": ["simple"], "get_index_urls_locations": _pages}


class Finder:
    """A finder of pip 26.3: the files that it finds, and what decides which ones."""

    def __init__(self, **changes: Any) -> None:
        scope = SimpleNamespace(**{**SCOPE, **changes.pop("scope", {})})
        tags = changes.pop("tags", ["py3-none-any"])
        self._allow_yanked = True
        self._candidate_prefs = object()
        self._ignore_requires_python = changes.pop("ignore", None)
        self._link_collector = SimpleNamespace(search_scope=scope, session="session")
        self._target_python = SimpleNamespace(py_version_info=(3, 11, 7), get_sorted_tags=lambda: tags)
        self._uploaded_prior_to = None
        self.format_control = "all"
        self._requires_python_skipped: set[str] = set()
        self._all_candidates: dict[str, Any] = {}
        self._best_candidates: dict[str, str] = {}
        self._locked_links: dict[str, str] = {}
        vars(self).update(changes)

    @property
    def search_scope(self) -> Any:
        return self._link_collector.search_scope


class Other(Finder):
    """A finder of another kind."""


def taken(earlier: Any, finder: Any) -> dict[str, Any]:
    """Return what a finder knows after it could take over what the other has found."""
    earlier._all_candidates["x"] = FOUND
    take_over(earlier, finder)
    found: dict[str, Any] = finder._all_candidates
    return found


def test_what_the_same_one_would_find() -> None:
    earlier, finder = Finder(process_project_url=print), Finder(ignore=False)
    assert taken(earlier, finder) == {"x": FOUND}
    # Later, each finds for itself.
    finder._all_candidates["y"] = []
    assert "y" not in earlier._all_candidates


def test_pips_without_locked_links() -> None:
    earlier, finder = Finder(), Finder()
    del earlier._locked_links
    assert taken(earlier, finder)


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": {"index_urls": ["https://other.test/simple"]}},
        {"scope": {"no_index": True}},
        {"tags": ["py2-none-any"]},
        {"ignore": True},
        {"_allow_yanked": False},
        {"_uploaded_prior_to": "2020"},
        {"format_control": "none"},
        {"_locked_links": {"x": "link"}},
        {"_target_python": SimpleNamespace(py_version_info=(3, 8, 0), get_sorted_tags=list)},
        {"_link_collector": SimpleNamespace(search_scope=SimpleNamespace(**SCOPE), session="")},
    ],
)
def test_another_one(changes: dict[str, Any]) -> None:
    assert taken(Finder(), Finder(**changes)) == {}
    assert taken(Finder(**changes), Finder()) == {}


def test_an_index_that_may_have_been_out_of_reach() -> None:
    earlier: Any = Finder()
    finder: Any = Finder()
    earlier._all_candidates.update(x=FOUND[:1], y=[], z=FOUND)
    take_over(earlier, finder)
    assert finder._all_candidates == {"y": [], "z": FOUND}


def test_another_kind() -> None:
    assert taken(Finder(), Other()) == {}


def _with_find_links() -> Finder:
    return Finder(scope={"find_links": ["https://h.test/links"]})


def _with_something_unknown() -> Finder:
    return Finder(_depends="on something else")


def _with_something_unknown_below() -> Finder:
    finder = Finder()
    finder._link_collector.depends = "on something else"
    return finder


def _without_a_dictionary() -> Finder:
    finder = Finder()
    del finder._best_candidates, finder._uploaded_prior_to
    return finder


@pytest.mark.parametrize(
    "make",
    [_with_find_links, _with_something_unknown, _with_something_unknown_below, _without_a_dictionary],
)
def test_what_is_not_certain(make: Any) -> None:
    assert taken(make(), make()) == {}
