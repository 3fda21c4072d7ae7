"""``as-of`` of several tables, groups and the command line, combined for one package."""

from __future__ import annotations

import pytest

from pip_build_override.command_line import CommandLine
from pip_build_override.rules import (
    Declared,
    OverrideError,
    Selection,
    package,
    parse_overrides,
    plan,
    select,
    with_command_line,
)
from pip_build_override.rules.planning.rule import Rule
from pip_build_override.rules.written import lines_of_table, tables_in

from ..support.hints import follows

LINUX = {"python_version": "3.11", "os_name": "posix"}
TEXT = """
[package."*"]
{}

[package.x]
{}
"""


def _choose(text: str, given: CommandLine | None = None, python: str = "3.11") -> Selection:
    overrides = parse_overrides(text.encode(), path="/o.toml", shown="o.toml")
    overrides = with_command_line(overrides, given or CommandLine())
    return select(overrides, package("x", "1"), {**LINUX, "python_version": python})


def _in_force(said: Selection) -> list[tuple[str, object, str]]:
    return [(one.key, one.value, one.where) for one in said.settings]


def test_the_most_specific_table_wins() -> None:
    day, other = "as-of = 2023-01-31", 'as-of = "release"'
    assert _in_force(_choose(TEXT.format(day, ""))) == [("as-of", "2023-01-31", 'package."*"')]
    said = _choose(TEXT.format(day, other))
    assert _in_force(said) == [("as-of", "release", "package.x")]
    assert said.set_aside == ('package."*": as-of (package.x sets it)',)
    group = f'[group.g]\npackages = ["x"]\n{other}\n'
    assert _in_force(_choose(f"{TEXT.format(day, '')}{group}")) == [("as-of", "release", "group.g")]
    assert said.named
    assert said.needs_pep517
    assert not _choose(TEXT.format(day, "")).named


def test_the_command_line_replaces_that_of_every_package_alone() -> None:
    given = CommandLine(as_of="2024-05-05")
    assert _in_force(_choose(TEXT.format("as-of = 2023-01-31", ""), given)) == [
        ("as-of", "2024-05-05", "--as-of")
    ]
    own = _choose(TEXT.format("", "as-of = 2023-01-31"), given)
    assert _in_force(own) == [("as-of", "2023-01-31", "package.x")]
    assert CommandLine.load(given.dump()) == given
    assert given
    assert CommandLine(("a",), ("x: b",), "release").words() == [
        *("--constrain", "a", "--set", "x: b", "--as-of", "release")
    ]
    assert CommandLine().words() == []


@pytest.mark.parametrize("other", ["system-site-packages = true", "build-environment = 'target'"])
def test_one_key_about_the_build_environment(other: str) -> None:
    key = other.partition(" ")[0]
    said = _choose(TEXT.format(other, "as-of = 2023-01-31"))
    assert _in_force(said) == [("as-of", "2023-01-31", "package.x")]
    assert said.set_aside == (f'package."*": {key} (package.x sets as-of)',)
    assert not said.uses_what_exists
    assert [one[0] for one in _in_force(_choose(TEXT.format("as-of = 2023-01-31", other)))] == [key]
    with pytest.raises(OverrideError, match="excludes it") as caught:
        _choose(TEXT.format(other, ""), CommandLine(as_of="2023-01-31"))
    follows("remove {} or {}", f"hint: {caught.value.hint}")
    groups = "[group.{}]\npackages = ['x']\n{}\n"
    with pytest.raises(OverrideError, match="which excludes it; neither table wins"):
        _choose(groups.format("a", other) + groups.format("b", "as-of = 2023-01-31"))


def test_three_keys_of_three_tables() -> None:
    group = "[group.g]\npackages = ['x']\nsystem-site-packages = true\n"
    said = _choose(TEXT.format("build-environment = 'target'", "as-of = 2023-01-31") + group)
    assert [one[0] for one in _in_force(said)] == ["as-of"]
    assert len(said.set_aside) == 2


def test_two_groups() -> None:
    group = "[group.{}]\npackages = ['x']\nas-of = {}\n"
    with pytest.raises(OverrideError, match=r"group.b is also about as-of of x"):
        _choose(group.format("a", "2023-01-31") + group.format("b", "2023-02-01"))


def test_wheels_are_kept_apart_by_moment() -> None:
    def key(value: str, python: str = "3.11") -> str:
        return _choose(TEXT.format("", f"as-of = {value}"), python=python).other_settings

    assert key("2023-01-31") == key("'2023-01-31T23:59:59.999999Z'") != key("2023-02-01")
    assert key('"release"') != key("2023-01-31")
    # By the day from which build tools support it.
    assert key('"release"', "3.11") != key('"release"', "3.12")
    assert key("2023-01-31", "3.11") == key("2023-01-31", "3.12")
    assert "2023-01-31" in key("2023-01-31")


def test_the_change_that_is_announced() -> None:
    overrides = parse_overrides(
        TEXT.format("", 'as-of = "release"\nreason = "why"').encode(), path="/o.toml", shown="o.toml"
    )
    made = plan(overrides, package("x", "1"), Declared(static=("a",)), LINUX)
    (change,) = made.changes
    assert change.describe() == 'as-of = "release"'
    assert (change.kind, change.where, change.because) == ("as-of", "o.toml: package.x", "why")
    assert made.static == ("a",)
    assert not any(isinstance(rule, Rule) for rule in made.selection.rules)


def test_a_table_is_written_as_it_was_read() -> None:
    for value in ("2023-01-31", "2023-01-31T10:30:00+00:00", '"release"'):
        text = f'[package.x]\nreason = "r"\nenv.A = "1"\nas-of = {value}\n'
        (table,) = tables_in(text.encode(), "toml").values()
        assert "\n".join(lines_of_table("x", table)) + "\n" == text
