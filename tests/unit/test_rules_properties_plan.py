"""What holds of every plan, whatever the rules and the declaration."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from .generated import applying, declarations, fast, files, names, planned, tables, without


@fast
@given(files(), declarations, declarations)
def test_names_without_a_rule_keep_their_lines_verbatim_and_in_order(
    content: dict[str, dict[str, Any]], static: list[str], hook: list[str]
) -> None:
    result = planned(content, static, hook)
    if result is None or result.selection.of("requires"):
        return
    acting = {rule.name for rule in result.selection.of("replace", "remove")}
    ours = {entry.text for rule in result.selection.rules for entry in rule.entries}
    for lines, effective in ((static, result.static), (hook, result.hook or ())):
        untouched = without(lines, acting)
        assert [text for text in effective if text in untouched] == untouched or ours & set(untouched)
        assert set(untouched) <= set(effective)


@fast
@given(files(), declarations, declarations)
def test_only_rules_decide_what_is_in_the_lists(
    content: dict[str, dict[str, Any]], static: list[str], hook: list[str]
) -> None:
    result = planned(content, static, hook)
    if result is None:
        return
    effective = [*result.static, *(result.hook or ())]
    selection = result.selection
    brought = {entry.name for rule in selection.rules for entry in rule.entries}
    for rule in selection.of("remove"):
        assert rule.name not in names(effective) or rule.name in brought
    for rule in selection.of("replace"):
        # Of the declared lines of that name none is left, unless a rule wrote the same text.
        texts = {text for other in selection.rules for entry in other.entries for text in [entry.text]}
        left = [text for text in effective if names([text]) == {rule.name} and text in {*static, *hook}]
        kept = {entry.keeping(frozenset({"x", "y"})) for entry in rule.entries} | {
            entry.keeping(frozenset({"x"})) for entry in rule.entries
        }
        assert set(left) <= texts | kept
    source = [entry.text for rule in selection.of("requires") for entry in rule.entries]
    declared = source if selection.of("requires") else [*static, *hook]
    assert names(effective) <= names(declared) | brought
    for rule in selection.of("replace"):
        if rule.name in applying(declared):
            assert {entry.name for entry in rule.entries} <= names(effective)
    assert {rule.name for rule in selection.of("add")} <= names(result.static)


@fast
@given(files(), declarations, declarations)
def test_the_hook_adds_to_the_plan_and_changes_nothing_before(
    content: dict[str, dict[str, Any]], static: list[str], hook: list[str]
) -> None:
    before, after = planned(content, static, None), planned(content, static, hook)
    if before is None or after is None:
        assert before is after
        return
    assert before.static == after.static
    assert before.constraints == after.constraints
    assert before.selection == after.selection
    assert before.hook is None
    assert set(after.unused) <= set(before.unused)


@fast
@given(files(), declarations, declarations, st.randoms())
def test_the_order_of_tables_and_keys_does_not_matter(
    content: dict[str, dict[str, Any]], static: list[str], hook: list[str], random: Any
) -> None:
    def shuffled(items: dict[str, Any]) -> dict[str, Any]:
        keys = list(items)
        random.shuffle(keys)
        return {key: items[key] for key in keys}

    first = planned(content, static, hook)
    second = planned({key: shuffled(table) for key, table in shuffled(content).items()}, static, hook)
    if first is None or second is None:
        assert first is second
        return
    assert (first.static, first.hook, first.constraints) == (
        second.static,
        second.hook,
        second.constraints,
    )
    assert first.changes == second.changes
    assert first.selection.fingerprint == second.selection.fingerprint


@fast
@given(files(), tables(), declarations, declarations)
def test_rules_for_all_never_change_what_a_table_of_its_own_name_says(
    content: dict[str, dict[str, Any]], everywhere: dict[str, Any], static: list[str], hook: list[str]
) -> None:
    own = {key: table for key, table in content.items() if key != "*"}
    alone, together = planned(own, static, hook), planned({**own, "*": everywhere}, static, hook)
    if alone is None or together is None:
        return
    assert [rule for rule in together.selection.rules if rule.level > 0] == list(alone.selection.rules)
    spoken = {rule.name for rule in alone.selection.rules}
    others = [rule for rule in together.selection.rules if rule.level == 0]
    assert not spoken & {rule.name for rule in others}
    if alone.selection.of("requires"):
        assert {rule.key for rule in others} <= {"constrain"}


@fast
@given(tables(), tables(), tables(version=True))
def test_a_more_specific_table_wins(
    star: dict[str, Any], name: dict[str, Any], version: dict[str, Any]
) -> None:
    result = planned({"*": star, "x": name, "x>1": version}, [], [])
    if result is None:
        return
    rules = result.selection.rules
    for one in rules:
        assert not [other for other in rules if other.name == one.name and other.level != one.level]
    listed = result.selection.of("requires")
    assert len(listed) <= 1
    for whole in listed:
        below = [rule for rule in rules if rule.level < whole.level]
        assert all(rule.key == "constrain" and rule.name not in whole.puts for rule in below)


@fast
@given(files(), declarations, declarations)
def test_a_plan_of_its_own_result_changes_nothing_more(
    content: dict[str, dict[str, Any]], static: list[str], hook: list[str]
) -> None:
    first = planned(content, static, hook)
    if first is None:
        return
    renamed = any(
        entry.name != rule.name for rule in first.selection.of("replace") for entry in rule.entries
    )
    # An entry without extras takes those of the entry beside it the second time.
    mixed = any(
        len({entry.extras for entry in rule.entries}) > 1 for rule in first.selection.of("replace")
    )
    added = {rule.name for rule in first.selection.of("add")}
    acting = {rule.name for rule in first.selection.of("replace", "remove")}
    if renamed or mixed or added & acting or first.selection.of("requires") or first.hook is None:
        # A name that one rule adds may be one that another rule removes: rules are about what is
        # declared, not about what they add.
        return
    second = planned(content, list(first.static), list(first.hook))
    assert second is not None
    assert (second.static, second.hook, second.constraints) == (
        first.static,
        first.hook,
        first.constraints,
    )


@fast
@given(files(), declarations, declarations)
def test_same_input_same_output_and_every_change_is_told(
    content: dict[str, dict[str, Any]], static: list[str], hook: list[str]
) -> None:
    first, second = planned(content, static, hook), planned(content, static, hook)
    assert first == second
    if first is None:
        return
    if (first.static, first.hook) != (tuple(static), tuple(hook)):
        assert first.changes
    for change in first.changes:
        assert change.describe()
        assert "\n" not in change.describe()
        assert change.where.startswith("/x/a.toml: package.")
    if not first.selection.applies:
        assert (first.static, first.hook, first.constraints) == (tuple(static), tuple(hook), ())
        assert all(change.kind == "note" for change in first.changes)
