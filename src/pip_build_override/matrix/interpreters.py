"""The interpreters on this machine: on PATH, kept by pyenv, or in the tool cache of a GitHub runner."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from glob import glob
from typing import Iterable, Iterator

from .. import switch
from .plan import Interpreter

_ASK = (
    "import importlib.util, sys;"
    "print(sys.implementation.name, '%d.%d.%d' % sys.version_info[:3],"
    " importlib.util.find_spec('pip') is not None)"
)
_TIMEOUT_SECONDS = 60
_OLDEST = (3, 8)
_ON_PATH = re.compile(r"python3\.(\d+)(\.exe)?")
_KEPT = re.compile(r"3\.(\d+)\.\d+")


def find(wanted: Iterable[str] | None = None) -> list[Interpreter]:
    """Return one interpreter for each minor version of CPython that has pip, the oldest first.

    Args:
        wanted: The minor versions to look for; None for all.
    """
    minors = None if wanted is None else set(wanted)
    found: dict[str, Interpreter] = {}
    for minor, path in candidates():
        if minor in found or (minors is not None and minor not in minors):
            continue
        interpreter = _asked(minor, path)
        if interpreter is not None:
            found[minor] = interpreter
    return [found[minor] for minor in sorted(found, key=_number)]


def candidates() -> Iterator[tuple[str, str]]:
    """Yield the minor versions and paths of what look like interpreters, the best ones first."""
    yield ".".join(map(str, sys.version_info[:2])), sys.executable
    shims: list[tuple[str, str]] = []
    root = _pyenv_root()
    for directory in os.get_exec_path():
        here = _on_path(directory)
        # A shim of pyenv may lead nowhere, and takes long.
        if root and os.path.dirname(os.path.join(directory, "")) == os.path.join(root, "shims"):
            shims += here
        else:
            yield from here
    if root:
        yield from _kept(os.path.join(root, "versions"), "")
    cache = os.environ.get("RUNNER_TOOL_CACHE") or os.environ.get("AGENT_TOOLSDIRECTORY")
    if cache:
        yield from _kept(os.path.join(cache, "Python"), "*")
    yield from shims


def _on_path(directory: str) -> list[tuple[str, str]]:
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return []
    found = [(_ON_PATH.fullmatch(name), name) for name in names]
    return [(f"3.{match[1]}", os.path.join(directory, name)) for match, name in found if match]


def _kept(directory: str, below: str) -> Iterator[tuple[str, str]]:
    """Yield the interpreters in directories that are named after their versions, the newest first."""
    homes = glob(os.path.join(directory, "*"))
    matches = [(_KEPT.fullmatch(os.path.basename(home)), home) for home in homes]
    known = [(match[1], home) for match, home in matches if match]
    for minor, home in sorted(known, key=lambda each: _key(each[1]), reverse=True):
        for name in ("bin/python", "python.exe"):
            for path in glob(os.path.join(home, below, *name.split("/"))):
                yield f"3.{minor}", path


def _key(home: str) -> list[int]:
    return [int(number) for number in os.path.basename(home).split(".")]


def _number(minor: str) -> int:
    return int(minor.partition(".")[2])


def _asked(minor: str, path: str) -> Interpreter | None:
    """Return an interpreter, if it is what its name says, and has pip."""
    said = _output([path, "-c", _ASK]).split()
    if said[:1] != ["cpython"] or said[2:] != ["True"]:
        return None
    version = said[1]
    if version.rpartition(".")[0] != minor or tuple(map(int, minor.split("."))) < _OLDEST:
        return None
    return Interpreter(minor, version, path)


def _pyenv_root() -> str:
    return os.environ.get("PYENV_ROOT") or _output(["pyenv", "root"])


def _output(command: list[str]) -> str:
    # What is on PYTHONPATH need not be for that Python.
    variables = {
        name: value
        for name, value in os.environ.items()
        if name not in (switch.SWITCH, "PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__")
    }
    try:
        done = subprocess.run(
            command,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""
