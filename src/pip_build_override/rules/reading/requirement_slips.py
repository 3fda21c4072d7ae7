"""Hints for common mistakes in requirements."""

from __future__ import annotations

import re

from ...patterns import pattern
from ..place import toml_text
from ..standards import NAME, normalise
from .requirement import Requirement, RequirementError, is_version, read_requirement

SOURCES = {
    "target": 'from = "target"',
    "oldest": 'from = "oldest"',
    "borrow": 'from = "target", borrow = true',
}
"""The words after ``NAME@`` in a setting of the command line, and what a source table has for them."""

LIMIT_OF_SOURCE = "a limit cannot be the version of a source"

ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar")
_OPTIONS = {
    "-r": ("reads another file", "copy the lines of that file here"),
    "-c": (
        "reads constraints",
        'in a .toml file, put them under [package."*"]: constrain = ["NAME<2"]',
    ),
    "-e": (
        "installs in editable mode",
        'write NAME @ file:///… with the full path, or { name = "NAME", path = "…" } in a .toml file',
    ),
    "-i": ("chooses an index", "leave it out here, and give it to pip itself"),
    "-f": ("chooses where to look", "leave it out here, and give it to pip itself"),
}
_LONG = {
    "--requirement": "-r",
    "--constraint": "-c",
    "--editable": "-e",
    "--index-url": "-i",
    "--extra-index-url": "-i",
    "--find-links": "-f",
}
# A name and release comparisons, as in most requirements. "v1" may be meant as a version.
_RELEASES = r"(?:==|!=|<=|>=|<|>)[0-9]+(?:\.[0-9]+)*"
_PLAIN = pattern(
    rf"((?![vV][0-9])[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)((?:{_RELEASES}(?:,{_RELEASES})*)?)"
)
_HASH = pattern(r"\s--hash[=\s]")
_OPTION = pattern(r"\s(--[a-z][a-z-]*)")
_URL = pattern(r"[a-z][a-z+]*://", re.IGNORECASE | re.ASCII)
_NPM = pattern(rf"({NAME})\s*@\s*(v?[0-9][^:/]*)")
_SPECIFIED = pattern(rf"{NAME}\s*[=<>!~]")
_CLAUSES = pattern(r"[=<>!~].*")
_COMPARISON = pattern(r"[=!~]=|[<>]")
_PATH = pattern(r"(\.{1,2}|~)?[/\\]|[A-Za-z]:\\")


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
    _check_kind(text.strip(), name or "NAME")
    try:
        return read_requirement(text)
    except RequirementError as error:
        from .requirement_spelling import better  # only after a mistake

        raise better(text.strip(), error) from None


def _check_kind(text: str, name: str) -> None:
    """Raise an error for a text that is something else, or only looks like a name."""
    if not text:
        raise RequirementError("it is empty", f"write a requirement, such as {name}>=1.20")
    if text.startswith("-"):
        word = re.split(r"[\s=]", text)[0]
        does, hint = _OPTIONS.get(
            _LONG.get(word, word[:2]),
            ("is an option of pip", "leave it out here, and give it to pip itself"),
        )
        raise RequirementError(f"{word} {does}; only requirements are allowed here", hint)
    if _HASH.search(text):
        requirement, *hashes = re.split(r"\s--hash[=\s]\s*", text)
        listed = ", ".join(toml_text(entry.strip()) for entry in hashes)
        raise RequirementError(
            "hashes can be given only in a table",
            f"in a .toml file, write {{ requirement = {toml_text(requirement.strip())},"
            f" hashes = [{listed}] }}",
        )
    option = _OPTION.search(text)
    if option:
        raise RequirementError(
            f"{option[1]} is an option; only requirements are allowed here",
            instead=(text[: option.start()].strip(),),
        )
    if _URL.match(text):
        guess = name_in(text) or name
        raise RequirementError("there is no name before the URL", instead=(f"{guess} @ {text}",))
    if "@" not in text and looks_like_a_path(text):
        name = name_in(text) or name
        raise RequirementError(
            "it is a path, not a requirement",
            f"in a .toml file, write {{ name = {toml_text(name)}, path = {toml_text(text)} }};"
            f" elsewhere, {name} @ file:///… with the full path",
        )
    if is_version(text) and ("." in text or name != "NAME"):
        raise RequirementError("it is a version without a name", instead=(f"{name}=={text}",))
    npm = _NPM.fullmatch(text)
    if npm and is_version(npm[2]):
        raise RequirementError("@ is for a URL, not for a version", instead=(f"{npm[1]}=={npm[2]}",))
    if _COMPARISON.match(text):
        raise RequirementError("the name is missing", instead=(name + text,))


def has_specifier(text: str) -> bool:
    """Return whether a text is a name and a comparison, whatever follows."""
    return _SPECIFIED.match(text) is not None


def problem_of_package(text: str) -> str:
    """Return what is wrong with a text that should be a package, perhaps with a version specifier."""
    if has_specifier(text):
        return f"the version specifier in {toml_text(text)} is not valid"
    return f"{toml_text(text)} is not the name of a package"


def looks_like_a_path(text: str) -> bool:
    """Return whether a text is meant to be the path of a file."""
    return _PATH.match(text) is not None or text.lower().endswith(ARCHIVES)


def name_in(text: str) -> str:
    """Return the distribution name in a URL or a file name, or "" if there is none."""
    egg = re.search(r"#(?:.*&)?egg=([A-Za-z0-9._-]+)", text)
    if egg:
        return egg[1]
    file = re.split(r"[/\\]", text.split("#")[0].split("?")[0])[-1]
    match = re.match(r"([A-Za-z0-9._-]+?)-v?[0-9]", file)
    return match[1].replace("_", "-") if match else ""
