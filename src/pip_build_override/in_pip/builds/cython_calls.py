"""What is passed to Cython for one file, by the calls in the scripts of its project.

What cannot be read, or is not the same in all calls that may be for a file, is a problem, and nothing
is assumed instead. This module uses the standard library only, and no pip.
"""

from __future__ import annotations

import fnmatch
import os
from typing import Any, Dict, Iterable, NamedTuple

LEVEL = "language_level"
DIRECTIVE, VARIABLE, INCLUDE = "-X", "-E", "-I"

UNKNOWN = object()
"""The value of an option that is not written in a script as a literal."""

Options = Dict[str, Any]
"""Values by option: LEVEL, or an option of Cython's command and a name, separated by a space."""


class Call(NamedTuple):
    """What one place in a script passes to Cython.

    Args:
        place: Its file and line, and the function, attribute or command there.
        names: Strings in what it is for: paths, patterns or names of modules.
        is_closed: Whether it is for nothing else.
        settings: What it passes.
    """

    place: str
    names: frozenset[str]
    is_closed: bool
    settings: Options


class Calls(NamedTuple):
    """What all scripts of a project pass to Cython.

    Args:
        defaults: What is set for all modules.
        of_attributes: What is set for the extension modules that a variable stands for.
        of_functions: The calls of ``cythonize()`` and the like.
        of_extensions: The calls of ``Extension()``.
    """

    defaults: tuple[Call, ...] = ()
    of_attributes: tuple[Call, ...] = ()
    of_functions: tuple[Call, ...] = ()
    of_extensions: tuple[Call, ...] = ()


class Passed(NamedTuple):
    """What is passed to Cython for one file.

    Args:
        settings: The options that are known.
        problems: Why each of the others is not known, by option.
    """

    settings: Options
    problems: dict[str, str]


def passed(calls: Calls, paths: Iterable[str], module: str) -> Passed:
    """Return what is passed to Cython for one file.

    Args:
        calls: What all scripts pass.
        paths: The paths of the source and of the generated file, with slashes.
        module: The full name of the module.
    """
    found = Passed({}, {})
    names = frozenset((*paths, *(path.rpartition(".")[0] for path in paths), module))
    places: dict[str, str] = {}
    for layer in calls:
        relevant = [call for call in layer if not call.is_closed or _is_for(call, names)]
        for option in sorted({option for call in relevant for option in call.settings}):
            first, *others = sorted(relevant, key=lambda call: option not in call.settings)
            value = first.settings[option]
            unknown = [call for call in relevant if call.settings.get(option) is UNKNOWN]
            differing = [one for one in others if str(one.settings.get(option, UNKNOWN)) != str(value)]
            if str(found.settings.get(option, value)) != str(value):
                differing = [first._replace(place=places[option])]
            if unknown:
                found.problems[option] = (
                    f"{unknown[0].place} is given {_shown(option)}, but not as a literal"
                )
            elif differing and not option.startswith(INCLUDE):
                found.problems[option] = (
                    f"{first.place} and {differing[0].place} are given different {_shown(option)}, and"
                    " either may be for this file"
                )
            found.settings[option], places[option] = value, first.place
    for option in found.problems:
        del found.settings[option]
    return found


def _shown(option: str) -> str:
    kind, _, name = option.partition(" ")
    words = {DIRECTIVE: "compiler_directives", VARIABLE: "compile_time_env", INCLUDE: "include_path"}
    return f"{words.get(kind, kind)}" + (f" ({name})" if name else "")


def _is_for(call: Call, names: frozenset[str]) -> bool:
    for text in call.names:
        pattern = os.path.normpath(text).replace(os.sep, "/") if text else ""
        for name in names:
            # It may be relative to a directory that is named elsewhere.
            if fnmatch.fnmatchcase(name, pattern) or name.endswith("/" + pattern):
                return True
    return False
