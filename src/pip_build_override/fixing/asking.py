"""Asks the pip of a command that failed which releases it finds."""

from __future__ import annotations

from typing import Iterable

from packaging.version import Version

from .. import asking_pip
from ..diagnosis.failed_command import FailedCommand
from ..releases import Release
from ..rules.standards import normalise


def releases_of(command: FailedCommand, names: Iterable[str]) -> dict[str, tuple[Release, ...]]:
    """Return the releases of distributions, the oldest first, as that command would find them.

    Args:
        command: The command.
        names: The names of the distributions.

    Returns:
        The releases by normalised name; none for a distribution that is on no index.

    Raises:
        OverrideError: If the pip has no answer.
    """
    wanted = list(dict.fromkeys(map(normalise, names)))
    if not wanted:
        return {}
    found = asking_pip.ask_for_releases(
        command.python,
        wanted,
        options=command.options_of_finder,
        pip=(command.pip,),
        directory=command.directory or None,
    ).releases
    return {
        name: tuple(sorted(found.get(name, ()), key=lambda release: Version(release.version)))
        for name in wanted
    }
