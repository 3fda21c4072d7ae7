"""The key about the metadata of the built wheel: ``pin-compatible``."""

from __future__ import annotations

import re
from typing import Any, Iterable, Iterator

from ..pins import PLACEHOLDERS, fields_of, filled
from ..place import Place, did_you_mean, listing, toml_key, toml_text
from ..standards import NAME, normalise
from ..tables import PINS
from .requirement import RequirementError, read_specifier
from .requirement_slips import read
from .values import kind_of

# A specifier is tried with these before anything is built.
_TRIED = ("1.20.1", "2.0")
_EXAMPLE = ">={version},<2"
# As in conda's recipes, where these are arguments of a function.
_OF_CONDA = ("name", "min-pin", "max-pin", "lower-bound", "upper-bound", "exact")
# Values of max_pin.
_LIKE_CONDA = {
    "x": ">={version},=={major}.*",
    "x.x": ">={version},=={major}.{minor}.*",
    "x.x.x": ">={version},=={major}.{minor}.{micro}.*",
}


def read_pins(value: Any, package: str, here: Place) -> tuple[tuple[str, str], ...]:
    """Return ``Table.pin_compatible`` for the value of the key in a package table.

    Args:
        value: The value as parsed from TOML.
        package: The normalised name of the package that the table is for, or ``*``.
        here: The place of the table.

    Raises:
        OverrideError: If the value contains an error.
    """
    if isinstance(value, dict):
        pairs = list(_templates(value, here))
    elif isinstance(value, list):
        pairs = [(_listed_name(entry, here), entry, "") for entry in value]
    else:
        raise here.error(
            f"{PINS}: expected a list of names, or names with specifiers, found {kind_of(value)}",
            f"write {_instead_of(value)}",
            kind="wrong-type",
        )
    seen: dict[str, str] = {}
    for name, written, _ in pairs:
        if name in seen:
            raise here.error(
                f"{PINS}: {toml_text(seen[name])} and {toml_text(written)} are the same name",
                "remove one of the two",
                kind="duplicate-name",
            )
        if name == package:
            raise here.error(
                f"{PINS}: {written} is the package itself, and a package does not require itself",
                f"remove {written} from {PINS}",
                kind="invalid-value",
            )
        seen[name] = written
    return tuple((name, template) for name, _, template in pairs)


def _instead_of(value: Any) -> str:
    if not isinstance(value, str):
        return f'{PINS} = ["NAME"]'
    name = re.match(NAME, value.strip())
    return f"{PINS} = [{toml_text(name[0] if name else 'NAME')}]"


def _listed_name(entry: Any, here: Place) -> str:
    """Return the normalised form of an entry of the list."""
    if not isinstance(entry, str):
        raise here.error(
            f"{PINS}: expected a name in quotes, found {kind_of(entry)}",
            f'write {PINS} = ["NAME"] or {PINS}.NAME = {toml_text(_EXAMPLE)}',
            kind="wrong-type",
        )
    if re.fullmatch(NAME, entry):
        return normalise(entry)
    bare = re.match(NAME, entry.strip())
    name = bare[0] if bare else "NAME"
    hint = f"write {PINS} = [{toml_text(name)}]"
    try:
        specifier = read(entry).specifier
    except RequirementError:
        specifier = ""
    if specifier:
        hint += f" or {PINS}.{toml_key(name)} = {toml_text(specifier)}"
    raise here.error(f"{PINS}: {toml_text(entry)} is not a name", hint, kind="invalid-name")


def _templates(value: dict[str, Any], here: Place) -> Iterator[tuple[str, str, str]]:
    given = [name for name, text in value.items() if not re.search("[=<>~]", str(text))]
    name = value.get("name")
    example = f"{PINS}.{toml_key(name if isinstance(name, str) and name else 'NAME')}"
    _refuse_arguments(given, PINS, example, here)
    for written, template in value.items():
        key = f"{PINS}.{toml_key(written)}"
        if not re.fullmatch(NAME, written):
            bare = re.match(NAME, written.strip())
            raise here.error(
                f"{key}: {toml_text(written)} is not a name",
                f"write {PINS}.{toml_key(bare[0] if bare else 'NAME')} = {toml_text(_EXAMPLE)}",
                kind="invalid-name",
            )
        yield normalise(written), written, _template(key, written, template, here)


def _refuse_arguments(names: Iterable[str], key: str, example: str, here: Place) -> None:
    """Raise an error if a name in a table is an argument of conda's function.

    Args:
        names: The names.
        key: The key of the table.
        example: The key of a specifier, for the hint.
        here: The place of the table.
    """
    for name in names:
        if name.replace("_", "-") in _OF_CONDA:
            raise here.error(
                f"{key}: {name} is an argument of conda's pin_compatible",
                f"write a specifier, such as {example} = {toml_text(_EXAMPLE)}; the page pins.md of the"
                " documentation has one for each of conda's examples",
                kind="unknown-key",
            )


def _template(key: str, name: str, template: Any, here: Place) -> str:
    """Return a valid specifier with placeholders."""
    if isinstance(template, dict) and template:
        _refuse_arguments(template, key, key, here)
        inner, content = next(iter(template.items()))
        shown = content if isinstance(content, str) else _EXAMPLE
        raise here.error(
            f"TOML reads the dots in {key}.{inner} as nested tables",
            f"write {PINS}.{toml_key(f'{name}.{inner}')} = {toml_text(shown)}",
            kind="dotted-name",
        )
    if not isinstance(template, str):
        raise here.error(
            f"{key}: expected a specifier in quotes, found {kind_of(template)}",
            f"write {key} = {toml_text(_EXAMPLE)}",
            kind="wrong-type",
        )
    if not template.strip():
        raise here.error(
            f"{key}: the specifier is empty",
            f"write {key} = {toml_text(_EXAMPLE)} or {PINS} = [{toml_text(name)}]",
            kind="invalid-value",
        )
    _check_placeholders(key, template, here)
    for version in _TRIED:
        text = filled(template, version)
        try:
            read_specifier(text)
        except RequirementError as error:
            said = f"{toml_text(template)} is not a specifier"
            if text != template:
                said = f"with version {version}, {toml_text(template)} is {toml_text(text)}, which is"
                said += " not a specifier"
            raise here.error(
                f"{key}: {said}: {error.problem}",
                f"write {_better(key, name, template)}",
                kind="invalid-requirement",
            ) from None
    return "".join(template.split())


def _check_placeholders(key: str, template: str, here: Place) -> None:
    known = listing(f"{{{name}}}" for name in PLACEHOLDERS)
    try:
        fields = fields_of(template)
    except ValueError:
        raise here.error(
            f"{key}: {toml_text(template)} has a brace without its counterpart",
            f"use braces for placeholders only: {known}",
            kind="invalid-value",
        ) from None
    for field in fields:
        if field not in PLACEHOLDERS:
            near = did_you_mean(field, PLACEHOLDERS) if field else ""
            instead = template.replace(f"{{{field}}}", f"{{{near}}}")
            raise here.error(
                f"{key}: {{{field}}} is not a placeholder",
                f"write {key} = {toml_text(instead)}" if near else f"the placeholders are {known}",
                kind="invalid-value",
            )


def _better(key: str, name: str, template: str) -> str:
    """Return a line that is valid, and close to what is written if that is possible."""
    found = re.match(rf"\s*({NAME})\s*(?=[=<>!~])", template)
    body = (template[found.end() :] if found else template).partition(";")[0].strip()
    if body in _LIKE_CONDA:
        return f"{key} = {toml_text(_LIKE_CONDA[body])}"
    valid = [text for text in (body, f"=={body}", _EXAMPLE) if _is_template(text)]
    return f"{key} = {toml_text(valid[0])}"


def _is_template(text: str) -> bool:
    try:
        return all(read_specifier(filled(text, version)) for version in _TRIED)
    except RequirementError:
        return False
