"""What of pip's own objects decides how a build environment is filled, beyond the requirements.

pip reveals its options only one by one, and each release has more of them. So everything that a finder
reveals counts: an option that is counted without need costs a pip that is started once more.
"""

from __future__ import annotations

import contextlib
import io
import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, Iterable, NamedTuple, Sequence

from .file_urls import path_of

if TYPE_CHECKING:
    from .protocols import BuildEnvironment, PackageFinder

# Options that name files with requirements or constraints, and those that name an index.
_LISTS = ("constraints", "build_constraints", "requirements", "requirements_from_scripts")
_INDEXES = ("index_url", "extra_index_urls")
# Options for the place of what is installed, some of which pip combines with the one that it passes.
_DIRECTORIES = ("root_path", "target_dir", "prefix_path", "use_user_site")
# The two sets of names of a FormatControl, and of a ReleaseControl (26.0).
_PAIRS_OF_SETS = (("no_binary", "only_binary"), ("all_releases", "only_final"))


class Options(NamedTuple):
    """All options that a pip which fills a build environment follows.

    Args:
        shown: The options, each with its value.
        places: The local files and directories in which pip looks for distributions.
        lists: The local files with requirements or constraints.
        elsewhere: Whether they have pip install into another directory than it is told to.
    """

    shown: list[str]
    places: list[str]
    lists: list[str]
    elsewhere: bool


class Parsed(NamedTuple):
    """A command line that pip has parsed, of ``pip install``; Any, because these are pip's types."""

    command: Any
    values: Any
    requirements: list[str]


def parsed(arguments: Sequence[str]) -> Parsed | None:
    """Parse a command line for another pip as that one would, with environment variables and files.

    Args:
        arguments: The arguments of ``pip install``.

    Returns:
        What pip has parsed; None if it is not valid, which is for the other pip to say.
    """
    command: Any = import_module("pip._internal.commands.install").InstallCommand("install", "")
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            values, requirements = command.parse_args(list(arguments))
    except SystemExit:
        return None
    return Parsed(command, values, requirements)


def places_of_pass(environment: BuildEnvironment, name: str) -> tuple[str, str] | None:
    """Return the directory of a build environment, and the one that a pass installs into.

    Args:
        environment: pip's build environment.
        name: The name of the pass.

    Returns:
        Both, which are the same for a virtual environment with an interpreter of its own; None if they
        are not where known pips have them.
    """
    prefixes = getattr(environment, "_prefixes", None)
    if prefixes is None:
        place = getattr(environment, "_env_path", None)
        return (place, place) if isinstance(place, str) and os.path.isabs(place) else None
    place = getattr(prefixes.get(name), "path", None)
    return (os.path.dirname(place), place) if isinstance(place, str) and os.path.isabs(place) else None


def options_of(environment: BuildEnvironment, finder: PackageFinder | None) -> Options | None:
    """Return the options with which pip fills a build environment.

    Those that it passes on are revealed by its finder. The pip that it starts also reads environment
    variables and configuration files, which a build may have changed, in sections of its own.

    Args:
        environment: pip's build environment.
        finder: The finder that pip passes with each call (up to 25.1); None if its installer has one.

    Returns:
        The options; None if they are not where known pips have them, or if an index is a local
        directory, of which nobody knows whether a build has changed it.
    """
    finder = finder or finder_of(environment)
    told = parsed(())
    if finder is None or told is None:
        return None
    installer = installer_of(environment)
    limits = [str(limit) for limit in getattr(installer, "_build_constraints", None) or ()]
    shown = [f"installer={type(installer).__name__}"]
    shown.extend(f"build-constraint={limit}" for limit in limits)
    kind = type(finder)
    revealed = {name for name in dir(kind) if isinstance(getattr(kind, name), property)}
    for name in sorted({*revealed, *vars(finder)}):
        if not name.startswith("_"):
            shown.extend(f"{name}={value}" for value in _spelt(getattr(finder, name)))
    for name, value in sorted(vars(told.values).items()):
        shown.extend(f"told {name}={text}" for text in _spelt(value))
    indexes = _named(told.values, *_INDEXES) + list(getattr(finder, "index_urls", ()))
    if any(local_path(index) for index in indexes):
        return None
    links = [*(getattr(finder, "find_links", None) or ()), *_named(told.values, "find_links")]
    places = filter(None, map(local_path, links))
    lists = filter(None, map(local_path, [*limits, *_named(told.values, *_LISTS)]))
    elsewhere = any(getattr(told.values, name, None) for name in _DIRECTORIES)
    return Options(shown, list(dict.fromkeys(places)), list(dict.fromkeys(lists)), elsewhere)


def local_path(place: str) -> str:
    """Return the local path that an option names, by itself or as a URL; "" if there is none."""
    path = path_of(place) or os.path.expanduser(place)
    return path if os.path.exists(path) else ""


def _named(values: object, *options: str) -> list[str]:
    """Return what some options name, of which each has one value or a list of them."""
    found: list[str] = []
    for option in options:
        value = getattr(values, option, None) or []
        found.extend([value] if isinstance(value, str) else map(str, value))
    return found


def installer_of(environment: BuildEnvironment) -> object:
    return getattr(environment, "installer", None) or getattr(environment, "_installer", None)


def finder_of(environment: BuildEnvironment) -> PackageFinder | None:
    """Return the finder of the pip for which a build environment is filled."""
    installer = installer_of(environment)
    found: PackageFinder | None = getattr(installer, "finder", None) or getattr(
        installer, "_finder", None
    )
    return found


def _spelt(value: object) -> list[str]:
    """Return the value of an option; nothing for an object that pip makes of several options."""
    for pair in _PAIRS_OF_SETS:
        if all(hasattr(value, name) for name in pair):
            parts = [f"{name} {sorted(getattr(value, name))}" for name in pair]
            # The order in which they were given decides for names that are in several options.
            in_order = getattr(value, "get_ordered_args", list)
            return [*parts, repr(list(in_order()))]
    if isinstance(value, (set, frozenset)):
        return [repr(sorted(map(repr, value)))]
    if not isinstance(value, str) and isinstance(value, Iterable):
        return [repr(list(value))]
    shown = repr(value)
    return [shown] if " at 0x" not in shown else []
