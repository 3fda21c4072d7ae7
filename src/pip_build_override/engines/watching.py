"""Watches which files of a project the tests of a cell import."""

from __future__ import annotations

import os
import shutil
from typing import Sequence

from ..files import replace_whole

_HERE = os.path.dirname(os.path.abspath(__file__))
_NAME = "pip_build_override_cell"


class Watching:
    """The imports of a project in one environment.

    Args:
        root: The directory of the environment.
        sites: The directories from which what is installed there is imported.
        names: The names of the project's own packages and modules.
    """

    def __init__(self, root: str, sites: Sequence[str], names: Sequence[str]) -> None:
        self._directory = os.path.join(os.path.abspath(root), "pip-build-override-imports")
        self._sites = sites
        self._names = names

    def begin(self) -> None:
        """Forget earlier imports, and watch from now on."""
        shutil.rmtree(self._directory, ignore_errors=True)
        os.makedirs(self._directory)
        with open(os.path.join(_HERE, "in_cell_watching.py"), encoding="utf-8") as file:
            text = file.read()
        text = text.replace('\nDIRECTORY = ""', f"\nDIRECTORY = {self._directory!a}")
        text = text.replace('\nNAMES = ""', f"\nNAMES = {' '.join(self._names)!a}")
        for name, content in ((f"{_NAME}.py", text), (f"{_NAME}.pth", f"import {_NAME}\n")):
            replace_whole(os.path.join(self._sites[0], name), content.encode("utf-8"))

    def elsewhere(self) -> str:
        """Return a file that was imported, but is not of the wheel; "" if there is none."""
        inside = [os.path.join(os.path.realpath(site), "") for site in self._sites]
        for path in self._imported():
            if not os.path.realpath(path).startswith(tuple(inside)):
                return path
        return ""

    def anything(self) -> bool:
        """Return whether anything of the project was imported, or it has nothing to import."""
        return not self._names or bool(self._imported())

    def _imported(self) -> list[str]:
        found = []
        for name in sorted(os.listdir(self._directory)):
            with open(os.path.join(self._directory, name), encoding="utf-8", errors="replace") as file:
                found.append(file.read().partition("\n")[2])
        return found
