"""Requirement lines that cannot be read: what they say is never taken for nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds import wheel_record
from pip_build_override.in_pip.internals import releases
from pip_build_override.in_pip.steps import mismatch
from pip_build_override.in_pip.target.source_tables import Settler
from pip_build_override.in_pip.target.target import Target
from pip_build_override.rules import (
    Answer,
    Declared,
    Question,
    Source,
    package,
    parse_overrides,
    plan,
)
from pip_build_override.rules.lines import Parts, name_of, parts_of
from pip_build_override.verifying.judging import Environment

# Older copies of packaging read more than PEP 440 has, but none of these.
LINES = ("ingredient>=2 3", "ingredient; python_version ~ '3'", "ingredient[x >=2", "ingredient >= x y")


class Finder:
    """What pip finds of a project with three releases."""

    def find_all_candidates(self, name: str) -> list[Any]:
        link = SimpleNamespace(is_wheel=True, is_yanked=False)
        return [SimpleNamespace(version=version, link=link) for version in ("1.0", "2.0", "3.0")]


def settler(**present: str) -> Settler:
    target = Target([], [], Finder(), resolves=False)
    target.take(
        (SimpleNamespace(name=name, original_link=None, local_file_path=None), version)
        for name, version in present.items()
    )
    return Settler(target, lambda *asked: Answer("", ""))


def asked(rules: str, *hook: str) -> list[Question]:
    """Return what is asked where the backend's hook asks for some lines."""
    questions = []

    def settle(question: Question) -> Answer:
        questions.append(question)
        return Answer("ingredient==1.0", "ingredient==1.0")

    overrides = parse_overrides(f"[package.x]\n{rules}\n".encode(), path="/o.toml")
    plan(overrides, package("x", "1.0"), Declared((), hook), {"python_version": "3.11"}, settle)
    return questions


@pytest.mark.parametrize("line", LINES)
def test_a_source_table_knows_of_them(line: str) -> None:
    rules = 'replace.ingredient = { from = "oldest" }'
    (question,) = asked(rules, line, "ingredient<3", "other>=2 3")
    assert question.unreadable == (line,)
    assert question.declared == ("<3",)
    assert asked(rules, "ingredient<3; python_version < '3'", "ingredient<4")[0].unreadable == ()


@pytest.mark.parametrize(
    "rules",
    [
        '{ from = "oldest" }',
        '{ from = "target", else = "oldest" }',
        '{ from = "oldest", specifier = "<3" }',
    ],
)
@pytest.mark.parametrize("line", LINES)
def test_the_oldest_that_fits_them_is_not_known(rules: str, line: str) -> None:
    (question,) = asked(f"replace.ingredient = {rules}", line)
    with pytest.raises(OverrideError) as caught:
        settler()(question)
    assert line in str(caught.value)
    assert caught.value.where == "/o.toml: package.x"
    assert "ingredient==VERSION" in (caught.value.hint or "")


def test_the_target_is_used_and_that_is_said() -> None:
    (question,) = asked('replace.ingredient = { from = "target" }', LINES[0])
    answer = settler(ingredient="1.0")(question)
    assert answer.requirement == "ingredient==1.0"
    assert LINES[0] in answer.note


def test_what_is_outside_of_a_limit_is_not_within_one_that_cannot_be_read() -> None:
    assert releases.within(["", ">=1", "<2"], "1.0")
    assert not releases.within([">=1", ">= 2 3"], "1.0")
    assert not releases.within([">=1"], "2019-07-01-beta")
    assert releases.newest_wheel("ingredient", [">= 2 3"], Finder()) is None
    source = Source("target", specifier=">= 2 3")
    with pytest.raises(OverrideError, match="does not satisfy specifier"):
        settler(ingredient="1.0")(Question("ingredient", source))


def test_what_is_needed_at_run_time_counts() -> None:
    lines = ["a>=1; python_version >= '3'", "b >= 2 3", "c >= 2 3; extra == 'x'", "d; extra == 'x'"]
    assert wheel_record.applying(lines) == ("a>=1", "b >= 2 3")
    assert wheel_record.applying(lines, ["x"]) == ("a>=1", "b >= 2 3", "c >= 2 3; extra == 'x'", "d")
    metadata = SimpleNamespace(get_all=lambda field: lines)
    req = SimpleNamespace(link=SimpleNamespace(is_wheel=False), metadata=metadata, extras=())
    assert list(mismatch._needed(req)) == ["a", "b"]


def test_what_is_needed_in_an_environment_counts() -> None:
    environment = Environment({"distributions": [], "markers": {"python_version": "3.11"}}, "python")
    lines = ["a >= 2 3", "b; python_version ~ '3'", "c; python_version < '3'"]
    assert environment.needed({"requires": lines}) == ["a", "b"]


def test_names() -> None:
    assert name_of("Num.Py >= 2 3") == "num-py"
    assert name_of(">= 2 3") == ""


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("Num.Py[a, b] (>=1,<2) ; x", Parts("num-py", frozenset("ab"), ">=1,<2", "", "x")),
        ("a @ https://x/a;1 ; m", Parts("a", frozenset(), "", "https://x/a;1", "m")),
        ("a[b]@file:///x#sha256=1", Parts("a", frozenset("b"), "", "file:///x#sha256=1", "")),
        ("a >= 2 3", Parts("a", frozenset(), ">= 2 3", "", "")),
        (">=1", Parts("")),
    ],
)
def test_parts(line: str, parts: Parts) -> None:
    assert parts_of(line) == parts


def test_whether_a_line_applies() -> None:
    environment = {"python_version": "3.11"}
    parts = parts_of("a; extra == 'x' and python_version > '3'")
    assert [parts.applies(environment, extras) for extras in ((), ("y",), ("y", "x"))] == [
        False,
        False,
        True,
    ]
    unread = parts_of("a; python_version ~ '3'")
    assert unread.applies(environment)
    with pytest.raises(ValueError, match="~"):
        unread.holds(environment)
