"""A strict reader of requirements (PEP 508), independent of the version of packaging.

The packaging that older pips vendor accepts ``numpy>=1.*`` and invalid versions; later ones do not. An
overrides file must not be valid for one pip and an error for another.
"""

from __future__ import annotations

import re

from ...frozen import Frozen
from ...patterns import pattern
from ..place import toml_text
from ..standards import NAME, normalise

_PUBLIC = (
    r"v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*"
    r"(?:[-_.]?(?:alpha|beta|preview|pre|a|b|c|rc)[-_.]?[0-9]*)?"
    r"(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?"
    r"(?:[-_.]?dev[-_.]?[0-9]*)?"
)
_LOCAL = r"(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?"
# Without re.ASCII, IGNORECASE matches a long s as s, and the Kelvin sign as k.
_ANY_CASE = re.IGNORECASE | re.ASCII
_VERSION = pattern(_PUBLIC + _LOCAL, _ANY_CASE)
_NO_LOCAL = pattern(_PUBLIC, _ANY_CASE)
_STARRED = pattern(r"v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*\.\*", _ANY_CASE)
_PLACEHOLDER = pattern(r"(v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*)(?:\.[x*])+", _ANY_CASE)
_TWO_PARTS = pattern(r"v?(?:[0-9]+!)?[0-9]+\.[0-9]", _ANY_CASE)
_CLAUSE = pattern(r"\s*(===|==|!=|<=|>=|~=|<|>)\s*([^\s,;()<>=~]+)\s*")
_HEAD = pattern(rf"\s*({NAME})\s*(?:\[([^\]]*)\])?\s*")
_SCHEME = pattern(r"(?:[a-z][a-z0-9.-]*\+)?([a-z][a-z0-9.-]*):", _ANY_CASE)
_VARIABLE = pattern(r"\$\{[A-Z0-9_]+\}")
_WHEEL = pattern(r"[^/?#]*\.whl(?=[?#]|$)", _ANY_CASE)
_VALID = "write a version of digits and dots after {}, such as 1.20.1"


class RequirementError(ValueError):
    """A text that is not a requirement.

    Args:
        problem: What is wrong with it.
        hint: What to do about it, if no correct spelling is known.
        swap: The wrong part of the text, and what to write instead.
        instead: The requirements to write instead of the whole text.
        more: What follows the correct spelling in the hint.
    """

    def __init__(
        self,
        problem: str,
        hint: str = "",
        *,
        swap: tuple[str, str] | None = None,
        instead: tuple[str, ...] = (),
        more: str = "",
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint
        self.swap = swap
        self.instead = instead
        self.more = more


class Requirement(Frozen):
    """A requirement in parts: normalised name, extras, specifier or URL, and canonical marker."""

    name: str
    extras: tuple[str, ...] = ()
    specifier: str = ""
    url: str = ""
    marker: str = ""

    @property
    def text(self) -> str:
        """The PEP 508 text without the marker."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"{self.name}{extras}" + (f" @ {self.url}" if self.url else self.specifier)


def read_requirement(text: str) -> Requirement:
    """Read a named requirement.

    Raises:
        RequirementError: If it is not a named requirement, or uses a legacy version.
    """
    if _VARIABLE.search(text):
        raise RequirementError("environment variables are not expanded here", "write the value itself")
    if not text.strip().isprintable():
        raise RequirementError("it spans lines or contains control characters", "write it on one line")
    head = _HEAD.match(text)
    if head is None:
        raise RequirementError("it does not begin with a name")
    name, extras, rest = normalise(head[1]), _extras(head[2]), text[head.end() :]
    url = ""
    if rest.startswith("@"):
        url, rest = _url(rest[1:].strip(), head[1])
    before, semicolon, marker = rest.partition(";")
    specifier = read_specifier(before)
    return Requirement(name, extras, specifier, url, marker_of(marker) if semicolon else "")


def marker_of(text: str) -> str:
    """Return a marker in canonical form.

    Raises:
        RequirementError: If it is not a valid marker.
    """
    from .marker import MarkerError, read_marker  # most requirements have none

    try:
        return read_marker(text)
    except MarkerError as error:
        message = f"its marker {text.strip()!r} cannot be read: {error.problem}"
        raise RequirementError(message, error.hint, swap=error.swap) from None


def read_specifier(text: str) -> str:
    """Return a version specifier (PEP 440) without blanks, or "" if there is none.

    Args:
        text: The specifier, which may be in parentheses.

    Raises:
        RequirementError: If it is not a valid specifier.
    """
    text = text.strip()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    if not text:
        return ""
    clauses = []
    for part in text.split(","):
        clause = _CLAUSE.fullmatch(part)
        if clause is None:
            raise RequirementError(f"{part.strip()!r} is not a version specifier")
        _check_clause(part.strip(), clause[1], clause[2])
        clauses.append(clause[1] + clause[2])
    return ",".join(clauses)


def is_version(text: str) -> bool:
    """Return whether a text is a version (PEP 440)."""
    return _VERSION.fullmatch(text) is not None


def is_bound(text: str) -> bool:
    """Return whether a text is a version that < and >= allow, which is one without a local part."""
    return _NO_LOCAL.fullmatch(text) is not None


def _check_clause(part: str, operator: str, version: str) -> None:
    starred = version.endswith(".*")
    if version == "*":
        raise RequirementError("* alone is not a version", swap=(part, ""), more=" for any version")
    if operator in ("==", "!="):
        if not (_STARRED if starred else _VERSION).fullmatch(version):
            release = _PLACEHOLDER.fullmatch(version)
            raise RequirementError(
                f"{version!r} is not a version (PEP 440)",
                _VALID.format(operator),
                swap=(part, f"{operator}{release[1]}.*") if release else None,
            )
    elif starred:
        alike = operator in ("~=", "===")
        raise RequirementError(
            f".* can be used only with == and !=, not with {operator}",
            swap=(part, f"=={version}" if alike else operator + version[:-2]),
        )
    elif not (_VERSION if operator == "===" else _NO_LOCAL).fullmatch(version):
        release = _PLACEHOLDER.fullmatch(version)
        public = release[1] if release else version.partition("+")[0]
        right = f"=={public}.*" if release and operator in ("~=", "===") else operator + public
        raise RequirementError(
            f"{version!r} is not a version that {operator} accepts (PEP 440)",
            _VALID.format(operator),
            swap=(part, right) if _NO_LOCAL.fullmatch(public) else None,
        )
    elif operator == "~=" and not _TWO_PARTS.match(version):
        raise RequirementError(
            f"~= needs a version of two parts or more, not {version}",
            swap=(part, f"~={version}.0"),
            more=f", or use =={version}.*",
        )


def _extras(text: str | None) -> tuple[str, ...]:
    names = [part.strip() for part in (text or "").split(",")]
    if names == [""]:
        return ()
    for extra in names:
        if not re.fullmatch(NAME, extra):
            raise RequirementError(
                f"{extra!r} is not the name of an extra",
                "put names between the brackets, separated by commas: name[one,two]",
            )
    return tuple(sorted(set(names)))


def _url(text: str, name: str) -> tuple[str, str]:
    url, _, rest = text.partition(" ")
    if not url:
        raise RequirementError("there is no URL after the @", f"write the URL after {name} @")
    scheme = _SCHEME.match(url)
    if scheme is None or len(scheme[1]) == 1:
        raise RequirementError(
            f"{url!r} is not a URL",
            f"write a whole URL after the @, or for a file in a .toml file {{ name = {toml_text(name)},"
            f" path = {toml_text(url)} }}",
        )
    remainder = url[scheme.end() :]
    absolute = "///" if scheme[1].lower() == "file" else "//"
    if not re.match(absolute + "[^/]", remainder):
        raise RequirementError(
            f"{url!r} is not a complete URL",
            "write the full path after file://, as in file:///home/me/FILE"
            if absolute == "///"
            else f"write a host after {url[: scheme.end()]}//",
            swap=(url, url[: scheme.end()] + absolute + remainder.lstrip("/"))
            if remainder.strip("/") and absolute == "//"
            else None,
        )
    if ";" in url:
        raise RequirementError(
            "the ; is part of the URL, because there is no blank before it",
            swap=(url, url.replace(";", " ; ", 1)),
        )
    wheel = _WHEEL.search(url)
    if wheel is not None and wheel[0].count("-") not in (4, 5):
        raise RequirementError(
            f"{url!r} is not the URL of a wheel: {wheel[0]} is not a valid wheel file name",
            "give the wheel the name that it was built with: NAME-VERSION-PYTHON-ABI-PLATFORM.whl",
        )
    if rest.strip() and not rest.lstrip().startswith(";"):
        raise RequirementError(
            f"{rest.strip()!r} follows the URL",
            "leave it out, or put a ; before a marker",
            swap=(rest, f" ; {rest.strip()}"),
        )
    return url, rest
