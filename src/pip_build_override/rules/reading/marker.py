"""A strict reader of environment markers (PEP 508), independent of the version of packaging."""

from __future__ import annotations

import re
from typing import Iterator

from ...patterns import pattern

VARIABLES = (
    "python_version",
    "python_full_version",
    "os_name",
    "sys_platform",
    "platform_release",
    "platform_system",
    "platform_version",
    "platform_machine",
    "platform_python_implementation",
    "implementation_name",
    "implementation_version",
)
_VERSIONS = ("python_version", "python_full_version", "implementation_version")
_DEEPEST = 20

_TOKEN = pattern(
    r"""\s*(?:
        (?P<paren>[()])
      | (?P<op>===|==|!=|<=|>=|~=|<|>|not\s+in\b|in\b)
      | (?P<bool>and\b|or\b)
      | (?P<text>'[^'\\]*'|"[^"\\]*")
      | (?P<word>[A-Za-z0-9_][A-Za-z0-9_.*+-]*)
      | (?P<other>\S)
    )""",
    re.VERBOSE,
)
_RELEASE = pattern(r"v?\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?\+?", re.IGNORECASE | re.ASCII)


class MarkerError(ValueError):
    """An invalid marker, described by a problem and a hint."""

    def __init__(self, problem: str, hint: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


def read_marker(text: str) -> str:
    """Return a marker in canonical form.

    Raises:
        MarkerError: If it is not a valid marker, or uses a variable that is not allowed here.
    """
    tokens = [
        (match.lastgroup or "", match.group(match.lastgroup or 0)) for match in _TOKEN.finditer(text)
    ]
    reader = _Reader(tokens)
    words = list(reader.expression(0))
    if reader.kind:
        raise reader.unexpected("the end of the marker")
    return " ".join(words).replace("( ", "(").replace(" )", ")")


class _Reader:
    """A recursive descent parser for the tokens of one marker."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = [*tokens, ("", "")]
        self._next = 0

    @property
    def kind(self) -> str:
        return self._tokens[self._next][0]

    @property
    def value(self) -> str:
        return self._tokens[self._next][1]

    def take(self) -> str:
        value = self.value
        self._next += 1
        return value

    def unexpected(self, wanted: str) -> MarkerError:
        found = f"found {self.value}" if self.kind else "it ends there"
        hint = "a marker is written like python_version < '3.12' and sys_platform == 'linux'"
        if self.value in ("'", '"'):
            hint = "close the quotes, and use no backslash between them"
        elif self.value == "=":
            hint = "compare with two equals signs: python_version == '3.12'"
        elif self.value in ("&", "|"):
            hint = "join comparisons with the words and, or"
        return MarkerError(f"wanted {wanted}, {found}", hint)

    def expression(self, depth: int) -> Iterator[str]:
        if depth > _DEEPEST:
            raise MarkerError("its parentheses nest too deeply", "write a simpler marker")
        while True:
            if self.value == "(":
                yield self.take()
                yield from self.expression(depth + 1)
                if self.value != ")":
                    raise self.unexpected("and, or, or a closing parenthesis")
                yield self.take()
            else:
                yield from self.comparison()
            if self.kind != "bool":
                return
            yield self.take()

    def comparison(self) -> Iterator[str]:
        left = self.operand("the name of a marker variable", "")
        if self.kind != "op":
            raise self.unexpected("a comparison such as == or <")
        operator = " ".join(self.take().split())
        right = self.operand("a text in quotes", f"{left} {operator}")
        texts = [side for side in (left, right) if side[0] in "'\""]
        if len(texts) != 1:
            kind = "two texts" if texts else "two variables"
            raise MarkerError(
                f"{left} {operator} {right} compares {kind}",
                "compare a variable with a text in quotes: python_version < '3.12'",
            )
        if left in texts:
            # A literal on the left is the version itself, so it cannot be a pattern.
            _check_version(right, operator, left[1:-1], starred=False)
        else:
            _check_version(left, operator, right[1:-1], starred=operator in ("==", "!="))
        yield from (left, operator, right)

    def operand(self, wanted: str, before: str) -> str:
        if self.kind == "text":
            text = self.take()
            return text if '"' in text[1:-1] else f'"{text[1:-1]}"'
        if self.kind != "word":
            raise self.unexpected(wanted)
        word = self.take()
        if word in VARIABLES:
            return word
        if before[:1].isalpha():
            raise MarkerError(f"{word} is not in quotes", f"write {before} '{word}'")
        raise _unknown(word)


def _unknown(word: str) -> MarkerError:
    if word in ("extra", "extras", "dependency_groups"):
        return MarkerError(
            f"the marker {word} has no meaning for a build requirement",
            f"take {word} out of the marker",
        )
    import difflib  # only after a mistake, as in place.did_you_mean

    near = difflib.get_close_matches(word.lower().replace(".", "_"), VARIABLES, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(VARIABLES)}"
    return MarkerError(f"there is no marker variable {word}", hint)


def _check_version(variable: str, operator: str, text: str, starred: bool) -> None:
    """Raise an error for values that some versions of packaging compare as versions, others as text."""
    if variable not in _VERSIONS or operator in ("in", "not in"):
        return
    number = text[:-2] if starred and text.endswith(".*") else text
    if not _RELEASE.fullmatch(number) or (operator == "~=" and "." not in number):
        raise MarkerError(
            f'{variable} {operator} "{text}" does not compare with a version',
            f"write a version without a star: {variable} {operator} '3.12'",
        )
