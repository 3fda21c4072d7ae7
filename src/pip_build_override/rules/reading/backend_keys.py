"""Keys about the build backend: ``config-settings``, ``env`` and ``reason``."""

from __future__ import annotations

import re
from typing import Any, Iterator, Mapping, Union

from ... import switch
from ..place import Place, toml_key, toml_text, toml_value
from ..tables import CONFIG_SETTINGS, ENV
from .values import kind_of

Value = Union[str, "tuple[str, ...]"]
"""The value of one configuration setting."""

_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_DEFINITION = r"\s*-D[^=\s]+="
_ISOLATING = ("PYTHONPATH", "PYTHONHOME", "PYTHONNOUSERSITE")
_OURS = (switch.SWITCH, "_PIP_BUILD_OVERRIDE", *switch.BUILD_TRACKERS)
# By which pip tells the process of a build backend which backend that is.
_OF_HOOKS = ("_PYPROJECT_HOOKS_", "PEP517_")


def read_keys(table: Mapping[str, Any], here: Place) -> dict[str, Any]:
    """Return the fields of ``Table`` that these keys of a package table set.

    Args:
        table: The table as parsed from TOML.
        here: The place of the table.

    Raises:
        OverrideError: If one of them contains an error.
    """
    fields: dict[str, Any] = {}
    if CONFIG_SETTINGS in table:
        fields["config_settings"] = tuple(_config_settings(table[CONFIG_SETTINGS], here))
    if ENV in table:
        fields["env"] = tuple(_variables(table[ENV], here))
    if "reason" in table:
        fields["reason"] = _reason(table["reason"], here)
    return fields


def _config_settings(value: Any, here: Place) -> Iterator[tuple[str, Value]]:
    if not isinstance(value, dict):
        raise here.error(
            f"config-settings: expected names with values, found {kind_of(value)}",
            f"write {_as_keys('config-settings', value)}",
            kind="wrong-type",
        )
    for name, content in value.items():
        key = f"config-settings.{toml_key(name)}"
        if not name.strip():
            raise here.error(
                f"{key}: a setting needs a name", f"remove {key} from the file", kind="invalid-value"
            )
        if "=" in name:
            raise here.error(
                f"{key}: the name of a setting cannot contain =",
                f"write {_as_key(key, name)}",
                kind="invalid-value",
            )
        yield name, _config_value(key, name, content, here)


def _config_value(key: str, name: str, value: Any, here: Place) -> Value:
    if isinstance(value, dict):
        parts = [name]
        inner: Any = value
        while isinstance(inner, dict) and len(inner) == 1:
            ((part, inner),) = inner.items()
            parts.append(part)
        if isinstance(inner, dict):
            raise here.error(
                f"{key}: expected a string or a list of strings, found a table",
                f'write each setting in full and in quotes: config-settings."{name}.NAME" = "…"',
                kind="wrong-type",
            )
        dotted = f"config-settings.{toml_key('.'.join(parts))}"
        raise here.error(
            f"TOML reads the dots in config-settings.{'.'.join(parts)} as nested tables",
            f"write {dotted} = {toml_text(inner if isinstance(inner, str) else '…')}",
            kind="dotted-name",
        )
    if isinstance(value, list):
        if not value:
            raise here.error(
                f"{key}: the list is empty, so the setting has no value",
                f'remove {key} from the file, or write {key} = ""',
                kind="invalid-value",
            )
        return tuple(_string(key, item, here, "a string in the list") for item in value)
    return _string(key, value, here, "a string or a list of strings")


def _variables(value: Any, here: Place) -> Iterator[tuple[str, str | None]]:
    if not isinstance(value, dict):
        raise here.error(
            f"env: expected names of variables with values, found {kind_of(value)}",
            f"write {_as_keys('env', value)}",
            kind="wrong-type",
        )
    for name, content in value.items():
        key = f"env.{toml_key(name)}"
        _check_variable(key, name, here)
        if content is False:
            yield name, None
            continue
        if content is True:
            raise here.error(
                f"{key}: expected a string, or false to unset it, found true",
                f'write {key} = "1"',
                kind="wrong-type",
            )
        if isinstance(content, dict):
            raise here.error(
                f"{key}: expected a string, or false to unset it, found a table",
                f'write {key} = "…"',
                kind="wrong-type",
            )
        if isinstance(content, list):
            texts = [item for item in content if isinstance(item, str)]
            raise here.error(
                f"{key}: expected a string, or false to unset it, found a list",
                f"write {key} = {toml_text(' '.join(texts) or '…')}",
                kind="wrong-type",
            )
        text = _string(key, content, here, "a string, or false to unset it")
        for itself in (f"${name}", f"${{{name}}}", f"%{name}%"):
            if itself in text:
                raise here.error(
                    f"{key}: values are not expanded, so {itself} would stay as it is",
                    f"write the whole value, without {itself}",
                    kind="invalid-value",
                )
        yield name, text


def _check_variable(key: str, name: str, here: Place) -> None:
    if not re.fullmatch(_VARIABLE, name):
        hint = f"remove {key} from the file"
        if "=" in name:
            hint = f"write {_as_key(key, name)}"
        elif re.fullmatch(_VARIABLE, name.strip().lstrip("$").replace("-", "_")):
            hint = f'write env.{name.strip().lstrip("$").replace("-", "_")} = "…"'
        raise here.error(
            f"{key}: {toml_text(name)} is not the name of an environment variable",
            hint,
            kind="invalid-value",
        )
    if name.startswith(_OURS):
        raise here.error(
            f"{key}: with another {name} the rules would not be in force in the pips that the build"
            " backend starts",
            f"remove {key} from the file",
            kind="invalid-value",
        )
    if name.startswith(_OF_HOOKS):
        raise here.error(
            f"{key}: pip sets {name} itself, to tell its process which build backend to call",
            f"remove {key} from the file",
            kind="invalid-value",
        )
    if name in _ISOLATING:
        raise here.error(
            f"{key}: pip sets {name} so that a build uses its build environment only",
            f"remove {key} from the file; to add a requirement, write add = […]",
            kind="invalid-value",
        )


def _string(key: str, value: Any, here: Place, expected: str) -> str:
    if not isinstance(value, str):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        shown = toml_text(text) if isinstance(value, (bool, int, float)) else '"…"'
        raise here.error(
            f"{key}: expected {expected}, found {kind_of(value)}",
            f"put it in quotes: {shown}",
            kind="wrong-type",
        )
    if "\0" in value:
        raise here.error(
            f"{key}: the value contains a null character, which no program can be given",
            "remove the null character",
            kind="invalid-value",
        )
    return value


def _reason(value: Any, here: Place) -> str:
    if not isinstance(value, str):
        raise here.error(
            f"reason: expected a text in quotes, found {kind_of(value)}",
            'write reason = "…"',
            kind="wrong-type",
        )
    if not value.strip():
        raise here.error(
            "reason: the text is empty",
            "write why the table is there, or remove reason",
            kind="invalid-value",
        )
    return " ".join(value.split())


def _as_key(key: str, name: str) -> str:
    """Return a key and a value for a name that contains both, as in a shell."""
    first, _, rest = name.partition("=")
    return f"{key.partition('.')[0]}.{toml_key(first.strip() or 'NAME')} = {toml_text(rest.strip())}"


def _as_keys(key: str, value: Any) -> str:
    """Return the lines for settings given as text, as in ``-C name=value``."""
    lines = []
    texts = value if isinstance(value, list) and value else [value]
    if key == CONFIG_SETTINGS and all(
        isinstance(each, str) and re.match(_DEFINITION, each) for each in texts
    ):
        # Meson and CMake have definitions in this form; their backends have no settings of that name.
        defined = [each.strip() for each in texts]
        cmake = (_as_key(f"{key}.", f"cmake.define.{each[2:]}") for each in defined)
        return f"{key}.setup-args = {toml_value(defined)} for Meson, or {' and '.join(cmake)} for CMake"
    for text in texts:
        if not isinstance(text, str) or "=" not in text:
            return f'{key}.NAME = "…"'
        bare = re.sub(r"^(--config-settings?[= ]|-C)\s*", "", text.strip())
        name, _, content = bare.partition("=")
        lines.append(f"{key}.{toml_key(name.strip())} = {toml_text(content.strip())}")
    return " and ".join(lines)
