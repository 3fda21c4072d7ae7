"""Streams that are closed or full, and a working directory that is gone: one line, a hint, a status."""

from __future__ import annotations

import argparse
import errno
import io
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pip_build_override.cli import streams, suggest
from pip_build_override.errors import OverrideError

# As cli.main has it.
COMMAND = """
import argparse, sys
from pip_build_override.cli import check, freeze, run, streams, suggest
from pip_build_override.terminal import Style

def show(error):
    print(Style(sys.stderr).message(f"pip-build-override: error: {error}"), file=sys.stderr)

def work():
    module = dict(check=check, freeze=freeze, run=run, suggest=suggest)[sys.argv[1]]
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return module.main(parser.parse_args(sys.argv[2:]))

streams.prepare()
sys.exit(streams.status_of(work, show))
"""

FULL = [">/dev/full"] if os.path.exists("/dev/full") else []
CLOSED = [">&-"] if os.name == "posix" else []


class Command:
    """The commands, started by a shell."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.script = directory / "command.py"
        self.script.write_text(COMMAND, encoding="utf-8")

    def __call__(self, arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
        command = f"{shlex.quote(sys.executable)} {shlex.quote(str(self.script))} {arguments}"
        return subprocess.run(
            before + command,
            shell=True,
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )


@pytest.fixture
def command(tmp_path: Path) -> Command:
    (tmp_path / "valid.toml").write_text('[package.p]\nadd = ["x"]\n', encoding="utf-8")
    (tmp_path / "wrong.toml").write_text("[package.p]\nadd = 1\n", encoding="utf-8")
    # More than a buffer holds.
    tables = "".join(f'[package.p{n}]\nadd = ["x"]\n' for n in range(3000))
    (tmp_path / "large.toml").write_text(tables, encoding="utf-8")
    return Command(tmp_path)


def is_told(done: subprocess.CompletedProcess[str], *words: str) -> None:
    first, second = done.stderr.splitlines()
    assert first.startswith("pip-build-override: error: ")
    assert second.startswith("hint: ")
    assert all(word in first for word in words), first


@pytest.mark.parametrize("stream", FULL + CLOSED)
@pytest.mark.parametrize("arguments", ["check valid.toml", "check large.toml", "check --help"])
def test_standard_output_that_cannot_be_written(command: Command, stream: str, arguments: str) -> None:
    done = command(f"{arguments} {stream}")
    assert done.returncode == 2
    is_told(done, "standard output", "closed" if stream in CLOSED else "No space left")


@pytest.mark.parametrize("stream", [stream.replace(">", "2>") for stream in FULL + CLOSED])
@pytest.mark.parametrize(("file", "status"), [("valid", 0), ("wrong", 1)])
def test_standard_error_that_cannot_be_written(
    command: Command, stream: str, file: str, status: int
) -> None:
    done = command(f"check {file}.toml {stream}")
    assert (done.returncode, done.stderr) == (status, "")
    assert done.stdout == ("valid.toml: valid, 1 table: package.p\n" if file == "valid" else "")


@pytest.mark.parametrize("stream", FULL + CLOSED)
def test_what_prints_nothing_does_its_work(command: Command, stream: str) -> None:
    done = command(f"check wrong.toml {stream}")
    assert done.returncode == 1
    is_told(done, "add")


@pytest.mark.parametrize("stream", CLOSED)
def test_no_other_file_takes_the_place_of_a_closed_stream(command: Command, stream: str) -> None:
    # What a program below prints would go into it.
    child = f"{shlex.quote(sys.executable)} -c 'import os; os.fstat(1)'"
    done = command(f"run --overrides valid.toml --allow-unused -- {child} {stream}")
    assert done.returncode == 1
    assert "Bad file descriptor" in done.stderr


@pytest.mark.parametrize("stream", [stream.replace(">", "<") for stream in CLOSED])
def test_standard_input_that_is_closed(command: Command, stream: str) -> None:
    done = command(f"suggest {stream}")
    assert done.returncode == 2
    is_told(done, "standard input is closed")


def test_standard_input_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.BytesIO):
        def readline(self, size: int | None = -1) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Broken()))
    arguments = argparse.Namespace(file=None, write=None, python=sys.executable, format="text")
    with pytest.raises(OverrideError, match="standard input cannot be read: Input/output error"):
        suggest.main(arguments)


@pytest.mark.parametrize("gone", ["mkdir gone; cd gone; rmdir ../gone; "] if os.name == "posix" else [])
@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        ("check valid.toml", 1, "no such overrides file"),
        ("run --overrides valid.toml -- true", 2, "the current directory no longer exists"),
        ("run --set 'p: x' --report r.json -- true", 2, "the current directory no longer exists"),
        ("freeze report.json", 2, "No such file or directory"),
    ],
)
def test_a_working_directory_that_is_gone(
    command: Command, gone: str, arguments: str, status: int, word: str
) -> None:
    done = command(arguments, gone)
    assert done.returncode == status
    is_told(done, word)


def test_a_missing_file_that_nobody_expected(command: Command) -> None:
    # It is a fault of ours, and not one of the working directory.
    with pytest.raises(FileNotFoundError):
        streams.status_of(lambda: len(os.listdir(command.directory / "missing")), print)


def test_what_can_be_written(command: Command) -> None:
    done = command("check valid.toml")
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "valid.toml: valid, 1 table: package.p\n",
        "",
    )
    done = command("check large.toml | true")
    assert done.stderr == ""
