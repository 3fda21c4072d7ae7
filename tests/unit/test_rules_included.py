"""Groups and included files: which rule wins, and what is refused because none would."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Mapping

import pytest

from pip_build_override.command_line import CommandLine
from pip_build_override.rules import (
    Declared,
    OverrideError,
    Overrides,
    Plan,
    Selection,
    handed,
    load_overrides,
    package,
    parse_overrides,
    plan,
    select,
)
from pip_build_override.rules.command_line import with_command_line
from pip_build_override.rules.reading.mistakes import mistakes

from ..support.hints import follows
from .conftest import LINUX

Load = Callable[..., Overrides]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Write files, of which the first one includes the others, and return its rules."""
    monkeypatch.chdir(tmp_path)

    def loaded(first: str, files: Mapping[str, str] | None = None) -> Overrides:
        for name, text in {"o.toml": first, **(files or {})}.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        return load_overrides("o.toml")

    return loaded


def chosen(overrides: Overrides, name: str = "x", version: str | None = "1.0") -> Selection:
    return select(overrides, package(name, version), LINUX)


def planned(overrides: Overrides, *declared: str, name: str = "x") -> Plan:
    return plan(overrides, package(name, "1.0"), Declared(declared, ()), LINUX)


def refused(load: Load, first: str, files: Mapping[str, str] | None = None) -> str:
    with pytest.raises(OverrideError) as caught:
        chosen(load(first, files))
    return str(caught.value)


GROUPS = """
[package."*"]
constrain = ["a<1"]
[group.g]
packages = ["X", "y<2"]
reason = "they are old"
constrain = ["a<2", "b<2"]
env.A = "g"
[package.x]
constrain = ["b<3"]
"""


def test_a_group_is_between_every_package_and_one(load: Load) -> None:
    overrides = load(GROUPS)
    found = planned(overrides)
    assert found.constraints == ("a<2", "b<3")
    assert found.selection.values("env") == {"A": "g"}
    assert {(change.where, change.because) for change in found.changes} == {
        ("o.toml: group.g", "they are old"),
        ("o.toml: package.x", ""),
    }
    assert found.selection.set_aside == (
        'package."*": constrain a<1 (group.g names a)',
        "group.g: constrain b<2 (package.x names b)",
    )
    assert planned(overrides, name="y").constraints == ("a<2", "b<2")
    assert chosen(overrides, "y", "2").values("env") == {}
    assert planned(overrides, name="z").constraints == ("a<1",)


def test_groups_that_meet_in_one_version_only(load: Load) -> None:
    text = (
        "[group.g]\npackages = ['x<2']\nenv.A = '1'\nconstrain = ['a']\n"
        "[group.h]\npackages = ['x>=1']\nconstrain = ['a<2']\n"
    )
    error = refused(load, text)
    assert error.startswith("o.toml: group.")
    assert "also matches x 1.0, and both name a" in error
    follows("keep it in one of the two groups, or take {} out of the other", error)
    assert chosen(load(text.replace("'x>=1'", "'y'"))).applies
    settings = text.replace("constrain = ['a<2']", "env.A = '1'")
    assert "both set env.A" in refused(load, settings)
    assert chosen(load(text), "x", "2").applies


def test_groups_that_name_the_same(load: Load) -> None:
    text = (
        "[group.g]\npackages = ['x']\nadd = ['a']\n[group.h]\npackages = ['x', 'y']\nremove = ['a']\n"
    )
    error = refused(load, text)
    said = follows("remove {} from one of the two groups, or {} from its packages", error)
    assert said == "hint: remove a from one of the two groups, or x from its packages".partition(" ")[2]
    assert chosen(load(text.replace("'x', ", ""))).applies
    # Markers that exclude each other are no contradiction.
    apart = text.replace("'a']\n[", "'a; os_name == \"nt\"']\n[").replace(
        "remove = ['a']", "remove = ['a; os_name == \"posix\"']"
    )
    assert chosen(load(apart)).applies
    # The limits on what the whole list does not contain are none either.
    whole = "[group.g]\npackages = ['x']\nrequires = ['a']\n"
    whole += "[group.h]\npackages = ['x']\nconstrain = ['{}']\n"
    assert chosen(load(whole.format("b"))).applies
    assert "all build requirements of x" in refused(load, whole.format("a"))


BASE = """
[package."*"]
constrain = ["a<1", "b<1"]
[package.x]
replace.c = "c==1"
env.A = "base"
env.B = "base"
[settings]
unused = "warn"
record = "all"
"""


def test_what_the_including_file_says_wins(load: Load) -> None:
    text = (
        "include = ['org/base.toml']\n[package.'*']\nconstrain = ['c<9']\nenv.A = 'own'\n"
        "[package.x]\nadd = ['b']\n[settings]\nrecord = 'none'\n"
    )
    overrides = load(text, {"org/base.toml": BASE})
    found = planned(overrides, "a", "c")
    # Its own table for every package wins over an included one for x.
    assert found.static == ("a", "c", "b")
    assert found.constraints == ("a<1", "c<9")
    assert found.selection.values("env") == {"A": "own", "B": "base"}
    assert found.selection.set_aside == (
        'package."*" in org/base.toml: constrain b<1 (package.x names b)',
        'package.x in org/base.toml: replace.c (package."*" names c)',
        'package.x in org/base.toml: env.A (package."*" sets it)',
    )
    assert {change.where for change in found.changes} >= {
        'o.toml: package."*" in org/base.toml',
        "o.toml: package.x in org/base.toml",
    }
    assert (overrides.unused, overrides.record) == ("warn", "none")
    assert [Path(path).name for path, _ in overrides.included] == ["base.toml"]
    assert found.selection.files == {"org/base.toml"}


def test_rules_of_several_files_reach_nested_pips(load: Load) -> None:
    overrides = load("include = ['base.toml']\n" + GROUPS, {"base.toml": BASE})
    assert handed.from_json(handed.to_json(overrides, "k"), "k") == overrides


def test_a_file_between(load: Load) -> None:
    files = {
        "one.toml": (
            "include = ['base.toml']\n[package.x]\nenv.A = 'one'\n[settings]\nunused = 'error'\n"
        ),
        "two.toml": "include = ['base.toml']\n",
        "base.toml": BASE,
    }
    overrides = load("include = ['two.toml', 'one.toml']\n", files)
    assert chosen(overrides).values("env") == {"A": "one", "B": "base"}
    # base.toml is included twice, and is one file.
    assert len(overrides.tables) == 3
    assert overrides.unused == "error"


def test_two_files_of_which_neither_includes_the_other(load: Load) -> None:
    files = {"one.toml": BASE, "two.toml": BASE}
    main = "include = ['one.toml', 'two.toml']\n"
    # They say the same.
    found = planned(load(main, files), "c")
    assert (found.static, found.constraints) == (("c==1",), ("a<1", "b<1"))
    for old, new, what in (
        ("c==1", "c==2", "c of x"),
        ('env.A = "base"', 'env.A = "two"', "env.A of x"),
        ('"a<1"', '"a<2"', "a of every package"),
        ('"a<1", "b<1"', '"c<1"', "c of x"),
        ('replace.c = "c==1"', "requires = []", "c of x"),
    ):
        files["two.toml"] = BASE.replace(old, new, 1)
        error = refused(load, main, files)
        assert f"say different things about {what}" in error, error
        assert "one.toml" in error
        assert "two.toml" in error
        said = follows(
            "remove it from one of the two files, or say it in {}, which wins over both", error
        )
        assert "say it in o.toml" in said
        assert refused(load, "include = ['two.toml', 'one.toml']\n", files) == error
    files["two.toml"] = BASE.replace("c==1", "c==2").replace("'base'", "'two'")
    own = main + "[package.'*']\nconstrain = ['c']\nenv = { A = 'own', B = 'own' }\n"
    assert chosen(load(own, files)).values("env") == {"A": "own", "B": "own"}


def test_two_files_that_differ_for_some_versions(load: Load) -> None:
    one = "[package.'x<2']\nreplace.a = 'a==1'\nenv.A = '1'\n"
    two = "[package.'x>=1']\nreplace.a = 'a==2'\nenv.A = '1'\n"
    main = "include = ['one.toml', 'two.toml']\n"
    error = refused(load, main, {"one.toml": one, "two.toml": two})
    assert 'package."x<2" in one.toml and package."x>=1" in two.toml say different things' in error
    follows("remove it from one of the two files, or say it in {}, which wins over both", error)
    settings = two.replace("a==2", "a==1").replace("'1'\n", "'2'\n")
    assert "about env.A of x" in refused(load, main, {"one.toml": one, "two.toml": settings})
    same = two.replace("a==2", "a==1")
    assert chosen(load(main, {"one.toml": one, "two.toml": same})).values("env") == {"A": "1"}
    assert planned(load(main, {"one.toml": one, "two.toml": same}), "a").static == ("a==1",)
    # What is replaced in one and the whole list in the other differs too.
    whole = "[package.'x>=1']\nrequires = ['b']\n"
    assert "about a of x" in refused(load, main, {"one.toml": one, "two.toml": whole})
    limits = "[package.'x>=1']\nconstrain = ['b']\n"
    assert chosen(load(main, {"one.toml": one, "two.toml": limits})).applies


def test_settings_that_differ(load: Load) -> None:
    files = {"one.toml": "[settings]\nunused = 'warn'\n", "two.toml": "[settings]\nunused = 'error'\n"}
    main = "include = ['two.toml', 'one.toml']\n"
    error = refused(load, main, files)
    assert "one.toml and two.toml set unused under [settings] to different values" in error
    said = follows("set {} under {} of {}, which wins over both", error)
    assert said == "set unused under [settings] of o.toml, which wins over both"
    assert load(main + "[settings]\nunused = 'warn'\n", files).unused == "warn"
    files["one.toml"] = files["two.toml"]
    assert load(main, files).unused == "error"


def test_files_that_include_each_other(load: Load) -> None:
    files = {"one.toml": "\ninclude = ['two.toml']\n", "two.toml": "include = ['one.toml']\n"}
    error = refused(load, "include = ['one.toml']\n", files)
    assert error.startswith(
        "two.toml: line 1: files include each other: one.toml includes two.toml, which includes"
        " one.toml\n"
    )
    assert follows("remove {} from include here", error) == "remove one.toml from include here"
    files["two.toml"] = "[settings]\n"
    assert load("include = ['one.toml']\n", files).included


def test_the_same_file_under_two_names(load: Load, tmp_path: Path) -> None:
    (tmp_path / "link.toml").symlink_to("o.toml")
    error = refused(load, "include = ['link.toml']\n")
    assert "this file includes itself" in error
    again = refused(load, "include = ['base.toml', './base.toml']\n", {"base.toml": BASE})
    follows("remove one of them from include", again)


def test_a_mistake_in_an_included_file_names_that_file(load: Load) -> None:
    error = refused(
        load, "include = ['org/base.toml']\n", {"org/base.toml": "[package.x]\nad = ['b']\n"}
    )
    assert error.startswith("org/base.toml: package.x: unknown key ad")
    gone = refused(
        load, "include = ['org/base.toml']\n", {"org/base.toml": "include = ['none.toml']\n"}
    )
    assert gone.startswith("org/base.toml: line 1: include names")


def test_a_pyproject_may_include_and_be_included(load: Load, tmp_path: Path) -> None:
    text = (
        "[tool.pip-build-override]\ninclude = ['base.toml']\n"
        "[tool.pip-build-override.group.g]\npackages = ['y']\nadd = ['b']\n"
    )
    load(
        "",
        {"base.toml": BASE, "pyproject.toml": text, "sub/o.toml": "include = ['../pyproject.toml']\n"},
    )
    overrides = load_overrides("pyproject.toml")
    assert [table.where for table in overrides.tables] == [
        "tool.pip-build-override.group.g",
        'package."*" in base.toml',
        "package.x in base.toml",
    ]
    outer = load_overrides("sub/o.toml")
    assert outer.tables[0].where == "tool.pip-build-override.group.g in pyproject.toml"
    assert planned(outer, name="y").static == ("b",)


def test_a_table_needs_a_version_wherever_it_is(load: Load) -> None:
    overrides = load("include = ['base.toml']\n", {"base.toml": "[package.'x<2']\nadd = ['a']\n"})
    with pytest.raises(OverrideError, match=r'o.toml: package."x<2" in base.toml: the version of x'):
        chosen(overrides, version=None)


def test_every_mistake_of_groups_and_settings(tmp_path: Path) -> None:
    text = (
        "[group.g]\npackages = []\nadd = ['a']\n[group.h]\npackages = ['y']\nad = ['b']\n"
        "[package.x]\nenv.A = 1\nenv.B = true\nconfig-settings.a = 1\n"
    )
    text = f"\ninclude = ['none.toml']\n{text}"
    found = mistakes(text.encode(), path=str(tmp_path / "o.toml"), shown="o.toml")
    assert found[0].where == "o.toml: line 2"
    assert [error.message.partition(":")[0] for error in found[1:]] == [
        "packages",
        "unknown key ad",
        "env.A",
        "env.B",
        "config-settings.a",
    ]


def test_the_command_line_wins_over_all(load: Load) -> None:
    main = "include = ['base.toml']\n[group.g]\npackages = ['x']\nreplace.d = 'd==1'\n"
    overrides = with_command_line(
        load(main, {"base.toml": BASE}), CommandLine(("a<5",), ("x: c==5", "x: d==5"))
    )
    found = planned(overrides, "c", "d")
    assert found.static == ("c==5", "d==5")
    assert found.constraints == ("b<1", "a<5")


def test_an_empty_list_includes_nothing() -> None:
    assert parse_overrides(b"include = []\n", path="/o.toml").included == ()
