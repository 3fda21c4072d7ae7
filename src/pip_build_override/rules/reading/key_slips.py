"""Hints for keys that no package table has."""

from __future__ import annotations

import re
from typing import Any

from ..place import Place, did_you_mean, toml_key, toml_text
from ..standards import NAME, normalise
from .requirement import RequirementError
from .requirement_slips import read
from .values import KEYS, refuse_reserved

_SETTINGS = ("unused", "record", "mismatch", "generated")
_OTHERS = {
    "drop": "remove",
    "exclude": "remove",
    "delete": "remove",
    "override": "replace",
    "substitute": "replace",
    "swap": "replace",
    "install": "add",
    "limit": "constrain",
    "pin": "constrain",
    "build-requires": "requires",
    "from-source": "no-binary",
    "build-with-system-site-packages": "system-site-packages",
    "no-build-isolation": "build-environment",
    "environment": "env",
    "variables": "env",
    "options": "config-settings",
    "comment": "reason",
    "uploaded-prior-to": "as-of",
    "exclude-newer": "as-of",
    "date": "as-of",
}


def refuse_key(key: str, option: str, content: Any, place: Place) -> None:
    """Raise an error for a key that a package table does not have.

    Args:
        key: Key of the table in the file: a name, a name with a version specifier, or ``*``.
        option: The key in the table.
        content: Its value.
        place: Place of the file.
    """
    here = place.at("package", key)
    refuse_reserved(option, here)
    if option in _SETTINGS:
        raise here.error(
            f"{option} is not a rule for one package",
            f"put {option} under {place.header('settings')}",
        )
    if key in KEYS:
        example = f"{place.header('package', 'NAME')} and under it {key}.{toml_key(option)} = …"
        raise here.error(f"the name of a package is missing before {key}", f"write {example}")
    near = _OTHERS.get(option) or did_you_mean(option, KEYS)
    hint = f"did you mean {near}?" if near else f"the keys are {', '.join(KEYS)}"
    if isinstance(content, dict) and not near:
        parts = [key, option]
        while isinstance(content, dict) and len(content) == 1 and not set(content) & set(KEYS):
            (part,) = content
            parts.append(part)
            content = content[part]
        dotted = ".".join(parts)
        raise here.error(
            f"TOML reads the dots in package.{dotted} as nested tables",
            f"write {place.header('package', dotted)} or {place.header('package', normalise(dotted))}",
        )
    if not near:
        hint = _meant_hint(option, content, hint)
    raise here.error(f"unknown key {toml_key(option)}", hint)


def _meant_hint(option: str, content: Any, keys: str) -> str:
    """Return the hint for a key that is no misspelt one, by what its value looks like.

    Args:
        option: The key.
        content: Its value.
        keys: The hint for a value that may be anything.
    """
    texts = content if isinstance(content, list) else [content]
    if not texts or not all(isinstance(text, str) for text in texts):
        return keys
    if all(text.lstrip().startswith("-") for text in texts):
        # Flags of a compiler.
        name = option.upper().replace("-", "_")
        return f"did you mean env.{name} = {toml_text(' '.join(texts))}?"
    for text in texts if re.fullmatch(NAME, option) else ():
        meant = _replacement(text, option)
        if meant:
            value = "…" if meant == text or texts is content else toml_text(meant)
            return f"did you mean replace.{toml_key(option)} = {value}? {keys}"
    if option.isupper() and isinstance(content, str):
        return f"did you mean env.{toml_key(option)} = {toml_text(content)}?"
    return keys


def _replacement(text: str, option: str) -> str:
    """Return the requirement that a text must be meant as, to replace one of a given name, or ""."""
    try:
        read(text)
        spellings: tuple[str, ...] = (text,)
    except RequirementError as error:
        spellings = error.instead
    for spelling in spellings:
        requirement = read(spelling)
        if requirement.name == "name":
            # The hint of a reader that was not told the name.
            spelling = option + spelling[len("NAME") :]
        # The names of environment variables are in upper case.
        specified = bool(requirement.specifier) and not option.isupper()
        if specified or requirement.name == normalise(option):
            return spelling
    return ""
