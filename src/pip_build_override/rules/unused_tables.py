"""Tables that no build of a run used, and the built packages that they may have been meant for.

Each pip reports them for itself; ``run`` reports them for all pips that it started.
"""

from __future__ import annotations

# Imported here, not only in did_you_mean: pip 26.3 allows no import once it has installed something.
import difflib  # noqa: F401 - for did_you_mean
from typing import Iterable, Iterator, Sequence

from ..frozen import Frozen
from .place import did_you_mean, listing
from .standards import in_order, normalise

_SHOWN = 5
# A file for many packages may have thousands of tables.
_TABLES_SHOWN = 20


class Unused(Frozen):
    """A table for a named package that none of the builds used.

    Attributes:
        where: Name in messages, such as ``package.pyworld``.
        name: Normalised name of the package that it is for.
    """

    where: str
    name: str

    def described(self, built: Sequence[tuple[str, str]]) -> str:
        """Return the table and what it may have been meant for.

        Args:
            built: Name and version of each package that was built.
        """
        versions = in_order({version for name, version in built if normalise(name) == self.name})
        if versions:
            # The table is for other versions.
            label = " ".join(filter(None, (self.name, listing(versions))))
            return f"{self.where} (this run built {label})"
        near = did_you_mean(self.name, sorted({normalise(name) for name, _ in built}))
        return f"{self.where} (did you mean {near}?)" if near else self.where


def described(unused: Iterable[Unused], built: Sequence[tuple[str, str]]) -> str:
    """Return the unused tables as a list for a message, if they are many the first ones of it.

    First come those that may have been meant for a package that was built.
    """
    texts = [(table.described(built), table.where) for table in unused]
    # Stable, so in the order of the file otherwise.
    texts.sort(key=lambda pair: pair[0] == pair[1])
    more = len(texts) - _TABLES_SHOWN
    shown = ", ".join(text for text, _ in texts[:_TABLES_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def message(unused: Sequence[Unused], built: Sequence[tuple[str, str]]) -> str:
    """Return the message for a run that built packages but used none of the tables.

    Args:
        unused: The tables for named packages.
        built: Name and version of each package that was built; not empty.
    """
    labels = sorted({" ".join(filter(None, pair)) for pair in built})
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    return (
        "packages were built, but no table for a named package was used:"
        f" {described(unused, built)}; built: {', '.join(labels[:_SHOWN])}{more}"
    )


def unused_hint(unused: Iterable[Unused], built: Sequence[tuple[str, str]]) -> str:
    """Return the hint for tables of which none was used.

    Args:
        unused: The tables for named packages.
        built: Name and version of each package that was built.
    """
    names = {normalise(name) for name, _ in built}
    versions = [table.where for table in unused if table.name in names]
    others = [table.where for table in unused if table.name not in names]
    return ", and ".join([*_versions_hint(versions), *_name_hint(others)])


def _versions_hint(tables: list[str]) -> Iterator[str]:
    if tables:
        yield f"change the versions of {_some(tables)} to those of a build"


def _name_hint(tables: list[str]) -> Iterator[str]:
    if tables:
        yield f"put the name of a package that is built into {_some(tables)}"


def _some(tables: list[str]) -> str:
    more = len(tables) - _TABLES_SHOWN
    return listing([*tables[:_TABLES_SHOWN], f"{more} more"] if more > 0 else tables)
