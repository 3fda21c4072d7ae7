"""What holds of every set of files with groups and includes, whatever their rules."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, Dict, Sequence

from hypothesis import example, given
from hypothesis import strategies as st

from pip_build_override.rules import Declared, OverrideError, Plan, load_overrides, package, plan

from .conftest import LINUX
from .generated import attempt, declarations, fast, tables, to_toml

Content = Dict[str, Dict[str, Any]]

# Drawn tables seldom differ in one requirement alone.
LIMIT: Content = {"x": {"constrain": ["numpy<1"]}}
OTHER_LIMIT: Content = {"x": {"constrain": ["numpy<2"]}}

variables = st.dictionaries(st.sampled_from(["A", "B"]), st.sampled_from(["1", "2"]), max_size=2)


@st.composite
def contents(draw: Any, *keys: str) -> Content:
    """Draw package tables of a file, with variables of the environment as well."""
    chosen = draw(st.lists(st.sampled_from(keys), unique=True))
    found = {}
    for key in chosen:
        found[key] = {**draw(tables(version=">" in key)), "env": draw(variables)}
    return found


def of_group(packages: Sequence[str], table: dict[str, Any]) -> str:
    return to_toml({"GROUP": table}).replace(
        "[package.GROUP]", f"[group.g]\npackages = {json.dumps(list(packages))}"
    )


def planned(files: dict[str, str], lines: list[str], name: str = "x") -> Plan | str:
    """Return the plan under main.toml, or why there is none, wherever the files are."""
    with tempfile.TemporaryDirectory() as room:
        for file, text in files.items():
            Path(room, file).write_text(text)

        def make() -> Plan:
            overrides = load_overrides(str(Path(room, "main.toml")))
            return plan(overrides, package(name, "2"), Declared(tuple(lines), ()), LINUX)

        found = attempt(make)
        return str(found).replace(room, "") if isinstance(found, OverrideError) else found


def effect(found: Plan | str) -> Any:
    """Return what a plan does, apart from the places of its rules."""
    if isinstance(found, str):
        return found
    settings = sorted((one.label, one.value) for one in found.selection.settings)
    return found.static, found.hook, sorted(found.constraints), settings, found.selection.fingerprint


@fast
@given(contents("*", "x", "x>1", "other"), tables(), declarations)
def test_a_group_does_not_change_what_it_does_not_name(
    content: Content, table: dict[str, Any], lines: list[str]
) -> None:
    alone = to_toml(content)
    with_group = f"{alone}\n{of_group(['y', 'z<3'], table)}"
    before, after = planned({"main.toml": alone}, lines), planned({"main.toml": with_group}, lines)
    if isinstance(after, str) and "group.g" in after:
        return  # it contradicts itself
    assert effect(before) == effect(after)


@fast
@given(contents("*", "x", "x>1"), contents("other", "y", "y>1"), declarations)
def test_an_included_file_does_not_change_what_it_does_not_name(
    content: Content, included: Content, lines: list[str]
) -> None:
    alone = to_toml(content)
    files = {"main.toml": f"include = ['one.toml']\n{alone}", "one.toml": to_toml(included)}
    before, after = planned({"main.toml": alone}, lines), planned(files, lines)
    if isinstance(after, str) and "one.toml" in after:
        return
    assert effect(before) == effect(after)


@fast
@given(
    contents("*", "x"),
    contents("*", "x", "x>1"),
    contents("*", "x", "x>1"),
    contents("*", "x"),
    st.sets(st.sampled_from([("one", "three"), ("two", "three"), ("one", "two")])),
    declarations,
)
@example({}, LIMIT, OTHER_LIMIT, {}, set(), ["numpy"])
@example({}, LIMIT, {}, OTHER_LIMIT, {("two", "three")}, ["numpy"])
@example({}, {"*": {"env": {"A": "1"}}}, {"*": {"env": {"A": "2"}}}, {}, set(), ["numpy"])
def test_the_order_of_includes_does_not_matter(
    main: Content,
    one: Content,
    two: Content,
    three: Content,
    nested: set[tuple[str, str]],
    lines: list[str],
) -> None:
    def files(turned: bool) -> dict[str, str]:
        includes = {"main": ["one", "two", "three"]}
        for outer, inner in sorted(nested):
            includes.setdefault(outer, []).append(inner)
        found = {}
        for name, content in (("main", main), ("one", one), ("two", two), ("three", three)):
            listed = [f"{each}.toml" for each in includes.get(name, ())]
            include = f"include = {json.dumps(listed[::-1] if turned else listed)}\n"
            found[f"{name}.toml"] = include + to_toml(content)
        return found

    before, after = planned(files(False), lines), planned(files(True), lines)
    if isinstance(before, str) and "no version satisfies both" in before:
        # Of two invalid files, the first one is named.
        assert isinstance(after, str)
        return
    assert effect(before) == effect(after)


@fast
@given(contents("*", "x", "x>1"), contents("*", "x", "x>1"), declarations)
def test_what_the_including_file_says_of_a_name_is_as_if_it_included_nothing(
    main: Content, included: Content, lines: list[str]
) -> None:
    alone = planned({"main.toml": to_toml(main)}, lines)
    files = {
        "main.toml": f"include = ['one.toml']\n{to_toml(main)}",
        "one.toml": to_toml(included),
    }
    both = planned(files, lines)
    if isinstance(alone, str) or isinstance(both, str):
        return
    ours = {(rule.key, rule.name, rule.entries, rule.limit) for rule in alone.selection.rules}
    found = {
        (rule.key, rule.name, rule.entries, rule.limit)
        for rule in both.selection.rules
        if not rule.file
    }
    assert ours == found
    names = {rule.name for rule in alone.selection.rules}
    assert not names & {rule.name for rule in both.selection.rules if rule.file}
    assert alone.selection.values("env").items() <= both.selection.values("env").items()
