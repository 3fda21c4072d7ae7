"""The modules that a setup.py imports at the top level."""

from __future__ import annotations

import ast
import warnings
from typing import Iterator


def imported_at_the_top(text: str) -> tuple[str, ...]:
    """Return the first parts of the names of the modules that a setup.py imports unconditionally.

    Args:
        text: Text of the setup.py; if this Python cannot parse it, the result is empty.
    """
    try:
        with warnings.catch_warnings():
            # Warnings about invalid escapes in its strings are not our concern.
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    return tuple(dict.fromkeys(name.partition(".")[0] for name in _names(tree.body)))


def _names(statements: list[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and not statement.level and statement.module:
            yield statement.module
