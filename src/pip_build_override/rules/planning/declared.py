"""What a package declares that it needs to be built, line by line."""

from __future__ import annotations

import re
from typing import Iterable, Mapping

from ...frozen import Frozen
from ...patterns import pattern
from ..standards import NAME, is_specifier, marker_holds, normalise

_LINE = pattern(rf"\s*({NAME})\s*(?:\[([^\]]*)\])?\s*(.*)", re.DOTALL)


class Declared(Frozen):
    """The build requirements of a package as they are declared.

    :param static: ``[build-system] requires`` (PEP 518), or what pip assumes without it.
    :param hook: returned by the backend's ``get_requires_for_build_*`` (PEP 517); None where it
        has not been asked yet.
    :param expected: what that hook returned before, for a package that is prepared once more.
    """

    static: tuple[str, ...]
    hook: tuple[str, ...] | None = None
    expected: tuple[str, ...] = ()


class Line(Frozen):
    """One declared requirement.

    :param name: normalised.
    :param applies: whether its marker holds for the interpreter that builds.
    :param specifier: empty where it has none, or a URL.
    :param unread: whether its marker cannot be evaluated; it then applies, as far as is known.
    """

    text: str
    name: str
    extras: frozenset[str]
    applies: bool
    specifier: str = ""
    unread: bool = False

    @property
    def limits(self) -> bool:
        """Whether the versions that it allows are known."""
        return not self.unread and is_specifier(self.specifier)


def read_lines(lines: Iterable[str], environment: Mapping[str, str]) -> tuple[Line, ...]:
    """Read declared requirements leniently: what is wrong with them is for pip to say."""
    return tuple(_read_line(line, environment) for line in lines)


def name_of(line: str) -> str:
    """Return the normalised name of a requirement, empty if it does not begin with one."""
    match = _LINE.fullmatch(line)
    return normalise(match[1]) if match is not None else ""


def _read_line(text: str, environment: Mapping[str, str]) -> Line:
    match = _LINE.fullmatch(text)
    if match is None:
        return Line(text, "", frozenset(), True)
    extras = frozenset(filter(None, (extra.strip() for extra in (match[2] or "").split(","))))
    # A URL takes in every ; that has no blank before it (PEP 508).
    split = re.split(r"\s;" if match[3].startswith("@") else ";", match[3], maxsplit=1)
    marker = split[1].strip() if len(split) > 1 else ""
    try:
        applies, unread = marker_holds(marker, environment), False
    except ValueError:
        applies = unread = True
    specifier = "" if match[3].startswith("@") else split[0].strip().strip("()").strip()
    return Line(text, normalise(match[1]), extras, applies, specifier, unread)
