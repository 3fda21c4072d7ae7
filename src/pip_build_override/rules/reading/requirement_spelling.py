"""What is meant by a text that is no plain requirement, and its right spelling after a mistake."""

from __future__ import annotations

import re
from typing import Callable

from ...patterns import pattern
from ..place import toml_text
from ..standards import NAME
from .paths import looks_like_a_path, name_in
from .requirement import RequirementError, is_version

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
_HASH = pattern(r"\s--hash[=\s]")
_OPTION = pattern(r"\s(--[a-z][a-z-]*)")
_URL = pattern(r"[a-z][a-z+]*://", re.IGNORECASE | re.ASCII)
_NPM = pattern(rf"({NAME})\s*@\s*(v?[0-9][^:/]*)")
_COMPARISON = pattern(r"[=!~]=|[<>]")
_NO_VERSION = "there is no version after the comparison"


def _below_next(found: re.Match[str]) -> str:
    """Return what a caret means elsewhere: no change of the first part of a version that is not 0."""
    parts = [int(part) for part in found[3].split(".")]
    first = next((index for index, part in enumerate(parts) if part), len(parts) - 1)
    parts = [*parts[:first], parts[first] + 1]
    return f">={found[1]},<{found[2] or ''}{'.'.join(map(str, parts))}"


# A mistake in the part before the marker, its replacement, and the message.
_SLIPS: tuple[tuple[str, str | Callable[[re.Match[str]], str], str], ...] = (
    (r"\u2265", ">=", "a comparison is written in ASCII"),
    (r"\u2264", "<=", "a comparison is written in ASCII"),
    (r"\u2260", "!=", "a comparison is written in ASCII"),
    (r"([=<>!~])\s+(?=[=<>])", r"\1", "there is a blank in a comparison"),
    (r"=\s*\*\s*$", "", "* alone is not a version"),
    (r"\s*(===|[=<>!~]=|[<>])\s*$", "", _NO_VERSION),
    (r"\s*==?\s*([\"'])([^\"']*)\1", r"==\2", "a version needs no quotes of its own"),
    (r"(?<![=<>!~])=+([<>!~])=*", r"\1=", "the equals sign comes second in a comparison"),
    (r"([<>!~])==+", r"\1=", "a comparison has one equals sign after <, >, ! or ~"),
    (r"<>(?!=)", "!=", "<> is not a comparison of PEP 440"),
    (r"(?<![0-9])!(?=[0-9])", "!=", "! is not a comparison of PEP 440"),
    (r"(?<![=<>!~])=(?!=)", "==", "a version is compared with two equals signs"),
    (
        r"\^\s*(v?([0-9]+!)?([0-9]+(?:\.[0-9]+)*)[^\s,]*)",
        _below_next,
        "^ is not a comparison of PEP 440",
    ),
    (r"(?<![=<>!~])~\s*(?=[0-9])", "~=", "~ is not a comparison of PEP 440"),
    (r"\s*(&&?|\band\b)\s*(?=[=<>!~])", ",", "parts of a specifier are joined by a comma"),
    (r"(?<=[0-9])\s*(?=[=<>!~])", ",", "parts of a specifier are joined by a comma"),
    (r"(?<=[0-9*])\s+(?=[a-z_]+\s*(?:[=<>!~]|in\b|not\b))", "; ", "a marker begins with a ;"),
    (r"\s*,\s*$", "", "it ends in a comma"),
    (rf"^({NAME})\s+v?([0-9]\S*)$", r"\1==\2", "there is no comparison before the version"),
)


def check_kind(text: str, name: str) -> None:
    """Raise an error for a text that is something else, or only looks like a name.

    Args:
        text: The text, without blanks around it.
        name: The declared name that it replaces, or what stands for it in hints.

    Raises:
        RequirementError: If it is.
    """
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


def better(text: str, error: RequirementError) -> RequirementError:
    """Return an error with the correct spelling if the mistake is a known one.

    Args:
        text: The requirement.
        error: What is wrong with it.
    """
    plain = re.sub("[\u2018\u2019\u201c\u201d]", "'", text)
    if plain != text:
        return RequirementError("it contains curly quotes", "write plain quotes: '", instead=(plain,))
    if error.swap is not None:
        return RequirementError(
            error.problem, error.hint, instead=(text.replace(*error.swap, 1),), more=error.more
        )
    if error.hint:
        return error
    comment = re.match(r"([^#]+?)\s+#", text)
    if comment:
        return RequirementError("a comment is not a part of a requirement", instead=(comment[1],))
    name = re.match(rf"({NAME})", text)
    if name is None:
        return RequirementError(error.problem, "begin with a name, as in numpy>=1.20")
    before, semicolon, marker = text.partition(";")
    # Not the commas between extras.
    several = re.split(r"\s*,\s*(?=[A-Za-z])(?![^\[]*\])", before.strip())
    if len(several) > 1:
        instead = tuple([part + semicolon + marker for part in several])
        return RequirementError("it contains more than one requirement", instead=instead)
    for slip, spelling, problem in _SLIPS:
        corrected = re.sub(slip, spelling, before)
        if corrected != before:
            more = ", or a version after the comparison" if problem is _NO_VERSION else ""
            return RequirementError(problem, instead=(corrected + semicolon + marker,), more=more)
    return RequirementError(error.problem)
