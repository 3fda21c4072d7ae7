"""Rules that were found are joined to a table of the user, which keeps its rules."""

from __future__ import annotations

import datetime
import os
from typing import Any

import pytest

from pip_build_override.diagnosis.bounds import Contradiction
from pip_build_override.fixing.joining import joined, news

TARGET = {"from": "target"}


@pytest.mark.parametrize(
    ("table", "found", "result"),
    [
        ({}, {"constrain": ["a<2"], "reason": "r"}, {"constrain": ["a<2"], "reason": "r"}),
        # The tightest limit, and what was there stays.
        ({"constrain": ["a<3", "b<2"]}, {"constrain": ["a<2"]}, {"constrain": ["a<2", "b<2"]}),
        ({"add": ["a"]}, {"add": ["b"]}, {"add": ["a", "b"]}),
        ({"add": ["a<2"]}, {"add": ["a"]}, {"add": ["a<2"]}),
        ({"replace": {"a": "a<2"}}, {"replace": {"b": "b<3"}}, {"replace": {"a": "a<2", "b": "b<3"}}),
        ({"replace": {"A": "a<2"}}, {"replace": {"a": "a<2"}}, {"replace": {"A": "a<2"}}),
        ({"remove": ["a"]}, {"remove": ["b", "a"]}, {"remove": ["a", "b"]}),
        ({"env": {"A": "1"}}, {"env": {"B": "2", "A": "1"}}, {"env": {"A": "1", "B": "2"}}),
        ({"regenerate": True}, {"regenerate": True}, {"regenerate": True}),
        ({"no-binary": True}, {"as-of": "release"}, {"no-binary": True, "as-of": "release"}),
        ({"reason": "mine"}, {"reason": "found"}, {"reason": "mine; found"}),
        ({"reason": "found"}, {"reason": "found"}, {"reason": "found"}),
    ],
)
def test_both_hold(table: dict[str, Any], found: dict[str, Any], result: dict[str, Any]) -> None:
    before = repr(table), repr(found)
    assert joined(table, found) == result
    assert (repr(table), repr(found)) == before


@pytest.mark.parametrize(
    ("table", "found", "key", "entry"),
    [
        ({"constrain": ["a>=3"]}, {"constrain": ["a<2"]}, "constrain", "a>=3"),
        (
            {"replace": {"a": TARGET}},
            {"constrain": ["a<2"]},
            "replace.a",
            '{ name = "a", from = "target" }',
        ),
        ({"replace": {"a": "a==1"}}, {"replace": {"a": "a==2"}}, "replace.a", '"a==1"'),
        ({"as-of": datetime.date(2020, 1, 1)}, {"as-of": "release"}, "as-of", "2020-01-01"),
        ({"env": {"A": "1"}}, {"env": {"A": "2"}}, "env.A", '"1"'),
        ({"requires": ["a"]}, {"requires": ["b"]}, "requires", '["a"]'),
    ],
)
def test_they_exclude_each_other(
    table: dict[str, Any], found: dict[str, Any], key: str, entry: str
) -> None:
    with pytest.raises(Contradiction) as raised:
        joined(table, found)
    assert (raised.value.key, raised.value.entry) == (key, entry)


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        ({}, {"constrain": ["a<2"], "reason": "r"}, {"constrain": ["a<2"], "reason": "r"}),
        # What is said of another name is in the file that is included.
        ({"add": ["b"]}, {"add": ["b", "a"]}, {"add": ["a"]}),
        # All that is said of a name wins over all that is said there.
        ({"add": ["a"]}, {"add": ["a"], "constrain": ["a<2"]}, {"add": ["a"], "constrain": ["a<2"]}),
        ({"constrain": ["a<3"]}, {"constrain": ["a<2"]}, {"constrain": ["a<2"]}),
        ({"requires": ["a", "b"]}, {"requires": ["a<2", "b"]}, {"requires": ["a<2", "b"]}),
        ({"replace": {"B": "b<2"}}, {"replace": {"B": "b<2", "a": "a"}}, {"replace": {"a": "a"}}),
        ({"remove": ["b"]}, {"remove": ["b", "a"]}, {"remove": ["a"]}),
        ({"env": {"A": "1"}}, {"env": {"A": "1"}, "as-of": "release"}, {"as-of": "release"}),
        ({"add": ["a"], "reason": "r"}, {"add": ["a"], "reason": "r; s"}, {"reason": "r; s"}),
        ({"add": ["a"]}, {"add": ["a"]}, {}),
    ],
)
def test_what_is_new(before: dict[str, Any], after: dict[str, Any], new: dict[str, Any]) -> None:
    assert news(before, after, "/there") == new


def test_paths_lead_to_the_same_files() -> None:
    source = {"path": "wheels/a.whl"}
    after = {
        "replace": {"a": [source, "a<2"]},
        "add": [{"name": "b", **TARGET}, "c"],
        "constrain": ["a<2"],
    }
    new = news({"replace": {"a": [source, "a<2"]}}, after, "/there")
    assert new["replace"] == {"a": [{"path": os.path.join("/there", "wheels/a.whl")}, "a<2"]}
    assert new["add"] == [{"name": "b", **TARGET}, "c"]
