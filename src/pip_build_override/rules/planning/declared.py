"""The declared build requirements of a package, line by line."""

from __future__ import annotations

from typing import Iterable, Mapping

from ...frozen import Frozen
from ..lines import parts_of
from ..standards import is_specifier


class Declared(Frozen):
    """The declared build requirements of a package.

    Attributes:
        static: ``[build-system] requires`` (PEP 518), or pip's default if that is missing.
        hook: Result of the backend's ``get_requires_for_build_*`` (PEP 517); None if the hook has not
            been called yet.
        expected: Earlier result of that hook, for a package that is prepared a second time.
    """

    static: tuple[str, ...]
    hook: tuple[str, ...] | None = None
    expected: tuple[str, ...] = ()


class Line(Frozen):
    """One declared requirement.

    Attributes:
        text: The line as declared.
        name: Normalised name.
        extras: Its extras.
        applies: Whether its marker holds for the interpreter that builds.
        specifier: Its specifier; empty if it has none, or has a URL.
        unread: Whether its marker cannot be evaluated; the line is then assumed to apply.
    """

    text: str
    name: str
    extras: frozenset[str]
    applies: bool
    specifier: str = ""
    unread: bool = False

    @property
    def limits(self) -> bool:
        """Whether the allowed versions are known."""
        return not self.unread and is_specifier(self.specifier)


def read_lines(lines: Iterable[str], environment: Mapping[str, str]) -> tuple[Line, ...]:
    """Read declared requirements leniently, and leave it to pip to report errors."""
    return tuple(_read_line(line, environment) for line in lines)


def _read_line(text: str, environment: Mapping[str, str]) -> Line:
    parts = parts_of(text)
    try:
        applies, unread = parts.holds(environment), False
    except ValueError:
        applies = unread = True
    return Line(text, parts.name, parts.extras, applies, parts.specifier, unread)
