"""Limits of the user for every package, which a table with a rule for the same name would set aside."""

from __future__ import annotations

from typing import Iterator

from ..diagnosis.bounds import tightest
from ..rules import Overrides
from ..rules.standards import normalise
from ..rules.tables import Table as ReadTable
from ..rules.written import Table
from .tables import within


def with_limits(table: Table, package: str, overrides: Overrides) -> Table:
    """Return the rules that were found for a package, within the user's limits for every package.

    Args:
        table: The rules.
        package: The name of the package.
        overrides: The overrides file of the user.

    Raises:
        Contradiction: If no version satisfies a rule and such a limit.
    """
    # What the user says of the package itself wins anyway.
    own = {name for each in overrides.named_tables(package) for name in _names(each)}
    limits: dict[str, str] = {}
    for each in overrides.tables:
        for limit in each.constrain if each.name == "*" else ():
            if limit.specifier and not limit.marker and limit.name not in own:
                limits[limit.name] = tightest(
                    [*filter(None, [limits.get(limit.name)]), limit.specifier]
                )
    limits.pop(normalise(package), None)
    return within(table, limits)


def _names(table: ReadTable) -> Iterator[str]:
    yield from (name for name, _ in table.replace)
    yield from (each.name for each in table.remove)
    yield from (each.name for each in (*table.add, *(table.requires or ())))
    yield from (each.name for each in table.constrain)
