"""Compiled modules for the copies of a build environment, so that not each of them compiles them again.

pip compiles nothing in build environments: Python compiles what the hooks of a backend import, which
for setuptools takes longer than anything else in a small build. A build can write there what it likes,
so what a hook has left in one environment is used in no other one: only the names of the modules are
taken from it, and these are compiled from the sources that were copied.

The files are of the kind that Python compares with a digest of the source (PEP 552), so a module that a
build changes in its environment is compiled again, whatever its size and time.
"""

from __future__ import annotations

import contextlib
import importlib.util
import marshal
import os
import stat
import sys
import warnings
from typing import Any, Iterable, Mapping, NamedTuple

from .environment_files import Contents, File

_DIRECTORY = "__pycache__"
_SUFFIX = ".py"
# The flags of a file with a digest of its source that Python checks.
_CHECKED = (0b11).to_bytes(4, "little")
# The one filter of warnings with which each of them is an error.
_ERRORS: Any = [("error", None, Warning, None, 0)]
# The permissions that Python gives to what it compiles, of those of the source.
_MODES = 0o666
_WRITABLE = 0o200


class Compiled(NamedTuple):
    """A compiled module.

    Args:
        path: The path below the directory of the environment, separated by slashes.
        content: The content of the file.
        mode: Its permissions.
    """

    path: str
    content: bytes
    mode: int


def modules_in(directory: str, files: Iterable[File]) -> list[File]:
    """Return the sources that Python has compiled in a directory; what it has made of them is not read.

    Args:
        directory: A directory of a build environment in which hooks have run.
        files: What pip has put there.
    """
    found = []
    names: dict[str, set[str]] = {}
    for file in files:
        parent, _, name = file.path.rpartition("/")
        if not name.endswith(_SUFFIX):
            continue
        if parent not in names:
            try:
                names[parent] = set(os.listdir(os.path.join(directory, parent, _DIRECTORY)))
            except OSError:
                names[parent] = set()
        if _name_for(name) in names[parent]:
            found.append(file)
    return found


def path_for(source: File) -> str:
    """Return the path of the compiled module of a source, below the same directory."""
    parent, _, name = source.path.rpartition("/")
    return "/".join(filter(None, (parent, _DIRECTORY, _name_for(name))))


def compile_modules(
    directory: str, sources: Iterable[File], contents: Contents, environ: Mapping[str, str]
) -> list[Compiled]:
    """Compile modules, as Python does when a hook imports them.

    Args:
        directory: The directory that they are for.
        sources: The sources.
        contents: Reads them, from where nothing has run.
        environ: The environment variables.

    Returns:
        The compiled modules; without those that cause a warning, which a hook may have to print, or
        to turn into an error.
    """
    if environ.get("PYTHONWARNINGS"):
        return []
    found = []
    # Not by catch_warnings, after which Python gives each warning of pip's once more.
    before, warnings.filters = warnings.filters, _ERRORS
    try:
        for source in sources:
            path = os.path.join(directory, source.path)
            try:
                content = b"".join(contents(source))
                code = compile(content, path, "exec", dont_inherit=True, optimize=0)
            except (OSError, SyntaxError, ValueError, RecursionError, MemoryError, Warning):
                # It is left to the hook.
                continue
            head = importlib.util.MAGIC_NUMBER + _CHECKED + importlib.util.source_hash(content)
            found.append(
                Compiled(
                    path_for(source),
                    head + marshal.dumps(code),
                    (source.mode | _WRITABLE) & _MODES,
                )
            )
    finally:
        warnings.filters = before
    return found


def put(directory: str, modules: Iterable[Compiled]) -> None:
    """Write compiled modules to the copy of an environment.

    Args:
        directory: The directory with their sources.
        modules: The modules.
    """
    parents: dict[str, bool] = {}
    for module in modules:
        path = os.path.join(directory, module.path)
        parent = os.path.dirname(path)
        if parent not in parents:
            parents[parent] = _is_directory(parent)
        if parents[parent]:
            # Python compiles what cannot be written, if it is needed.
            with contextlib.suppress(OSError):
                _write(path, module)


def _is_directory(path: str) -> bool:
    """Create a directory, and return whether it is one: never what a build has put there instead."""
    try:
        os.mkdir(path)
    except FileExistsError:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False
    return True


def _write(path: str, module: Compiled) -> None:
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags, module.mode), "wb") as file:
            file.write(module.content)
    except OSError:
        # A part of it would be an error when it is imported.
        if os.path.lexists(path):
            os.unlink(path)
        raise


def _name_for(name: str) -> str:
    return f"{name[: -len(_SUFFIX)]}.{sys.implementation.cache_tag}.pyc"
