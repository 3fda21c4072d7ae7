"""What comes of a search: the rules for a package, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass

from ..rules.written import Table

SIGNATURE = "signature"
MODULE = "missing module"
GENERATED = "generated sources"
MOMENT = "moment"
SEARCH = "search"


@dataclass(frozen=True)
class Fixed:
    """The rules with which a package builds and can be imported.

    Attributes:
        package: Name of the package that the table is for, as written.
        version: The version that was built.
        table: The rules, with a ``reason``.
        means: How they were found: ``SIGNATURE``, ``MODULE``, ``GENERATED``, ``MOMENT`` or ``SEARCH``.
        complete: False if the search ended before it was known that no fewer or looser rules do.
    """

    package: str
    version: str
    table: Table
    means: str
    complete: bool = True


@dataclass(frozen=True)
class NotFixed:
    """Why no rules were found.

    Attributes:
        reason: Why, as the rest of a sentence about the package.
        ruled_out: What was tried, as the user was told when it was.
        hint: What else the user can do.
    """

    reason: str
    ruled_out: tuple[str, ...] = ()
    hint: str = ""
