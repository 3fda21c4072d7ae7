"""Hints for common mistakes in requirements."""

from __future__ import annotations

from ...patterns import pattern
from ..place import toml_text
from ..standards import NAME, normalise
from .requirement import Requirement, RequirementError, read_requirement

SOURCES = {
    "target": 'from = "target"',
    "oldest": 'from = "oldest"',
    "borrow": 'from = "target", borrow = true',
}
"""The words after ``NAME@`` in a setting of the command line, and what a source table has for them."""

LIMIT_OF_SOURCE = "a limit cannot be the version of a source"

# A name and release comparisons, as in most requirements. "v1" may be meant as a version.
_RELEASES = r"(?:==|!=|<=|>=|<|>)[0-9]+(?:\.[0-9]+)*"
_PLAIN = pattern(
    rf"((?![vV][0-9])[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)((?:{_RELEASES}(?:,{_RELEASES})*)?)"
)
_SPECIFIED = pattern(rf"{NAME}\s*[=<>!~]")
_CLAUSES = pattern(r"[=<>!~].*")


# Each of a few corrections may uncover another mistake.
_MOST_MISTAKES = 5


def read(text: str, name: str = "") -> Requirement:
    """Read a requirement that a user wrote.

    Args:
        text: The requirement.
        name: The declared name that it replaces, for hints.

    Raises:
        RequirementError: If it is not a requirement. For a known mistake, ``instead`` contains the
            correct spelling, which this function accepts.
    """
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        # Such a requirement cannot contain a mistake, so the checks are skipped.
        return Requirement(normalise(plain[1]), specifier=plain[2])
    try:
        return _read(text, name)
    except RequirementError as error:
        error.instead = _corrected(error.instead, name)
        error.hint = error.hint or "write a name and its versions, as in numpy>=1.20,<2"
        raise


def _corrected(texts: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Return correct spellings of requirements, or () if one of them is still not readable."""
    found = []
    for text in texts:
        for _ in range(_MOST_MISTAKES):
            try:
                _read(text, name)
            except RequirementError as error:
                if len(error.instead) != 1:
                    return ()
                (text,) = error.instead
            else:
                found.append(_without_repetitions(text))
                break
    return tuple(found) if len(found) == len(texts) else ()


def _without_repetitions(text: str) -> str:
    """Return a requirement in which no correction repeats a part of the specifier that is there."""
    if "@" in text:
        return text
    before, semicolon, marker = text.partition(";")
    kept: dict[str, str] = {}
    for part in before.split(","):
        compared = _CLAUSES.search(part)
        kept.setdefault(compared[0].replace(" ", "") if compared else part, part)
    return ",".join(kept.values()) + semicolon + marker


def _read(text: str, name: str) -> Requirement:
    """Read a requirement; ``instead`` of an error has the spelling without the first mistake."""
    from .requirement_spelling import better, check_kind  # most requirements are plain

    check_kind(text.strip(), name or "NAME")
    try:
        return read_requirement(text)
    except RequirementError as error:
        raise better(text.strip(), error) from None


def has_specifier(text: str) -> bool:
    """Return whether a text is a name and a comparison, whatever follows."""
    return _SPECIFIED.match(text) is not None


def problem_of_package(text: str) -> str:
    """Return what is wrong with a text that should be a package, perhaps with a version specifier."""
    if has_specifier(text):
        return f"the version specifier in {toml_text(text)} is not valid"
    return f"{toml_text(text)} is not the name of a package"
