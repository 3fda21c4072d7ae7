"""What of pip's own objects decides how a build environment is filled, beyond the requirements.

pip reveals its options only one by one, and each release has more of them. So everything that a finder
reveals counts: an option that is counted without need costs a pip that is started once more.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Iterable

from .file_urls import path_of

if TYPE_CHECKING:
    from .protocols import BuildEnvironment, PackageFinder

# The two sets of names of a FormatControl, and of a ReleaseControl (26.0).
_PAIRS_OF_SETS = (("no_binary", "only_binary"), ("all_releases", "only_final"))


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


def options_of(environment: BuildEnvironment, finder: PackageFinder | None) -> list[str] | None:
    """Return the options with which pip fills a build environment.

    Args:
        environment: pip's build environment.
        finder: The finder that pip passes with each call (up to 25.1); None if its installer has one.

    Returns:
        The options, each with its value; None if they are not where known pips have them.
    """
    finder = finder or _finder_of(environment)
    if finder is None:
        return None
    installer = installer_of(environment)
    found = [f"installer={type(installer).__name__}"]
    for limit in getattr(installer, "_build_constraints", None) or ():
        found.append(f"build-constraint={limit}")
    kind = type(finder)
    revealed = {name for name in dir(kind) if isinstance(getattr(kind, name), property)}
    for name in sorted({*revealed, *vars(finder)}):
        if not name.startswith("_"):
            found.extend(f"{name}={value}" for value in _spelt(getattr(finder, name)))
    return found


def local_places_of(environment: BuildEnvironment, finder: PackageFinder | None) -> list[str]:
    """Return the files and directories in which pip looks for distributions (``--find-links``).

    Args:
        environment: pip's build environment.
        finder: As for ``options_of``.
    """
    links: Iterable[str] = getattr(finder or _finder_of(environment), "find_links", None) or ()
    return [path for path in (path_of(link) or link for link in links) if os.path.exists(path)]


def installer_of(environment: BuildEnvironment) -> object:
    return getattr(environment, "installer", None) or getattr(environment, "_installer", None)


def _finder_of(environment: BuildEnvironment) -> PackageFinder | None:
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
