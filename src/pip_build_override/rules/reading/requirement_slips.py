"""Hints for common mistakes in requirements."""

from __future__ import annotations

import re

from ...patterns import pattern
from ..place import toml_text
from ..standards import NAME, normalise
from .requirement import Requirement, RequirementError, is_version, read_requirement

ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar")
_OPTIONS = {
    "-r": ("reads another file", "copy the lines of that file here"),
    "-c": ("reads constraints", 'put limits in a .toml file: [package."*"] constrain = ["NAME<2"]'),
    "-e": ("installs in editable mode", "write NAME @ file:///…, or { path = … } in a .toml file"),
    "-i": ("chooses an index", "give indexes to pip itself"),
    "-f": ("chooses where to look", "give find-links to pip itself"),
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
_COMPARISON = pattern(r"[=!~]=|[<>]")
_PATH = pattern(r"(\.{1,2}|~)?[/\\]|[A-Za-z]:\\")
# A mistake in the part before the marker, its replacement, and the message.
_SLIPS = (
    (r"=\s*\*\s*$", "", "a star alone is no version"),
    (r"\s*(===|[=<>!~]=|[<>])\s*$", r"\g<1>1.20.1", "there is no version after the comparison"),
    (r"\s*==?\s*([\"'])([^\"']*)\1", r"==\2", "the version is not in quotes of its own"),
    (r"=([<>])", r"\1=", "the equals sign stands second in a comparison"),
    (r"(?<![=<>!~])=(?!=)", "==", "a version is compared with two equals signs"),
    (r"\^\s*(?=[0-9])", ">=", "^ is no comparison of PEP 440"),
    (r"(?<![=<>!~])~\s*(?=[0-9])", "~=", "~ is no comparison of PEP 440"),
    (r"\s*(&&?|\band\b)\s*(?=[=<>!~])", ",", "parts of a specifier are joined by a comma"),
    (r"(?<=[0-9])\s*(?=[=<>!~])", ",", "parts of a specifier are joined by a comma"),
    (r"(?<=[0-9*])\s+(?=[a-z_]+\s*(?:[=<>!~]|in\b|not\b))", "; ", "a ; stands before a marker"),
    (r"\s*,\s*$", "", "it ends in a comma"),
    (rf"^({NAME})\s*,\s*({NAME}).*", r'\1", "\2', "it holds more than one requirement"),
    (rf"^({NAME})\s+v?([0-9]\S*)$", r"\1==\2", "there is no comparison before the version"),
)


def read(text: str, name: str = "") -> Requirement:
    """Read a requirement that a user wrote.

    Args:
        text: The requirement.
        name: The declared name that it replaces, for hints.

    Raises:
        RequirementError: If it is not a requirement; the hint fits the mistake if that is a known one.
    """
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        # Such a requirement cannot contain a mistake, so the checks are skipped.
        return Requirement(normalise(plain[1]), specifier=plain[2])
    _check_kind(text.strip(), name or "NAME")
    try:
        return read_requirement(text)
    except RequirementError as error:
        raise _better(text.strip(), error) from None


def _check_kind(text: str, name: str) -> None:
    """Raise an error for a text that is something else, or only looks like a name."""
    if not text:
        raise RequirementError("it is empty", f'write a requirement like "{name}==1.20.1"')
    if text.startswith("-"):
        word = re.split(r"[\s=]", text)[0]
        does, hint = _OPTIONS.get(
            _LONG.get(word, word[:2]), ("is an option of pip", "give options to pip itself")
        )
        raise RequirementError(f"{word} {does}; only requirements can stand here", hint)
    if _HASH.search(text):
        raise RequirementError(
            "hashes stand in a table of their own",
            'write { requirement = "…", hashes = ["sha256:…"] } in a .toml file',
        )
    option = _OPTION.search(text)
    if option:
        raise RequirementError(
            f"{option[1]} is an option; only requirements can stand here", "leave the option out"
        )
    if _URL.match(text):
        guess = _name_in(text) or name
        raise RequirementError("the URL has no name before it", f'write "{guess} @ {text}"')
    if "@" not in text and _looks_like_a_path(text):
        raise RequirementError(
            "it is a path, not a requirement",
            f"write {{ path = '{text}' }} in a .toml file, or {_name_in(text) or name}"
            " @ file:///… with the whole path",
        )
    if is_version(text) and ("." in text or name != "NAME"):
        raise RequirementError("it is a version without a name", f'write "{name}=={text}"')
    npm = _NPM.fullmatch(text)
    if npm and is_version(npm[2]):
        raise RequirementError("@ goes before a URL", f'write "{npm[1]}=={npm[2]}"')
    if _COMPARISON.match(text):
        raise RequirementError("the name is missing", f"write {toml_text(name + text)}")


def _looks_like_a_path(text: str) -> bool:
    return _PATH.match(text) is not None or text.lower().endswith(ARCHIVES)


def _name_in(text: str) -> str:
    """Return the distribution name in a URL or a file name, or "" if there is none."""
    egg = re.search(r"#(?:.*&)?egg=([A-Za-z0-9._-]+)", text)
    if egg:
        return egg[1]
    file = re.split(r"[/\\]", text.split("#")[0].split("?")[0])[-1]
    match = re.match(r"([A-Za-z0-9._-]+?)-v?[0-9]", file)
    return match[1].replace("_", "-") if match else ""


def _better(text: str, error: RequirementError) -> RequirementError:
    """Return an error with the correct spelling if the mistake is a known one."""
    if re.search("[\u2018\u2019\u201c\u201d]", text):
        return RequirementError("it holds typographic quotes", "write plain quotes: '")
    if error.hint:
        return error
    comment = re.match(r"([^#]+?)\s+#", text)
    if comment:
        return RequirementError(
            "a comment does not belong inside the quotes", f'write "{comment[1]}"  # …'
        )
    name = re.match(rf"({NAME})", text)
    if name is None:
        return RequirementError(error.problem, 'write a requirement like "numpy==1.20.1"')
    before, semicolon, marker = text.partition(";")
    for slip, spelling, problem in _SLIPS:
        mended = re.sub(slip, spelling, before)
        if mended != before:
            spelling = toml_text(mended + semicolon + marker)
            if mended.count('"') == 2:  # the mistake of several requirements in one text
                spelling = f'"{mended}"'
            return RequirementError(problem, f"write {spelling}")
    return RequirementError(error.problem, f'write it like "{name[1]}==1.20.1"')
