"""An overrides file is read from disk, in its three forms."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pip_build_override import switch
from pip_build_override.files import shown_path
from pip_build_override.rules import EMPTY, OverrideError, load_overrides, parse_overrides
from pip_build_override.rules.reading.document import shown_as

RULE = '[package.PyYAML]\nconstrain = ["Cython<3"]\n'


def refused(path: Path) -> OverrideError:
    with pytest.raises(OverrideError) as caught:
        load_overrides(str(path))
    return caught.value


def test_a_missing_file(tmp_path: Path) -> None:
    error = refused(tmp_path / "none.toml")
    assert error.where == str(tmp_path / "none.toml")
    assert error.message == "there is no such overrides file"
    assert error.hint == "create it, or correct the path"


def test_a_missing_file_that_the_variable_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(switch.WATCH, raising=False)
    for given, hint in (
        (str(tmp_path / "none.toml"), f"create it, or correct the variable {switch.SWITCH}"),
        (
            "none.toml",
            f"create it, or correct the variable {switch.SWITCH}, which is relative to {tmp_path}",
        ),
        ("other.toml", "create it, or correct the path"),
    ):
        monkeypatch.setenv(switch.SWITCH, given)
        assert refused(tmp_path / "none.toml").hint == hint
    # Below run, it is that of run.
    monkeypatch.setenv(switch.SWITCH, "none.toml")
    monkeypatch.setenv(switch.WATCH, str(tmp_path))
    assert refused(tmp_path / "none.toml").hint == "create it, or correct the path"


def test_a_directory(tmp_path: Path) -> None:
    error = refused(tmp_path)
    assert error.message == "this is a directory, not an overrides file"
    assert error.hint == "give the path of a file in it"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "a.toml", tmp_path / "a\0b.toml"):
        error = refused(path)
        assert error.message.startswith("the overrides file cannot be read: ")
        assert error.message.count(": ") == 1
        assert "this user may read the file" in error.hint


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"# caf\xc3\xa9\n# caf\xe9\n")
    error = refused(tmp_path / "a.toml")
    assert str(error) == (
        f"{tmp_path / 'a.toml'}: line 2: the file is not UTF-8 (byte 0xe9)\nhint: save it as UTF-8"
    )


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.txt").write_text("\ufeffnumpy", encoding=encoding)
    error = refused(tmp_path / "a.txt")
    assert error.message == "the file is UTF-16, not UTF-8"
    assert error.hint == "save it as UTF-8"


def test_a_byte_order_mark_is_no_toml_but_pip_takes_it_in_a_requirements_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(RULE, encoding="utf-8-sig")
    error = refused(tmp_path / "a.toml")
    assert "begins with a byte order mark" in error.message
    assert "UTF-8 without a byte order mark" in error.hint
    (tmp_path / "a.txt").write_text("numpy", encoding="utf-8-sig")
    assert load_overrides(str(tmp_path / "a.txt")).tables[0].replace[0][0] == "numpy"


@pytest.mark.parametrize("text", ["", "# nothing\n", "\r\n", "[settings]", "[package]", "[package.a]"])
def test_an_empty_file_is_valid(text: str) -> None:
    overrides = parse_overrides(text.encode(), path="/x/a.toml")
    assert not any(table.builds for table in overrides.tables)
    assert overrides.unused == "error"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (shown_as("/home/me/süß\n.toml"), "/home/me/süß\n.toml"),
        (shown_as(os.path.abspath("o.toml")) + "\r", "o.toml"),
        # Changed by somebody; to TOML, it is a comment.
        (shown_as("/home/me/o.toml")[:-1], "/x/a.toml"),
        ("\n" + shown_as("/home/me/o.toml"), "/x/a.toml"),
    ],
)
def test_a_temporary_file_is_shown_as_another_one(line: str, shown: str) -> None:
    assert parse_overrides(f"{line}\n{RULE}".encode(), path="/x/a.toml").shown == shown


def test_the_toml_form(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(RULE.replace("\n", "\r\n").encode())
    overrides = load_overrides(str(tmp_path / "a.toml"))
    assert (overrides.shown, overrides.form) == (str(tmp_path / "a.toml"), "toml")
    assert overrides.path == str(tmp_path / "a.toml")
    (table,) = overrides.tables
    assert (table.where, table.name, table.specifier) == ("package.PyYAML", "pyyaml", "")
    assert [limit.text for limit in table.constrain] == ["cython<3"]


def test_the_pyproject_form() -> None:
    text = "tool.black = {}\n[tool.pip-build-override.package.a]\nadd = ['b']\n"
    text += "[tool.pip-build-override.settings]\nunused = 'warn'\n"
    overrides = parse_overrides(text.encode(), path="/x/pyproject.toml")
    assert (overrides.form, overrides.unused) == ("pyproject", "warn")
    assert [table.where for table in overrides.tables] == ["tool.pip-build-override.package.a"]


def test_an_empty_table_in_a_pyproject_is_valid() -> None:
    assert parse_overrides(b"[tool.pip-build-override]", path="/x/pyproject.toml").tables == ()


@pytest.mark.parametrize("path", ["/x/pyproject.TOML", "/x/PyProject.toml"])
def test_the_form_is_told_by_the_name_in_any_case(path: str) -> None:
    assert parse_overrides(b"[tool.pip-build-override]", path=path).form == "pyproject"


def test_the_txt_form() -> None:
    """Comments and continuation lines are those of pip's requirements files."""
    text = (
        "\n"
        "# comment \\\n"
        "NumPy == 1.20.1  # why\n"
        "cython\\\n"
        "<3 \\\n"
        "  ; os_name == 'nt'\n"
        "a @ https://b/c#egg=a\n"
        "scipy[x]>1\\\n"
        "# a comment ends the line before\n"
        "last\\"
    )
    overrides = parse_overrides(text.encode(), path="/x/overrides.TXT", shown="the file")
    assert (overrides.shown, overrides.form) == ("the file", "txt")
    assert [(table.where, table.name, table.replace[0][0]) for table in overrides.tables] == [
        ("line 3", "*", "numpy"),
        ("line 4", "*", "cython"),
        ("line 7", "*", "a"),
        ("line 8", "*", "scipy"),
        ("line 10", "*", "last"),
    ]
    entries = [
        entry
        for table in overrides.tables
        for _, alternatives in table.replace
        for entry in alternatives
    ]
    assert [entry.text for entry in entries] == [
        "numpy==1.20.1",
        "cython<3",
        "a @ https://b/c#egg=a",
        "scipy[x]>1",
        "last",
    ]
    assert [entry.marker for entry in entries] == ["", 'os_name == "nt"', "", "", ""]


def test_a_backslash_at_the_very_end_of_a_txt_file_ends_it() -> None:
    assert parse_overrides(b"# only a comment\n  \\", path="/x/a.txt").tables == ()


def test_no_overrides_have_no_tables() -> None:
    assert EMPTY.tables == ()
    assert not EMPTY.has_named_tables


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{ name = 'a', path = '.', }", "a comma before the } of an inline table"),
        ("{\n name = 'a', path = '.' }", "an inline table { … } spans several lines"),
        ('{ name = "a", path = "\\x2e" }', "a backslash begins an escape"),
        ('{ name = "a", path = "\\e" }', "a backslash begins an escape"),
    ],
)
def test_what_only_newer_parsers_take_is_refused_whatever_the_parser(
    monkeypatch: pytest.MonkeyPatch, value: str, message: str
) -> None:
    def newer(text: str) -> dict[str, object]:
        """Take all of TOML 1.1."""
        return {"package": {"x": {"add": [{"name": "a", "path": "."}]}}}

    monkeypatch.setattr("pip_build_override.rules.reading.document.read_toml", newer)
    with pytest.raises(OverrideError) as caught:
        parse_overrides(f"[package.x]\nadd = [{value}]".encode(), path="/x/a.toml")
    assert caught.value.where == "/x/a.toml: line 2"
    assert message in caught.value.message
    assert caught.value.hint


def test_what_only_older_parsers_take_is_refused_whatever_the_parser(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pip_build_override.rules.reading.document.read_toml", lambda text: {})
    text = "[package.a.replace]\nb = 'b<2'\n[package.a]\nreplace.c = 'c<2'"
    with pytest.raises(OverrideError) as caught:
        parse_overrides(text.encode(), path="/x/a.toml")
    assert str(caught.value) == (
        "/x/a.toml: line 4: not valid TOML: replace.c adds to the table [package.a.replace],"
        " which has a header of its own\nhint: write c = … under [package.a.replace]"
    )


def test_dotted_keys_may_add_to_tables_without_a_header_of_their_own() -> None:
    text = "[package]\na.replace.b = 'b<2'\na.replace.c = 'c<2'\n[package.d.replace]\ne = 'e<2'\n"
    text += "[package.d]\nadd = ['f']\n['package'.'a b'.replace]".replace("a b", "g")
    tables = parse_overrides(text.encode(), path="/x/a.toml").tables
    assert [len(table.replace) for table in tables] == [2, 1, 0]


@pytest.mark.parametrize(
    "value",
    [
        "{ name = 'a', path = '/x,}' }",
        '{ name = "a", path = "/\\\\x2e" }',
        "{ name = 'a', path = '/\\x' }",
        '{ name = \'a\', path = """/\n, }""" }',
        "{ name = 'a', path = '/' } # { \n",
        "{ name = 'a', path = '/' },\n{ name = 'b', path = '/' },\n",
    ],
)
def test_what_only_looks_newer_is_left_to_the_parser(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setattr("pip_build_override.rules.reading.sources.os.path.exists", lambda path: True)
    monkeypatch.setattr("pip_build_override.rules.reading.sources.os.path.isdir", lambda path: True)
    (table,) = parse_overrides(f"[package.x]\nadd = [{value}]".encode(), path="/x/a.toml").tables
    assert table.add[0].name == "a"


def test_what_can_be_read_only_once(tmp_path: Path) -> None:
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.toml")
        with pytest.raises(OverrideError, match="only once.*\nhint: save its output in a file"):
            load_overrides(str(tmp_path / "pipe.toml"))
        with pytest.raises(OverrideError, match="only once"):
            load_overrides("/dev/tty")
    assert load_overrides(os.devnull).tables == ()


def test_a_message_names_a_file_as_the_user_can_open_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    below, beside = str(tmp_path / "a" / "o.toml"), str(tmp_path.parent / "o.toml")
    assert parse_overrides(b"", path=below).shown == os.path.join("a", "o.toml")
    assert parse_overrides(b"", path=beside).shown == beside
    # A directory whose name only begins like that of the current one.
    longer = f"{tmp_path}-2{os.sep}o.toml"
    assert parse_overrides(b"", path=longer).shown == longer
    assert refused(Path("none.toml")).where == "none.toml"
    assert refused(tmp_path / "none.toml").where == "none.toml"


def test_the_rules_of_a_run_without_a_file_have_no_path(tmp_path: Path) -> None:
    assert parse_overrides(b"", path=str(tmp_path / "command line")).shown == "command line"


def test_a_file_is_named_in_full_without_a_current_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(os, "getcwd", gone)
    assert shown_path("/x/o.toml") == "/x/o.toml"
    assert shown_path("o.toml") == "o.toml"
