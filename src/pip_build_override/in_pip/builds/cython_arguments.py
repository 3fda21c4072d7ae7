"""The arguments with which Cython generates a C or C++ file again, as far as the sources tell them.

What a project passes to Cython is not kept with what Cython generates. What can be told is read from
the generated file itself, from its metadata, and from the scripts of the project. This module uses the
standard library only, and no pip.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any, Iterable, Iterator, Mapping, NamedTuple

from . import build_scripts, cython_calls, cython_output
from .cython_calls import DIRECTIVE, INCLUDE, LEVEL, VARIABLE, Passed
from .cython_output import Source

_PYX = (".pyx", ".py")
_DECLARATIONS = (".pxd", ".pxi")
_MAKES_PACKAGES = ("__init__.py", "__init__.pyx", "__init__.pxd")

_METADATA = re.compile(
    r"/\* BEGIN: Cython Metadata\s*(\{.*?\n\})\s*END: Cython Metadata \*/", re.DOTALL
)
_POSITION = re.compile(r'^ ?/\* "([^"\n]+\.(?:pyx?|pxd))":\d+$', re.MULTILINE)
# The first of the names of files in tracebacks. That of declarations alone becomes a file, too.
_MAIN = re.compile(r'__pyx_f\[\]\s*=\s*\{\s*"([^"\n]+)"')
_MODULE_NAME = re.compile(r'^#define __Pyx_MODULE_NAME "([^"\n]+)"', re.MULTILINE)
_CPLUS = re.compile(r"#\s*error .*generated with the C\+\+ option")
_DIVISION = re.compile(r"#define CYTHON_FUTURE_DIVISION ([01])")
_UNICODE = re.compile(r"__pyx_(?:kp|n)_u_")
# Cython reads such comments only above the code.
_LEVEL_IN_SOURCE = re.compile(r"\A\ufeff?(?:\s*#.*\n)*?\s*#[ \t]*cython[ \t]*:.*\blanguage_level\b")
_IMPORTS_DIVISION = re.compile(
    r"^from __future__ import\b(?:(?:[^(\n]|\\\n)*?|\s*\((?:#.*\n|[^)#])*?)\bdivision\b", re.MULTILINE
)
_INCLUDES = re.compile(r"^\s*include\s+['\"]([^'\"\n]+)['\"]", re.MULTILINE)
_LEVELS = {"2": "-2", "3": "-3", "3str": "--3str"}


class GeneratedFile(NamedTuple):
    """One file that can be generated again.

    Args:
        target: The path of the C or C++ file relative to the root of the sources, with slashes.
        source: The path of what it is generated from, likewise.
        was: The version of Cython that generated it before.
        arguments: The arguments of Cython, relative to the root.
        problem: Why the project may pass others to Cython; "" if these are the ones.
    """

    target: str
    source: str
    was: str
    arguments: tuple[str, ...]
    problem: str = ""


class Found(NamedTuple):
    """The generated files of a source tree.

    Args:
        files: Those that can be generated again.
        left: The paths of those whose source is not there.
        included: The paths of those whose source is a part of another one, and not a module any more.
    """

    files: tuple[GeneratedFile, ...]
    left: tuple[str, ...]
    included: tuple[str, ...] = ()


def find(directory: str) -> Found:
    """Return the files in a source tree that Cython generated, with how to generate them again.

    Args:
        directory: The root of the sources.
    """
    found: list[GeneratedFile] = []
    left: list[str] = []
    included: list[str] = []
    calls = cython_calls.Calls()
    roots: tuple[str, ...] = ()
    parts: frozenset[str] = frozenset()
    for source in sorted(cython_output.sources_in(directory)):
        text = _read(directory, source.path)
        metadata = _metadata(text)
        path = _pyx(directory, source, metadata, text)
        if not path or os.path.islink(os.path.join(directory, source.path)):
            left.append(source.path)
            continue
        if not found and not included:
            calls, roots = build_scripts.read(directory), _roots(directory)
            parts = frozenset(_included(directory))
        if path in parts:
            included.append(source.path)
            continue
        noted = _module_name(metadata, text)
        module = _module(directory, path)
        passed = cython_calls.passed(calls, (path, source.path), noted or module)
        arguments = [*_level(source.cython, text, _read(directory, path), passed)]
        if _is_cplus(source.path, metadata, text):
            arguments.append("--cplus")
        for option, value in passed.settings.items():
            kind, _, name = option.partition(" ")
            if kind in (DIRECTIVE, VARIABLE):
                arguments += [kind, f"{name}={value}"]
        listed = [
            *(str(value) for option, value in passed.settings.items() if option.startswith(INCLUDE)),
            *_of_extension(metadata, "include_dirs"),
        ]
        for root in dict.fromkeys((*roots, *_inside(directory, listed))):
            arguments += ["-I", root]
        if noted and noted != module:
            # Old releases of Cython have no such option, and it is rarely needed.
            arguments += ["--module-name", noted]
        arguments += ["-o", source.path, path]
        problem = "; ".join(dict.fromkeys(passed.problems.values()))
        found.append(GeneratedFile(source.path, path, source.cython, tuple(arguments), problem))
    return Found(tuple(found), tuple(left), tuple(included))


def _included(directory: str) -> Iterator[str]:
    """Yield the paths that the sources of Cython in a tree include, as far as they are in it."""
    for path in cython_output.files_in(directory, (".pyx", ".pxi")):
        for name in _INCLUDES.findall(_read(directory, path)):
            for base in (path.rpartition("/")[0], ""):
                yield os.path.normpath(os.path.join(base, name)).replace(os.sep, "/")


def _read(directory: str, path: str) -> str:
    try:
        with open(os.path.join(directory, path), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _metadata(text: str) -> dict[str, Any]:
    """Return what cythonize() noted about the extension module; other ways to run Cython do not."""
    found = _METADATA.search(text)
    try:
        value = json.loads(found[1]) if found is not None else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _of_extension(metadata: Mapping[str, Any], name: str) -> list[str]:
    """Return a list in the part of the metadata that is about the extension module."""
    extension = metadata.get("distutils")
    value = extension.get(name) if isinstance(extension, dict) else None
    listed = value if isinstance(value, list) else [value]
    return [entry for entry in listed if isinstance(entry, str)]


def _pyx(directory: str, source: Source, metadata: Mapping[str, Any], text: str) -> str:
    """Return the path of what a file is generated from, or "" if that is not there."""
    stem = source.path.rpartition(".")[0]
    name = stem.rpartition("/")[2]
    main = _MAIN.search(text)
    # What lies beside it may be something else, such as the same module in plain Python.
    noted = os.path.splitext(os.path.basename(main[1])) if main is not None else ("", "")
    endings = (noted[1],) if noted in {(name, ending) for ending in (*_PYX, ".pxd")} else _PYX
    beside = [stem + ending for ending in endings]
    positions: list[str] = _POSITION.findall(text)
    named = (*_of_extension(metadata, "sources"), *dict.fromkeys(positions))
    elsewhere = [
        os.path.normpath(path).replace(os.sep, "/")
        for path in named
        if os.path.splitext(os.path.basename(path)) in {(name, ending) for ending in endings}
    ]
    for path in (*beside, *elsewhere):
        if _is_inside(path) and os.path.isfile(os.path.join(directory, path)):
            return path
    return ""


def _is_inside(path: str) -> bool:
    return not os.path.isabs(path) and path.partition("/")[0] != os.pardir


def _is_cplus(path: str, metadata: Mapping[str, Any], text: str) -> bool:
    return (
        not path.lower().endswith(".c")
        or _of_extension(metadata, "language") == ["c++"]
        or bool(_CPLUS.search(text))
    )


def _level(was: str, generated: str, pyx: str, passed: Passed) -> Iterator[str]:
    """Yield the option for the language level that a file was generated with.

    Cython 3 changed the default from 2 to 3str, and what a file says itself wins over the option. Where
    the files show it, it is no problem that the scripts do not.
    """
    if _LEVEL_IN_SOURCE.search(pyx):
        passed.problems.pop(LEVEL, None)
        return
    old = was.startswith("0.")
    told = str(passed.settings.get(LEVEL, ""))
    level = told if told in _LEVELS else ""
    division = _DIVISION.search(generated)
    if division is not None and not _IMPORTS_DIVISION.search(pyx):
        passed.problems.pop(LEVEL, None)
        # It is part of levels above 2.
        if division[1] == "0":
            level = "2"
        elif level in ("", "2"):
            # Cython 3.1 names every text in this way.
            level = "3" if old and _UNICODE.search(generated) else "3str"
    yield _LEVELS[level or ("2" if old else "3str")]


def _roots(directory: str) -> tuple[str, ...]:
    """Return the directories from which the declarations of a project are found, the root first."""
    roots = {os.curdir}
    for path in cython_output.files_in(directory, _DECLARATIONS):
        folder = path.rpartition("/")[0]
        while folder and _is_package(directory, folder):
            folder = folder.rpartition("/")[0]
        roots.add(folder or os.curdir)
    return tuple(sorted(roots))


def _is_package(directory: str, folder: str) -> bool:
    return any(os.path.isfile(os.path.join(directory, folder, name)) for name in _MAKES_PACKAGES)


def _inside(directory: str, paths: Iterable[str]) -> Iterator[str]:
    """Yield those directories that are in the sources; others were on the machine of the author."""
    for path in paths:
        plain = os.path.normpath(path).replace(os.sep, "/")
        if _is_inside(plain) and os.path.isdir(os.path.join(directory, plain)):
            yield plain


def _module_name(metadata: Mapping[str, Any], text: str) -> str:
    """Return the full name of the module that a generated file is for, or "" if it does not say it.

    The name of the function by which Python initialises the module depends on it.
    """
    noted = metadata.get("module_name")
    if isinstance(noted, str) and noted:
        return noted
    defined = _MODULE_NAME.search(text)
    return defined[1] if defined is not None else ""


def _module(directory: str, path: str) -> str:
    """Return the full name of a module as Cython takes it from the packages around its source."""
    folder, _, name = path.rpartition("/")
    parts = [name.rpartition(".")[0]]
    while folder and _is_package(directory, folder):
        folder, _, package = folder.rpartition("/")
        parts.insert(0, package)
    return ".".join(parts)
