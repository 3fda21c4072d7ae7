"""Mistakes on the command line get the nearest right word, and ``--help`` fits the terminal."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from pip_build_override import switch
from pip_build_override.cli import documentation
from pip_build_override.cli.main import COMMANDS, main

Capture = pytest.CaptureFixture[str]

SLIPS = [
    ("unistall x", "unknown command unistall", "did you mean uninstall?"),
    ("help", "unknown command help", "pip-build-override --help"),
    ("zzz", "unknown command zzz", f"the commands are {', '.join(COMMANDS)}"),
    (
        "-- pip install 'a b'",
        "there is no command before --",
        "pip-build-override run --overrides FILE -- pip install 'a b'\n",
    ),
    ("--", "there is no command before --", "run --overrides FILE -- pip install …\n"),
    ("--versoin", "--versoin is not an option of pip-build-override itself", "did you mean --version?"),
    (
        "--overrides o.toml run -- pip install x",
        "--overrides is not an option of pip-build-override itself",
        "put options after the command: pip-build-override run --overrides …",
    ),
    (
        "--overrides=o.toml",
        "--overrides is not an option of pip-build-override itself",
        "put options after the command: pip-build-override COMMAND --overrides …",
    ),
    (
        "run --overides o.toml -- pip install x",
        "pip-build-override run: no such option: --overides",
        "did you mean --overrides?",
    ),
    ("fix --overrides o.toml -- pip", "fix: no such option: --overrides", "did you mean --write?"),
    (
        "fix --report r.json -- pip",
        "fix: no such option: --report",
        "see pip-build-override fix --help",
    ),
    ("run --contrain=x -- pip", "run: no such option: --contrain", "did you mean --constrain?"),
    ("explain --hook x", "explain: no such option: --hook", "did you mean --hooks?"),
    ("suggest --zzz x", "suggest: no such option: --zzz", "see pip-build-override suggest --help"),
    (
        "status 'a b'",
        "pip-build-override status: unrecognized argument: 'a b'",
        "see pip-build-override status --help",
    ),
    ("status .", "status: unrecognized argument: .", "did you mean --python .?"),
    ("run --zzz -- pip", "run: no such option: --zzz", "see pip-build-override run --help"),
    (
        "run -- pip install x",
        "there are no rules to apply",
        "give --overrides FILE, --set, --constrain",
    ),
    (
        "run -- pip install x --overrides=o.toml",
        "there are no rules to apply",
        "put --overrides before COMMAND: it is an option of run\n",
    ),
    (
        "status --format jsn",
        "--format: invalid choice: jsn (choose from text or json)",
        "did you mean json?",
    ),
    (
        "status --format=1",
        "--format: invalid choice: 1 (choose from text or json)",
        "write --format text",
    ),
    (
        "run --overrides -- pip",
        "argument --overrides: expected one argument",
        "see pip-build-override run --help",
    ),
]


@pytest.mark.parametrize(("line", "message", "hint"), SLIPS)
def test_a_slip(
    line: str, message: str, hint: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.delenv(switch.SWITCH, raising=False)
    assert main(shlex.split(line)) == 2
    output = capsys.readouterr()
    assert output.out == ""
    error, _, rest = output.err.partition("\n")
    assert error.startswith("pip-build-override: error: ")
    assert message in error
    assert rest.startswith("hint: ")
    assert hint in rest


# Each option that an abbreviation could stand for.
@pytest.mark.parametrize(
    "line",
    [
        "run --override o.toml -- pip",
        "run --cons x -- pip",
        "install --pyth x",
        "suggest --wri x",
        "check --form json x",
        "explain --req x",
        "demo --ke",
    ],
)
def test_no_abbreviation_of_an_option_is_accepted(line: str, capsys: Capture) -> None:
    assert main(line.split()) == 2
    assert ": no such option: --" in capsys.readouterr().err


def test_a_program_gets_the_command_that_runs_it(capsys: Capture, tmp_path: Path) -> None:
    assert main([sys.executable, "-m", "pip", "install", "x"]) == 2
    error = capsys.readouterr().err
    assert f"unknown command {sys.executable} [usage]\n" in error
    assert f"run --overrides FILE -- {sys.executable} -m pip install x\n" in error


def test_no_arguments_print_the_help(capsys: Capture) -> None:
    assert main([]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.startswith("usage: pip-build-override ")
    for command in COMMANDS:
        assert f"\n    {command} " in printed.out


def help_of(command: str, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    with pytest.raises(SystemExit) as ended:
        main([*filter(None, [command]), "--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_a_path_is_never_broken(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    path = documentation.index()
    for columns in (20, 48, 80):
        assert path in help_of("", columns, monkeypatch, capsys)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_the_terminal(command: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    for columns in (48, 80, 132):
        text = help_of(command, columns, monkeypatch, capsys)
        assert text.startswith(f"usage: pip-build-override {command}")
        # A path is not broken, even if it is longer than a line.
        text = text.replace(documentation.index(), "")
        assert max(map(len, text.splitlines())) <= columns
        if not command:
            continue
        # A broken example can be pasted, too.
        _, _, example = text.partition("\nexample:")
        words = shlex.split(example.replace("2>&1 |", "").replace("\\\n", " "))
        assert words[words.index("pip-build-override") + 1] == command
        assert all(line.endswith(" \\") for line in example.strip().splitlines()[:-1])


def test_help_uses_the_terminal(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    # Paragraphs are not broken where the source breaks them.
    for columns in (80, 132, 180):
        text = help_of("run", columns, monkeypatch, capsys)
        assert max(map(len, text.splitlines())) > columns - 12
