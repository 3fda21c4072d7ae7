"""The key under which a wheel of a matrix is kept: all that decides what would be built."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import stat
from typing import Any, Iterator, Mapping, Sequence

from .. import __version__
from ..command_line import CommandLine
from ..errors import OverrideError
from ..files import sha256_of_file, unique
from ..frozen import Frozen
from ..rules.tables import ENVIRONMENT, SEES_TARGET, TARGET, Alternative, Overrides
from .build_variables import deciding
from .interpreter_facts import Facts
from .sdist import Sdist


def key_of(
    sdist: Sdist,
    facts: Facts,
    built: Sequence[tuple[str, str]],
    nightly: Sequence[str],
    overrides: Overrides,
    rules: CommandLine,
    environment: Mapping[str, str],
    run: str = "",
) -> str:
    """Return the key of the wheel of one build.

    The wheel of a build with the same key is used instead of building again. So the key has all that
    the user decides: the sources, the interpreter and its pip, the versions to build against, the
    rules, pip's settings, and the environment variables that are known to change builds. It does not
    have what an index decides: the newest setuptools, or a Cython that nobody pins, may be another one
    next week. With those in the key a project that has not changed would be built again and again. The
    record in the wheel says what it was built with, and is shown; to have it built with what is new,
    remove the directory of the wheels.

    Args:
        sdist: The sources.
        facts: What is known of the interpreter.
        built: Names and versions to build against.
        nightly: Which of these names come from the index of nightly builds.
        overrides: The rules of the user's file.
        rules: The rules of a ``run`` above.
        environment: The environment variables.
        run: The present run; "" if it has no name. A build with ``system-site-packages`` or
            ``build-environment`` uses what nobody can know, so its wheel is for this run only.

    Raises:
        OverrideError: If a file that a rule names cannot be read.
    """
    parts: list[Any] = [
        __version__,
        [sdist.name, sdist.version, sdist.digest],
        [sorted(_lasting(facts.markers).items()), facts.abi, facts.pip],
        facts.installed if _asks_for_what_is_installed(overrides, rules) else None,
        (run or unique()) if _uses_what_exists(overrides) else None,
        [sorted(map(list, built)), sorted(nightly)],
        _rules(overrides),
        rules.dump(),
        [[line, *_contents(line)] for line in facts.settings],
        [list(each) for each in deciding(environment, sdist.name)],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _lasting(markers: Mapping[str, str]) -> dict[str, str]:
    # An update of the kernel changes no build.
    left_out = ("platform_release", "platform_version")
    return {name: value for name, value in markers.items() if name not in left_out}


def _rules(overrides: Overrides) -> Any:
    """Return what the rules of a file say, wherever they are: comments and tables for others aside."""
    tables = [
        {name: value for name, value in _plain(table).items() if name not in ("where", "reason")}
        for table in overrides.tables
    ]
    settings = [overrides.form, overrides.unused, overrides.generated]
    paths = sorted(
        {entry.path for table in overrides.tables for entry in _entries(table) if entry.path}
    )
    return [tables, settings, [[path, _content_of_path(path)] for path in paths]]


def _plain(value: Any) -> Any:
    if isinstance(value, Frozen):
        return {name: _plain(entry) for name, entry in vars(value).items()}
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value


def _entries(value: Any) -> Iterator[Alternative]:
    """Yield the requirements in a table, in whichever of its rules."""
    if isinstance(value, Alternative):
        yield value
    elif isinstance(value, Frozen):
        for each in vars(value).values():
            yield from _entries(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from _entries(each)


def _asks_for_what_is_installed(overrides: Overrides, rules: CommandLine) -> bool:
    sources = (entry.source for table in overrides.tables for entry in _entries(table))
    from_target = any(source is not None and source.origin == TARGET for source in sources)
    # NAME@target and NAME@borrow are the sources of a command line.
    return from_target or any("@" in text for text in rules.set)


def _uses_what_exists(overrides: Overrides) -> bool:
    used = (key for table in overrides.tables for key, _, _ in table.settings)
    return any(key in (SEES_TARGET, ENVIRONMENT) for key in used)


def _content_of_path(path: str) -> str:
    """Return a hash of a file, or of all that is in a directory."""
    try:
        if not os.path.isdir(path):
            return sha256_of_file(path)
        found = []
        for root, directories, files in os.walk(path):
            directories[:] = sorted(each for each in directories if each not in (".git", "__pycache__"))
            for name in sorted(files):
                file = os.path.join(root, name)
                status = os.lstat(file)
                linked = os.readlink(file) if stat.S_ISLNK(status.st_mode) else ""
                digest = sha256_of_file(file) if stat.S_ISREG(status.st_mode) else ""
                found.append([os.path.relpath(file, path), status.st_mode & 0o111, linked, digest])
    except OSError as error:
        raise OverrideError(
            f"{path}, which the overrides file names, cannot be read: {error.strerror}",
            kind="unreadable-file",
            hint=f"make {shlex.quote(path)} readable, or name another one",
        ) from None
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


def _contents(setting: str) -> list[str]:
    """Return hashes of the constraints files that a setting of pip names."""
    name, _, value = setting.partition("=")
    if not name.strip().lower().replace("_", "-").endswith("constraint"):
        return []
    # As Python writes a text, with each path on a line of its own.
    paths = value.strip().strip("'\"").replace("\\n", " ").split()
    return [_constraints(path, frozenset()) for path in paths]


def _constraints(path: str, above: frozenset[str]) -> str:
    """Return a hash of a constraints file, and of those that it names."""
    path = os.path.abspath(path)
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        # A URL; or a file that pip will not find, which it says better.
        return ""
    digest = hashlib.sha256("\n".join(lines).encode())
    for words in map(str.split, lines):
        if words[:1] in (["-c"], ["-r"], ["--constraint"], ["--requirement"]) and len(words) > 1:
            inner = os.path.join(os.path.dirname(path), words[1])
            if inner not in above:
                digest.update(_constraints(inner, above | {path}).encode())
    return digest.hexdigest()
