"""The layout of ``--help``: it fits the terminal, and an example can be pasted into a shell."""

from __future__ import annotations

import argparse
import re
import textwrap
from typing import Any

_EXAMPLE = "example: "
_NO_LIMIT = 1 << 20


class HelpText(argparse.HelpFormatter):
    """A formatter that wraps each paragraph of a description on its own."""

    def add_argument(self, action: argparse.Action) -> None:
        super().add_argument(action)
        # argparse leaves out the indentation of commands when it measures their column.
        indent = self._current_indent + self._indent_increment
        for command in self._iter_indented_subactions(action):
            width = len(self._format_action_invocation(command)) + indent
            self._action_max_length = max(self._action_max_length, width)

    def _format_usage(self, *arguments: Any, **more: Any) -> str:
        # argparse breaks lines behind the program name only, so they do not fit a narrow terminal.
        width, self._width = self._width, _NO_LIMIT
        try:
            usage = super()._format_usage(*arguments, **more)
        finally:
            self._width = width
        begin = re.match(r"usage: \S+ (?:[a-z]+ )?", usage)
        indent = begin.end() if begin and begin.end() <= width // 2 else 4
        lines = [""]
        for part in re.findall(r"\[.*?\](?=\s)|\S+", usage):
            if len(lines[-1]) + len(part) + 1 > width and lines[-1].strip():
                lines.append(" " * indent)
            lines[-1] += part if not lines[-1].strip() else f" {part}"
        return "\n".join(lines) + "\n\n"

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith(_EXAMPLE):
            return _example(text[len(_EXAMPLE) :], width)
        paragraphs = (_lines(paragraph, width, indent) for paragraph in text.split("\n\n"))
        return "\n\n".join(map("\n".join, paragraphs))

    def _split_lines(self, text: str, width: int) -> list[str]:
        return _lines(text, width)


def _lines(text: str, width: int, indent: str = "") -> list[str]:
    # Options and file names stay in one piece; a path or a URL even if it is longer than a line.
    return textwrap.wrap(
        " ".join(text.split()),
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=re.search(r"\S[/\\]\S", text) is None,
        break_on_hyphens=False,
    )


def _example(command: str, width: int) -> str:
    """Return an example, with a backslash at the end of each line that the shell has to join."""
    if len(_EXAMPLE + command) <= width:
        return _EXAMPLE + command
    lines = textwrap.wrap(
        command,
        width - len(" \\"),
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "example:\n" + " \\\n".join(lines)
