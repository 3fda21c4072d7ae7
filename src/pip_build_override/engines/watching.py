"""Watches from which files the tests of a cell import the project, and what it runs with."""

from __future__ import annotations

import os
import shutil
from typing import Sequence

from ..files import replace_whole

_HERE = os.path.dirname(os.path.abspath(__file__))
_NAME = "pip_build_override_cell"


class Watching:
    """The imports of a project, and of what it runs with, in one environment.

    Args:
        root: The directory of the environment.
        sites: The directories from which what is installed there is imported.
        names: The names of the project's own packages and modules.
        others: Those of the distributions that it is to run with.
    """

    def __init__(
        self, root: str, sites: Sequence[str], names: Sequence[str], others: Sequence[str] = ()
    ) -> None:
        self._directory = os.path.join(os.path.abspath(root), "pip-build-override-imports")
        self._sites = sites
        self._names = names
        self._others = others

    def begin(self) -> None:
        """Forget earlier imports, and watch from now on."""
        shutil.rmtree(self._directory, ignore_errors=True)
        os.makedirs(self._directory)
        with open(os.path.join(_HERE, "in_cell_watching.py"), encoding="utf-8") as file:
            text = file.read()
        text = text.replace('\nDIRECTORY = ""', f"\nDIRECTORY = {self._directory!a}")
        text = text.replace('\nNAMES = ""', f"\nNAMES = {' '.join([*self._names, *self._others])!a}")
        for name, content in ((f"{_NAME}.py", text), (f"{_NAME}.pth", f"import {_NAME}\n")):
            replace_whole(os.path.join(self._sites[0], name), content.encode("utf-8"))

    def elsewhere(self) -> tuple[str, str]:
        """Return a name that was imported from a file that is not installed, and that file.

        Both are "" if there is none. The names of the project come first.
        """
        inside = tuple(os.path.join(os.path.realpath(site), "") for site in self._sites)
        found = [each for each in self._imported() if not os.path.realpath(each[1]).startswith(inside)]
        return min(found, key=lambda each: each[0] not in self._names, default=("", ""))

    def anything(self) -> bool:
        """Return whether anything of the project was imported, or it has nothing to import."""
        return not self._names or any(name in self._names for name, _ in self._imported())

    def _imported(self) -> list[tuple[str, str]]:
        found = []
        for each in sorted(os.listdir(self._directory)):
            with open(os.path.join(self._directory, each), encoding="utf-8", errors="replace") as file:
                name, _, path = file.read().partition("\n")
                found.append((name, path))
        return found
