"""A lenient reader of requirement lines (PEP 508), which leaves it to pip to report errors.

It reads the requirements in package declarations, logs and metadata. ``reading.requirement`` reads the
user's rules, and is strict.
"""

from __future__ import annotations

import re
from typing import Iterable, Mapping

from ..frozen import Frozen
from ..patterns import pattern
from .standards import NAME, marker_holds, normalise

_LINE = pattern(rf"\s*({NAME})\s*(?:\[([^\]]*)\])?\s*(.*)", re.DOTALL)
_END_OF_URL = pattern(r"\s;|$")


class Parts(Frozen):
    """The parts of a requirement, as written; missing parts are empty.

    Attributes:
        name: Normalised name.
        specifier: Specifier without surrounding parentheses.
    """

    name: str
    extras: frozenset[str] = frozenset()
    specifier: str = ""
    url: str = ""
    marker: str = ""

    def holds(self, environment: Mapping[str, str], extras: Iterable[str] = ()) -> bool:
        """Return whether the requirement applies without an extra, or with any of the given extras.

        Args:
            environment: Marker environment of the interpreter, as from packaging's
                ``default_environment()``.
            extras: Requested extras of the package that has the requirement.

        Raises:
            ValueError: If its marker cannot be read, or compares values that have no order.
        """
        return any(marker_holds(self.marker, environment, extra) for extra in ("", *extras))

    def applies(self, environment: Mapping[str, str], extras: Iterable[str] = ()) -> bool:
        """Return whether the requirement applies; it does if its marker cannot be evaluated."""
        try:
            return self.holds(environment, extras)
        except ValueError:
            return True


def parts_of(line: str) -> Parts:
    """Return the parts of a requirement; all are empty if it does not begin with a name."""
    match = _LINE.fullmatch(line)
    if match is None:
        return Parts("")
    extras = frozenset(filter(None, (extra.strip() for extra in (match[2] or "").split(","))))
    rest = match[3]
    if not rest.startswith("@"):
        specifier, _, marker = rest.partition(";")
        return Parts(
            normalise(match[1]), extras, specifier.strip().strip("()").strip(), "", marker.strip()
        )
    # A ; without a blank before it is a part of the URL (PEP 508).
    end = _END_OF_URL.search(rest)
    assert end is not None
    url, marker = rest[1 : end.start()].strip(), rest[end.end() :].strip()
    return Parts(normalise(match[1]), extras, "", url, marker)


def name_of(line: str) -> str:
    """Return the normalised name of a requirement, or "" if it does not begin with one."""
    match = _LINE.fullmatch(line)
    return normalise(match[1]) if match is not None else ""
