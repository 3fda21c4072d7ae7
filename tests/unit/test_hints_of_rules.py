"""Doing what a hint about rules says, in the file or on the command line, has them accepted."""

from __future__ import annotations

import os
import re
import shlex
import stat
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Mapping

import pytest

from pip_build_override.command_line import CommandLine
from pip_build_override.rules import (
    Answer,
    Declared,
    OverrideError,
    Overrides,
    Plan,
    Question,
    load_overrides,
    package,
    parse_overrides,
    permissions,
    plan,
    unused_tables,
)
from pip_build_override.rules.command_line import with_command_line
from pip_build_override.rules.reading.mistakes import mistakes
from pip_build_override.rules.standards import marker_holds

from ..support.hints import follows
from .conftest import LINUX

TABLE = "[package.lamp]\n"


def parsed(text: str) -> Overrides:
    return parse_overrides(text.encode(), path="/o.toml", shown="o.toml")


def planned(
    overrides: Overrides, *declared: str, version: str | None = "1.0", name: str = "lamp"
) -> Plan:
    def settle(question: Question) -> Answer:
        return Answer(f"{question.name}==9.9", question.source.origin)

    return plan(overrides, package(name, version), Declared(declared, ()), LINUX, settle)


def refusal_of_file(text: str, *declared: str, version: str | None = "1.0") -> str:
    with pytest.raises(OverrideError) as caught:
        planned(parsed(text), *declared, version=version)
    return str(caught.value)


# Contradictions within a file


def test_the_list_of_requires() -> None:
    text = f"{TABLE}requires = ['shade']\nadd = ['bulb']\n"
    follows("edit the list of requires instead", refusal_of_file(text))
    assert planned(parsed(f"{TABLE}requires = ['shade', 'bulb']\n")).static == ("shade", "bulb")


def test_only_one_replacement() -> None:
    text = f"{TABLE}replace.shade = 'shade<2'\nadd = ['shade']\n"
    said = follows("keep only replace.{}, with a list of everything to install", refusal_of_file(text))
    key = said.split()[2].rstrip(",")
    overrides = parsed(f"{TABLE}{key} = ['shade<2', 'bulb']\n")
    assert planned(overrides, "shade").static == ("shade<2", "bulb")


def test_another_version_of_what_is_removed() -> None:
    text = f"{TABLE}remove = ['shade']\nadd = ['shade<2']\n"
    said = follows("to install a different {}, write only replace.{} = …", refusal_of_file(text))
    line = said.partition("write only ")[2].replace("…", "'shade<2'")
    assert planned(parsed(f"{TABLE}{line}\n"), "shade>=2").static == ("shade<2",)


def test_one_of_two_versions() -> None:
    text = f"{TABLE}replace.shade = 'shade==1.0'\nconstrain = ['shade>=2']\n"
    said = follows("keep one of the two, or give them markers that exclude {}", refusal_of_file(text))
    assert planned(parsed(f"{TABLE}replace.shade = 'shade==1.0'\n"), "shade").static == ("shade==1.0",)
    marked = said.partition("as in ")[2]
    other = "constrain = [\"shade>=2; python_version >= '3.12'\"]"
    overrides = parsed(f"{TABLE}replace.shade = {marked}\n{other}\n")
    found = planned(overrides, "shade")
    assert (found.static, found.constraints) == (("shade==1.0",), ())


def test_a_marker_that_can_be_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    def holds(marker: str, environment: Mapping[str, str]) -> bool:
        # As packaging of an older pip does.
        if "platform_release" in marker:
            raise ValueError("no order")
        return marker_holds(marker, environment)

    monkeypatch.setattr("pip_build_override.rules.planning.rule.marker_holds", holds)
    text = f"{TABLE}add = [\"bulb; platform_release > '5'\"]\n"
    said = follows("compare python_version or sys_platform instead", refusal_of_file(text))
    for name, value in (("python_version", "3.6"), ("sys_platform", "linux")):
        assert name in said
        overrides = parsed(f"{TABLE}add = [\"bulb; {name} >= '{value}'\"]\n")
        assert planned(overrides).static == ("bulb",)


# Tables for some versions


def test_a_table_without_versions_or_a_pin() -> None:
    text = "[package.'lamp<2']\nadd = ['bulb']\n"
    refused = refusal_of_file(text, version=None)
    follows("put its rules under {}", refused)
    said = follows("{}; or, if pip takes {} from an index, pin it: {}==…", refused)
    header = said.partition("put its rules under ")[2].partition(";")[0]
    assert planned(parsed(f"{header}\nadd = ['bulb']\n"), version=None).static == ("bulb",)
    pin = said.partition("pin it: ")[2].replace("…", "1.0")
    name, _, version = pin.partition("==")
    assert planned(parsed(text), name=name, version=version).static == ("bulb",)


def test_a_setting_without_versions() -> None:
    overrides = with_command_line(Overrides(), CommandLine(set=("lamp<2: bulb<3",)))
    with pytest.raises(OverrideError) as caught:
        planned(overrides, version=None)
    said = follows("write --set '{}: …'", str(caught.value))
    option, value = shlex.split(said.partition(";")[0].replace("write ", "").replace("…", "bulb<3"))
    assert option == "--set"
    overrides = with_command_line(Overrides(), CommandLine(set=(value,)))
    assert planned(overrides, version=None).static == ("bulb<3",)


def test_narrower_versions() -> None:
    text = "[package.'lamp<2']\nadd = ['bulb<2']\n[package.'lamp>=1']\nadd = ['bulb<3']\n"
    follows("narrow the versions of one of the two tables", refusal_of_file(text))
    assert planned(parsed(text.replace(">=1", ">=2"))).static == ("bulb<2",)


def test_a_table_of_a_package_that_is_built() -> None:
    table = parsed("[package.lmap]\nadd = ['bulb']\n").tables[0]
    unused = unused_tables.Unused(table.where, table.name)
    built = [("lamp", "1.0")]
    hint = unused_tables.unused_hint([unused], built)
    follows("put the name of a package that is built into {}", hint)
    assert hint == "put the name of a package that is built into package.lmap"
    name = unused_tables.message([unused], built).partition("built: ")[2].split()[0]
    assert planned(parsed(f"[package.{name}]\nadd = ['bulb']\n")).static == ("bulb",)


def test_a_table_for_versions_that_are_not_built() -> None:
    table = parsed("[package.'lamp<1']\nadd = ['bulb']\n").tables[0]
    unused = unused_tables.Unused(table.where, table.name)
    hint = unused_tables.unused_hint([unused], [("lamp", "1.0")])
    follows("change the versions of {} to those of a build", hint)
    assert hint == 'change the versions of package."lamp<1" to those of a build'
    assert planned(parsed("[package.'lamp<=1']\nadd = ['bulb']\n")).static == ("bulb",)


# Files and tables without rules


def warning_of(text: str, name: str = "o.toml") -> str:
    (found,) = parse_overrides(text.encode(), path=f"/{name}", shown=name).without_rules
    return str(found)


def test_a_table_without_rules() -> None:
    for text in (TABLE, f"{TABLE}no-binary = false\nadd = []\nreplace = {{}}\n"):
        said = follows("put a rule under it, such as constrain = [{}], or remove it", warning_of(text))
        rule = said.partition("such as ")[2].partition(", or")[0]
        assert parsed(f"{TABLE}{rule}\n").without_rules == ()
        assert planned(parsed(f"{TABLE}{rule}\n")).constraints == ("setuptools<82",)
    for rule in ("requires = []", "no-binary = true", "constrain = ['a']", "remove = ['a']"):
        assert parsed(f"{TABLE}{rule}\n").without_rules == ()


@pytest.mark.parametrize("text", ["", "# nothing\n", "[package]\n", "[settings]\nunused = 'warn'\n"])
def test_a_file_without_rules(text: str) -> None:
    said = follows("write [{}package.NAME] and under it a rule, such as {}", warning_of(text))
    header, _, rule = said.partition("write ")[2].replace("NAME", "lamp").partition(" and under it ")
    content = f"{header}\n{rule.partition('such as ')[2]}\n"
    assert planned(parsed(content)).constraints == ("setuptools<82",)

    # The same in the other forms.
    said = warning_of("[tool.pip-build-override]\n", "pyproject.toml")
    assert "write [tool.pip-build-override.package.NAME] and" in said
    said = follows("write a requirement on a line of its own, such as {}", warning_of("# a", "o.txt"))
    found = parse_overrides(said.partition("such as ")[2].encode(), path="/o.txt")
    assert found.without_rules == ()
    assert planned(found, "numpy").static == ("numpy<2",)


def test_a_file_that_needs_no_rules() -> None:
    for setting in (
        "record = 'all'",
        "mismatch = 'error'",
        "generated = 'ignore'",
        "keep-environments = true",
    ):
        assert parsed(f"[settings]\n{setting}\n").without_rules == ()


# Options


def refusal_of_lines(text: str) -> str:
    with pytest.raises(OverrideError) as caught:
        parse_overrides(text.encode(), path="/o.txt", shown="o.txt")
    return str(caught.value)


def given(line: str) -> CommandLine:
    """Return the options of a hint, as a shell splits them."""
    words = shlex.split(line)
    pairs = list(zip(words[::2], words[1::2]))
    assert {option for option, _ in pairs} <= {"--set", "--constrain"}, line
    return CommandLine(
        constrain=tuple(value for option, value in pairs if option == "--constrain"),
        set=tuple(value for option, value in pairs if option == "--set"),
    )


def refusal_of(line: str) -> str:
    with pytest.raises(OverrideError) as caught:
        with_command_line(Overrides(), given(line))
    return str(caught.value)


def rules_after(line: str) -> Plan:
    return planned(with_command_line(Overrides(), given(line)), "shade")


@pytest.mark.parametrize(
    "line", ["--set lamp", "--set 'lamp: '", "--set 'lamp: :'", "--set -", "--set ':'"]
)
def test_a_package_and_a_requirement(line: str) -> None:
    text = refusal_of(line)
    said = follows("write {}; REQUIREMENT is a name and its versions, or {}", text)
    option, rest = said.partition("write ")[2].split(";", 1)
    if "lamp" in line:
        assert option == "--set 'lamp: REQUIREMENT'"
    assert option.replace("lamp", "PACKAGE") == "--set 'PACKAGE: REQUIREMENT'"
    sources = rest.partition("versions, or ")[2].replace(" or ", ", ").split(", ")
    assert len(sources) == 3
    for requirement in ("shade<9", *sources):
        written = requirement.replace("NAME", "shade")
        line = option.replace("REQUIREMENT", written).replace("PACKAGE", "lamp")
        assert rules_after(line).static in (("shade<9",), ("shade==9.9",))


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("--set 'lamp shade<2'", "lamp: shade<2"),
        ("--set 'lamp = shade<2'", "lamp: shade<2"),
        ("--set lamp=shade", "lamp: shade"),
        ("--set 'lamp: <2'", "lamp: NAME<2"),
        ("--set ': shade<2'", "PACKAGE: shade<2"),
        ("--set 'la mp: shade<2'", "PACKAGE: shade<2"),
        ("--set https://h.test/shade-1.0.zip", "PACKAGE: NAME @ https://h.test/shade-1.0.zip"),
    ],
)
def test_what_is_right_in_an_option_is_kept(line: str, right: str) -> None:
    said = follows("write {}", refusal_of(line))
    assert said == f"write --set '{right}'"
    line = said.partition("write ")[2].replace("PACKAGE", "lamp").replace("NAME", "shade")
    assert "shade" in rules_after(line).static[0]


@pytest.mark.parametrize(
    ("line", "static"),
    [
        ("--set 'lamp: shade=1.0'", ("shade==1.0",)),
        ("--set 'lamp: shade 1.0'", ("shade==1.0",)),
        ("--set 'lamp[x]: shade<2'", ("shade<2",)),
        ("--set 'lamp=1.0: shade<2'", ("shade<2",)),
        ("--set 'lamp: shade@oldst'", ("shade==9.9",)),
    ],
)
def test_the_option_as_it_is_written(line: str, static: tuple[str, ...]) -> None:
    said = follows("write {}{}", refusal_of(line))
    assert said.startswith("write --set ")
    assert rules_after(said[len("write ") :]).static == static


def test_one_of_the_sources() -> None:
    said = follows("the sources are {}", refusal_of("--set 'lamp: shade@zzz'"))
    for source in said[len("the sources are ") :].replace(" and ", ", ").split(", "):
        assert rules_after(f"--set 'lamp: {source}'").static == ("shade==9.9",)


def test_a_file_as_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shade-1.0-py3-none-any.whl").touch()
    text = refusal_of("--set 'lamp: ./shade-1.0-py3-none-any.whl'")
    said = follows("write {}", text)
    assert said.startswith("write --set ")
    (line,) = rules_after(said[len("write ") :]).static
    assert line == f"shade @ {(tmp_path / 'shade-1.0-py3-none-any.whl').as_uri()}"


@pytest.mark.parametrize(
    ("line", "constraints"),
    [
        ("--constrain 'shade=1.0'", ("shade==1.0",)),
        ("--constrain 'shade[x]<2'", ("shade<2",)),
    ],
)
def test_the_constraint_as_it_is_written(line: str, constraints: tuple[str, ...]) -> None:
    said = follows("write --constrain {}", refusal_of(line))
    assert rules_after(said[len("write ") :]).constraints == constraints


def test_a_limit_for_every_package() -> None:
    said = follows("for every package, write --constrain {}", refusal_of("--set '*: shade<2'"))
    assert rules_after(said.partition("write ")[2]).constraints == ("shade<2",)


def test_a_url_for_one_package() -> None:
    text = refusal_of("--constrain 'shade @ https://h.test/shade-1.0.zip'")
    said = follows("to install from a URL, write {}", text)
    line = said.partition("write ")[2].replace("PACKAGE", "lamp")
    assert rules_after(line).static == ("shade @ https://h.test/shade-1.0.zip",)


def test_a_source_that_is_no_limit() -> None:
    text = refusal_of("--constrain 'shade @ target'")
    assert "a limit cannot be the version of a source" in text
    said = follows("to install that version, write {}", text)
    line = said.partition("write ")[2].replace("PACKAGE", "lamp")
    assert rules_after(line).static == ("shade==9.9",)

    # The same in a file.
    for entry in ("'shade@target'", "{ name = 'shade', from = 'target' }"):
        said = follows(
            "to install that version, write add = [{}]",
            refusal_of_file(f"{TABLE}constrain = [{entry}]\n"),
        )
        overrides = parsed(TABLE + said.partition("write ")[2])
        assert planned(overrides).static == ("shade==9.9",)


def test_the_table_of_a_source() -> None:
    said = follows("in a .toml file, write {}", refusal_of_lines("shade@target"))
    overrides = parsed(f"{TABLE}add = [{said.partition('write ')[2]}]\n")
    assert planned(overrides).static == ("shade==9.9",)


def test_a_file_that_is_no_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "shade-1.0-py3-none-any.whl"
    file.touch()
    text = refusal_of(f"--constrain ./{file.name}")
    said = follows("to install from a file, write {}", text)
    line = said.partition("write ")[2].replace("PACKAGE", "lamp")
    assert rules_after(line).static == (f"shade @ {file.as_uri()}",)

    # The same in a file.
    entry = '{ name = "shade", path = "./shade-1.0-py3-none-any.whl" }'
    for key, hint, right, static in (
        (
            "constrain",
            f"to install from a file, write add = [{entry}]",
            f"add = [{entry}]",
            ("shade", f"shade @ {file.as_uri()}"),
        ),
        ("remove", 'write "shade"', 'remove = ["shade"]', ()),
    ):
        with pytest.raises(OverrideError) as caught:
            parse_overrides(f"{TABLE}{key} = ['./{file.name}']\n".encode(), path=f"{tmp_path}/o.toml")
        assert caught.value.hint == hint
        if key == "constrain":
            follows("to install from a file, write add = [{}]", str(caught.value))
        overrides = parse_overrides(f"{TABLE}{right}\n".encode(), path=f"{tmp_path}/o.toml")
        assert planned(overrides, "shade").static == static


# What the rows of test_rules_hints.py do not provoke


def refusal_of_bytes(data: bytes, path: Path) -> str:
    path.write_bytes(data)
    with pytest.raises(OverrideError) as caught:
        load_overrides(str(path))
    return str(caught.value)


def test_a_file_in_utf_8(tmp_path: Path) -> None:
    text = f"# ä\n{TABLE}add = ['bulb']\n"
    path = tmp_path / "o.toml"
    for encoding in ("utf-16", "latin-1"):
        follows("save it as UTF-8", refusal_of_bytes(text.encode(encoding), path))
    refused = refusal_of_bytes(text.encode("utf-8-sig"), path)
    follows("save it as UTF-8 without a byte order mark (BOM)", refused)
    path.write_bytes(text.encode("utf-8"))
    assert planned(load_overrides(str(path))).static == ("bulb",)


def test_a_file_that_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "o.toml"
    path.write_text(TABLE, encoding="utf-8")
    with pytest.raises(OverrideError) as caught:
        load_overrides(str(path / "o.toml"))
    follows("check the path, and that this user may read the file", str(caught.value))
    assert len(load_overrides(str(path)).tables) == 1


if hasattr(os, "mkfifo"):

    def test_the_output_in_a_file(tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(OverrideError) as caught:
            load_overrides(str(tmp_path / "pipe"))
        follows("save its output in a file, and give the path of that file", str(caught.value))
        subprocess.run(f"echo '{TABLE.strip()}' > o.toml", shell=True, cwd=tmp_path, check=True)
        assert len(load_overrides(str(tmp_path / "o.toml")).tables) == 1


def marked(marker: str) -> tuple[str, str]:
    """Return both ways to write a marker."""
    return (
        f'{TABLE}add = ["bulb; {marker}"]\n',
        f'{TABLE}add = [{{ name = "bulb", from = "target", marker = "{marker}" }}]\n',
    )


@pytest.mark.parametrize("way", [0, 1])
def test_a_marker_that_is_complete(way: int) -> None:
    text = refusal_of_file(marked("python_version = ")[way])
    said = follows("compare with two equals signs, as in python_version == '3.12'", text)
    parsed(marked(said.partition("as in ")[2])[way])

    text = refusal_of_file(marked("python_version > '3' &")[way])
    said = follows("join comparisons with the word{}", text)
    word = said.rpartition(" ")[2]
    parsed(marked(f"python_version > '3' {word} os_name == 'nt'")[way])

    text = refusal_of_file(marked("python_version > 'x'")[way])
    said = follows("write a version such as '3.12' after {} {}", text)
    version, rest = re.findall(r"such as ('.*?') after (.*)", said)[0]
    parsed(marked(f"{rest} {version}")[way])


def test_a_url_with_a_host() -> None:
    said = follows("write a host after {}//", refusal_of_file(f"{TABLE}add = ['bulb @ https://']\n"))
    start = said.partition("after ")[2]
    url = f"{start}h.test/bulb-1.0.zip"
    assert planned(parsed(f"{TABLE}add = ['bulb @ {url}']\n")).static == (f"bulb @ {url}",)


def test_the_path_of_a_distribution(tmp_path: Path) -> None:
    for name in ("notes.md", "bulb-1.0.tar.gz"):
        (tmp_path / name).touch()

    def read(entry: str) -> Plan:
        text = f"{TABLE}add = [{entry}]\n"
        return planned(parse_overrides(text.encode(), path=str(tmp_path / "o.toml")))

    with pytest.raises(OverrideError) as caught:
        read('{ name = "bulb", path = "notes.md" }')
    said = follows("give the path of a directory, or of a file that ends in {}", str(caught.value))
    assert ".tar.gz" in said
    assert read('{ name = "bulb", path = "bulb-1.0.tar.gz" }').static[0].startswith("bulb @ file:")

    with pytest.raises(OverrideError) as caught:
        read('{ name = "shade", path = "bulb-1.0.tar.gz" }')
    said = follows("write { name = {}, path = {} }, or correct the path", str(caught.value))
    entry = re.findall("write ({.*}),", said)[0]
    assert read(entry).static[0].startswith("bulb @ file:")


# Who may write to a file


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my rules" / "o.toml"
    path.parent.mkdir(mode=0o755)
    path.write_text(TABLE, encoding="utf-8")
    path.chmod(0o644)
    return path


def warned(path: Path, user: int) -> list[str]:
    shown = os.path.relpath(path)
    found = permissions.warnings(shown, path.stat(), user)
    return [*map(str, [*found, *permissions.warnings_of_directories(shown, str(path))])]


if os.name == "posix":

    def test_nobody_else_may_write(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        user = os.getuid()
        before = warned(file, user)
        file.chmod(0o646)
        for change in (file, file.parent):
            change.chmod(change.stat().st_mode | stat.S_IWOTH)
            if change is file and user == 0:
                with pytest.raises(OverrideError) as caught:
                    permissions.warnings("my rules/o.toml", file.stat(), 0)
                text = str(caught.value)
            else:
                (text,) = [each for each in warned(file, user) if each not in before]
            command = follows("chmod o-w {}", text)
            subprocess.run(command, shell=True, check=True)
            assert warned(file, user) == before

    def test_no_other_group_may_write(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        owner = SimpleNamespace(pw_gid=file.stat().st_gid + 1)
        monkeypatch.setattr(permissions, "_users", SimpleNamespace(getpwuid=lambda user: owner))
        file.chmod(0o664)
        user = file.stat().st_uid
        (text,) = map(str, permissions.warnings("my rules/o.toml", file.stat(), user))
        subprocess.run(follows("chmod g-w {}", text), shell=True, check=True)
        assert permissions.warnings("my rules/o.toml", file.stat(), user) == []

    def test_a_copy_of_ones_own(file: Path) -> None:
        # For a user who is neither its owner nor root.
        status = os.stat_result((0o100644, 0, 0, 1, 4321, 4321, 0, 0, 0, 0))
        (text,) = map(str, permissions.warnings("my rules/o.toml", status, os.getuid()))
        follows("if you do not trust that user, use a copy of your own", text)
        copy = file.parent / "copy.toml"
        copy.write_bytes(file.read_bytes())
        copy.chmod(0o600)
        assert permissions.warnings("my rules/copy.toml", copy.stat(), os.getuid()) == []


# Files of another kind

LOG_OF_PIP = """\
Collecting lamp==1.0
  Preparing metadata (setup.py): started
  error: subprocess-exited-with-error
"""


@pytest.mark.parametrize("name", ["build.log", "build.txt", "o.toml", "a b.log"])
def test_output_of_pip(name: str) -> None:
    for text in (
        LOG_OF_PIP,
        "".join(f"2026-01-01T00:00:00Z {line}\n" for line in LOG_OF_PIP.splitlines()),
    ):
        with pytest.raises(OverrideError, match="looks like the output of pip") as caught:
            parse_overrides(text.encode(), path=f"/{name}", shown=name)
        said = follows("for the rules that would fix a failed build: {}", str(caught.value))
        assert shlex.split(said.partition(": ")[2]) == ["pip-build-override", "suggest", name]
        assert caught.value.where == name
        assert [str(error) for error in mistakes(text.encode(), path=f"/{name}", shown=name)] == [
            str(caught.value)
        ]


def test_a_comment_is_no_output_of_pip() -> None:
    comments = "".join(f"# {line}\n" for line in LOG_OF_PIP.splitlines())
    with pytest.raises(OverrideError, match="needs quotes"):
        parsed(f"{comments}[package.x]\nadd = [a]\n")
