"""The scripts that a build may run, and what all of them pass to Cython.

This module uses the standard library only, and no pip.
"""

from __future__ import annotations

import os
import re
from typing import Iterator

from .cython_calls import Calls
from .cython_script import Script, calls_in_text

_MENTIONS = re.compile(
    r"cythonize|cython_directives|compiler_directives|cython_compile_time_env|compile_time_env"
    r"|directive_defaults|Cython\.Compiler|CompilationOptions|np_pythran"
    r"|\bcython3?\b.*(?:-X|-E|--d|--compile-)|['\"]cython3?['\"]"
)
_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+([.\w]+)(?:[ \t]+import[ \t]+(\w+))?", re.MULTILINE)
_SCRIPTS = re.compile(r"(?i)(?:bin|ci|dev|scripts?|tools?|build_?(?:tools?|utils?)|setup_?\w*)")
_OTHER_SCRIPTS = re.compile(r"(?i)(?:GNU)?makefile|.*\.(?:mk|sh)|tox\.ini")


def read(directory: str) -> Calls:
    """Read the scripts in a source tree that may run Cython.

    Args:
        directory: The root of the sources.
    """
    found = Calls()
    for path, text in _scripts(directory):
        if not path.endswith(".py") or _MENTIONS.search(text):
            more = Script(path, text).calls if path.endswith(".py") else calls_in_text(path, text)
            found = Calls(*(ours + theirs for ours, theirs in zip(found, more)))
    return found


def _text(directory: str, path: str) -> str:
    try:
        with open(os.path.join(directory, path), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _scripts(directory: str) -> Iterator[tuple[str, str]]:
    """Yield the files that a build may run, and their texts.

    They are those in the root, what they import, and those of tools.
    """
    waiting = []
    for folder in ("", *_names(directory)):
        if folder and not _SCRIPTS.fullmatch(folder):
            continue
        for name in _names(os.path.join(directory, folder)):
            if name.endswith(".py") or _OTHER_SCRIPTS.fullmatch(name):
                waiting.append(f"{folder}/{name}" if folder else name)
    seen = set()
    while waiting:
        path = waiting.pop()
        if path in seen or not os.path.isfile(os.path.join(directory, path)):
            continue
        seen.add(path)
        text = _text(directory, path)
        yield path, text
        if path.endswith(".py"):
            waiting += _imported(path, text)


def _names(directory: str) -> list[str]:
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []


def _imported(path: str, text: str) -> Iterator[str]:
    """Yield the paths that a script may import, relative to the root."""
    for module, name in _IMPORT.findall(text):
        base = f"{path.rpartition('/')[0]}/" if module.startswith(".") else ""
        parts = (base + module.strip(".").replace(".", "/")).strip("/")
        yield from (f"{parts}.py", f"{parts}/__init__.py", f"{parts}/{name}.py")
