"""What a package declares that it needs to be built, line by line."""

from __future__ import annotations

from typing import Iterable, Mapping

from ...frozen import Frozen
from ..lines import parts_of
from ..standards import is_specifier


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


def _read_line(text: str, environment: Mapping[str, str]) -> Line:
    parts = parts_of(text)
    try:
        applies, unread = parts.holds(environment), False
    except ValueError:
        applies = unread = True
    return Line(text, parts.name, parts.extras, applies, parts.specifier, unread)
