"""What the legacy resolver is given: one constraint per name, in which all limits on it hold."""

from __future__ import annotations

from typing import Any, Iterable

import pytest
from pip._internal.req.constructors import install_req_from_line

from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.internals import hashes
from pip_build_override.in_pip.steps.one_constraint import combined

from ..support.hints import follows


def constraint(text: str, comes_from: str = "-c user.txt", hash_options: Any = None) -> Any:
    found = install_req_from_line(text, comes_from=comes_from, constraint=True)
    # How they are given differs from pip to pip.
    found.hash_options = hash_options or {}
    return found


def requirement(text: str) -> Any:
    return install_req_from_line(text, user_supplied=True)


def given(limits: Iterable[Any], roots: Iterable[Any], *touched: str) -> list[tuple[bool, str]]:
    """Return what comes of it, each with whether it is a constraint."""
    found = combined(list(limits), list(roots), touched, install_req_from_line)
    return [(root.constraint, str(root.req)) for root in found]


def ours(text: str) -> Any:
    return constraint(text, "o.toml: package.x")


@pytest.mark.parametrize(
    ("roots", "first"),
    [
        ([], "ingredient<3"),
        ([constraint("Ingredient<2")], "ingredient<2,<3"),
        ([constraint("ingredient<2; python_version >= '3'")], "ingredient<2,<3"),
        ([constraint("ingredient<2; python_version < '3'")], "ingredient<3"),
        ([constraint("ingredient[x]<2")], "ingredient[x]<2,<3"),
        ([constraint("other<2")], "ingredient<3"),
        ([requirement("ingredient==1.0")], "ingredient<3,==1.0"),
        ([requirement("ingredient==1.0; python_version < '3'")], "ingredient<3"),
        ([constraint("ingredient!=1"), constraint("ingredient<2")], "ingredient!=1,<2,<3"),
    ],
)
def test_a_limit_of_ours_and_what_the_user_says(roots: list[Any], first: str) -> None:
    found = given([ours("ingredient<3")], roots)
    assert found[0] == (True, first)
    assert found[1:] == [(root.constraint, str(root.req)) for root in roots]


def test_several_limits_of_ours() -> None:
    found = given([ours("ingredient<3"), ours("ingredient!=2"), ours("ingredient===1.0")], [])
    assert found == [(True, "ingredient!=2,<3,===1.0")]


def test_what_a_rule_puts_in_is_limited_by_both() -> None:
    roots = [constraint("ingredient<3"), requirement("ingredient==1.0")]
    assert given([], roots, "ingredient")[0] == (True, "ingredient<3,==1.0")
    # Without a rule it is as the resolver has it.
    assert given([], roots) == [(True, "ingredient<3"), (False, "ingredient==1.0")]
    assert given([], roots[1:], "ingredient") == [(False, "ingredient==1.0")]


def test_the_second_requirement_of_a_name_is_part_of_the_constraint() -> None:
    roots = [requirement("ingredient"), requirement("other"), requirement("ingredient[x]==1.0")]
    assert given([ours("ingredient<3")], roots) == [
        (True, "ingredient[x]<3,==1.0"),
        (False, "ingredient"),
        (False, "other"),
    ]


def test_a_file_is_not_limited_but_compared_afterwards() -> None:
    url = "ingredient @ file:///x/ingredient-2.0-py3-none-any.whl"
    for root in (constraint(url), requirement(url)):
        assert given([ours("ingredient<3")], [root]) == [(root.constraint, str(root.req))]


def test_origins_and_hashes_stay() -> None:
    (one,) = combined(
        [ours("ingredient<3")],
        [constraint("ingredient==1.0", hash_options={"sha256": ["aa"]})],
        (),
        install_req_from_line,
    )[:1]
    assert one.comes_from == "o.toml: package.x and -c user.txt"
    assert one.hash_options == {"sha256": ["aa"]}


@pytest.mark.parametrize(
    ("known", "after"),
    [
        ({}, {"sha256": ["aa", "bb"]}),
        ({"sha256": ["bb", "cc"]}, {"sha256": ["bb"]}),
        ({"sha256": ["cc"]}, None),
        ({"sha512": ["aa"]}, None),
    ],
)
def test_hashes_of_a_rule_and_of_the_user(known: dict[str, list[str]], after: Any) -> None:
    wanted = {"ingredient": ["sha256:aa", "sha256:bb"]}
    roots = [constraint("Ingredient<3", hash_options=known), requirement("other")]
    if after is None:
        with pytest.raises(OverrideError, match=r"-c user\.txt") as caught:
            hashes.demand(wanted, roots)
        follows("use the same hashes in both, or hashes in one of them only", str(caught.value))
        for same in ({}, {"sha256": ["aa", "bb"]}):
            roots = [constraint("Ingredient<3", hash_options=same)]
            hashes.demand(wanted, roots)
            assert roots[0].hash_options == {"sha256": ["aa", "bb"]}
        return
    for _ in range(2):
        hashes.demand(wanted, roots)
    assert roots[0].hash_options == after
    assert roots[1].hash_options == {}
