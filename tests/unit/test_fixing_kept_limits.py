"""Rules that are found for a package keep the user's limits for every package."""

from __future__ import annotations

from typing import Any

import pytest

from pip_build_override.diagnosis.bounds import Contradiction
from pip_build_override.fixing.kept_limits import with_limits
from pip_build_override.rules import parse_overrides

EVERY = """\
[package."*"]
constrain = ["pkgconfig<1.5", "cython>=0.29", "wheel<1; python_version < '3'"]
"""


def kept(table: dict[str, Any], text: str = EVERY) -> dict[str, Any]:
    return dict(with_limits(table, "lamp", parse_overrides(text.encode(), path="/o.toml")))


def test_limits_are_added_to_rules_for_the_same_name() -> None:
    table = {
        "add": ["pkgconfig", "wheel", {"name": "mint", "from": "target"}],
        "constrain": ["cython<3.1"],
        "replace": {"pkgconfig": "pkgconfig>=1.2"},
        "as-of": "release",
    }
    assert kept(table) == {
        "add": ["pkgconfig<1.5", "wheel", {"name": "mint", "from": "target"}],
        "constrain": ["cython>=0.29,<3.1"],
        "replace": {"pkgconfig": "pkgconfig>=1.2,<1.5"},
        "as-of": "release",
    }


def test_what_the_user_says_of_the_package_wins() -> None:
    own = f'{EVERY}\n[package.lamp]\nconstrain = ["pkgconfig"]\nremove = ["cython"]\n'
    table = {"add": ["pkgconfig"], "constrain": ["cython<3"]}
    assert kept(table, own) == table
    other = f'{EVERY}\n[package.shade]\nconstrain = ["pkgconfig"]\n'
    assert kept(table, other) != table


def test_a_rule_that_a_limit_excludes() -> None:
    with pytest.raises(Contradiction):
        kept({"constrain": ["cython<0.28"]})
