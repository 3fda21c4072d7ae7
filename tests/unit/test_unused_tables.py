"""What is said of tables that no build used, by a pip and by ``run``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pip_build_override.engines import watched
from pip_build_override.in_pip.state.left_word import BuiltWord
from pip_build_override.rules import (
    CommandLine,
    Overrides,
    parse_overrides,
    unused_tables,
    with_command_line,
)
from pip_build_override.rules.unused_tables import Unused, described, message

BUILT = [("myext", "1.0"), ("h5py", "2.10.0"), ("h5py", "2.9.0"), ("local", "")]


@pytest.mark.parametrize(
    ("where", "name", "expected"),
    [
        ("package.myextt", "myextt", "package.myextt (did you mean myext?)"),
        ("package.zzz", "zzz", "package.zzz"),
        ('package."h5py>=3"', "h5py", 'package."h5py>=3" (this run built h5py 2.9.0 and 2.10.0)'),
        ('package."local>=3"', "local", 'package."local>=3" (this run built local)'),
    ],
)
def test_nearest(where: str, name: str, expected: str) -> None:
    assert Unused(where, name).described(BUILT) == expected
    assert described([Unused(where, name)] * 2, BUILT) == f"{expected}, {expected}"


@pytest.mark.parametrize(
    ("unused", "places"),
    [
        (["package.a", "group.b"], "package.a and group.b"),
        (["--set a"], "--set a"),
        (["--set a", "package.b"], "--set a and package.b"),
    ],
)
def test_hint(unused: list[str], places: str) -> None:
    said = unused_tables.unused_hint([Unused(where, "a") for where in unused], [("c", "1")])
    assert said == f"put the name of a package that is built into {places}"


def test_message() -> None:
    said = message([Unused("package.myextt", "myextt")], BUILT)
    assert "package.myextt (did you mean myext?)" in said
    assert said.endswith("; built: h5py 2.10.0, h5py 2.9.0, local, myext 1.0")
    many = [(f"p{number}", "1") for number in range(9)]
    assert message([Unused("package.x", "x")], many).endswith("p4 1 and 4 more")


def test_many_tables() -> None:
    names = [f"x{number:02}" for number in range(24)]
    unused = [Unused(f"package.{name}", name) for name in (*names, "myextt")]
    said = described(unused, BUILT)
    assert said.startswith("package.myextt (did you mean myext?), package.x00, ")
    assert said.endswith("package.x18 and 5 more")
    hint = unused_tables.unused_hint(unused, BUILT)
    assert hint.startswith("put the name of a package that is built into package.x00, ")
    assert hint.endswith("package.x19 and 5 more")


# What ``run`` makes of what the pips below it have said


def leave(watch: Path, word: str, number: int, facts: object) -> None:
    (watch / f"{word}-{number}").write_text(json.dumps(facts), encoding="utf-8")


def built(used: list[str], *names: str) -> object:
    tables = (("package.myextt", "myextt"), ("package.other", "other"))
    return BuiltWord("o.toml", tables, tuple(used), tuple((n, "1.0") for n in names), ()).to_json()


def test_no_table_used_by_any_pip(tmp_path: Path) -> None:
    assert watched.no_table_used(tmp_path.as_posix()) is None
    leave(tmp_path, "built", 1, built([], "myext"))
    said = watched.no_table_used(str(tmp_path))
    assert said is not None
    assert str(said).startswith("o.toml: packages were built")
    assert "did you mean myext?" in said.message
    assert "--allow-unused" in said.hint
    # One of several pips that used one is enough.
    leave(tmp_path, "built", 2, built(["package.other"], "other"))
    assert watched.no_table_used(str(tmp_path)) is None


def test_without_named_tables_nothing_is_said(tmp_path: Path) -> None:
    leave(tmp_path, "built", 1, BuiltWord("o.toml", (), (), (("a", "1"),), ()).to_json())
    (tmp_path / "built-2").write_text("{", encoding="utf-8")
    assert watched.no_table_used(str(tmp_path)) is None


@pytest.mark.parametrize("document", [{}, {"format": 0}])
def test_a_word_of_another_version(tmp_path: Path, document: dict[str, Any]) -> None:
    leave(tmp_path, "built", 1, document)
    said = watched.no_table_used(str(tmp_path))
    assert said is not None
    assert "another version of pip-build-override" in said.message
    assert "--allow-unused" in said.hint
    leave(tmp_path, "elsewhere", 1, document)
    said = watched.built_elsewhere(str(tmp_path), lambda: read(NAMED))
    assert said is not None
    assert "another front end built a package itself" in said.message


def test_a_word_that_was_not_finished(tmp_path: Path) -> None:
    for word in ("built", "elsewhere"):
        (tmp_path / f"{word}-1").write_text('{"shown": ', encoding="utf-8")
    assert watched.no_table_used(str(tmp_path)) is None
    assert watched.built_elsewhere(str(tmp_path), lambda: read(NAMED)) is None


def elsewhere(
    watch: Path, number: int, by: str, name: str, directory: str = "/src/x", through: str = ""
) -> None:
    files = {"pyproject.toml": f'[project]\nname = "{name}"\n' if name else None, "setup.py": None}
    facts = {"by": by, "directory": directory, "files": files, "through": through}
    leave(watch, "elsewhere", number, facts)


def read(text: str) -> Overrides:
    return parse_overrides(text.encode(), path="/etc/o.toml")


NAMED = '[package.my-ext]\nadd = ["x"]\n'
FOR_ALL = '[package."*"]\nconstrain = ["x<2"]\n'
AS_OF = '[package."*"]\nas-of = 2023-01-31\n'
NOTHING_BUILT = "[package.my-ext]\nno-binary = true\n"


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        (NAMED, "My_Ext", ["build built My_Ext itself", "package.my-ext was", "--no-deps /src/x"]),
        (NAMED, "", ["built /src/x itself", "package.my-ext was"]),
        (NAMED, "other", []),
        (FOR_ALL, "other", ['package."*" was']),
        (NAMED + FOR_ALL, "my.ext", ['package.my-ext and package."*" were']),
        (AS_OF, "other", ['package."*" was']),
        (NOTHING_BUILT, "my-ext", []),
    ],
)
def test_built_elsewhere(text: str, name: str, words: list[str], tmp_path: Path) -> None:
    elsewhere(tmp_path, 1, "build", name)
    said = watched.built_elsewhere(str(tmp_path), lambda: read(text))
    assert (said is not None) is bool(words)
    for word in words:
        assert said is not None
        assert word in f"{said.message}\n{said.hint}"


@pytest.mark.parametrize(
    ("text", "named"),
    [(NAMED, "/etc/o.toml: package.my-ext and --set my-ext were"), ("", "--set my-ext was")],
)
def test_an_option_that_was_not_in_force_elsewhere(text: str, named: str, tmp_path: Path) -> None:
    elsewhere(tmp_path, 1, "build", "my-ext")
    given = with_command_line(read(text), CommandLine(set=("my-ext: a",)))
    said = watched.built_elsewhere(str(tmp_path), lambda: given)
    assert said is not None
    assert f"so {named} not in force" in said.message


def test_hints_name_what_helps(tmp_path: Path) -> None:
    for by, hint in (("hatch", "pip wheel"), ("uv", "with pip")):
        watch = tmp_path / by
        watch.mkdir()
        # The report that says least is not the one that is shown.
        elsewhere(watch, 1, "python -m build", "", "")
        elsewhere(watch, 2, by, "my-ext")
        said = watched.built_elsewhere(str(watch), lambda: read(NAMED))
        assert said is not None
        assert said.message.startswith(f"{by} built my-ext")
        assert hint in said.hint
    (tmp_path / "empty").mkdir()
    assert watched.built_elsewhere(str(tmp_path / "empty"), lambda: read("not TOML")) is None


def test_uv_below_another_program(tmp_path: Path) -> None:
    def said(number: int, name: str, through: str, given: Overrides) -> str:
        watch = tmp_path / str(number)
        watch.mkdir()
        elsewhere(watch, 1, "uv", name, through=through)
        found = watched.built_elsewhere(str(watch), lambda: given)
        assert found is not None
        return f"{found.message}\n{found.hint}"

    text = said(1, "my-ext", "tox", read(NAMED))
    assert text.startswith("uv, started by tox, built my-ext itself, without pip")
    assert "export --to uv --package my-ext /etc/o.toml prints" in text
    # Without a name, all tables are exported; what is on the command line cannot be.
    assert "export --to uv /etc/o.toml prints" in said(2, "", "", read(NAMED))
    options = with_command_line(read(""), CommandLine(set=("my-ext: a",)))
    assert "export" not in said(3, "my-ext", "", options)
    text = said(4, "my-ext", "pipx", read(NAMED))
    assert "uv, started by pipx, built my-ext" in text
    assert "pipx reinstall --backend pip my-ext, or pipx run --backend pip" in text
