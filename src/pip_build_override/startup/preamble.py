"""Find the place in a source file where a block runs before everything else.

Run by the interpreter that will read the file, because only that one knows which syntax it accepts:
``python -I -S preamble.py``, with a JSON object on standard input and another on standard output.
Standard library only, like everything that the target runs; Python 3.8 and later.
"""

from __future__ import annotations

import ast
import json
import re
import sys

_COOKIE = re.compile(rb"[ \t\f]*#(!|.*?coding[:=])")
_BOM = b"\xef\xbb\xbf"


class NoPlace(Exception):
    """The reason why a file cannot contain a block."""


def place(source: bytes) -> int:
    """Return the place: directly after encoding cookie, docstring and ``__future__`` imports.

    Args:
        source: Source of a Python file.

    Returns:
        The number of bytes before the block.

    Raises:
        NoPlace: If the file does not compile, or its first statements share a line with others.
    """
    body = _parse(source).body
    preamble = [node for index, node in enumerate(body) if _must_come_first(node, index)]
    lines = source.splitlines(keepends=True)
    if not preamble:
        return _behind_cookie(lines)
    last = preamble[-1].end_lineno or 0
    if len(body) > len(preamble) and body[len(preamble)].lineno <= last:
        raise NoPlace(f"line {last} contains more than one statement")
    return sum(map(len, lines[:last]))


def check(source: bytes, block: bytes, offset: int) -> None:
    """Check that a block at some place does not change the rest of the file.

    Args:
        source: Source of a Python file.
        block: The block.
        offset: The number of bytes before the block.

    Raises:
        NoPlace: If it changes the rest.
    """
    before = [ast.dump(node) for node in _parse(source).body]
    added = [ast.dump(node) for node in _parse(block.strip()).body]
    after = [ast.dump(node) for node in _parse(source[:offset] + block + source[offset:]).body]
    count = next((index for index, node in enumerate(after) if node in added), 0)
    if after != before[:count] + added + before[count:]:
        raise NoPlace("the start-up hook would change the meaning of its code")


def _parse(source: bytes) -> ast.Module:
    try:
        # Not only ast.parse: code that only the compiler rejects would not run either.
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
