"""One package being built: what was brought in otherwise, and what must be settled."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override import rules
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds import checks, contents, rule_checks
from pip_build_override.in_pip.builds.build import Build, PreparedAgain
from pip_build_override.in_pip.builds.member import Matched
from pip_build_override.in_pip.builds.tree_state import TreeState
from pip_build_override.in_pip.internals import specifiers

from .fakes import Link, Owners, Requirement


def again(build: Build) -> tuple[str, ...]:
    """Return what is brought in from the start, if it is to be prepared again."""
    try:
        build.check_first_pass()
    except PreparedAgain:
        assert build.environment == {}
        assert not build.hook_asked
        assert not build.static_installed
        assert not build.second_pass_done
        # Once: the same is not asked a second time.
        build.check_first_pass()
        return build.early
    return ()


@pytest.mark.parametrize(
    ("rule", "hook", "environment", "early"),
    [
        # Of another version than the rule's.
        ('replace.b = "b==1"', ("b",), {"b": "2"}, ("b==1",)),
        ('replace.b = "b==1"', ("b",), {"b": "1"}, ()),
        ('replace.b = "b==1"', ("b",), {}, ()),
        ("replace.b = \"b==1; python_version < '3'\"", ("b",), {"b": "2"}, ()),
        # Nothing that a rule is about.
        ('replace.b = "b==1"', ("c==1",), {"c": "2"}, ()),
        ('replace.b = "b==1"', ("b", "not a requirement"), {"b": "1"}, ()),
        # From an index, and not from its file.
        (
            'replace.b = "b @ https://h.test/b-1-py3-none-any.whl"',
            ("b",),
            {"b": "1"},
            ("b @ https://h.test/b-1-py3-none-any.whl",),
        ),
        # Its file was not compared with the hashes.
        (
            f'replace.b = {{requirement = "b==1", hashes = ["sha256:{"a" * 64}"]}}',
            ("b",),
            {"b": "1"},
            ("b==1",),
        ),
    ],
)
def test_what_the_first_pass_has_brought_otherwise(
    tmp_path: Path,
    rule: str,
    hook: tuple[str, ...],
    environment: dict[str, str],
    early: tuple[str, ...],
) -> None:
    build = Owners(tmp_path, f"[package.x]\n{rule}\n").build(None, "a", hook=hook)
    build.environment = dict(environment)
    assert again(build) == early
    if early:
        assert build.first_pass == ("a", *early)
        assert build.expected == hook


def test_no_rule_is_about_what_the_hook_asks_for(tmp_path: Path) -> None:
    build = Owners(tmp_path).build(None, "a", hook=())
    assert again(build) == ()


@pytest.mark.parametrize(
    ("text", "built_with", "early"),
    [("b>=2", "1", True), ("b>=2", "2", False), ("b>=2; python_version < '3'", "1", False)],
)
def test_what_was_built_to_match_this_environment(
    tmp_path: Path, text: str, built_with: str, early: bool
) -> None:
    build = Owners(tmp_path).build(None, "a", hook=(text,))
    build.matched = [Matched("c 1", "b", built_with)]
    assert again(build) == ((text,) if early else ())


@pytest.mark.parametrize(
    ("rule", "environment", "editable", "copies"),
    [
        ('replace.b = "b==1"', {"b": "2"}, False, True),
        ('replace.b = "c==1"', {"c": "2"}, False, True),
        ('replace.b = "b==1"', {}, False, False),
        ('replace.a = "a==1"', {"a": "2"}, False, False),
        ('replace.b = "b==1"', {"b": "2"}, True, False),
    ],
)
def test_a_directory_that_may_have_to_be_prepared_again(
    tmp_path: Path, rule: str, environment: dict[str, str], editable: bool, copies: bool
) -> None:
    link = Link(f"file://{tmp_path}")
    req = Requirement("x", link, source_dir=str(tmp_path), editable=editable)
    build = Owners(tmp_path, f"[package.x]\n{rule}\n").build(req, "a", "@ no requirement")
    build.environment = environment
    if copies:
        with pytest.raises(PreparedAgain):
            build.begin_in_a_copy()
    # Once, and what pip has a copy of needs none.
    build.begin_in_a_copy()
    assert build.in_a_copy is copies
    build.in_a_copy, build.environment = False, environment
    req.link, req.editable = Link(), False
    build.begin_in_a_copy()
    assert not build.in_a_copy


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("file:///tree", 'add its name to the URL: -e "file:///tree#egg=NAME"'),
        ("file:///tree#subdirectory=a", '-e "file:///tree#subdirectory=a&egg=NAME"'),
    ],
)
def test_an_editable_that_no_table_can_be_chosen_for(tmp_path: Path, url: str, hint: str) -> None:
    # Only newer pips take "NAME @ URL" for it.
    owners = Owners(tmp_path, "[package.x]\nreplace.a = 'a==1'\n")
    req = Requirement("", Link(url), editable=True, source_dir=str(tmp_path))
    build = owners.build(req, "a")
    with pytest.raises(OverrideError) as caught:
        build.identify(owners.rules.overrides)
    assert caught.value.hint.endswith(hint)


TARGET = '[package.x]\nreplace.a = {from = "target", else = "declared"}\n'


@pytest.mark.parametrize("why", ["", "in place", "legacy"])
def test_a_guess_that_was_wrong(tmp_path: Path, why: str) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    link = Link(f"file://{tree}") if why == "in place" else Link()
    owners = Owners(tmp_path, TARGET)
    build = owners.build(Requirement("x", link, source_dir=str(tree)), "a")
    build.tree_before = TreeState(str(tree))
    assert build.awaits_target

    def settle(question: rules.Question) -> rules.Answer:
        return rules.Answer("a==2", "a==2", key="a==2")

    owners.target.legacy = why == "legacy"
    if not why:
        assert not build.is_settled(settle)
        return
    with pytest.raises(OverrideError, match=r"^o\.toml: package\.x: x 1\.0 ") as caught:
        build.is_settled(settle)
    assert "a==VERSION" in caught.value.hint
    # What the backend has written with the wrong version goes first.
    (tree / "_version.py").touch()
    with pytest.raises(OverrideError) as caught:
        build.is_settled(settle)
    assert caught.value.hint.startswith(f"remove _version.py from {tree}")


def test_an_archive_is_unpacked_again(tmp_path: Path) -> None:
    archive = tmp_path / "x-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("x-1.0/setup.py", "x-1.0/x.py"):
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "written.py").touch()
    req = Requirement("x", Link(), source_dir=str(tree), local_file_path=str(archive))
    Owners(tmp_path).build(req).unpack_archive()
    assert sorted(path.name for path in tree.iterdir()) == ["setup.py", "x.py"]


def test_without_a_plan(tmp_path: Path) -> None:
    build = Owners(tmp_path).build(None, "a", plan=None)
    assert build.pins_for_second_pass() == ((), ())
    assert build.limits == ()
    assert build.settled == []
    assert not build.awaits_target
    assert build.first_pass == ("a",)
    assert rule_checks.unused(build) == rule_checks.idle_constraints(build) == []


# Around it


def test_the_metadata_of_another_project(tmp_path: Path) -> None:
    owners = Owners(tmp_path, "[package.x]\nadd = ['a']\n")
    build = owners.build(None)
    build.req.metadata.replace_header("Name", "y")
    with pytest.raises(OverrideError, match=r"are named x, but the metadata built from them names y,"):
        checks.check_metadata(build, owners.rules.overrides)
    # No table is about either of them.
    other = owners.build(Requirement("z", Link()))
    other.req.metadata.replace_header("Name", "y")
    checks.check_metadata(other, owners.rules.overrides)


@pytest.mark.parametrize(
    ("table", "from_index", "hint"),
    [
        ("x", True, "ask for the file itself: x @ {}"),
        (
            "'x<2'",
            True,
            "use a table without a version, package.x, and ask for the file itself: x @ {}",
        ),
        ("'x<2'", False, "use a table without a version, package.x"),
        # What is asked for by URL may have any version.
        ("x", False, None),
    ],
)
def test_the_metadata_of_another_version(
    tmp_path: Path, table: str, from_index: bool, hint: str | None
) -> None:
    owners = Owners(tmp_path, f"[package.{table}]\nadd = ['a']\n")
    link = Link()
    build = owners.build(Requirement("x", link, original_link=None if from_index else link))
    build.req.metadata.replace_header("Version", "1.1")
    if hint is None:
        checks.check_metadata(build, owners.rules.overrides)
        return
    with pytest.raises(OverrideError, match=r"for version 1\.0, but .* has version 1\.1") as caught:
        checks.check_metadata(build, owners.rules.overrides)
    assert caught.value.hint == hint.format(link.url)


def test_a_rule_that_a_whole_list_leaves_nothing(tmp_path: Path) -> None:
    text = "[package.x]\nrequires = ['a']\n[package.'x==1.0']\nreplace.b = 'b==1'\n"
    (problem,) = rule_checks.unused(Owners(tmp_path, text).build(None, "b"))
    assert problem.message.startswith("package.x replaces the whole list")
    assert "x==1.0" in problem.where


def test_what_the_backend_has_installed(tmp_path: Path) -> None:
    owners = Owners(tmp_path, "[package.x]\nadd = ['a']\n")
    library = tmp_path / "lib"
    library.mkdir()
    build = owners.build(None)
    contents.check_unchanged(build)
    contents.take(build, (str(library),))
    contents.check_unchanged(build)
    info = library / "b-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: b\nVersion: 1\n", encoding="utf-8")
    with pytest.raises(OverrideError, match=r"x 1\.0.* no b before, b 1 now"):
        contents.check_unchanged(build)
    # Without a rule it is the backend's own affair.
    plain = Owners(tmp_path).build(None)
    plain.directories = build.directories
    contents.check_unchanged(plain)


def test_what_the_system_puts_before_a_build_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, version in (("lib", "1"), ("system", "2")):
        info = tmp_path / place / f"a-{version}.dist-info"
        info.mkdir(parents=True)
        text = f"Metadata-Version: 2.1\nName: a\nVersion: {version}\n"
        (info / "METADATA").write_text(text, encoding="utf-8")
    monkeypatch.setattr("site.getsitepackages", lambda: [str(tmp_path / "system")])
    environment: Any = SimpleNamespace(_prefixes={})
    build = Owners(tmp_path, "[package.x]\nreplace.a = 'a==1'\n").build(None, "a")
    contents.take(build, (str(tmp_path / "lib"),))
    with pytest.raises(OverrideError, match=r"a 1, .* a 2"):
        contents.check_nothing_hides(build, environment)
    # What no rule is about, pip has always had so.
    plain = Owners(tmp_path).build(None, "a")
    contents.take(plain, (str(tmp_path / "lib"),))
    contents.check_nothing_hides(plain, environment)


@pytest.mark.parametrize(
    ("text", "pin"),
    [("a==1", "1"), ("a===1", "1"), ("a==1.*", ""), ("a>=1", ""), ("a==1,<2", ""), ("a", "")],
)
def test_exact_pins(text: str, pin: str) -> None:
    assert specifiers.exact_pin(Requirement(text).req) == pin
    assert specifiers.exact_pin(None) == ""


def test_versions_that_are_no_versions() -> None:
    assert specifiers.satisfies("1.0-mine", "==1.0-mine")
    assert not specifiers.satisfies("mine one", ">=1")
    assert specifiers.satisfies("mine one", "")
    assert specifiers.same_version("1.0", "1")
    assert specifiers.same_version("mine one", "mine one")
    assert not specifiers.same_version(None, "1")
