"""Commands that hints give, for the interpreter that runs this pip."""

from __future__ import annotations

import shlex
import sys


def reinstall(requirement: str) -> str:
    """Return the command that installs a distribution again, without what it depends on.

    Args:
        requirement: The distribution with its version, such as ``numpy==1.26.4``.
    """
    words = ["-m", "pip", "install", "--force-reinstall", "--no-deps", requirement]
    return " ".join(map(shlex.quote, [sys.executable, *words]))
