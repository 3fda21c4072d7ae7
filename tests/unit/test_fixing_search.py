"""What a search may build with, the limits it sets in tables, and what the user reads of them."""

from __future__ import annotations

from typing import Any

import pytest

from pip_build_override.fixing.purposes import purpose_of
from pip_build_override.fixing.search import Search, mark_of
from pip_build_override.fixing.tables import Stranger, limited, units, upper_limits, without

from .fixing_world import TODAY, World, failure_of


@pytest.mark.parametrize(
    ("table", "allowed"),
    [
        ({"add": ["cython<3"]}, True),
        ({"add": ["swig"]}, True),
        ({"add": ["odd-one"]}, True),
        ({"add": ["lamp"]}, True),
        ({"add": ["stranger"]}, False),
        ({"requires": ["stranger"]}, False),
        ({"replace": {"odd-one": "stranger"}}, False),
        ({"replace": {"odd-one": ["odd-one", "stranger"]}}, False),
        ({"replace": {"numpy": {"from": "target"}}}, True),
        ({"add": [{"name": "stranger", "from": "target"}]}, False),
        ({"add": [{"name": "numpy", "path": "/tmp/numpy.whl"}]}, False),
        ({"add": ["cython @ https://example.org/cython-3.0-py3-none-any.whl"]}, False),
        ({"constrain": ["there<2"]}, True),
        ({"constrain": ["stranger<2"]}, False),
        ({"as-of": "release", "regenerate": True}, True),
    ],
)
def test_never_a_stranger(table: dict[str, Any], allowed: bool) -> None:
    where = World(lambda _: "")
    failure = failure_of("KeyError", declared=("odd-one",), environment={"there": "1"})
    search = Search(failure, where, "3.11", TODAY)
    assert search.permits(table) is allowed
    if not allowed:
        with pytest.raises(Stranger):
            search.attempt(table)
    assert not where.attempts


def test_paths_and_numbers_do_not_tell_failures_apart() -> None:
    one = failure_of("/tmp/pip-build-env-1/setup.py:12: KeyError: line 3")
    other = failure_of("/tmp/pip-build-env-2/setup.py:13: KeyError: line 4")
    assert mark_of(one) == mark_of(other)
    assert mark_of(one) != mark_of(failure_of("setup.py: TypeError"))


@pytest.mark.parametrize(
    ("table", "limit", "wanted"),
    [
        ({}, "<3", {"constrain": ["cython<3"]}),
        ({"constrain": ["cython<3", "numpy<2"]}, "<3.1", {"constrain": ["numpy<2", "cython<3.1"]}),
        ({"constrain": ["cython<3"]}, "", {}),
        ({"add": ["cython<3"]}, "<3.1", {"add": ["cython<3.1"]}),
        ({"add": ["cython>=0.29,<3"]}, "", {"add": ["cython>=0.29"]}),
        ({"replace": {"cython": "cython<3"}}, "<3.1", {"replace": {"cython": "cython<3.1"}}),
        ({"replace": {"cython": "cython>=3"}}, "<3", None),
    ],
)
def test_limited(table: dict[str, Any], limit: str, wanted: dict[str, Any] | None) -> None:
    assert limited(table, "cython", limit, ()) == wanted


def test_rules_one_by_one() -> None:
    table = {"add": ["a", "b<2"], "replace": {"C": "c<=3"}, "as-of": "release", "reason": "x"}
    assert units(table) == [("add", "a"), ("add", "b"), ("replace", "c"), ("as-of", "")]
    assert upper_limits(table) == {"b": "<2", "c": "<=3"}
    assert without(table, ("replace", "c")) == {"add": ["a", "b<2"], "as-of": "release", "reason": "x"}
    assert without({"add": ["a"]}, ("add", "a")) == {}


def test_purposes() -> None:
    table = {
        "regenerate": True,
        "add": ["cython<3"],
        "constrain": ["setuptools<58"],
        "as-of": "release",
    }
    assert purpose_of(table, "2021-05-04") == (
        "regenerate, with cython<3 added, setuptools<58, as of 2021-05-04"
    )
    assert purpose_of({"as-of": "release"}) == "as of the release"
    target = {"replace": {"numpy": {"from": "target"}}}
    assert purpose_of(target) == "with the numpy of the target for numpy"
    assert purpose_of({}) == "without any rules"
