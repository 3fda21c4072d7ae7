"""One line of a log, without what terminals, CI services and containers put around it."""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST = 2000
"""Characters of a line that are looked at: no message is longer, and no line is then slow to match."""

_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)?|[@-Z\\-_])")
# An ISO 8601 time or that of the day, in brackets or not, with what GitLab writes behind it.
_TIME = re.compile(
    r"\[?(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?"
    r"(?: \d\d[OE]\+?)? ?"
)
# What names the stream in which a line came: BuildKit's steps, compose's services, the jobs of
# `gh run view --log` and of GNU parallel, a name in brackets.
_STREAM = re.compile(
    r"#(?P<step>\d{1,4}) (?:\d+\.\d+ )?"
    r"|(?P<service>(?=[\w.-]{0,60}[A-Za-z])[\w.-]{1,60}) {0,40}\| "
    r"|(?P<job>[^\t\n]{1,80}\t(?:[^\t\n]{1,80}\t)?)(?=\S)"
    r"|\[(?P<tag>[A-Za-z][\w.+-]{0,60})\] "
)
_LEVELS = frozenset({"debug", "info", "notice", "warn", "warning", "error"})


class Line(NamedTuple):
    """A line as the program wrote it, and the stream that it came in ("" for the only one)."""

    stream: str
    text: str


def clean(raw: str) -> Line:
    """Take colours, times and prefixes off a line of a log.

    :param raw: the line; of one that a program wrote over itself, the last state counts.
    """
    text = raw[: LONGEST * 2]
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    text = text.rstrip()
    if "\r" in text:
        text = text.rpartition("\r")[2]
    stream = ""
    # Prefixes stack, a time before a service and another one behind it.
    for _ in range(4):
        first = text[:1]
        if not first or first == " ":
            break
        found = _TIME.match(text) if first.isdigit() or first == "[" else None
        if found is None:
            found = _STREAM.match(text)
            if found is None:
                break
            name = found.group(found.lastgroup or 0)
            if name.lower() not in _LEVELS:
                stream += f"{name}|"
        text = text[found.end() :]
    return Line(stream, text[:LONGEST])
