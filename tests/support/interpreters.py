"""Where the interpreters are that pips are tested on: on PATH, or kept by pyenv."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path
from typing import Iterator

# The base's, where the candidate is that of a virtual environment.
ASK = (
    "import sys, venv; "
    "print('%d.%d' % sys.version_info[:2], getattr(sys, '_base_executable', sys.executable))"
)


@functools.lru_cache(maxsize=None)
def find_interpreter(python: str) -> Path | None:
    """Find an interpreter that runs, can make virtual environments and is of that version.

    Args:
        python: its minor version, such as ``3.8``.

    Returns:
        Its real path, or None where this machine has none.
    """
    for candidate in _candidates(python):
        # A shim of pyenv is on PATH also where it leads nowhere, so a name proves nothing.
        asked = _output([candidate, "-c", ASK])
        version, _, executable = asked.partition(" ")
        if version == python:
            return Path(executable).resolve()
    return None


def _candidates(python: str) -> Iterator[str]:
    suffix = ".exe" if os.name == "nt" else ""
    on_path = shutil.which(f"python{python}{suffix}")
    root = _pyenv_root()
    # A shim takes twenty processes to lead to one of the interpreters below.
    is_shim = bool(on_path and root) and Path(on_path).parent == Path(root, "shims")
    if on_path and not is_shim:
        yield on_path
    if root:
        for home in sorted(Path(root).glob(f"versions/{python}.*"), reverse=True):
            yield str(home / "python.exe" if os.name == "nt" else home / "bin" / "python")
    if on_path and is_shim:
        yield on_path
    if os.name == "nt":
        yield _output(["py", f"-{python}", "-c", "import sys; print(sys.executable)"])


@functools.lru_cache(maxsize=None)
def _pyenv_root() -> str:
    return os.environ.get("PYENV_ROOT") or _output(["pyenv", "root"])


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.decode().strip()
