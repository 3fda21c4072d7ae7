"""From what a package declares and the rules to what it is built with, each change with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Sequence

import pytest

from pip_build_override.rules import Change, Declared, Plan, Unused, package, parse_overrides, plan

Planned = Callable[..., Plan]
WHERE = "/x/build-overrides.toml: package.x"


@pytest.fixture
def planned(environment: dict[str, str]) -> Planned:
    """Return the plan for a package x 2.0 under rules."""

    def make(
        rules: str,
        static: Sequence[str] = (),
        hook: Sequence[str] | None = (),
        *,
        path: str = "/x/build-overrides.toml",
    ) -> Plan:
        text = rules if "[" in rules.split("=")[0] or path.endswith(".txt") else f"[package.x]\n{rules}"
        overrides = parse_overrides(text.encode(), path=path)
        declared = Declared(tuple(static), None if hook is None else tuple(hook))
        return plan(overrides, package("X", "2.0"), declared, environment)

    return make


def said(result: Plan) -> list[str]:
    return [change.describe() for change in result.changes]


def test_without_rules_the_lists_stay_as_they_are(planned: Planned) -> None:
    lines = ("numpy >= 1 ; os_name=='nt'", "./odd path", "NumPy")
    result = planned("[package.other]\nadd = ['a']", lines, lines[1:])
    assert (result.static, result.hook) == (lines, lines[1:])
    assert result.changes == ()
    assert result.unused == ()
    assert result.touched == frozenset()
    assert result.package == package("x", "2.0")


def test_replace_takes_all_lines_of_a_name_static_and_hook(planned: Planned) -> None:
    result = planned(
        "replace.numpy = 'NumPy==1.20.1'",
        ["setuptools", "NumPy==1.13; python_version<'3'", "numpy>=1", "wheel", "numpy<3"],
        ["num.py", "Numpy", "wheel[extra]", "numpy>=1"],
    )
    assert result.static == ("setuptools", "numpy==1.20.1", "wheel")
    assert result.hook == ("num.py", "numpy==1.20.1", "wheel[extra]")
    assert result.changes == (
        Change(
            "replace",
            "numpy",
            ("NumPy==1.13; python_version<'3'", "numpy>=1", "numpy<3", "Numpy"),
            ("numpy==1.20.1",),
            WHERE,
            "declared and returned by the backend's hook",
            ("package.x",),
        ),
    )
    assert said(result) == ["numpy -> numpy==1.20.1"]
    assert result.touched == {"numpy"}
    assert result.unused == ()


def test_alternatives_go_in_at_the_first_line_that_applies(planned: Planned) -> None:
    result = planned(
        "replace.a = ['c>1', 'd; os_name == \"nt\"', 'b']",
        ["a; os_name=='nt'", "x1", "a", "x2", "a"],
    )
    assert result.static == ("x1", "c>1", "b", "x2")
    assert said(result) == ["a -> c>1, b"]
    assert result.touched == {"a", "b", "c"}


def test_declared_extras_are_kept_where_the_name_stays(planned: Planned) -> None:
    declared = [
        "setuptools_scm[toml]>=3",
        "setuptools-scm[ b , a ]",
        "setuptools-scm[z]; os_name=='nt'",
    ]
    assert planned(
        "replace.setuptools-scm = 'setuptools-scm<7'", declared, ["setuptools-scm"]
    ).static == ("setuptools-scm[a,b,toml]<7",)
    assert planned("replace.setuptools-scm = 'setuptools-scm[own]<7'", declared).static == (
        "setuptools-scm[own]<7",
    )
    assert planned("replace.setuptools-scm = 'other<7'", declared).static == ("other<7",)
    assert planned("replace.setuptools-scm = 'setuptools-scm @ https://a/b'", declared).static == (
        "setuptools-scm[a,b,toml] @ https://a/b",
    )


def test_the_static_list_is_the_same_before_and_after_the_hook_is_asked(planned: Planned) -> None:
    rules = "replace.a = 'a<2'\nremove = ['b']\nadd = ['c']"
    before = planned(rules, ["a", "d"], None)
    after = planned(rules, ["a", "d"], ["a[x]", "b", "c"])
    assert before.static == after.static == ("a<2", "d", "c")
    assert before.hook is None
    assert after.hook == ("a[x]<2", "c")
    assert [change.reason for change in before.changes] == ["declared", "not declared"]
    assert [change.reason for change in after.changes] == [
        "declared and returned by the backend's hook",
        "returned by the backend's hook",
        "also declared; both apply",
    ]


def test_remove(planned: Planned) -> None:
    result = planned(
        "remove = ['PkgConfig', 'wheel; os_name == \"nt\"']", ["pkgconfig>1", "wheel", "pkgconfig"]
    )
    assert result.static == ("wheel",)
    assert said(result) == ["pkgconfig removed"]
    assert result.changes[0].before == ("pkgconfig>1", "pkgconfig")
    assert result.touched == frozenset()


def test_add_goes_at_the_end_and_holds_beside_a_declared_line(planned: Planned) -> None:
    result = planned("add = ['Swig', 'cython<3', 'six']", ["cython>0.1", "six"])
    assert result.static == ("cython>0.1", "six", "swig", "cython<3")
    assert said(result) == ["swig added", "cython<3 added"]
    assert [change.reason for change in result.changes] == ["not declared", "also declared; both apply"]
    assert result.touched == {"swig", "cython", "six"}


def test_constrain(planned: Planned) -> None:
    rules = "constrain = ['Setuptools <82,>1', 'a; os_name == \"nt\"', 'b', 'c<1']"
    result = planned(f"[package.'*']\nconstrain = ['b<9']\n[package.x]\n{rules}", ["setuptools"])
    assert result.static == ("setuptools",)
    assert result.constraints == ("setuptools<82,>1", "c<1")
    assert said(result) == ["constrained to setuptools<82,>1", "constrained to c<1"]
    assert result.touched == {"setuptools", "c"}
    assert result.changes[0].reason == "limits the whole build environment"


def test_requires_is_the_whole_list(planned: Planned) -> None:
    result = planned(
        "requires = ['setuptools<60', 'cython<3', 'a; os_name == \"nt\"']", ["setuptools"], ["numpy"]
    )
    assert (result.static, result.hook) == (("setuptools<60", "cython<3"), ())
    assert said(result) == ["requires replaced by setuptools<60, cython<3 (was setuptools, numpy)"]
    assert result.changes[0].name == ""
    assert result.touched == {"setuptools", "cython"}
    assert planned("requires = ['a']", ["b"], None).hook is None
    assert said(planned("requires = []", [])) == ["requires replaced by nothing (was nothing)"]


def test_more_specific_keys_apply_to_the_list_of_requires(planned: Planned) -> None:
    result = planned(
        """
        [package.x]
        requires = ["a", "b", "c"]
        [package."x>1"]
        replace.a = "a<2"
        remove = ["b", "old"]
        add = ["d"]
        """,
        ["old"],
        ["hooked", "old", "hooked"],
    )
    assert (result.static, result.hook) == (("a<2", "c", "d"), ())
    assert said(result) == [
        # Each line once, even if the backend asks for it as well.
        "requires replaced by a, b, c (was old, hooked)",
        "a -> a<2",
        "b removed",
        "d added",
    ]
    assert [entry.name for entry in result.unused] == ["old"]


def test_nothing_is_installed_where_no_declared_line_applies(planned: Planned) -> None:
    result = planned(
        "replace.numpy = 'numpy==1.2'", ["numpy; os_name == 'nt'", "a"], ["numpy>2;python_version<'3'"]
    )
    assert (result.static, result.hook) == (("a",), ())
    lines = "numpy; os_name == 'nt', numpy>2;python_version<'3'"
    assert said(result) == [
        f"numpy is declared only for other interpreters ({lines}); nothing is installed for it"
    ]
    assert result.changes[0].kind == "note"
    assert result.touched == frozenset()
    assert result.unused == ()
    elsewhere = planned("replace.numpy = 'numpy==1.2'", ["numpy; os_name == 'nt'"], ["numpy"])
    assert (elsewhere.static, elsewhere.hook) == ((), ("numpy==1.2",))
    assert said(elsewhere) == ["numpy -> numpy==1.2"]


def test_the_declared_requirement_stands_where_no_entry_applies(planned: Planned) -> None:
    rules = "replace.numpy = ['numpy==1.2; os_name == \"nt\"']"
    result = planned(rules, ["numpy>=1.2", "numpy; os_name == 'nt'"])
    assert result.static == ("numpy>=1.2", "numpy; os_name == 'nt'")
    assert said(result) == [
        "no entry of replace.numpy applies to this interpreter, so numpy>=1.2 is kept"
    ]
    reason = "no entry of replace.numpy applies to this interpreter, so numpy>=1.2 is kept"
    assert result.changes == (
        Change("note", "numpy", ("numpy>=1.2",), (), WHERE, reason, ("package.x",)),
    )
    assert not result.selection.applies
    assert planned(rules, ["other"]).changes == ()
    assert planned(rules, ["numpy; os_name == 'nt'"]).changes == ()


def test_a_less_specific_table_speaks_where_no_entry_applies(planned: Planned) -> None:
    rules = "[package.x]\nreplace.a = 'a==1; os_name == \"nt\"'\n[package.'*']\n"
    result = planned(rules + "replace.a = 'a==2'", ["a"])
    assert result.static == ("a==2",)
    assert planned(rules + "remove = ['a', 'b']", ["b", "a"]).static == ()
    assert planned(rules + "remove = ['b']", ["a"]).changes[0].reason.endswith(", so a is kept")
    assert said(result) == [
        "a -> a==2",
        'no entry of replace.a applies to this interpreter, so the rule of package."*" applies',
    ]
    limited = planned(rules + "constrain = ['a<2']", ["a>0"])
    assert said(limited)[0] == "no entry of replace.a applies to this interpreter, so a>0 is kept"


def test_replace_speaks_of_the_declared_name_only(planned: Planned) -> None:
    rules = "[package.'*']\nreplace.numpy = 'numpy==2'\n[package.x]\n"
    rules += "replace.oldest-supported-numpy = 'numpy==1'"
    result = planned(rules, ["oldest-supported-numpy", "numpy"])
    assert result.static == ("numpy==1", "numpy==2")
    assert planned(rules, ["oldest-supported-numpy"]).static == ("numpy==1",)


def test_what_two_rules_put_in_alike_is_put_in_once(planned: Planned) -> None:
    result = planned("replace.a = 'c==1'\nreplace.b = 'c==1'", ["a", "b"])
    assert result.static == ("c==1",)
    assert said(result) == ["a -> c==1", "b -> c==1"]


def test_rules_for_undeclared_names(planned: Planned) -> None:
    rules = """
    [package.x]
    replace.Numpy = "numpy==1"
    replace.a = "a<2"
    replace.idle = "idle; os_name == 'nt'"
    replace.setuptools = "setuptools<60"
    remove = ["wheel", "b", "c"]
    add = ["d"]
    constrain = ["e<2"]
    [package."*"]
    remove = ["f"]
    replace.g = "g<2"
    """
    result = planned(rules, ["a; os_name == 'nt'"], ["c"])
    assert result.unused == (
        Unused("numpy", WHERE, "replace.numpy", '"numpy==1"'),
        Unused("b", WHERE, "remove"),
    )


def test_undeclared_names_with_files_and_source_tables(planned: Planned, tmp_path: Path) -> None:
    wheel = tmp_path / "b-1.0-py3-none-any.whl"
    wheel.touch()
    rules = f"""
    [package.x]
    replace.b = {{ path = "{wheel}" }}
    replace.c = ["c<2", {{ name = "d", from = "target" }}]
    """
    assert [unused.added for unused in planned(rules, ["a"], []).unused] == [
        f'{{ name = "b", path = "{wheel}" }}',
        '"c<2", { name = "d", from = "target" }',
    ]


def test_lines_of_a_txt_file(planned: Planned) -> None:
    result = planned("numpy==1.2\nsix\nnumpy!=1.1\n", ["numpy", "cython"], path="/x/overrides.txt")
    assert result.static == ("numpy==1.2", "numpy!=1.1", "cython")
    (change,) = result.changes
    assert (change.where, change.tables) == ("/x/overrides.txt: lines 1 and 3", ("line 1", "line 3"))
    assert result.unused == ()


@pytest.mark.parametrize(
    "line",
    [
        "numpy>=1.*",
        "numpy==2004d",
        "numpy==1;broken marker",
        "numpy (>1",
        "numpy[",
        "numpy @ https://a/b;c",
    ],
)
def test_a_declared_line_that_is_no_requirement_is_replaced_all_the_same(
    planned: Planned, line: str
) -> None:
    assert planned("replace.numpy = 'numpy==1'", [line]).static == ("numpy==1",)


@pytest.mark.parametrize("line", ["", "./numpy", "-r numpy", "# numpy", "_numpy"])
def test_a_declared_line_without_a_name_is_left_alone(planned: Planned, line: str) -> None:
    assert planned("replace.numpy = 'numpy==1'\nremove = ['r']", [line]).static == (line,)


def test_the_marker_of_a_declared_url_has_a_blank_before_it(planned: Planned) -> None:
    rules = "replace.a = 'a==1'"
    assert planned(rules, ["a @ https://b/c ; os_name == 'nt'"]).static == ()
    assert planned(rules, ["a @ https://b/c;d ; os_name == 'nt'"]).static == ()
    assert planned(rules, ["a[x] @ https://b/c;d ; os_name == 'posix'"]).static == ("a[x]==1",)
