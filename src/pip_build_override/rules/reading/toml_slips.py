"""Hints for common mistakes in TOML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...errors import OverrideError
from ...frozen import replace
from ...patterns import pattern
from ...urls import without_secrets
from ..place import Place, toml_key, toml_text
from ..standards import NAME, normalise, read_toml
from .portable_toml import keys, reopened
from .requirement import RequirementError
from .requirement_slips import read
from .statements import Statement, statements

if TYPE_CHECKING:
    from .portable_toml import Headers, Key, Slip

# A string, which may contain a #, or a comment.
_COMMENT = pattern(r"""("(?:\\.|[^"\\\n])*"|'[^'\n]*')|\s*#[^\n]*""")
_HEADER = pattern(r"\[\[?\s*((?:[^\]\"'#]|\"[^\"]*\"|'[^']*')*)(\]*)\s*(.*)")
_PACKAGE = pattern(r"(?:tool\.pip-build-override\.)?package\s*\.\s*(?P<name>.+)")
_KEY_VALUE = pattern(r"(?P<key>(?:[^=\"'#\n]|\"[^\"\n]*\"|'[^'\n]*')+?)\s*=\s*(?P<value>.*)", re.S)
_REQUIREMENT = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*(?:[=<>!~;@].*)?")
_COMPARISON = pattern(r"\s*(?:[<>!~]=?|==)")
_COMPARED = pattern(rf"{NAME}\s*(?:\[[^\]]*\])?\s*(?:[<>!~]|==)")
# An entry of a list or of an inline table, which may have lists, inline tables and strings in it.
_ENTRY = pattern(r"(?:\"[^\"]*\"|'[^']*'|\[[^\]]*\]|\{[^}]*\}|[^,\"'\[{])+")
_AT = pattern(r"\s*\(at line \d+, (column \d+)\)$")
_QUOTES = pattern("[\u2018\u2019\u201c\u201d]")
_NAMES = pattern(r"[\"']\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_LISTS = ("remove", "add", "constrain", "requires")


def explain(text: str, reason: str, place: Place) -> OverrideError:
    """Return the error for a document that is not TOML.

    Args:
        text: The document.
        reason: The parser's own message, used if the mistake is not a known one.
        place: Place of the file.
    """
    # Secrets are removed before any guess, because a guess may split a URL.
    found = [replace(part, text=without_secrets(part.text)) for part in statements(text)]
    line = re.search(r"line (\d+)", reason)
    number = int(line[1]) if line else text.count("\n") + 1
    here = [part for part in found if part.line <= number] or found
    part = here[-1]
    flawed = [other for other in found if other.problem and other.line <= part.line]
    if flawed:
        # After the first flaw, the parser and the scanner may disagree about the position.
        return error_in(flawed[0], None, place)
    header = part.text.lstrip().startswith("[")
    *earlier, last = keys(found[: found.index(part) + 1])
    headers: Headers = {}
    for key in earlier:
        reopened(key, headers)
    slip = _twice(last, earlier) or reopened(last, headers)
    inside = last[0][0]
    slip = slip or (_header(part, place) if header else _key_value(part, inside, place))
    if slip is not None:
        return error_in(part, slip, place)
    # The place is said before the message.
    plain = _AT.sub(r" (\1)", reason)
    return error_in(
        replace(part, line=number if line else part.line),
        (plain, "look for a missing quote, bracket or comma"),
        place,
    )


def error_in(part: Statement, slip: Slip | None, place: Place) -> OverrideError:
    """Return the error for a statement, from a message and a hint or else from its own problem."""
    message, hint = slip or _flaw(part)
    return place.on_line(part.line).error(f"not valid TOML: {message}", hint, kind="toml-syntax")


def _flaw(part: Statement) -> Slip:
    """Return the message and the hint for a problem that the scanner found."""
    if _QUOTES.search(part.text):
        return _typographic(part)
    if part.problem in ("inline", "comma"):
        one_line = re.sub(r"\s*\n\s*", " ", _COMMENT.sub(r"\1", part.text)).strip()
        shown = re.sub(r",\s*\}", " }", one_line)
        if part.problem == "comma":
            return "a comma before the } of an inline table", f"write {shown}"
        return "an inline table { … } spans several lines", f"write it on one line: {shown}"
    if part.problem == "list":
        return "the list that begins here is not closed", "end it with ]"
    if part.problem == "escape" or "\\" in part.text:
        return _backslash()
    return "a string is not closed", "end it with the quote that it begins with"


def _backslash() -> Slip:
    return (
        "in double quotes, a backslash begins an escape",
        "use single quotes, or write the path with forward slashes",
    )


def _typographic(part: Statement) -> Slip:
    plain = _QUOTES.sub('"', part.text.strip())
    if part.problem == "list" or "\n" in plain:
        # Where the statement ends is not known.
        return "curly quotes", 'write plain quotes, such as "…"'
    return "curly quotes", f"write plain quotes: {plain}"


def _twice(last: Key, earlier: list[Key]) -> Slip | None:
    """Return the message and the hint for a header or a key that is defined twice, or None."""
    key, value, _ = last
    same = [(before, line) for other, before, line in earlier if other == key]
    if not same:
        return None
    before, line = same[0]
    if key[1] is None:
        return f"the table {key[0]}] is already defined on line {line}", "put all keys under one header"
    message = f"{key[1]} is already defined on line {line}"
    values = [before, value]
    names = [set(map(normalise, _NAMES.findall(item))) for item in values]
    # Two entries for one name mostly exclude each other.
    if names[0] & names[1] or not all(item.startswith(("'", '"', "[", "{")) for item in values):
        return message, "keep one of the two"
    if "#" in before + value:
        return message, f"write one list: {key[1]} = [ … ]"
    bare = ", ".join(item.strip("[]").strip().rstrip(",") for item in values)
    return message, f"write one list: {key[1]} = [{bare}]"


def _header(part: Statement, place: Place) -> Slip | None:
    """Return the message and the hint for an invalid table header, or None."""
    (key, closing, rest), *_ = _HEADER.findall(part.text.strip())
    package = _PACKAGE.fullmatch(key.strip())
    name = package["name"].strip() if package else ""
    if closing and rest and not rest.startswith("#"):
        return "something follows the header of a table", "put it on a line of its own"
    if name and not closing:
        return "the header of a table is not closed", f"write {place.header('package', name)}"
    if name == "*":
        return "a star in a header needs quotes", f"write {place.header('package', '*')}"
    if re.search(r"[=<>!~,\s@]", name) and '"' not in name:
        name = re.sub(r"\s+", "", name)
        return "a name with versions needs quotes", f"write {place.header('package', name)}"
    return None


def _key_value(part: Statement, inside: str, place: Place) -> Slip | None:
    """Return the message and the hint for an invalid key or value, or None.

    Args:
        part: The key and its value.
        inside: The header above it, or "".
        place: Place of the file.
    """
    text = part.text.strip()
    if _QUOTES.search(text):
        return _typographic(part)
    match = _KEY_VALUE.match(text)
    dotted = re.match(r"replace\s*\.\s*([A-Za-z0-9._-]+)\s*(.*)", text, re.S)
    if dotted and _COMPARISON.match(dotted[2]):
        value = re.search(r"=\s*([\"'\[{].*)", dotted[2], re.S)
        key = f"replace.{toml_key(dotted[1])}"
        meant = _as_value(key, dotted[1] + dotted[2].split("#")[0].strip())
        return (
            "replace takes a name without a version, and a single =",
            f"write {key} = {value[1] if value else meant}",
        )
    if re.match(r"replace\s*\.\s*\*", text):
        return "replace takes a name, not a star", "write replace.NAME = …"
    colon = re.match(r"([A-Za-z0-9_.-]+)\s*:\s*(.*)", text)
    if colon:
        hint = f"write {colon[1]} = {_as_value(colon[1], colon[2])}"
        if not colon[2]:
            hint = f"write a table like {place.header('package', 'NAME')}, and KEY = VALUE under it"
        return "a key and its value are joined by =, not by :", hint
    if match is None or _COMPARED.match(text) or _COMPARISON.match(text[len(match["key"]) :]):
        if _REQUIREMENT.fullmatch(text):
            text = text.split(" #")[0].strip()
            # A limit installs nothing, so it can be meant for every package.
            key = (
                "constrain"
                if _COMPARED.match(text) and not re.search(r"==|\[", text.split(";")[0])
                else "add"
            )
            line = f"{key} = {_as_value(key, text)}"
            above = "" if inside else f"{place.header('package', '*')} and under it "
            return "a requirement needs a key", f"write {above}{line}"
        return None
    return _value(match["key"], match["value"])


def _value(key: str, value: str) -> Slip | None:
    """Return the message and the hint for an invalid value, or None."""
    bare = value.split("#")[0].strip()
    if bare.lower() in ("true", "yes", "on", "false", "no", "off"):
        choice = "true" if bare.lower() in ("true", "yes", "on") else "false"
        return f"{bare} is not a boolean of TOML", f"write {key} = {choice}"
    if not bare:
        return f"{key} has no value", f"write {key} = {_as_value(key, '…')}"
    corrected = _with_quotes(value) if bare[0] in "[{" else ""
    if corrected:
        return "a string needs quotes", f"write {key} = {corrected}"
    if bare[0].isalnum() and _REQUIREMENT.fullmatch(bare):
        return "a string needs quotes", f"write {key} = {_as_value(key, bare)}"
    if "\\" in bare:
        return _backslash()
    if bare[0] == '"' and bare.count('"') > 2:
        inner = bare[1:].rpartition('"')[0].replace('"', "'")
        return "double quotes inside double quotes", f'write {key} = "{inner}"'
    listed = re.match(r"\[\s*(?:\"[^\"]*\"\s*,?\s*|'[^']*'\s*,?\s*)*", value)
    if listed and re.search(r"[\"']\s+[\"']", value):
        corrected = " ".join(re.sub(r"([\"'])\s+([\"'])", r"\1, \2", value).split("\n"))
        if "#" in value and "\n" in value:
            return "a comma is missing in a list", "put a comma between each two entries"
        return "a comma is missing in a list", f"write {key} = {corrected}"
    return None


def _with_quotes(value: str) -> str:
    """Return a list or an inline table on one line, with quotes around each string.

    It is "" if nothing lacks quotes, or if something else is wrong, too.
    """
    text = re.sub(r"\s*\n\s*", " ", _COMMENT.sub(r"\1", value)).strip()
    corrected = _quoted(text)
    if corrected == text:
        return ""
    try:
        read_toml(f"key = {corrected}")
    except ValueError:
        return ""
    return corrected


def _quoted(text: str) -> str:
    """Return a value with quotes around each string in it, as far as it is known what is one."""
    if text[:1] == "[" and text[-1:] == "]":
        entries: list[str] = []
        for entry in map(str.strip, _ENTRY.findall(text[1:-1])):
            # A comma may also be part of a specifier.
            if entries and _COMPARISON.match(entry):
                entry = f"{entries.pop()},{entry}"
            entries.append(entry)
        return f"[{', '.join(map(_quoted, filter(None, entries)))}]"
    if text[:1] == "{" and text[-1:] == "}":
        pairs = [entry.partition("=") for entry in _ENTRY.findall(text[1:-1])]
        return (
            f"{{ {', '.join(f'{key.strip()} = {_quoted(item.strip())}' for key, _, item in pairs)} }}"
        )
    bare = text[:1].isalnum() and text not in ("true", "false")
    return _as_value("", text) if bare and _REQUIREMENT.fullmatch(text) else text


def _as_value(key: str, text: str) -> str:
    """Return a value in TOML syntax: as written if it is one, and in a list if the key takes one."""
    if text[:1] in ("'", '"', "[", "{") or text in ("true", "false"):
        return text
    try:
        read(text, key.partition("replace.")[2])
    except RequirementError as error:
        (text, *_) = error.instead or (text,)
    return f"[{toml_text(text)}]" if key.strip() in _LISTS else toml_text(text)
