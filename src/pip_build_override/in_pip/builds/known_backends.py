"""The build backends of which it is known that one import is as good as one for each hook.

Nobody can tell of any module what its import does: it may note the time, or look whether a file exists
that a hook makes later. Of the modules here it is known. Those are setuptools, which most packages are
built by and which takes longest to import, and what it brings along; other backends import nearly
nothing before a hook runs.
"""

from __future__ import annotations

import os
from importlib.util import source_from_cache
from typing import Iterable, Sequence

from ... import switch
from ...files import is_as_recorded
from ...startup import STEM
from ..target import installed
from . import environment_files

DISTRIBUTIONS = frozenset(
    (
        "setuptools",
        # It has copies of these, and imports the ones that are installed instead if there are any.
        *("autocommand", "backports-tarfile", "importlib-metadata", "importlib-resources", "inflect"),
        *("jaraco-collections", "jaraco-context", "jaraco-functools", "jaraco-text", "more-itertools"),
        *("ordered-set", "packaging", "platformdirs", "tomli", "typeguard", "typing-extensions"),
        *("wheel", "zipp"),
    )
)
"""The distributions whose modules are known, by their normalised names."""

_SITES = ("site-packages", "dist-packages")
# Start-up files in the environment of pip that no wheel has: of virtualenv and uv, and our own.
_START = ("_virtualenv.py", f"{STEM}.pth", f"{STEM}.start", f"{STEM}.py")
# The beginnings of lines of a .pth file that are not directories, but code.
_EXECUTED = ("import ", "import\t")
# Which does nothing but load that module.
_OF_VIRTUALENV = "import _virtualenv"


def are_known(root: str, loaded: Iterable[str]) -> bool:
    """Return whether all code that a process has loaded is known.

    Args:
        root: The directory of its build environment.
        loaded: The files with code, without the standard library.
    """
    # What pip writes into a build environment to keep other directories out of it.
    by_pip = os.path.join(root, "site", "sitecustomize.py")
    left: dict[str, list[str]] = {}
    for path in set(map(_source, loaded)):
        if path == by_pip or installed.is_below(path, switch.INJECTED) or _has_no_code(path):
            continue
        if not installed.is_below(path, root) and _is_known_at_start(path):
            continue
        left.setdefault(_site_of(path), []).append(path)
    return all(_are_of_distributions(site, paths) for site, paths in left.items())


def _is_known_at_start(path: str) -> bool:
    return os.path.basename(path) in _START and os.path.dirname(path) == _site_of(path)


def _has_no_code(path: str) -> bool:
    """Return whether a file has no code of its own: it only adds directories to ``sys.path``."""
    if not path.endswith(".pth"):
        return False
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            content = file.read().replace("\ufeff", "")
    except OSError:
        return False
    # Not only at line feeds: newer Pythons do so, too.
    lines = [line for line in content.splitlines() if line.startswith(_EXECUTED)]
    return all(line.rstrip() == _OF_VIRTUALENV for line in lines)


def _site_of(path: str) -> str:
    """Return the directory of installed distributions that a file is in, or "" if there is none."""
    parts = path.split(os.sep)
    while parts and parts[-1] not in _SITES:
        parts.pop()
    return os.sep.join(parts)


def _are_of_distributions(site: str, paths: Sequence[str]) -> bool:
    """Return whether files are as the wheels of known distributions contain them."""
    if not site:
        return False
    hashes: dict[str, str] = {}
    for name, copies in installed.copies((site,)).items():
        if name in DISTRIBUTIONS:
            for file in (file for copy in copies for file in copy.distribution.files or ()):
                if file.hash is not None:
                    hashes[str(file.locate())] = f"{file.hash.mode}={file.hash.value}"
    return all(path in hashes and is_as_recorded(path, hashes[path]) for path in paths)


def _source(path: str) -> str:
    """Return the file that a module was compiled from, or the file itself if that is not certain."""
    if not path.endswith(".pyc") or os.path.basename(os.path.dirname(path)) != "__pycache__":
        return path
    # If there is none, the source was compiled.
    if os.path.lexists(path) and not environment_files.is_compared(path):
        return path
    try:
        return source_from_cache(path)
    except ValueError:
        return path
