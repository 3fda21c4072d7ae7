"""The sdist of the project, made once by a process and removed when that ends (PEP 517)."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from ..errors import OverrideError
from ..files import shown_path

_LAST_LINES = 5


class ProjectSdist:
    """The sdist of a project, which pypa/build makes as soon as it is needed.

    Args:
        project: The root of the project.
        log: Path of the file for the output of the build.
    """

    def __init__(self, project: str, log: str) -> None:
        self._project = project
        self._log = log
        self._made: Path | None = None

    def path(self) -> Path:
        """Return the sdist.

        Raises:
            OverrideError: If it cannot be made.
        """
        if self._made is None:
            self._made = self._make()
        return self._made

    def _make(self) -> Path:
        found = find_spec("build")
        # A directory of that name, which setuptools leaves in a project, has no origin.
        if found is None or found.origin is None:
            raise OverrideError(
                f"build, which makes the sdist of the project, is not installed for {sys.executable}",
                kind="tool-not-installed",
                hint="pip install 'pip-build-override[nox]'",
            )
        # One that an earlier process left there may have other sources.
        directory = tempfile.mkdtemp(prefix="pip-build-override-sdist-")
        atexit.register(shutil.rmtree, directory, ignore_errors=True)
        command = [sys.executable, "-m", "build", "--sdist", "--outdir", directory, self._project]
        os.makedirs(os.path.dirname(self._log), exist_ok=True)
        with open(self._log, "wb") as log:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, check=False
            )
        made = sorted(Path(directory).glob("*.tar.gz"))
        if done.returncode or len(made) != 1:
            raise OverrideError(
                f"the sdist of {shown_path(self._project)} cannot be made: {self._last_lines()}",
                kind="program-failed",
                hint=f"see {shown_path(self._log)}, and try python -m build --sdist",
            )
        return made[0]

    def _last_lines(self) -> str:
        text = Path(self._log).read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.strip().splitlines()[-_LAST_LINES:])
