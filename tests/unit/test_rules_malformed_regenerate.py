"""Malformed ``regenerate``, and what several tables say of it."""

from __future__ import annotations

from typing import Callable

import pytest

from pip_build_override.rules import (
    Declared,
    OverrideError,
    Overrides,
    package,
    parse_overrides,
    plan,
    select,
)

Refusal = Callable[..., OverrideError]

# Rules, the error message, the hint.
REGENERATE = [
    (
        "regenerate = false",
        "regenerate = false has no effect, because nothing else generates sources again",
        "leave regenerate out",
    ),
    ("regenerate = 'true'", "regenerate: expected true, found a string", "write regenerate = true"),
    ("regenerate = 1", "regenerate: expected true, found a number", "write regenerate = true"),
    ("regenerate = ['a.pyx']", "regenerate: expected true, found a list", "write regenerate = true"),
    ("regenerate.cython = '<3'", "regenerate: expected true, found a table", "write regenerate = true"),
    ("regenerated = true", "unknown key regenerated", "did you mean regenerate?"),
    ("cythonize = true", "unknown key cythonize", "did you mean regenerate?"),
]
FOR_ALL = '[package."*"]\nregenerate = true\n'


@pytest.mark.parametrize(("rules", "message", "hint"), REGENERATE)
def test_what_is_refused(refusal: Refusal, rules: str, message: str, hint: str) -> None:
    error = refusal(f"[package.pyworld]\n{rules}\n")
    assert message in error.message
    assert hint in error.hint
    assert error.where == "build-overrides.toml: package.pyworld"


def test_inside_a_source_table(refusal: Refusal) -> None:
    entry = "{ name = 'cython', from = 'oldest', regenerate = true }"
    error = refusal(f"[package.pyworld]\nadd = [{entry}]\n")
    assert "put regenerate under the package's table, outside of the braces" in error.hint


def test_for_every_package(refusal: Refusal) -> None:
    error = refusal(FOR_ALL)
    assert "regenerate is not for every package: it needs a Cython" in error.message
    assert error.hint == "put it under [package.NAME], or in a [group.NAME]"
    error = refusal('[tool.pip-build-override.package."*"]\nregenerate = true\n', name="pyproject.toml")
    assert "[tool.pip-build-override.group.NAME]" in error.hint


def _read(text: str) -> Overrides:
    return parse_overrides(text.encode(), path="/o.toml", shown="o.toml")


def test_in_tables_and_groups() -> None:
    (table,) = _read("[package.x]\nregenerate = true\n").tables
    assert table.regenerate
    assert not table.is_empty
    overrides = _read('[group.g]\npackages = ["x", "y>=2"]\nregenerate = true\n')
    for name, version in (("x", "1"), ("y", "2")):
        selection = select(overrides, package(name, version), {})
        assert selection.value("regenerate") is True
        assert selection.needs_pep517
        assert selection.named
        assert selection.applies
    assert not select(overrides, package("y", "1"), {}).applies


def test_it_counts_and_is_told() -> None:
    overrides = _read("[package.x]\nregenerate = true\n\n")
    made = plan(overrides, package("x", "1"), Declared(("a",), ()), {})
    assert made.selection.other_settings == '["regenerate = true"]'
    assert made.static == ("a",)
    (change,) = made.changes
    assert (change.describe(), change.where) == ("regenerate = true", "o.toml: package.x")
