"""Whether a distribution that pip installed hides all of another version, which the target has.

What comes first on ``sys.path`` does not hide all that is behind it. A regular package hides what has
the same name, but a namespace package does not (PEP 420); the ``.pth`` files of each directory are
read; and commands, headers and data are not found by ``sys.path``.
"""

from __future__ import annotations

import configparser
import csv
import os
import sys
from importlib.machinery import all_suffixes
from typing import Iterable, Iterator, Sequence

from ..target.installed import Copy

# A package whose __init__.py calls one of them also contains what later directories have of it.
_EXTENDS_PATH = (b"extend_path", b"declare_namespace")
_COMMANDS = ("console_scripts", "gui_scripts")
_LISTED = 3


def what_is_left(front: Copy, behind: Copy, directories: Sequence[str]) -> str:
    """Return which part of a distribution can still be reached, as a clause; "" if none can.

    Args:
        front: The version that was installed for the build.
        behind: The version that the target has.
        directories: The library directories of the target.
    """
    if front.version == behind.version and front.digest and front.digest == behind.digest:
        return ""
    if behind.has_files_elsewhere:
        return "it is an editable installation, whose sources can still be imported"
    inside, outside = _files(behind, directories)
    if not inside:
        return "it has no RECORD, so it is not known what it consists of"
    return _of_modules(front, inside) or _of_others(front, behind, outside)


def _of_modules(front: Copy, inside: Sequence[str]) -> str:
    paths = sorted(path for path in inside if "/" not in path and path.endswith((".pth", ".egg-link")))
    if paths:
        return f"Python still reads its {_shown(paths)}"
    own = {path for path in _files(front)[0] if os.path.isfile(front.path_of(path))}
    left = sorted(top for top in set(_tops(inside)) if not any(_regular(top, own)))
    if left:
        return f"{_shown(left)} could still be imported"
    for top in sorted(set(_tops(inside))):
        package = f"{top}/__init__.py"
        if package in own and _extends_path(front.path_of(package)):
            return f"modules in its {top} could still be imported, because {package} extends its path"
    return ""


def _of_others(front: Copy, behind: Copy, outside: Sequence[str]) -> str:
    try:
        points = _entry_points(behind)
        own_points = _entry_points(front) if sys.version_info < (3, 10) else points
    except ValueError:
        return "its entry_points.txt, or that of the other version, cannot be read"
    commands = {name for name, _, group in points if group in _COMMANDS}
    commands.update(filter(None, map(_command, outside)))
    there = set(filter(None, map(_command, _files(front)[1])))
    if commands - there:
        return f"its commands would still be found: {_shown(sorted(commands - there))}"
    others = sorted(path for path in outside if not _command(path))
    if others:
        return f"its files outside of the library directory would still be found: {_shown(others)}"
    # From Python 3.10, only those of the first distribution of a name are listed.
    listed = [f"{name} = {value} in {group}" for name, value, group in sorted(points - own_points)]
    return (
        f"this version of Python would still list its entry points: {_shown(listed)}" if listed else ""
    )


def _files(copy: Copy, directories: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """Return the files in a RECORD: those in a library directory, relative to it, and all others."""
    inside, outside = [], []
    # A project on the path may contain the environment.
    site = os.path.join(os.path.normpath(copy.site), "")
    places = [os.path.join(os.path.normpath(place), "") for place in directories]
    places = [site, *(place for place in places if not site.startswith(place))]
    for path in _recorded(copy):
        full = os.path.normpath(os.path.join(copy.site, path))
        if "__pycache__" in path.split("/"):
            continue
        for place in places:
            if full.startswith(place):
                inside.append(full[len(place) :].replace(os.sep, "/"))
                break
        else:
            outside.append(path)
    return inside, outside


def _recorded(copy: Copy) -> Iterator[str]:
    try:
        rows = list(csv.reader((copy.distribution.read_text("RECORD") or "").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error):
        return
    yield from (row[0].replace("\\", "/") for row in rows if row and row[0])


def _tops(inside: Iterable[str]) -> Iterator[str]:
    """Yield the names that can be imported: modules, packages, and directories with any content."""
    for path in inside:
        top, slash, _ = path.partition("/")
        for suffix in () if slash else all_suffixes():
            if top.endswith(suffix) and top[: -len(suffix)].isidentifier():
                yield top[: -len(suffix)]
        if slash and top.isidentifier():
            yield top


def _regular(top: str, own: set[str]) -> Iterator[bool]:
    for suffix in all_suffixes():
        yield f"{top}{suffix}" in own
        yield f"{top}/__init__{suffix}" in own


def _extends_path(path: str) -> bool:
    with open(path, "rb") as file:
        text = file.read()
    return any(name in text for name in _EXTENDS_PATH)


def _command(path: str) -> str:
    """Return the name of the command that a file outside of a library directory is, or ""."""
    parts = [part for part in path.split("/") if part != ".."]
    if os.path.isabs(path):
        parts = parts[-2:]
    if len(parts) != 2 or parts[0] not in ("bin", "Scripts"):
        return ""
    name = parts[1]
    return name[: -len(".exe")] if name.endswith(".exe") else name


def _entry_points(copy: Copy) -> set[tuple[str, str, str]]:
    """Return the names, values and groups of entry points.

    Raises:
        ValueError: If they cannot be read.
    """
    try:
        return {(point.name, point.value, point.group) for point in copy.distribution.entry_points}
    except (configparser.Error, AttributeError, TypeError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error


def _shown(names: Sequence[str]) -> str:
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")
