"""Doing what a hint says of a build lets that build pass the check that refused it."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override import rules
from pip_build_override.diagnosis.idle import idle_in_line
from pip_build_override.errors import OverrideError
from pip_build_override.frozen import replace
from pip_build_override.in_pip.builds import checks, contents, rule_checks
from pip_build_override.in_pip.builds.build import Build
from pip_build_override.in_pip.builds.member import Matched
from pip_build_override.in_pip.target.installed import Unclear
from pip_build_override.in_pip.target.placement import Placement
from pip_build_override.in_pip.target.target import Expected
from pip_build_override.rules import Answer, parse_overrides

from ..support.hints import follows
from . import test_lending as lending
from . import test_target as targets
from .fakes import Link, Owners, Requirement
from .test_contents import TARGET, build_of, came_from
from .test_installed import NAME, files, put, which
from .test_placement import copies, stays, wheel


def refusal(function: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(OverrideError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def accepted(rule: str) -> str:
    parse_overrides(rule.encode(), path="/o.toml")
    return rule


# Rules without effect, and other metadata


def unused(room: Path, text: str, *declared: str) -> list[str]:
    owners = Owners(room, text)
    return rule_checks.refuse_unused(owners.build(None, *declared), owners.rules.overrides)


def test_a_name_that_is_declared(tmp_path: Path) -> None:
    rule = "[package.x]\nreplace.b = 'b==1'\n"
    text = refusal(unused, tmp_path, rule, "a")
    said = follows('correct the name, or use add = [{}], or set unused = "warn" under [settings]', text)
    assert unused(tmp_path, rule.replace(".b", ".a"), "a") == []
    add = re.findall("add = .*?]", said)[0]
    assert add == 'add = ["b==1"]'
    assert unused(tmp_path, f"[package.x]\n{add}\n", "a") == []
    setting = re.findall('unused = "warn"', said)[0]
    assert len(unused(tmp_path, f"{rule}[settings]\n{setting}\n", "a")) == 1


def test_a_removal_of_what_is_not_declared(tmp_path: Path) -> None:
    rule = "[package.x]\nremove = ['b', 'a']\n"
    text = refusal(unused, tmp_path, rule, "a")
    said = follows("correct the name, or leave {} out of {}, or set unused", text)
    assert said.startswith("correct the name, or leave b out of remove, or set unused")
    assert unused(tmp_path, rule.replace("'b', ", ""), "a") == []


def test_the_nearest_declared_name(tmp_path: Path) -> None:
    # As pip shows the rest of a misspelt name, and as the package spells it.
    rule = "[package.x]\nremove = ['setup-tools-scm']\n"
    text = refusal(unused, tmp_path, rule, "a", "setuptools_scm>=3")
    said = follows("did you mean {}? If not, leave {} out of {}", text)
    assert said.endswith("If not, leave setup-tools-scm out of remove")
    near = re.findall("did you mean (.*?)\\?", said)[0]
    assert unused(tmp_path, rule.replace("setup-tools-scm", near), "setuptools_scm>=3") == []

    rule = "[package.x]\nreplace.nunpy = 'nunpy<2'\n"
    said = follows(
        "did you mean {}? If not, use add = [{}] instead", refusal(unused, tmp_path, rule, "numpy")
    )
    assert said == 'did you mean numpy? If not, use add = ["nunpy<2"] instead'
    assert unused(tmp_path, rule.replace("nunpy", "numpy"), "numpy") == []
    assert unused(tmp_path, '[package.x]\nadd = ["nunpy<2"]\n', "numpy") == []

    rule = "[package.x]\nrequires = ['numpy']\n[package.'x==1.0']\nreplace.nunpy = 'numpy<2'\n"
    said = follows(
        'did you mean {}? If not, put "{}" into that list', refusal(unused, tmp_path, rule, "b")
    )
    assert said == 'did you mean numpy? If not, put "nunpy" into that list'
    assert unused(tmp_path, rule.replace("nunpy", "numpy"), "b") == []
    assert unused(tmp_path, rule.replace("['numpy']", "['nunpy']"), "b") == []


def test_every_name_that_is_not_declared(tmp_path: Path) -> None:
    rule = "[package.x]\nremove = ['bulb', 'cord', 'a']\nreplace.dome = 'dome<2'\n"
    text = refusal(unused, tmp_path, rule, "a")
    found = [idle_in_line(line) for line in text.splitlines() if not line.startswith("hint: ")]
    assert sorted(filter(None, found)) == [
        ("x", "bulb", True),
        ("x", "cord", True),
        ("x", "dome", True),
    ]
    assert text.count("package.x: ") == text.count("\nhint: ") == 3


def test_a_name_in_the_whole_list(tmp_path: Path) -> None:
    rule = "[package.x]\nrequires = ['a']\n[package.'x==1.0']\nreplace.b = 'b==1'\n"
    text = refusal(unused, tmp_path, rule, "b")
    said = follows(
        'put "{}" into that list, or use add = ["{}"], or set unused = "warn" under [settings]', text
    )
    entry = re.findall('put (".*?") into', said)[0]
    assert unused(tmp_path, rule.replace("['a']", f"['a', {entry}]"), "b") == []
    add = re.findall("add = .*?]", said)[0]
    assert unused(tmp_path, rule.replace("replace.b = 'b==1'", add), "b") == []


def metadata(room: Path, text: str, req: Any, name: str, version: str) -> None:
    owners = Owners(room, text)
    build = owners.build(req)
    build.req.metadata.replace_header("Name", name)
    build.req.metadata.replace_header("Version", version)
    checks.check_metadata(build, owners.rules.overrides)
    # A table that is about another package would be accepted too.
    assert build.overridden


def test_the_name_in_the_metadata(tmp_path: Path) -> None:
    rule = "[package.x]\nadd = ['a']\n"
    text = refusal(metadata, tmp_path, rule, Requirement("x", Link()), "y", "1.0")
    said = follows("ask pip for {} instead, and name its table package.{}", text)
    name, table = re.findall(r"for (\w+) instead, and name its table (\S+)", said)[0]
    metadata(tmp_path, rule.replace("package.x", table), Requirement(name, Link()), "y", "1.0")


def test_a_table_without_a_version(tmp_path: Path) -> None:
    rule = "[package.'x<2']\nadd = ['a']\n"
    link = Link()
    by_file: Any = Requirement("x", link, original_link=link)
    text = refusal(metadata, tmp_path, rule, by_file, "x", "1.1")
    said = follows("use a table without a version, package.{}", text)
    header = f"[{said.rpartition(' ')[2]}]"
    metadata(tmp_path, f"{header}\nadd = ['a']\n", by_file, "x", "1.1")

    # From an index, the file has to be named too.
    text = refusal(metadata, tmp_path, f"{header}\nadd = ['a']\n", Requirement("x", link), "x", "1.1")
    said = follows("ask for the file itself: {} @ {}", text)
    name, _, url = said.partition("itself: ")[2].partition(" @ ")
    asked = Requirement(name, Link(url), original_link=Link(url))
    metadata(tmp_path, f"{header}\nadd = ['a']\n", asked, "x", "1.1")


def test_what_setup_requires_lists(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / ".eggs").mkdir(parents=True)

    def fetched(rule: str, *eggs: str) -> None:
        build = Owners(tmp_path, rule).build(Requirement("x", Link(), source_dir=str(tree)))
        rule_checks.note_fetched(build)
        for egg in eggs:
            (tree / ".eggs" / egg).touch()
        rule_checks.check_not_fetched(build)

    text = refusal(fetched, "[package.x]\nadd = ['b']\n", "a-2.0.egg")
    said = follows(
        "put what setup_requires lists, with the same versions, into add = [...] of the table"
        " package.{}, so that pip installs it into the build environment",
        text,
    )
    table = re.findall(r"table (\S+),", said)[0]
    fetched(f"[{table}]\nadd = ['b', 'a==2.0']\n")
    # What it fetches by itself is not as of any moment; a variable acts all the same.
    refusal(fetched, "[package.x]\nas-of = 2023-01-31\n", "c-2.0.egg")
    fetched("[package.x]\nenv.A = '1'\n", "d-2.0.egg")


# What is in a build environment


def test_one_version_from_the_start(tmp_path: Path) -> None:
    site = tmp_path / "site"
    put(site, "1.0", {f"{NAME}.py": ""})
    put(site, "2.0", {f"{NAME}/__init__.py": ""})
    said = follows(
        'put add = ["{}==VERSION"] into a table package.{}, so that one version of it is installed from'
        " the start",
        refusal(build_of, "", site),
    )
    other = tmp_path / "other"
    put(other, "2.0", files("2.0"))
    build = build_of(table_of(said, "2.0"), other)
    contents.check(build, complete=True)
    assert f"{NAME}==2.0" in build.first_pass


def table_of(said: str, version: str = "") -> str:
    """Return the table that a hint gives, accepted."""
    key, name = re.findall(r"put (add = \[.*?\]).* into a table package\.(\w+)", said)[0]
    return accepted(f"[package.{name}]\n{key.replace('VERSION', version)}\n")


def test_what_the_backend_need_not_install(tmp_path: Path) -> None:
    def check(rule: str, *later: str) -> Build:
        site = tmp_path / f"site{len(list(tmp_path.iterdir()))}"
        put(site, "1.0", files("1.0")) if not later else site.mkdir()
        build = build_of(rule, site, declared="other")
        for version in later:
            put(site, version, files(version))
        contents.check_unchanged(build)
        return build

    text = refusal(check, "[package.foo]\nadd = ['swig']\n", "1.0")
    said = follows(
        'put add = ["{}==VERSION"] with the version that it installs into a table package.{}, so that'
        " it need not install anything",
        text,
    )
    assert f"{NAME}==1.0" in check(table_of(said, "1.0")).first_pass


class Existing:
    """An environment that exists already, in which a package is built."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def install(self, *requirements: str) -> str:
        self.asked.append(requirements)
        return f"/env/bin/python -m pip install {' '.join(requirements)}"


def in_existing(build: Build) -> Existing:
    existing: Any = Existing()
    build.prepared = existing
    return existing  # type: ignore[no-any-return]


def test_one_version_in_an_existing_environment(tmp_path: Path) -> None:
    build = build_of(f"[package.foo]\nconstrain = ['{NAME}<3']\n", tmp_path / "none")
    existing = in_existing(build)
    site = tmp_path / "site"
    put(site, "1.0", {f"{NAME}.py": ""})
    put(site, "2.0", {f"{NAME}/__init__.py": ""})
    text = refusal(contents.take, build, (str(site),))
    follows("install one version of it there: {}", text)
    assert existing.asked == [("--force-reinstall", "--no-deps", f"{NAME}==VERSION")]
    shutil.rmtree(site)
    put(site, "2.0", files("2.0"))
    contents.take(build, (str(site),))


def test_what_the_backend_need_not_change_in_an_existing_environment(tmp_path: Path) -> None:
    site = tmp_path / "site"
    put(site, "1.0", files("1.0"))
    build = build_of("[package.foo]\nadd = ['swig']\n", site)
    existing = in_existing(build)
    shutil.rmtree(site)
    put(site, "2.0", files("2.0"))
    text = refusal(contents.check_unchanged, build)
    said = follows(
        "have {} {} there before the build, so that it need not change that: {}; or {}", text
    )
    assert said.startswith(f"have {NAME} 2.0 there")
    assert existing.asked == [(f"{NAME}==2.0",)]
    contents.take(build, (str(site),))
    contents.check_unchanged(build)
    shutil.rmtree(site)
    site.mkdir()
    assert f"have {NAME} 2.0 there" in refusal(contents.check_unchanged, build)


def test_a_file_that_is_not_installed_in_an_existing_environment(tmp_path: Path) -> None:
    site, file = tmp_path / "site", tmp_path / f"{NAME}-1.0-py3-none-any.whl"
    file.write_bytes(b"one")
    put(site, "1.0", files("1.0"))
    rule = f"[package.foo]\nreplace.{NAME} = {{ path = '{file.name}' }}\n"
    build = build_of(rule, site)
    existing = in_existing(build)
    text = refusal(contents.check, build, complete=True)
    assert "from an index, not from" in text
    follows("install it there: {}", text)
    assert existing.asked == [("--force-reinstall", "--no-deps", f"{NAME} @ {file.as_uri()}")]
    came_from(site, "1.0", {"url": file.as_uri(), "archive_info": {"hash": "sha256=ab"}})
    contents.take(build, (str(site),))
    assert "the file had another content then" in refusal(contents.check, build, complete=True)
    digest = hashlib.sha256(b"one").hexdigest()
    came_from(site, "1.0", {"url": file.as_uri(), "archive_info": {"hash": f"sha256={digest}"}})
    contents.take(build, (str(site),))
    contents.check(build, complete=True)


def test_one_pass_for_all(tmp_path: Path) -> None:
    site = tmp_path / "site"
    put(site, "1.0", files("1.0"))
    build = build_of("", site)
    build.pinned = {NAME: "2.0"}
    said = follows(
        "put the whole list of build requirements into requires = [...] of a table package.{}, so that"
        " one pass installs all of them",
        refusal(contents.check, build, complete=True),
    )
    table = re.findall(r"table (package\.\w+),", said)[0]
    build = build_of(accepted(f"[{table}]\nrequires = ['{NAME}==1.0', 'swig']\n"), site)
    contents.check(build, complete=True)
    # There is nothing that a second pass would be for.
    build.declared = rules.Declared(build.declared.static, ("swig",))
    build.make_plan(
        parse_overrides(f"[{table}]\nrequires = ['swig']\n".encode(), path="/o.toml"), {}, None
    )
    assert build.plan is not None
    assert build.plan.hook == ()


def test_an_environment_without_the_site_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, system = tmp_path / "site", tmp_path / "system"
    put(site, "1.0", files("1.0"))
    put(system, "2.0", files("2.0"))
    build = build_of(f"[package.foo]\nreplace.{NAME} = '{NAME}==1.0'\n", site)
    environment: Any = SimpleNamespace(_prefixes={})
    monkeypatch.setattr("site.getsitepackages", lambda: [str(system)])
    text = refusal(contents.check_nothing_hides, build, environment)
    follows("use pip 22.3 or later, or an environment without --system-site-packages", text)
    monkeypatch.setattr("site.getsitepackages", list)
    contents.check_nothing_hides(build, environment)


def test_a_replacement_in_place_of_a_limit(tmp_path: Path) -> None:
    site = tmp_path / "site"
    put(site, "2.0", files("2.0"))
    build = build_of(f"[package.foo]\nconstrain = ['{NAME}<2']\n", site)
    said = follows(
        "the build backend, or a constraint of your own, requires it by a URL or in another way that"
        " overrides that limit; use replace.{} or requires, or change your constraint",
        refusal(contents.check, build, complete=True),
    )
    key = re.findall(r"use (replace\.\w+)", said)[0]
    other = tmp_path / "other"
    put(other, "1.0", files("1.0"))
    build = build_of(accepted(f"[package.foo]\n{key} = '{NAME}<2'\n"), other)
    contents.check(build, complete=True)
    assert f"{NAME}<2" in build.first_pass


def test_what_is_reinstalled(tmp_path: Path) -> None:
    site = tmp_path / "site"
    put(site, "1.0", files("1.0"))
    answer = Answer(f"{NAME}==1.0", f"{NAME} (target)", version="1.0", files="of another build")
    build = build_of(TARGET, site, answer=answer)
    said = follows(
        "reinstall it, so that the installed files are those that pip gets now: {}; or set borrow ="
        " true, which links the installed files themselves",
        refusal(contents.check, build, complete=True),
    )
    assert f" -m pip install --force-reinstall --no-deps {NAME}==1.0;" in said
    # Then the target has the files that the build environment has.
    digest = build.contents[NAME].digest
    again = build_of(TARGET, site, answer=replace(answer, files=digest))
    contents.check(again, complete=True)
    accepted(TARGET.replace(" }", ", borrow = true }"))


def test_another_version_than_that_of_a_file(tmp_path: Path) -> None:
    site = tmp_path / "site"
    put(site, "1.0", files("1.0"))
    oldest = TARGET.replace("target", "oldest")
    build = build_of(oldest, site, answer=Answer(NAME, f"{NAME}==2.0 (oldest)", version="2.0"))
    said = follows(
        'replace the source table by another version, "{}==VERSION": the name of that file and its'
        " metadata disagree",
        refusal(contents.check, build, complete=True),
    )
    value = re.findall('version, (".*?")', said)[0].replace("VERSION", "1.0")
    build = build_of(accepted(f"[package.foo]\nreplace.{NAME} = {value}\n"), site)
    contents.check(build, complete=True)


def test_a_file_that_nothing_writes_to(tmp_path: Path) -> None:
    site, file = tmp_path / "site", tmp_path / f"{NAME}-1.0-py3-none-any.whl"
    file.write_bytes(b"one")
    put(site, "1.0", files("1.0"))
    came_from(site, "1.0", {"url": file.as_uri(), "archive_info": {}})
    rule = f"[package.foo]\nreplace.{NAME} = {{ path = '{file.name}' }}\n"
    build = build_of(rule, site)
    file.write_bytes(b"two")
    follows(
        "run the command again, and do not let anything write to that file while it runs",
        refusal(contents.check, build, complete=True),
    )
    contents.check(build_of(rule, site), complete=True)


def test_what_is_matched_from_the_start(tmp_path: Path) -> None:
    site = tmp_path / "site"
    put(site, "1.0", files("1.0"))
    build = build_of("", site)
    build.matched = [Matched("inner 1.0", NAME, "3.0")]
    said = follows(
        'put add = ["{}=={}"] into a table package.{}, so that it is installed before anything is built'
        " to match it",
        refusal(contents.check, build, complete=True),
    )
    build = build_of(table_of(said), site)
    assert f"{NAME}==1.0" in build.first_pass
    build.matched = [Matched("inner 1.0", NAME, "1.0")]
    contents.check(build, complete=True)


# What the target has


def asked(standing: Expected | None, *names: str, **source: Any) -> str:
    return targets.Settled(standing, *names).ask(targets.question(**source)).requirement


def test_a_version_that_satisfies_the_specifier() -> None:
    text = refusal(asked, Expected("1.0", "there"), targets.wheel("1.0"), specifier=">=2")
    follows("install another version of {} in the target environment, or change the specifier", text)
    assert asked(Expected("2.0", "there"), targets.wheel("2.0"), specifier=">=2") == "a==2.0"
    assert asked(Expected("1.0", "there"), targets.wheel("1.0"), specifier=">=1") == "a==1.0"


def test_an_sdist_or_what_is_installed() -> None:
    standing = Expected("1.0", "there")
    said = follows(
        "set borrow = true in this source table, which puts the installed distribution itself into the"
        " build environment; or set allow-sdist = true to build it from source",
        refusal(asked, standing, "a-1.0.tar.gz"),
    )
    for key in ("borrow = true", "allow-sdist = true"):
        assert f"set {key}" in said
        table = f'[package.x]\nreplace.a = {{ from = "target", {key} }}\n'
        ((_, (entry,)),) = parse_overrides(table.encode(), path="/o.toml").tables[0].replace
        assert entry.source is not None
        question = replace(targets.question(), source=entry.source)
        found = targets.Settled(standing, "a-1.0.tar.gz").ask(question)
        assert found.requirement == ("a @ file:///lent" if "borrow" in key else "a==1.0")


def test_what_to_use_in_a_target_without_it() -> None:
    text = refusal(asked, None, targets.wheel("0.8"), replaces=True)
    said = follows(
        "{}; or say what to use instead, with else = {} or a requirement; or replace the source table"
        ' by a version, "{}==VERSION"',
        text,
    )
    for word in re.findall('"(declared|oldest)"', said):
        assert asked(None, targets.wheel("0.8"), otherwise=word) == {"declared": ""}.get(word, "a==0.8")
    assert asked(None, otherwise="a<2") == "a<2"
    accepted(f"[package.x]\nreplace.a = {said.rpartition(' ')[2].replace('VERSION', '1')}\n")
    # The first way: it is added to the command.
    assert "let this command install" in said or "add a to this command" in said
    assert asked(Expected("0.8", "this command installs it"), targets.wheel("0.8")) == "a==0.8"


def test_a_wheel_of_a_file_that_is_gone(tmp_path: Path) -> None:
    file = tmp_path / targets.wheel("1.0")
    text = refusal(asked, Expected("1.0", "there", file.as_uri()))
    follows(
        "set borrow = true in this source table, which puts the installed distribution itself into the"
        ' build environment; or replace the source table by { path = "FILE" } with a wheel of it',
        text,
    )
    assert asked(Expected("1.0", "there", file.as_uri()), borrow=True) == "a @ file:///lent"
    file.touch()
    text = f"[package.x]\nreplace.a = {{ path = '{file}' }}\n"
    build = Owners(tmp_path, text).build(None, "a")
    assert build.first_pass == (f"a @ {file.as_uri()}",)


def test_a_version_in_place_of_the_oldest(tmp_path: Path) -> None:
    text = refusal(asked, None, targets.wheel("1.0"), origin="oldest", declared=(">1",))
    said = follows(
        'replace the source table by a version, "{}==VERSION", or change the specifier{}', text
    )
    assert asked(None, "a-2.0.tar.gz", origin="oldest", declared=(">1",), allow_sdist=True) == "a==2.0"
    assert "set allow-sdist = true" in said
    text = refusal(asked, None, targets.wheel("1.0"), origin="oldest", unreadable=("a ~~ 1",))
    other = follows('replace the source table by a version, "{}==VERSION"', text)
    for hint in (said, other):
        value = re.findall('version, (".*?")', hint)[0].replace("VERSION", "1.0")
        rule = accepted(f"[package.x]\nreplace.a = {value}\n")
        assert Owners(tmp_path, rule).build(None, "a>1").first_pass == ("a==1.0",)


def test_what_is_there_again(tmp_path: Path) -> None:
    site = tmp_path / "site"
    targets.install(site, "a", "1.0", gone=True)
    text = refusal(targets.make(site).present, "a")
    said = follows("reinstall it: {}", text)
    assert said.endswith(" -m pip install --force-reinstall --no-deps a==1.0")
    (site / "a.py").touch()
    assert targets.make(site).present("a") == Expected("1.0", "it is installed")


def unclear(function: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Unclear) as caught:
        function(*args, **kwargs)
    return caught.value.hint


def test_one_of_two_copies(tmp_path: Path) -> None:
    put(tmp_path, "1.0", {f"{NAME}.py": ""})
    put(tmp_path, "2.0", {f"{NAME}/__init__.py": ""})
    said = follows(
        "run pip uninstall {} until pip finds none, then install the version that you want",
        unclear(which, tmp_path),
    )
    assert f"pip uninstall {NAME}" in said
    put(tmp_path / "again", "2.0", files("2.0"))
    assert which(tmp_path / "again") == "2.0"


def test_a_copy_that_is_removed(tmp_path: Path) -> None:
    first, site = tmp_path / "first", tmp_path / "site"
    put(first, "1.0", files("1.0"))
    placement = Placement((str(site),), uninstalls=True)
    said = follows(
        "remove {} from {}, or remove that directory from PYTHONPATH",
        unclear(stays, placement, copies(first, site), first, site),
    )
    assert str(first) in said
    for found in (copies(site), []):
        assert stays(placement, found, site) is None


def test_what_is_removed_from_a_target_directory(tmp_path: Path) -> None:
    there = tmp_path / "there"
    put(there, "1.0", files("1.0"))
    coming = wheel(tmp_path, {f"{NAME}.py": "2"})
    placement = Placement(target=str(there))
    text = unclear(stays, placement, copies(there), wheel=coming)
    said = follows("remove {} from {} first", text)
    assert str(there) in said
    (tmp_path / "empty").mkdir()
    assert stays(Placement(target=str(tmp_path / "empty")), [], wheel=coming) is None


def test_another_target_directory(tmp_path: Path) -> None:
    there = tmp_path / "there"
    (there / NAME).mkdir(parents=True)
    coming = wheel(tmp_path, files("2.0"))
    text = unclear(stays, Placement(target=str(there)), [], wheel=coming)
    follows("use --upgrade, or another directory for --target", text)
    assert stays(Placement(target=str(there), upgrade=True), [], wheel=coming) is None
    assert stays(Placement(target=str(tmp_path / "other")), [], wheel=coming) is None


# What is borrowed


@pytest.fixture
def site(tmp_path: Path) -> Path:
    directory = tmp_path / "site"
    lending.put(directory, "larder", "1.0", "Requires-Dist: salt\n")
    lending.put(directory, "salt", "2.0")
    return directory


def test_what_is_installed_first(site: Path, tmp_path: Path) -> None:
    room = lending.Room(site)
    room.target.directories = (str(tmp_path / "none"),)
    said = follows(
        "install {} first, in a separate command, or remove borrow from the source table",
        refusal(room.lend),
    )
    assert "install larder first" in said
    assert lending.Room(site).lend().version == "1.0"
    without = targets.Settled(Expected("1.0", "there"), targets.wheel("1.0"))
    assert without.ask(targets.question()).requirement == "a==1.0"


@pytest.mark.parametrize("how", ["without RECORD", "by setup.py", "editable", "of no version"])
def test_what_is_installed_otherwise(how: str, site: Path) -> None:
    info = site / "larder-1.0.dist-info"
    if how == "without RECORD":
        (info / "RECORD").unlink()
    elif how == "by setup.py":
        egg = site / "larder-1.0.egg-info"
        info.rename(egg)
        (egg / "METADATA").rename(egg / "PKG-INFO")
    elif how == "editable":
        text = '{"url": "file:///sources", "dir_info": {"editable": true}}'
        (info / "direct_url.json").write_text(text, encoding="utf-8")
    else:
        (info / "METADATA").write_text("Name: larder\nVersion: mine one\n", encoding="utf-8")
    text = refusal(lending.Room(site).lend)
    follows("{}; or remove borrow from the source table", text)
    if how == "without RECORD":
        follows(
            "install it with pip, from a wheel, because a system's package manager writes no RECORD",
            text,
        )
    elif how == "by setup.py":
        follows("install it with pip, from a wheel", text)
    elif how == "editable":
        follows(
            'install it without --editable first, or use { path = "FILE" } with a wheel of it', text
        )
    else:
        follows("install another version of it", text)
    # As pip installs a wheel.
    other = site.parent / "again"
    lending.put(other, "larder", "1.0")
    assert lending.Room(other).lend().version == "1.0"
