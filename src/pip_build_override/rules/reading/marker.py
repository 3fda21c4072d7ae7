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
    """An invalid marker.

    Args:
        problem: What is wrong with it.
        hint: What to do about it.
        wrong: A pattern that matches the mistake in the marker, if its correct spelling is known.
        correct: The correct spelling.

    Attributes:
        swap: The whole marker, and its correct spelling; None if that is not known.
    """

    def __init__(self, problem: str, hint: str, wrong: str = "", correct: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint
        self.wrong = wrong
        self.correct = correct
        self.swap: tuple[str, str] | None = None


def read_marker(text: str) -> str:
    """Return a marker in canonical form.

    Raises:
        MarkerError: If it is not a valid marker, or uses a variable that is not allowed here.
    """
    tokens = [
        (match.lastgroup or "", match.group(match.lastgroup or 0)) for match in _TOKEN.finditer(text)
    ]
    reader = _Reader(tokens)
    try:
        words = list(reader.expression(0))
        if reader.kind:
            raise reader.unexpected("the end of the marker")
    except MarkerError as error:
        if error.wrong:
            correct = error.correct.replace("\\", r"\\")
            error.swap = (text, re.sub(error.wrong, correct, text, count=1))
        raise
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
        hint = "write a marker like python_version < '3.12' and sys_platform == 'linux'"
        wrong = correct = ""
        if self.value in ("'", '"'):
            hint = "close the quotes, and use no backslash between them"
        elif self.value == "=":
            hint = "compare with two equals signs, as in python_version == '3.12'"
            wrong, correct = "(?<![=<>!~])=(?!=)", "=="
        elif self.value in ("&", "|"):
            correct = {"&": " and ", "|": " or "}[self.value]
            hint = f"join comparisons with the word{correct.rstrip()}"
            wrong = rf"\s*{re.escape(self.value)}+\s*"
        return MarkerError(f"expected {wanted}, {found}", hint, wrong, correct)

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
        right = self.operand("a string in quotes", f"{left} {operator}")
        texts = [side for side in (left, right) if side[0] in "'\""]
        if len(texts) != 1:
            kind = "two strings" if texts else "two variables"
            raise MarkerError(
                f"{left} {operator} {right} compares {kind}",
                "compare a variable with a string in quotes, as in python_version < '3.12'",
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
            raise MarkerError(
                f"{word} is not in quotes",
                f"write {before} '{word}'",
                rf"(?<![\w.*+'\"-]){re.escape(word)}(?![\w.*+'\"-])",
                f"'{word}'",
            )
        raise _unknown(word)


def _unknown(word: str) -> MarkerError:
    if word in ("extra", "extras", "dependency_groups"):
        return MarkerError(
            f"the marker {word} has no meaning for a build requirement",
            f"remove {word} from the marker",
        )
    import difflib  # only after a mistake, as in place.did_you_mean

    near = difflib.get_close_matches(word.lower().replace(".", "_"), VARIABLES, 1, 0.5)
    if not near:
        listed = ", ".join(VARIABLES)
        return MarkerError(f"unknown marker variable {word}", f"the variables are {listed}")
    wrong = rf"(?<![\w.'\"-]){re.escape(word)}(?![\w.'\"-])"
    return MarkerError(f"unknown marker variable {word}", f"did you mean {near[0]}?", wrong, near[0])


def _check_version(variable: str, operator: str, text: str, starred: bool) -> None:
    """Raise an error for values that some versions of packaging compare as versions, others as text."""
    if variable not in _VERSIONS or operator in ("in", "not in"):
        return
    number = text[:-2] if starred and text.endswith(".*") else text
    if not _RELEASE.fullmatch(number) or (operator == "~=" and "." not in number):
        release = text[:-2] if text.endswith(".*") else text
        release = f"{release}.0" if operator == "~=" and "." not in release else release
        raise MarkerError(
            f'{variable} {operator} "{text}" does not compare with a valid version',
            f"write a version such as '3.12' after {variable} {operator}",
            rf"([\"']){re.escape(text)}\1" if _RELEASE.fullmatch(release) else "",
            f"'{release}'",
        )
