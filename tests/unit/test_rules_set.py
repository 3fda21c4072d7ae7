"""``--set``: a table of one package, whose names are added where they are declared nowhere."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from pip_build_override.rules import (
    CommandLine,
    Declared,
    OverrideError,
    Plan,
    Source,
    package,
    parse_overrides,
    plan,
    select,
    with_command_line,
)

from .conftest import LINUX


def planned(*settings: str, declared: Declared, file: str = "", name: str = "x") -> Plan:
    overrides = parse_overrides(file.encode(), path="/x/a.toml")
    overrides = with_command_line(overrides, CommandLine(set=settings))
    return plan(overrides, package(name, "1.0"), declared, LINUX)


def test_takes_the_place_of_what_is_declared() -> None:
    result = planned("X: Cython<3", declared=Declared(("cython", "wheel"), ("Cython>=3",)))
    assert (result.static, result.hook) == (("cython<3", "wheel"), ("cython<3",))
    assert [change.describe() for change in result.changes] == ["cython -> cython<3"]
    assert result.changes[0].where == "--set X"


def test_is_added_where_nothing_declares_it() -> None:
    result = planned("x: cython<3", declared=Declared(("wheel",), ("setuptools",)))
    assert (result.static, result.hook) == (("wheel", "cython<3"), ("setuptools",))
    assert [change.describe() for change in result.changes] == ["cython<3 added"]
    assert result.unused == ()
    assert "cython" in result.touched


def test_is_there_before_a_hook_asks_for_it() -> None:
    # What the hook will ask for is not known when the static list is installed.
    assert planned("x: a<3", declared=Declared(("b",))).static == ("b", "a<3")
    result = planned("x: a<3", declared=Declared(("b",), ("a",)))
    assert (result.static, result.hook) == (("b", "a<3"), ("a<3",))
    assert [change.describe() for change in result.changes] == ["a -> a<3"]


def test_wins_over_the_lines_of_a_txt_file() -> None:
    overrides = parse_overrides(b"a<3\na>0\n", path="/x/a.txt")
    overrides = with_command_line(overrides, CommandLine(set=("x: a>=1",)))
    result = plan(overrides, package("x", "1.0"), Declared(("a",)), LINUX)
    assert result.static == ("a>=1",)
    assert result.changes[0].where == "--set x"
    other = plan(overrides, package("y", "1.0"), Declared(("a",)), LINUX)
    assert other.static == ("a<3", "a>0")


def test_one_package_in_two_spellings() -> None:
    result = planned("X: a<3", "x : b<3", declared=Declared(("a", "b")))
    assert result.static == ("a<3", "b<3")
    versions = planned("x>=1: a<3", "X >= 1: b<3", declared=Declared(("a", "b")))
    assert versions.static == ("a<3", "b<3")


def test_other_packages_and_versions_are_left_alone() -> None:
    declared = Declared(("a",))
    assert planned("x: a<3", declared=declared, name="y").static == ("a",)
    assert planned("x<1: a<3", declared=declared).static == ("a",)
    assert planned("x>=1: a<3", declared=declared).static == ("a<3",)


def test_wins_over_the_file_name_by_name() -> None:
    file = """
[package.x]
replace.a = "a<1"
remove = ["b"]
add = ["c<1"]
constrain = ["d<1", "e<1"]
[package."x>=1"]
replace.f = "f<1"
"""
    settings = [f"x: {name}<2" for name in "abcdf"]
    result = planned(*settings, declared=Declared(("a", "b", "f")), file=file)
    assert result.static == ("a<2", "b<2", "f<2", "c<2", "d<2")
    assert result.constraints == ("e<1",)


def test_repeats_for_one_name() -> None:
    settings = ("x: a<2; python_version >= '3'", "x: a<1; python_version < '3'", "x: b")
    assert planned(*settings, declared=Declared(("a",))).static == ("a<2", "b")


@pytest.mark.parametrize(
    ("short", "source"),
    [
        ("target", {"origin": "target", "borrow": False}),
        ("oldest", {"origin": "oldest"}),
        ("borrow", {"origin": "target", "borrow": True}),
    ],
)
def test_short_forms_of_source_tables(short: str, source: dict[str, object]) -> None:
    for text in (f"x: numpy@{short}", f"x:numpy @ {short}"):
        overrides = with_command_line(parse_overrides(b"", path="/x/a.toml"), CommandLine(set=(text,)))
        (name, (entry,)) = overrides.tables[0].replace[0]
        assert (name, entry.name) == ("numpy", "numpy")
        assert isinstance(entry.source, Source)
        assert source.items() <= vars(entry.source).items()


def test_an_address_is_no_short_form() -> None:
    result = planned("x: a @ https://localhost/target", declared=Declared(("a",)))
    assert result.static == ("a @ https://localhost/target",)


@pytest.mark.parametrize("text", ["x", "x: ", ": a", "x cython<3", "-: a", "x: <3"])
def test_what_sets_nothing_is_refused(text: str) -> None:
    with pytest.raises(OverrideError) as caught:
        planned(text, declared=Declared(()))
    assert repr(text) in str(caught.value)
    assert caught.value.where == "--set"
    assert caught.value.hint.startswith("write --set ")


def test_every_package_is_referred_to_constrain() -> None:
    with pytest.raises(OverrideError) as caught:
        planned("*: a<3", declared=Declared(()))
    assert caught.value.hint == "for every package, write --constrain 'a<3'"


def test_what_is_no_requirement_is_refused() -> None:
    with pytest.raises(OverrideError) as caught:
        planned("x: a=3", declared=Declared(()))
    assert caught.value.where == "--set x"
    assert caught.value.hint == "write --set 'x: a==3'"


@pytest.mark.parametrize(
    ("text", "message", "right"),
    [
        ("x: a=3; os.name == 'nt'", '"a=3; os.name == ', "x: a==3; os_name == 'nt'"),
        ("x: a 1.2", "no comparison before the version", "x: a==1.2"),
        ("x=3: a", 'the version specifier in "x=3" is not valid', "x==3: a"),
        ("x==3.x: a", """the version specifier in "x==3.x" is not valid: '3.x' is""", "x==3.*: a"),
        ("x[y]>1: a@oldest", '"x[y]>1" is more than a package and its versions', "x>1: a@oldest"),
        ("x; os_name == 'nt': a", "more than a package", "x: a"),
        ("x: numpy-1.0.zip", "it is a path", f"x: numpy @ {Path('numpy-1.0.zip').absolute().as_uri()}"),
        ("lap: numpy@tagret", "numpy@tagret is neither", "lap: numpy@target"),
        # The package is missing, or the colon.
        ("a<82", "not a package and a requirement", "PACKAGE: a<82"),
        ("a=82", "not a package and a requirement", "PACKAGE: a==82"),
        ("a<82; os_name == 'nt'", "not a package and", "PACKAGE: a<82; os_name == 'nt'"),
        ("a@target", "not a package and a requirement", "PACKAGE: a@target"),
        ("a @ https://h.test/a-1.zip", "not a package and", "PACKAGE: a @ https://h.test/a-1.zip"),
        ("x a@target", "not a package and a requirement", "x: a@target"),
    ],
)
def test_a_hint_is_an_option_that_works(text: str, message: str, right: str) -> None:
    with pytest.raises(OverrideError) as caught:
        planned(text, declared=Declared(()))
    assert message in caught.value.message
    assert caught.value.hint == f"write --set {shlex.quote(right)}"
    with_command_line(parse_overrides(b"", path="/x/a.toml"), CommandLine(set=(right,)))


def test_a_text_with_two_requirements_needs_two_options() -> None:
    with pytest.raises(OverrideError, match="more than one requirement") as caught:
        planned("x: a<2, b", declared=Declared(()))
    assert caught.value.hint == "write --set 'x: a<2' --set 'x: b'"


def test_what_is_not_the_name_of_a_package_gets_a_placeholder() -> None:
    with pytest.raises(OverrideError, match='"x y" is not the name of a package') as caught:
        planned("x y: a", declared=Declared(()))
    assert caught.value.hint == "write --set 'PACKAGE: a'"


def test_what_it_builds_has_a_key_of_its_own() -> None:
    # Under the file alone, nothing is added: with unused = "warn" that builds something else.
    file = "[package.x]\nreplace.a = 'a<3'"
    by_file = parse_overrides(file.encode(), path="/x/a.toml")
    by_option = with_command_line(parse_overrides(b"", path="/x/a.toml"), CommandLine(set=("x: a<3",)))
    one, other = (select(each, package("x"), LINUX).fingerprint for each in (by_file, by_option))
    assert one
    assert other
    assert one != other


@pytest.mark.parametrize("given", [CommandLine(), CommandLine(("a<2",)), CommandLine((), ("x: a\nb",))])
def test_is_handed_down_as_text(given: CommandLine) -> None:
    assert CommandLine.load(given.dump()) == given
    assert bool(given.dump()) == bool(given)


def test_a_command_line_that_gives_nothing_leaves_the_file_as_it_is() -> None:
    overrides = parse_overrides(b'[package.x]\nadd = ["wheel"]\n', path="/x/a.toml")
    assert with_command_line(overrides, CommandLine()) == overrides


@pytest.mark.parametrize(
    ("requirement", "hint"),
    [
        ("numpy@tagret", "write --set 'lap: numpy@target'"),
        ("numpy @ Target", "write --set 'lap: numpy@target'"),
        ("numpy@xyz", "the sources are numpy@target, numpy@oldest and numpy@borrow"),
    ],
)
def test_a_source_that_is_none(requirement: str, hint: str) -> None:
    with pytest.raises(OverrideError, match="neither a requirement nor a source") as caught:
        planned(f"lap: {requirement}", declared=Declared(()))
    assert (caught.value.where, caught.value.hint) == ("--set lap", hint)


def test_a_setting_for_versions_needs_the_version() -> None:
    overrides = with_command_line(parse_overrides(b"", path="/x/a.toml"), CommandLine(set=("x>1: a",)))
    with pytest.raises(OverrideError, match="version of x is not known") as caught:
        select(overrides, package("x"), LINUX)
    assert caught.value.where == '--set "x>1"'
    assert caught.value.hint.startswith(
        "write --set 'x: …'; or, if pip takes x from an index, pin it: x==…"
    )


def test_an_option_is_shown_without_the_file() -> None:
    file = '[package.x]\nadd = ["own"]\n[package."x<2"]\nreplace.b = "b<2"\n'
    overrides = parse_overrides(file.encode(), path="/x/a.toml")
    overrides = with_command_line(overrides, CommandLine(("c<2",), ("x: a<2", "x<2: d")))
    result = plan(overrides, package("x", "1.0"), Declared(("a", "b")), LINUX)
    assert {change.where for change in result.changes} == {
        "/x/a.toml: package.x",
        '/x/a.toml: package."x<2"',
        "--set x",
        '--set "x<2"',
        "--constrain",
    }
    wheres = [table.where for table in result.selection.tables]
    assert overrides.where(*wheres) == (
        '/x/a.toml: package.x, package."x<2", --constrain, --set x, --set "x<2"'
    )
    assert overrides.where("--set x") == "--set x"
    assert overrides.where() == ""


def test_two_options_for_one_name_are_refused_without_the_file() -> None:
    overrides = parse_overrides(b"", path="/x/a.toml")
    overrides = with_command_line(overrides, CommandLine((), ("x<3: a", "x<2: a")))
    with pytest.raises(OverrideError, match="both name a") as caught:
        plan(overrides, package("x", "1.0"), Declared(("a",)), LINUX)
    assert caught.value.where.startswith('--set "x<')


# A requirement with a slip, and the one that the hint gives.
SLIPS = [
    ("a=<82", "a<=82"),
    ("a=>60", "a>=60"),
    ("a=<82,>=60", "a<=82,>=60"),
    ("a=82", "a==82"),
    ("a=< 82", "a<= 82"),
    ("a = < 82", "a <= 82"),
    ("a > = 60", "a >= 60"),
    ("a = = 60", "a == 60"),
    ("a ! = 60", "a != 60"),
    ("a==>60", "a>=60"),
    ("a>==60", "a>=60"),
    ("a<==82", "a<=82"),
    ("a!==60", "a!=60"),
    ("a=~60.0", "a~=60.0"),
    ("a=!60", "a!=60"),
    ("a!60", "a!=60"),
    ("a<>60", "a!=60"),
    ("a\u226560,\u226482", "a>=60,<=82"),
    ("a\u226060", "a!=60"),
    ("a===1.2.x", "a==1.2.*"),
    ("a===1.2.*", "a==1.2.*"),
    ("a==1.2.x", "a==1.2.*"),
    ("a=1.2.x", "a==1.2.*"),
    ("a>=1.2.x", "a>=1.2"),
    ("a~=1.2.x", "a==1.2.*"),
    ("a~=1.2.*", "a==1.2.*"),
    ("a~1.2", "a~=1.2"),
    ("a~1", "a~=1.0"),
    ("a~1.2.x", "a==1.2.*"),
    ("a^1.2", "a>=1.2,<2"),
    ("a ^ 1.2", "a >=1.2,<2"),
    ("a^0.2.3", "a>=0.2.3,<0.3"),
    ("a^0.0.3", "a>=0.0.3,<0.0.4"),
    ("a^0", "a>=0,<1"),
    ("a^1.2b1", "a>=1.2b1,<2"),
    ("a^1.2.x", "a>=1.2,<2"),
    ("a^1.2,<2", "a>=1.2,<2"),
    ("a^1.2; python_version > '3'", "a>=1.2,<2; python_version > '3'"),
    ("a<=82=<82", "a<=82"),
    ("a 1.2", "a==1.2"),
    ("a 1.2.x", "a==1.2.*"),
    ("a >=60 <82", "a >=60,<82"),
    ("a (=<82)", "a (<=82)"),
    ("a @ https://", ""),
    ("a<=>60", ""),
    ("a>=>60", ""),
    ("a^1!2.3", "a>=1!2.3,<1!3"),
    ("a=latest", ""),
    # More mistakes than are corrected.
    ("a\u22651,\u22649,\u22602,! =3,=!4,<==8,=7,^1", ""),
]


@pytest.mark.parametrize(("slip", "right"), SLIPS)
def test_the_hint_about_a_slip_has_one_right_spelling(slip: str, right: str) -> None:
    for given in (CommandLine(set=(f"x: {slip}",)), CommandLine(constrain=(slip,))):
        with pytest.raises(OverrideError) as caught:
            with_command_line(parse_overrides(b"", path="/x/a.toml"), given)
        value = f"x: {right}" if given.set else right
        option = f"{'--set' if given.set else '--constrain'} {shlex.quote(value)}"
        if right:
            assert caught.value.hint == f"write {option}"
            again = CommandLine(set=(value,)) if given.set else CommandLine(constrain=(value,))
            with_command_line(parse_overrides(b"", path="/x/a.toml"), again)
        else:
            assert "write --" not in caught.value.hint
