"""Requirement lines (PEP 508) read leniently: what is wrong with one is for pip to say.

What packages declare, and what logs and metadata contain, is read here. The rules of the user are read
strictly, by ``reading.requirement``.
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
    """The parts of a requirement, each as it is written; those that it does not have are empty.

    Attributes:
        name: normalised.
        specifier: without brackets around it.
    """

    name: str
    extras: frozenset[str] = frozenset()
    specifier: str = ""
    url: str = ""
    marker: str = ""

    def holds(self, environment: Mapping[str, str], extras: Iterable[str] = ()) -> bool:
        """Return whether the requirement applies, without or with one of some extras.

        Args:
            environment: of the interpreter, as packaging's ``default_environment()``.
            extras: those of the package that has the requirement which are asked for.

        Raises:
            ValueError: if its marker cannot be read, or compares what has no order.
        """
        return any(marker_holds(self.marker, environment, extra) for extra in ("", *extras))

    def applies(self, environment: Mapping[str, str], extras: Iterable[str] = ()) -> bool:
        """Return whether the requirement applies; if its marker cannot be evaluated, it does."""
        try:
            return self.holds(environment, extras)
        except ValueError:
            return True


def parts_of(line: str) -> Parts:
    """Read a requirement; one that does not begin with a name has no parts at all."""
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
    # A URL takes in every ; that has no blank before it (PEP 508).
    end = _END_OF_URL.search(rest)
    assert end is not None
    url, marker = rest[1 : end.start()].strip(), rest[end.end() :].strip()
    return Parts(normalise(match[1]), extras, "", url, marker)


def name_of(line: str) -> str:
    """Return the normalised name of a requirement, "" if it does not begin with one."""
    match = _LINE.fullmatch(line)
    return normalise(match[1]) if match is not None else ""
