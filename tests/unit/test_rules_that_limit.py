"""A rule that limits something has neither asked for it nor put anything in its place."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pip_build_override.in_pip.builds.build import Build
from pip_build_override.in_pip.output import failures
from pip_build_override.rules import Answer, Declared, Question, parse_overrides

WHERE = '/o.toml: package."*"'


def settle(question: Question) -> Answer:
    return Answer("", "", "there is none", key="declared")


def build_with(rules: str, *static: str) -> Build:
    build = Build(SimpleNamespace(source_dir=None), True, SimpleNamespace())
    build.declared = Declared(static, ())
    overrides = parse_overrides(f'[package."*"]\n{rules}\n'.encode(), path="/o.toml")
    build.make_plan(overrides, {"python_version": "3.11"}, settle)
    return build


@pytest.mark.parametrize(
    ("rules", "taken"),
    [
        ('constrain = ["setuptools<1000"]', False),
        ('constrain = ["setuptools==39.2.0"]', False),
        ('add = ["setuptools"]', False),
        ('replace.setuptools = { from = "target", else = "declared" }', False),
        ("replace.setuptools = \"setuptools==39.2.0; python_version < '3'\"", False),
        ('replace.wheel = "wheel==1"', False),
        ('replace.setuptools = "setuptools==39.2.0"', True),
        ('remove = ["setuptools"]', True),
        ('requires = ["ingredient"]', True),
    ],
)
def test_what_takes_the_place_of_what_pip_checks(rules: str, taken: bool) -> None:
    build = build_with(rules, "setuptools==39.2.0", "wheel")
    assert build.takes_the_place_of("setuptools>=40.8.0") is taken
    plain = Build(SimpleNamespace(source_dir=None), True, SimpleNamespace())
    assert plain.takes_the_place_of("setuptools") is False


def test_who_asked_for_what_is_there() -> None:
    build = build_with('constrain = ["setuptools<1000"]\nadd = ["mint"]', "setuptools==39.2.0")
    build.environment = {"setuptools": "39.2.0", "mint": "1.0"}
    assert list(failures._origins(build)) == [
        ("declared", ("setuptools 39.2.0",)),
        (f"by {WHERE}", ("mint 1.0",)),
    ]


@pytest.mark.parametrize(
    ("rules", "not_found", "asked"),
    [
        ('constrain = ["ingredient<1000"]', "ingredient==99", ""),
        ('constrain = ["ingredient<0.5"]', "ingredient>=1", WHERE),
        ('constrain = ["ingredient<0.5"]', "ingredient", WHERE),
        ('replace.ingredient = "ingredient==99"', "ingredient==99", WHERE),
        ('replace.ingredient = "ingredient==99"', "other==99", ""),
    ],
)
def test_who_asked_for_what_is_not_found(rules: str, not_found: str, asked: str) -> None:
    assert failures._asked_in(build_with(rules, "ingredient"), not_found) == asked
