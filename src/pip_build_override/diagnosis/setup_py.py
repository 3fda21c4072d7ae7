"""What a setup.py imports before it does anything else."""

from __future__ import annotations

import ast
import warnings
from typing import Iterator


def imported_at_the_top(text: str) -> tuple[str, ...]:
    """Return the modules that a setup.py imports unconditionally, by the first part of their names.

    :param text: of the setup.py; one that this Python cannot parse imports nothing.
    """
    try:
        with warnings.catch_warnings():
            # A string with a backslash too many is none of our business.
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
