"""Which table applies: from least to most specific, name by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Callable

import pytest

from pip_build_override import frozen
from pip_build_override.rules import (
    OverrideError,
    Selection,
    Table,
    needs_version,
    package,
    parse_overrides,
    select,
)
from pip_build_override.rules.tables import SETTINGS

Select = Callable[..., Selection]


@pytest.fixture
def choose(environment: dict[str, str], tmp_path: Path) -> Select:
    """Return what applies to a package under the text of an overrides file."""

    def chosen(text: str, name: str, version: str | None = None, file: str = "a.toml") -> Selection:
        overrides = parse_overrides(text.encode(), path=str(tmp_path / file), shown=file)
        return select(overrides, package(name, version), environment)

    return chosen


def rules(selection: Selection) -> list[str]:
    return [f"{rule.where}: {rule.label}" for rule in selection.rules]


def test_no_table_for_a_package(choose: Select) -> None:
    selection = choose("[package.a]\nadd = ['b']", "other")
    assert selection == Selection()
    assert not selection.applies
    assert not selection.named
    assert selection.fingerprint == ""


def test_the_most_specific_table_wins_name_by_name_whichever_key_it_uses(choose: Select) -> None:
    text = """
    [package."x>=2"]
    add = ["a"]
    [package.x]
    remove = ["a", "b"]
    replace.c = "c<2"
    [package."*"]
    replace.a = "a<1"
    add = ["b"]
    constrain = ["c<9", "d<9"]
    """
    newest = choose(text, "X", "2.1")
    assert [table.where for table in newest.tables] == ['package."*"', "package.x", 'package."x>=2"']
    assert rules(newest) == [
        'package."*": constrain d<9',
        "package.x: replace.c",
        "package.x: remove b",
        'package."x>=2": add a',
    ]
    assert newest.set_aside == (
        'package."*": replace.a (package."x>=2" names a)',
        'package."*": add b (package.x names b)',
        'package."*": constrain c<9 (package.x names c)',
        'package.x: remove a (package."x>=2" names a)',
    )
    older = choose(text, "X", "1.9")
    assert rules(older) == [
        'package."*": constrain d<9',
        "package.x: replace.c",
        "package.x: remove a",
        "package.x: remove b",
    ]
    everything = choose(text, "y")
    assert rules(everything) == [
        'package."*": replace.a',
        'package."*": add b',
        'package."*": constrain c<9',
        'package."*": constrain d<9',
    ]
    assert [selection.named for selection in (newest, older, everything)] == [True, True, False]
    assert all(selection.applies for selection in (newest, older, everything))


def test_a_bare_constraint_lifts_that_of_a_less_specific_table(choose: Select) -> None:
    text = (
        '[package."*"]\nconstrain = ["setuptools<82"{}]\n[package.newpkg]\nconstrain = ["setuptools"]'
    )
    selection = choose(text.format(""), "newpkg")
    assert rules(selection) == ["package.newpkg: constrain setuptools"]
    assert selection.set_aside == (
        'package."*": constrain setuptools<82 (package.newpkg names setuptools)',
    )
    # Nothing is left that changes the build, so it is a build like any other.
    assert (selection.applies, selection.named, selection.fingerprint) == (False, False, "")
    other = choose(text.format(', "cython<3"'), "newpkg")
    assert (other.applies, other.named) == (True, False)
    assert choose(text.format(""), "oldpkg").applies


def test_what_star_adds_or_constrains_skips_the_package_of_that_name(choose: Select) -> None:
    text = """
    [package."*"]
    add = ["a", "b"]
    constrain = ["a<2"]
    remove = ["c"]
    replace.d = "a"
    """
    assert rules(choose(text, "a")) == [
        'package."*": replace.d',
        'package."*": remove c',
        'package."*": add b',
    ]
    assert rules(choose(text, "c"))[1] == 'package."*": remove c'
    assert rules(choose(text, "d"))[0] == 'package."*": replace.d'
    listed = choose('[package."*"]\nrequires = ["a", "b"]', "a")
    assert [entry.text for entry in listed.rules[0].entries] == ["b"]
    # A table of its own name says what it says.
    assert rules(choose("[package.a]\nadd = ['a']\nconstrain = ['a<2']", "a")) == [
        "package.a: add a",
        "package.a: constrain a<2",
    ]


def test_requires_sets_aside_less_specific_tables_but_for_constraints_of_other_names(
    choose: Select,
) -> None:
    text = """
    [package."*"]
    replace.a = "a<1"
    remove = ["b"]
    add = ["c"]
    constrain = ["d<9", "e<9"]
    [package.x]
    requires = ["D", "f; os_name == 'nt'"]
    constrain = ["g<9"]
    [package."x>=2"]
    add = ["d"]
    constrain = ["e<5"]
    """
    assert rules(choose(text, "x", "1")) == [
        'package."*": constrain e<9',
        "package.x: requires",
        "package.x: constrain g<9",
    ]
    selection = choose(text, "x", "2")
    assert rules(selection) == [
        "package.x: requires",
        "package.x: constrain g<9",
        'package."x>=2": add d',
        'package."x>=2": constrain e<5',
    ]
    assert selection.set_aside == (
        'package."*": replace.a (package.x has requires)',
        'package."*": remove b (package.x has requires)',
        'package."*": add c (package.x has requires)',
        'package."*": constrain d<9 (package."x>=2" names d)',
        'package."*": constrain e<9 (package."x>=2" names e)',
    )


def test_the_most_specific_requires_sets_the_others_aside(choose: Select) -> None:
    text = """
    [package."*"]
    requires = ["a"]
    [package.x]
    requires = ["b"]
    """
    selection = choose(text, "x")
    assert rules(selection) == ["package.x: requires"]
    assert selection.set_aside == ('package."*": requires (package.x has requires)',)


@pytest.mark.parametrize(
    "rule", ["add = ['a']", "remove = ['a']", "replace.a = 'b'", "constrain = ['a<2']"]
)
def test_a_more_specific_rule_does_not_set_requires_aside(choose: Select, rule: str) -> None:
    selection = choose(f"[package.x]\nrequires = ['a']\n[package.'x>1']\n{rule}", "x", "2")
    assert selection.rules[0].key == "requires"
    assert len(selection.rules) == 2


def test_an_entry_with_a_false_marker_is_as_if_absent(choose: Select) -> None:
    text = """
    [package.x]
    replace.a = "a==2; os_name == 'nt'"
    remove = ["b; os_name == 'nt'"]
    add = ["c; os_name == 'nt'"]
    constrain = ["d<9; os_name == 'nt'"]
    [package."*"]
    replace.a = "a==1"
    remove = ["b"]
    add = ["c"]
    constrain = ["d<5"]
    """
    selection = choose(text, "x")
    assert {rule.where for rule in selection.rules} == {'package."*"'}
    assert [rule.label for rule in selection.rules] == [
        "replace.a",
        "remove b",
        "add c",
        "constrain d<5",
    ]
    assert [rule.label for rule in selection.idle] == ["replace.a"]
    assert selection.set_aside == ()
    assert not selection.named


def test_an_idle_replacement_is_not_told_of_where_a_more_specific_table_speaks(choose: Select) -> None:
    text = "[package.'*']\nreplace.a = \"a==2; os_name == 'nt'\"\n[package.x]\n{}"
    assert choose(text.format("add = ['a']"), "x").idle == ()
    assert choose(text.format("requires = []"), "x").idle == ()
    assert len(choose(text.format("add = ['b']"), "x").idle) == 1


def test_a_version_table_needs_the_version(choose: Select) -> None:
    text = "[package.'H5py>=3,<3.5']\nadd = ['a']\n[package.h5py]\nadd = ['b']"
    overrides = parse_overrides(text.encode(), path="/x/a.toml")
    assert needs_version(overrides, "H5PY")
    assert not needs_version(overrides, "other")
    with pytest.raises(OverrideError) as caught:
        choose(text, "h5py")
    assert str(caught.value) == (
        'a.toml: package."H5py>=3,<3.5": the version of h5py is not known before it is built, and '
        "this table is for h5py>=3,<3.5 only\n"
        "hint: put its rules under [package.h5py]; or, if pip takes h5py from an index, pin it: h5py==…"
    )
    assert choose(text, "other", None) == Selection()
    assert rules(choose(text, "h5py", "3.1rc1")) == [
        "package.h5py: add b",
        'package."H5py>=3,<3.5": add a',
    ]
    assert rules(choose(text, "h5py", "3.5")) == ["package.h5py: add b"]


def test_a_version_that_does_not_compare(choose: Select) -> None:
    with pytest.raises(OverrideError) as caught:
        choose("[package.'pytz>=2004']\nadd = ['a']", "pytz", "2004-d-x")
    assert caught.value.message == (
        "'2004-d-x' of pytz is not a valid PEP 440 version, and cannot be compared with >=2004"
    )
    assert caught.value.where == 'a.toml: package."pytz>=2004"'
    assert caught.value.hint == "put its rules under [package.pytz]"


@pytest.mark.parametrize(
    ("first", "second", "about"),
    [
        ("add = ['a']", "constrain = ['a<2']", "both name a"),
        ("remove = ['a']", "replace.a = 'b'", "both name a"),
        ("requires = []", "add = ['a']", "one of them replaces the whole list"),
        ("replace.a = 'b'", "requires = []", "one of them replaces the whole list"),
        ("requires = ['a']", "constrain = ['a']", "one of them replaces the whole list"),
        ("requires = ['a']", "requires = ['a']", "one of them replaces the whole list"),
    ],
)
def test_two_version_tables_that_speak_of_one_name(
    choose: Select, first: str, second: str, about: str
) -> None:
    text = f"[package.'x>=2']\n{first}\n[package.'x<3']\n{second}"
    with pytest.raises(OverrideError) as caught:
        choose(text, "x", "2.5")
    assert caught.value.where == 'a.toml: package."x<3"'
    assert caught.value.message == f'package."x>=2" also matches x 2.5, and {about}'
    assert caught.value.hint == "narrow the versions of one of the two tables"
    assert len(choose(text, "x", "3").tables) == 1
    assert len(choose(text, "x", "1").tables) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("add = ['a']", "constrain = ['b<2']"),
        ("replace.a = 'a<2'\nconstrain = ['a<2']", "constrain = ['b<2']"),
        ("requires = ['a']", "constrain = ['b<2']"),
        ("add = ['a']", "remove = ['a; os_name == \"nt\"']"),
        ("add = ['a']", "replace.a = \"a<2; os_name == 'nt'\""),
        ("requires = ['a; os_name == \"nt\"']", "constrain = ['a<2']"),
    ],
)
def test_two_version_tables_that_do_not_meet(choose: Select, first: str, second: str) -> None:
    text = f"[package.'x>=2']\n{first}\n[package.'x<3']\n{second}"
    assert len(choose(text, "x", "2.5").tables) == 2


def test_rules_of_one_table_that_meet_on_this_interpreter_only(choose: Select) -> None:
    text = "[package.x]\nadd = ['a==1; os_name == \"posix\"', 'a==2; python_version >= \"3.9\"']"
    with pytest.raises(OverrideError) as caught:
        choose(text, "x")
    assert caught.value.where == "a.toml: package.x"
    assert caught.value.message == "add has both a==1 and a==2; no version satisfies both"
    both = "[package.x]\nadd = ['a; os_name == \"posix\"']\nremove = ['a; sys_platform == \"linux\"']"
    with pytest.raises(OverrideError, match="remove and add of one table both name a"):
        choose(both, "x")


def test_a_marker_that_cannot_be_evaluated_here(
    choose: Select, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(marker: str, environment: object) -> bool:
        raise ValueError("no order")

    monkeypatch.setattr("pip_build_override.rules.planning.rule.marker_holds", refuse)
    with pytest.raises(OverrideError) as caught:
        choose("[package.x]\nadd = ['a; platform_release > \"5\"']", "x")
    assert caught.value.where == "a.toml: package.x"
    assert (
        caught.value.message == 'the marker platform_release > "5" cannot be evaluated here: no order'
    )
    assert "compare python_version or sys_platform" in caught.value.hint


def test_the_lines_of_a_txt_file_replace_for_every_package(choose: Select) -> None:
    text = "numpy>1\ncython<3; os_name == 'nt'\nnumpy<2\ncython<4\n"
    text += "swig; os_name == 'nt'\nnumpy!=1.5; os_name == 'nt'\n"
    selection = choose(text, "x", file="a.txt")
    assert [(rule.where, rule.label) for rule in selection.rules] == [
        ("lines 1 and 3", "replace.numpy"),
        ("line 4", "replace.cython"),
    ]
    assert [entry.text for entry in selection.rules[0].entries] == ["numpy>1", "numpy<2"]
    assert selection.rules[0].wheres == ("line 1", "line 3")
    assert [(rule.where, rule.label) for rule in selection.idle] == [("line 5", "replace.swig")]
    assert not selection.named
    idle = choose("a; os_name == 'nt'\na; os_name == 'java'", "x", file="a.txt").idle
    assert [rule.where for rule in idle] == ["lines 1 and 2"]


def test_the_fingerprint_is_of_what_the_rules_ask_for(choose: Select, tmp_path: Path) -> None:
    text = """
    [package.x]
    replace.A = ["A[y,x] >1,<2", "c; os_name == 'posix'"]
    remove = ["b"]
    add = ["e", "d"]
    constrain = ["f<2", "g"]
    """
    fingerprint = choose(text, "x").fingerprint
    assert json.loads(fingerprint) == {
        "replace": {"a": ["a[x,y]<2,>1", "c"]},
        "remove": ["b"],
        "add": ["d", "e"],
        "constrain": ["f<2"],
    }
    same = """
    [package."x>0"]
    add = ["D", "e", "h; os_name == 'nt'"]
    remove = ["B; os_name != 'nt'"]
    [package."*"]
    constrain = ["F <2"]
    [package.X]
    no-binary = true
    replace.a = ["c", "a[x,y] <2,>1"]
    """
    assert choose(same, "x", "1").fingerprint == fingerprint
    for change in (("f<2", "f<3"), ('"b"', '"c"'), ('"d"', '"d2"'), (">1", ">0"), ("[y,x]", "[y]")):
        assert choose(text.replace(*change), "x").fingerprint != fingerprint
    (tmp_path / "d").mkdir()
    wheel = choose("[package.x]\nrequires = [{ name = 'd', path = 'd' }]\n", "x")
    assert json.loads(wheel.fingerprint) == {
        "replace": {},
        "requires": [f"d @ {(tmp_path / 'd').as_uri()}"],
    }
    assert wheel.paths == (str(tmp_path / "d"),)
    (tmp_path / "c").mkdir()
    entries = ", ".join(f"{{ name = '{name}', path = '{name}' }}" for name in "dcd")
    assert choose(f"[package.x]\nadd = [{entries}, 'e']", "x").paths == (
        str(tmp_path / "c"),
        str(tmp_path / "d"),
    )
    nothing = choose("[package.x]\nrequires = []", "x")
    only = choose("[package.x]\nreplace.a = 'a<2'", "x")
    assert json.loads(only.fingerprint) == {"replace": {"a": ["a<2"]}}
    limited = [choose(f"[package.x]\nconstrain = ['{text}']", "x") for text in ("f<2,>1", "F >1, <2")]
    assert limited[0].fingerprint == limited[1].fingerprint
    assert nothing.applies
    assert json.loads(nothing.fingerprint) == {"replace": {}, "requires": []}
    assert nothing.named


def test_keys_that_are_not_about_requirements(choose: Select) -> None:
    text = """
    [package.x]
    no-binary = true
    [package.y]
    no-binary = false
    add = ["z"]
    """
    said = choose(text, "x")
    assert json.loads(said.other_settings) == ["no_binary = True"]
    # It is no rule for a build environment.
    assert not said.applies
    assert (choose(text, "y").other_settings, choose(text, "z").other_settings) == ("", "")


def test_every_key_that_is_no_rule_on_requirements_counts() -> None:
    about = {
        "where",
        "name",
        "specifier",
        "replace",
        "or_add",
        "remove",
        "add",
        "constrain",
        "requires",
        "group",
        "file",
        "above",
        # It changes no build.
        "reason",
    }
    table = Table("package.x", "x")
    assert table.other_settings == ()
    assert not table.has_settings
    for field in frozen.fields(Table):
        changed = frozen.replace(table, **{field: "something"})
        assert bool(changed.other_settings) == (field not in about | SETTINGS.keys()), field
        assert changed.has_settings == (field in SETTINGS), field


SETTINGS_OF_X = """
[package."*"]
reason = "r"
env.CFLAGS = "-O1"
env.KEPT = "1"

[package.x]
env.CFLAGS = "-O2"
env.CC = false

[package."x>=2"]
env.CFLAGS = "-O3"
config-settings.setup-args = ["-Da=b", "-Dc=d"]
"""


def test_the_most_specific_table_sets_each_name(choose: Select) -> None:
    said = choose(SETTINGS_OF_X, "x", "2")
    assert said.values("env") == {"CFLAGS": "-O3", "KEPT": "1", "CC": None}
    assert said.values("config-settings") == {"setup-args": ("-Da=b", "-Dc=d")}
    assert said.value("no-such-key") is None
    assert said.set_aside == (
        'package."*": env.CFLAGS (package."x>=2" sets it)',
        'package.x: env.CFLAGS (package."x>=2" sets it)',
    )
    assert said.applies
    assert said.named
    assert not said.fingerprint
    assert choose(SETTINGS_OF_X, "x", "1").values("env")["CFLAGS"] == "-O2"
    other = choose(SETTINGS_OF_X, "y")
    assert other.values("env") == {"CFLAGS": "-O1", "KEPT": "1"}
    assert other.applies
    assert not other.named
    assert json.loads(other.other_settings) == [
        'env.CFLAGS = "-O1"',
        'env.KEPT = "1"',
    ]


def test_settings_count_by_what_is_in_force_and_not_by_their_table(choose: Select) -> None:
    one = choose("[package.x]\nenv.A = '1'\n[package.'*']\nenv.A = '2'", "x")
    other = choose("[package.'*']\nenv.A = '1'", "x")
    assert one.other_settings == other.other_settings != ""
