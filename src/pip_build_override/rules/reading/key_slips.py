"""Hints for keys that no package table has."""

from __future__ import annotations

import re
from typing import Any, Iterator

from ..place import Place, did_you_mean, toml_key, toml_text, toml_value
from ..standards import NAME, normalise
from ..tables import CONFIG_SETTINGS, ENV, ENVIRONMENT, PINS, SEES_TARGET, TARGET
from .requirement import RequirementError
from .requirement_slips import read
from .values import KEYS, SETTINGS, refuse_misplaced

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
    "pins": PINS,
    "build-requires": "requires",
    "from-source": "no-binary",
    "build-with-system-site-packages": SEES_TARGET,
    "environment": ENV,
    "variables": ENV,
    "options": CONFIG_SETTINGS,
    "comment": "reason",
    "cythonize": "regenerate",
    "generate": "regenerate",
    "uploaded-prior-to": "as-of",
    "exclude-newer": "as-of",
    "date": "as-of",
}
_ISOLATION = ("no-build-isolation", "no-isolation", "build-isolation", "isolation", "isolated")
# The settings of the backends that many packages use, each with its name in config-settings.
_OF_BACKENDS = {
    **{name: name for name in ("setup-args", "compile-args", "dist-args", "install-args", "builddir")},
    **{name: name for name in ("cmake", "--global-option", "--build-option")},
    "global-option": "--global-option",
    "build-option": "--build-option",
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
    refuse_misplaced(option, here)
    if option in SETTINGS:
        raise here.error(
            f"{option} is not a rule for one package",
            f"put {option} under {place.header('settings')}",
            kind="misplaced-key",
        )
    if key in KEYS:
        example = f"{place.header('package', 'NAME')} and under it {key}.{toml_key(option)} = …"
        raise here.error(
            f"the name of a package is missing before {key}", f"write {example}", kind="misplaced-key"
        )
    unknown = f"unknown key {toml_key(option)}"
    dashed = option.lower().replace("_", "-")
    if dashed in _ISOLATION:
        raise here.error(unknown, f"write {ENVIRONMENT} = {toml_text(TARGET)}", kind="unknown-key")
    if dashed in _OF_BACKENDS:
        lines = " and ".join(_settings(_OF_BACKENDS[dashed], content))
        raise here.error(unknown, f"write {lines}", kind="unknown-key")
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
            kind="dotted-name",
        )
    if not near:
        hint = _meant_hint(option, content, hint)
    raise here.error(unknown, hint, kind="unknown-key")


def _settings(name: str, content: Any) -> Iterator[str]:
    """Yield the lines that give settings to the build backend, also if TOML has read their dots."""
    if isinstance(content, dict):
        for part, inner in content.items():
            yield from _settings(f"{name}.{part}", inner)
    else:
        strings = all(isinstance(text, str) for text in content) if isinstance(content, list) else False
        value = toml_value(content) if strings or isinstance(content, str) else '"…"'
        yield f"{CONFIG_SETTINGS}.{toml_key(name)} = {value}"


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
