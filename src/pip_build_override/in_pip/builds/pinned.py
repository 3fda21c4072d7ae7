"""A run-time requirement that a rule narrows, once the version that is built with is known."""

from __future__ import annotations

from typing import NamedTuple


class Pinned(NamedTuple):
    """A run-time requirement, once the version that the package is built with is known.

    Args:
        name: The normalised name of the requirement.
        version: The version that the package is built with.
        specifier: What the requirement is narrowed to.
        where: The file and table of the rule.
    """

    name: str
    version: str
    specifier: str
    where: str
