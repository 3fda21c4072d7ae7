"""Compiled modules that an earlier build has left in the project, and that tests may import instead.

Tests run in the root of the project, and ``python -m pytest``, or a package of tests, puts it before
the installed packages. Without compiled modules there, such tests cannot import the package, and fail.
With them, they would test what nobody knows how it was built.
"""

from __future__ import annotations

import os
from glob import escape, glob
from typing import Iterable


def left_in_place(project: str, modules: Iterable[str], minor: str) -> list[str]:
    """Return the files in the root of a project that hide compiled modules of its wheel.

    Args:
        project: The root of the project.
        modules: The compiled modules of the wheel, by the names that import them.
        minor: The minor version of the Python that imports them.
    """
    found = []
    for module in modules:
        beginning = os.path.join(project, *module.split("."))
        for path in sorted(glob(f"{escape(beginning)}.*")):
            if _imports(path[len(beginning) :], minor.replace(".", "")):
                found.append(path)
    return found


def _imports(suffix: str, digits: str) -> bool:
    """Return whether a Python imports a file with such a name: one for it, or for every Python."""
    if not suffix.endswith((".so", ".pyd")):
        return False
    tag = suffix.rpartition(".")[0].lstrip(".")
    return tag in ("", "abi3") or f"cpython-{digits}" in tag or f"cp{digits}-" in tag
