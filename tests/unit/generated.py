"""Overrides files and declarations, generated for the property tests."""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Sequence, TypeVar

from hypothesis import settings
from hypothesis import strategies as st

from pip_build_override.rules import (
    Declared,
    OverrideError,
    Overrides,
    Plan,
    package,
    parse_overrides,
    plan,
)
from pip_build_override.rules.place import toml_key
from pip_build_override.rules.planning.declared import read_lines
from pip_build_override.rules.standards import normalise

from .conftest import LINUX

Result = TypeVar("Result")

# What they ask for depends on a Python at most in its details, so CI tries fewer on the others.
fast = settings(
    max_examples=int(os.environ.get("UNIT_TEST_EXAMPLES", "80")), deadline=None, database=None
)

HERE = "os_name == 'posix'"
ELSEWHERE = "os_name == 'nt'"
# A small world, so that rules and declarations meet. The spellings are of four distributions.
SPELLINGS = ("numpy", "NumPy", "zope.interface", "Zope_Interface", "cython", "six")
NAMES = tuple(dict.fromkeys(map(normalise, SPELLINGS)))
VERSIONS = ("", "<2", ">=1,<3", "==1.5", "!=1")

spellings = st.sampled_from(SPELLINGS)
markers = st.sampled_from(["", f"; {HERE}", f" ; {ELSEWHERE}"])
extras = st.sampled_from(["", "[x]", "[y, x]"])
requirements = st.builds("{}{}{}{}".format, spellings, extras, st.sampled_from(VERSIONS), markers)
removals = st.builds("{}{}".format, spellings, markers)
limits = st.builds("{}{}{}".format, spellings, st.sampled_from(VERSIONS), markers)
declarations = st.lists(requirements, max_size=6)


def by_name(texts: list[str]) -> dict[str, list[str]]:
    """Group requirements by the name they begin with, under one spelling each."""
    found: dict[str, list[str]] = {}
    for text in texts:
        found.setdefault(read_lines([text], LINUX)[0].name, []).append(text)
    return found


def without(texts: list[str], names: set[str]) -> list[str]:
    return [text for text in texts if read_lines([text], LINUX)[0].name not in names]


def replacements(name: str) -> st.SearchStrategy[list[str]]:
    """Mostly another version of the same, now and then another distribution."""
    same = st.builds("{}{}{}{}".format, st.just(name), extras, st.sampled_from(VERSIONS), markers)
    return st.lists(st.one_of(same, same, same, requirements), min_size=1, max_size=2)


@st.composite
def tables(draw: Any, version: bool = False) -> dict[str, Any]:
    """Draw the content of a package table that does not contradict itself."""
    if not version and draw(st.integers(0, 4)) == 0:
        table = {"requires": draw(st.lists(requirements, max_size=3))}
    else:
        replaced = draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True))
        replace = {name: draw(replacements(name)) for name in replaced}
        remove = without(draw(st.lists(removals, max_size=2)), set(replace))
        add = without(draw(st.lists(requirements, max_size=2)), set(replace) | set(by_name(remove)))
        table = {"replace": replace, "remove": remove, "add": add}
    table["constrain"] = draw(st.lists(limits, max_size=2))
    return table


@st.composite
def files(draw: Any) -> dict[str, dict[str, Any]]:
    """Draw the package tables of an overrides file: for all, for x, and for some versions of x."""
    keys = draw(st.lists(st.sampled_from(["*", "x", "x>1", "other"]), unique=True))
    return {key: draw(tables(version=key == "x>1")) for key in keys}


def to_toml(content: dict[str, dict[str, Any]]) -> str:
    lines = []
    for key, table in content.items():
        lines.append(f"[package.{toml_key(key)}]")
        for option, value in table.items():
            entries = value.items() if isinstance(value, dict) else [("", value)]
            for name, texts in entries:
                dotted = f"{option}.{name}" if name else option
                # JSON's lists and strings are TOML's, too.
                lines.append(f"{dotted} = {json.dumps(texts)}")
    return "\n".join(lines)


def attempt(make: Callable[[], Result]) -> Result | OverrideError:
    """Return what a function returns or, where it refuses, its refusal."""
    try:
        return make()
    except OverrideError as error:
        return error


def parse(content: dict[str, dict[str, Any]]) -> Overrides | None:
    """Parse a generated file; None where its entries contradict each other."""
    found = attempt(lambda: parse_overrides(to_toml(content).encode(), path="/x/a.toml"))
    if isinstance(found, Overrides):
        return found
    assert "no version satisfies both" in found.message
    return None


def planned(
    content: dict[str, dict[str, Any]], static: Sequence[str], hook: Sequence[str] | None
) -> Plan | None:
    """Return the plan for x 2, or None where entries contradict each other."""
    overrides = parse(content)
    if overrides is None:
        return None
    rules = overrides
    declared = Declared(tuple(static), None if hook is None else tuple(hook))
    found = attempt(lambda: plan(rules, package("x", "2"), declared, LINUX))
    if isinstance(found, Plan):
        return found
    assert "no version satisfies both" in found.message or "both name" in found.message
    return None


def names(texts: Sequence[str]) -> set[str]:
    return {line.name for line in read_lines(texts, LINUX)}


def applying(texts: Sequence[str]) -> set[str]:
    return {line.name for line in read_lines(texts, LINUX) if line.applies}
