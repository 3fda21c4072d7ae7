"""Colours only where pip would use them, and no character that a stream cannot take."""

from __future__ import annotations

import io
import sys

import pytest

from pip_build_override.cli.main import main
from pip_build_override.cli.waiting import waiting
from pip_build_override.terminal import Style, spare


class Stream(io.TextIOWrapper):
    """A stream that is a terminal, or none, of some encoding."""

    def __init__(self, terminal: bool, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="\n")
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    @property
    def written(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "PIP_NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def coloured(stream: Stream) -> bool:
    return "\x1b[" in Style(stream).error("x")


def test_colours_on_a_terminal_only() -> None:
    assert coloured(Stream(terminal=True))
    assert not coloured(Stream(terminal=False))
    assert Style(Stream(terminal=True), plain=True).error("x") == "x"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", ""), ("PIP_NO_COLOR", "1"), ("TERM", "dumb")])
def test_what_takes_them_away(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert not coloured(Stream(terminal=True))


def test_what_asks_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert coloured(Stream(terminal=False))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured(Stream(terminal=False))


def test_first_words_of_errors_and_hints() -> None:
    text = Style(Stream(terminal=True)).message("pip-build-override: error: a hint: b\nhint: c")
    assert text == "\x1b[31mpip-build-override: error:\x1b[0m a hint: b\n\x1b[33mhint:\x1b[0m c"


def test_other_characters_where_an_encoding_has_none() -> None:
    text = "a \u2026 \u2192 \u00fc"
    assert Style(Stream(terminal=False)).encodable(text) == text
    assert Style(Stream(terminal=False, encoding="ascii")).encodable(text) == "a ... -> ?"
    stream = Stream(terminal=False, encoding="ascii")
    spare(stream)
    stream.write(text)
    assert stream.written == "a ... -> ?"


def test_help_on_a_stream_that_takes_ascii_only(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream(terminal=False, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    with pytest.raises(SystemExit) as ended:
        main(["run", "--help"])
    assert ended.value.code == 0
    assert "COMMAND ..." in stream.written


@pytest.mark.parametrize("command", ["run", "suggest", "install", "status", "check", "explain", "demo"])
def test_every_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert "\nexample:" in capsys.readouterr().out


def test_a_spinner_on_a_terminal_that_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pip_build_override.cli.waiting._FIRST_AFTER", 0)
    stream = Stream(terminal=True)
    monkeypatch.setattr(sys, "stderr", stream)
    with waiting("asking"):
        while "asking |" not in stream.written:
            pass
    assert stream.written.split("\r")[-2:] == [" " * len("asking -"), ""]


def test_no_spinner_in_a_pipe_or_where_it_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for terminal in (True, False):
        stream = Stream(terminal)
        monkeypatch.setattr(sys, "stderr", stream)
        with waiting("asking"):
            pass
        assert stream.written == ""
