"""Commands that hints give, for the interpreter that runs this pip."""

from __future__ import annotations

import shlex
import sys


def reinstall(name: str, version: str) -> str:
    """Return the command that installs a version of a distribution again."""
    return f"{shlex.quote(sys.executable)} -m pip install --force-reinstall --no-deps {name}=={version}"
