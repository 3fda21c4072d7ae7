"""Finds where in a source file a block can stand so that it runs before all else.

Run by the interpreter that is to read the file, for only that one knows which syntax it takes:
``python -I -S preamble.py``, with a JSON object on standard input and another on standard output.
Standard library only, like all that the target runs; Python 3.8 and later.
"""

from __future__ import annotations

import ast
import json
import re
import sys

_COOKIE = re.compile(rb"[ \t\f]*#(!|.*?coding[:=])")
_BOM = b"\xef\xbb\xbf"


class NoPlace(Exception):
    """Why the file can hold no block."""


def place(source: bytes) -> int:
    """Find the place: behind encoding cookie, docstring and imports from ``__future__``, no later.

    Args:
        source: of a Python file.

    Returns:
        how many bytes stand before the block.

    Raises:
        NoPlace: where the file does not compile, or its first statements share a line with others.
    """
    body = _parse(source).body
    preamble = [node for index, node in enumerate(body) if _must_come_first(node, index)]
    lines = source.splitlines(keepends=True)
    if not preamble:
        return _behind_cookie(lines)
    last = preamble[-1].end_lineno or 0
    if len(body) > len(preamble) and body[len(preamble)].lineno <= last:
        raise NoPlace(f"line {last} holds more than one statement")
    return sum(map(len, lines[:last]))


def check(source: bytes, block: bytes, offset: int) -> None:
    """Make sure that a block at that place leaves everything else in the file as it is.

    Raises:
        NoPlace: where it does not.
    """
    before = [ast.dump(node) for node in _parse(source).body]
    added = [ast.dump(node) for node in _parse(block.strip()).body]
    after = [ast.dump(node) for node in _parse(source[:offset] + block + source[offset:]).body]
    count = next((index for index, node in enumerate(after) if node in added), 0)
    if after != before[:count] + added + before[count:]:
        raise NoPlace("it would read differently with the block in it")


def _parse(source: bytes) -> ast.Module:
    try:
        # Not ast.parse alone: what only the compiler refuses would not run either.
        compile(source, "sitecustomize.py", "exec", dont_inherit=True)
        return ast.parse(source, "sitecustomize.py")
    except (SyntaxError, ValueError) as error:
        raise NoPlace(f"it does not compile ({type(error).__name__}: {error})") from None


def _must_come_first(node: ast.stmt, index: int) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__"
    return (
        index == 0
        and isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _behind_cookie(lines: list[bytes]) -> int:
    # PEP 263: in the first two lines only. A byte order mark comes before everything.
    position = len(_BOM) if lines and lines[0].startswith(_BOM) else 0
    for count, line in enumerate(lines[:2], 1):
        if _COOKIE.match(line[len(_BOM) :] if line.startswith(_BOM) else line):
            position = sum(map(len, lines[:count]))
    return position


def main() -> None:
    """Answer the question on standard input."""
    asked = json.load(sys.stdin)
    source = asked["source"].encode("latin-1")
    answer: dict[str, object] = {}
    try:
        if "block" in asked:
            check(source, asked["block"].encode("latin-1"), asked["offset"])
        else:
            answer["offset"] = place(source)
    except NoPlace as error:
        answer["problem"] = str(error)
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
