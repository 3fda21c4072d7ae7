"""What start-up files leave behind, made of the lines that are written into them."""

from __future__ import annotations

import sys
import types
from typing import Any

from pip_build_override.startup import entry


def wait(package: str, route: str) -> Any:
    """Let the function that waits for pip wait, as the one from the files of an environment does."""
    original: Any = entry._pip_build_override
    defaults = (None, None, package, route)
    finder: Any = types.FunctionType(original.__code__, vars(entry), original.__name__, defaults)
    vars(finder).update(vars(original), package=package, route=route, find_spec=finder)
    sys.meta_path.insert(0, finder)
    return finder
