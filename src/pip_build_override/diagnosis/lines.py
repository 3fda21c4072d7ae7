"""The removal of what terminals, CI services and containers add to the lines of a log."""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST = 2000
"""How many characters of a line are examined: no message is longer, and matching stays fast."""

_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)?|[@-Z\\-_])")
# An ISO 8601 date and time, or a time of day, with or without brackets, and GitLab's suffix.
_TIME = re.compile(
    r"\[?(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?"
    r"(?: \d\d[OE]\+?)? ?"
)
# A prefix that names the stream of a line: BuildKit's steps, compose's services, the jobs of
# `gh run view --log` and of GNU parallel, or a name in brackets.
_STREAM = re.compile(
    r"#(?P<step>\d{1,4}) (?:\d+\.\d+ )?"
    r"|(?P<service>(?=[\w.-]{0,60}[A-Za-z])[\w.-]{1,60}) {0,40}\| "
    r"|(?P<job>[^\t\n]{1,80}\t(?:[^\t\n]{1,80}\t)?)(?=\S)"
    r"|\[(?P<tag>[A-Za-z][\w.+-]{0,60})\] "
)
_LEVELS = frozenset({"debug", "info", "notice", "warn", "warning", "error"})


class Line(NamedTuple):
    """A line as the program wrote it, and its stream ("" if there is only one)."""

    stream: str
    text: str


def clean(raw: str) -> Line:
    """Return a line of a log without colours, times and prefixes.

    Args:
        raw: The line; if a program overwrote it with carriage returns, the last state is used.
    """
    text = raw[: LONGEST * 2]
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    text = text.rstrip()
    if "\r" in text:
        text = text.rpartition("\r")[2]
    stream = ""
    # A line may have several prefixes, such as a time, a service and another time.
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
