"""Constraints from the command line stand beside the rules of the file."""

from __future__ import annotations

import pytest

from pip_build_override.command_line import CommandLine
from pip_build_override.rules import Declared, OverrideError, package, parse_overrides, plan
from pip_build_override.rules.command_line import with_command_line, with_constraints

from .conftest import LINUX

TEXT = "[package.'*']\nconstrain = ['a<9', 'b<9']\nremove = ['d']\n[package.x]\nconstrain = ['c<9']"


def constraints(text: str, *more: str, file: str = "a.toml") -> tuple[str, ...]:
    overrides = with_constraints(parse_overrides(text.encode(), path=f"/x/{file}"), more)
    return plan(overrides, package("x"), Declared(()), LINUX).constraints


def test_without_constraints_nothing_changes() -> None:
    overrides = parse_overrides(TEXT.encode(), path="/x/a.toml")
    assert with_constraints(overrides, []) is overrides


def test_a_constraint_takes_the_place_of_those_for_every_package() -> None:
    assert constraints(TEXT, "A<2", "a>1") == ("b<9", "a<2", "a>1", "c<9")
    assert constraints(TEXT, "c<2") == ("a<9", "b<9", "c<9")
    assert constraints("", "a<2; os_name == 'nt'", "b<2") == ("b<2",)


def test_the_lines_of_a_txt_file_stay() -> None:
    overrides = with_constraints(parse_overrides(b"a\nb", path="/x/a.txt"), ["a<2"])
    result = plan(overrides, package("x"), Declared(("a>1", "b>1")), LINUX)
    assert (result.static, result.constraints) == (("a", "b"), ("a<2",))
    assert result.changes[-1].where == "--constrain"


def test_what_is_no_constraint_is_refused() -> None:
    with pytest.raises(OverrideError, match="two equals signs") as caught:
        constraints(TEXT, "a=1")
    assert caught.value.where == "--constrain"
    assert caught.value.hint == "write --constrain a==1"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("a<2, b", "more than one requirement", "write --constrain 'a<2' --constrain b"),
        (
            "a @ https://b/c",
            "has a URL",
            "to install from a URL, write --set 'PACKAGE: a @ https://b/c'",
        ),
        ("a[x]<2", "has extras", "write --constrain 'a<2'"),
        ("a b", "is not a version specifier", "write a name and its versions, as in numpy>=1.20,<2"),
    ],
)
def test_a_hint_is_an_option(text: str, message: str, hint: str) -> None:
    with pytest.raises(OverrideError, match=message) as caught:
        constraints(TEXT, text)
    assert (caught.value.where, caught.value.hint) == ("--constrain", hint)


def test_a_table_that_the_command_line_replaces_is_no_empty_one() -> None:
    text = '[package."*"]\nas-of = 2023-01-31\nconstrain = ["a<2"]\n[package.x]\nreplace.b = "b<2"\n'
    overrides = parse_overrides(f"{text}[package.y]\n".encode(), path="/x/o.toml")
    given = CommandLine(constrain=("a<3",), as_of="2024-01-31", set=("x: b<3",))
    combined = with_command_line(overrides, given)
    (said,) = combined.without_rules
    assert "package.y: there is no rule in this table" in str(said)
    assert [table.where for table in combined.tables if not table.is_empty] == [
        "--constrain",
        "--as-of",
        "--set x",
    ]
