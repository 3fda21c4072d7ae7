"""A scanner that splits TOML text into statements with their line numbers, but does not interpret them.

It finds what the parser's own message does not say, and what parsers disagree on: TOML 1.1 parsers
accept inline tables over several lines and two more escapes, and earlier ones do not. A file must not
be valid on one interpreter only.
"""

from __future__ import annotations

import re

from ...frozen import Frozen
from ...patterns import pattern

_MULTILINE = ('"""', "'''")
_LAST_COMMA = pattern(r",\s*\}")
_PLAIN = pattern(r"[^\n\"'#\[\]{},]*")
# Closed on its line, without an escape, and not one of three quotes.
_SIMPLE_STRING = pattern(r"\"[^\"\\\n]*\"(?!\")|'[^'\n]*'(?!')")
_CLOSES = {"[": "]", "{": "}"}


class Statement(Frozen):
    """A header, or a key with its value.

    Attributes:
        line: Number of its first line, counted from 1.
        text: Text of all its lines, including comments.
        problem: ``inline``, ``comma``, ``escape``, ``text``, ``list`` or empty.
    """

    line: int
    text: str
    problem: str = ""


def statements(text: str) -> list[Statement]:
    """Return the statements of a TOML document."""
    found = []
    at, line = 0, 1
    while at < len(text):
        end, problem = _Scanner(text, at).scan()
        part = text[at:end]
        # TOML allows no other white space, so a part that consists of it must not be dropped.
        if part.strip(" \t\n"):
            found.append(Statement(line, part.rstrip("\n"), problem))
        at, line = end, line + part.count("\n")
    return found


class _Scanner:
    """A scan of one statement, to the end of its last line."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        self.open: list[str] = []
        self.problem = ""
        # A header's brackets never span lines, so an unclosed one ends with its line.
        self.header = re.compile(r"[ \t]*\[").match(text, at) is not None

    def scan(self) -> tuple[int, str]:
        """Return the end of the statement, and its problem or ""."""
        end = len(self.text)
        while True:
            self.at = _PLAIN.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at == end:
                break
            char = self.text[self.at]
            if char == "\n":
                if self.header or not self.open:
                    return self.at + 1, self.problem
                if self.open[-1] == "{":
                    self.note("inline")
                self.at += 1
            elif char in "\"'":
                self.string(char)
            elif char == "#":
                self.at = self.line_end()
            else:
                self.bracket(char)
                self.at += 1
        if self.open and not self.header:
            self.note("list")
        return self.at, self.problem

    def note(self, problem: str) -> None:
        """Record a problem, but only the first, because later ones are probably its consequences."""
        self.problem = self.problem or problem

    def line_end(self) -> int:
        end = self.text.find("\n", self.at)
        return len(self.text) if end < 0 else end

    def bracket(self, char: str) -> None:
        if char in _CLOSES:
            self.open.append(char)
        elif self.open and char == _CLOSES[self.open[-1]]:
            self.open.pop()
        elif self.open[-1:] == ["{"] and _LAST_COMMA.match(self.text, self.at):
            self.note("comma")

    def string(self, quote: str) -> None:
        """Skip a string, or the rest of the line if it is not closed."""
        simple = _SIMPLE_STRING.match(self.text, self.at)
        if simple is not None:
            self.at = simple.end()
            return
        opening = self.text[self.at : self.at + 3]
        multiline = opening in _MULTILINE
        closing = opening if multiline else quote
        limit = len(self.text) if multiline else self.line_end()
        self.at += len(closing)
        while self.at < limit:
            if self.text.startswith(closing, self.at):
                self.at += len(closing)
                return
            if self.text[self.at] == "\\" and quote == '"':
                if self.text[self.at + 1 : self.at + 2] in ("e", "x"):
                    self.note("escape")
                self.at += 1
            self.at += 1
        self.at = limit
        self.note("text")
