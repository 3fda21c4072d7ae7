"""Environments that hold tools from the index, made once and kept in the store of ``store.py``."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from filelock import FileLock

from .interpreters import find_interpreter
from .store import CACHE


def tool_environment(*requirements: str, python: str = "3.11") -> Path:
    """Make a virtual environment with something from the index in it, once.

    Args:
        requirements: exact ones.
        python: the minor version of its interpreter.

    Returns:
        The environment: to be run in, or copied, and never to be changed.
    """
    interpreter = find_interpreter(python)
    assert interpreter is not None, f"Python {python} is needed"
    key = hashlib.sha256(" ".join([str(interpreter), *requirements]).encode()).hexdigest()[:12]
    environment = CACHE / "tools" / key
    environment.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{environment}.lock"):
        if not (environment / "done").exists():
            shutil.rmtree(environment, ignore_errors=True)
            subprocess.run([str(interpreter), "-m", "venv", str(environment)], check=True)
            install = [str(executable(environment, "python")), "-m", "pip", "install", "--quiet"]
            install += ["--disable-pip-version-check", "--only-binary=:all:"]
            subprocess.run([*install, *requirements], check=True)
            (environment / "done").touch()
    return environment


def tool_wheels(*requirements: str, python: str = "3.11") -> Path:
    """Fetch wheels that a tool installs from the index, once.

    Args:
        requirements: exact ones; what they need is fetched, too.
        python: the minor version of the interpreter that they are for.

    Returns:
        The directory, never to be changed.
    """
    interpreter = find_interpreter(python)
    assert interpreter is not None, f"Python {python} is needed"
    key = hashlib.sha256(" ".join(["wheels", python, *requirements]).encode()).hexdigest()[:12]
    directory = CACHE / "tools" / key
    directory.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{directory}.lock"):
        if not (directory / "done").exists():
            shutil.rmtree(directory, ignore_errors=True)
            download = [str(interpreter), "-m", "pip", "download", "--quiet", "--only-binary=:all:"]
            download += ["--disable-pip-version-check", "--dest", str(directory)]
            subprocess.run([*download, *requirements], check=True)
            (directory / "done").touch()
    return directory


def executable(environment: Path, name: str) -> Path:
    """Name a command of an environment.

    Args:
        environment: its directory.
        name: of the command.
    """
    if os.name == "nt":
        return environment / "Scripts" / f"{name}.exe"
    return environment / "bin" / name
