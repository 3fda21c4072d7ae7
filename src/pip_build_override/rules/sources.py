"""Entries of a list of requirements: texts, and tables that say where one comes from."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from .place import Place, did_you_mean, listing, toml_key, toml_text
from .requirement import NAME, Requirement, RequirementError, marker_of
from .requirement_slips import ARCHIVES, read
from .standards import normalise
from .tables import Alternative

RESERVED = ("group", "include", "env", "config-settings", "reason", "as-of")
_LATER = ("from", "borrow", "else", "allow-sdist", "specifier", "requirement", "hashes")
_KEYS = ("path", "name", "marker")
_OTHERS = {"file": "path", "wheel": "path", "directory": "path", "markers": "marker"}


def read_entry(value: Any, key: str, place: Place, folder: str, replaced: str = "") -> Alternative:
    """Read one requirement or source table.

    :param key: of the package table, for messages, as ``add`` or ``replace.numpy``.
    :param folder: absolute, from which a relative ``path`` counts.
    :param replaced: the declared name, as written, that the entry takes the place of.
    :raises OverrideError: where it is neither.
    """
    if isinstance(value, str):
        requirement = text_entry(value, key, place, replaced)
        return Alternative(requirement.name, requirement.text, requirement.marker, requirement.extras)
    if isinstance(value, dict):
        return _source_table(value, key, place, folder, replaced)
    raise place.error(
        f"{key}: wanted a requirement in quotes or a source table, found {kind_of(value)}",
        f"write {key} = {_example(value, key, replaced)}",
    )


def text_entry(text: str, key: str, place: Place, replaced: str = "") -> Requirement:
    """Read a requirement that is given as text, or raise an error that names key and table."""
    try:
        return read(text, replaced)
    except RequirementError as error:
        said = f"{toml_text(text)} is not a requirement: {error.problem}"
        raise place.error(f"{key}: {said}" if key else said, error.hint) from None


def kind_of(value: Any) -> str:
    """Return what a TOML value is, in words."""
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a text"}
    kinds.update({list: "a list", dict: "a table"})
    return kinds.get(type(value), "a date or time")


def refuse_reserved(key: str, place: Place, inside: str = "") -> None:
    """Raise for a key that has a meaning only in a later version."""
    if key in RESERVED:
        raise place.error(
            f"{inside}{key} is reserved for a later version", f"take {key} out of the file"
        )


def _example(value: Any, key: str, replaced: str) -> str:
    version = value if type(value) in (int, float) else "1.20.1"
    text = toml_text(f"{replaced or 'numpy'}=={version}")
    return text if key.startswith("replace") else f"[{text}]"


def _source_table(
    value: dict[str, Any], key: str, place: Place, folder: str, replaced: str
) -> Alternative:
    _check_keys(value, key, place, replaced)
    for option in _KEYS:
        if not isinstance(value.get(option, "-"), str):
            raise place.error(
                f"{key}: {option} wants a text, found {kind_of(value[option])}",
                f"put the value of {option} in quotes",
            )
    path = os.path.normpath(os.path.join(folder, value["path"]))
    if not value["path"].strip():
        raise place.error(f"{key}: path is empty", "write the path of a wheel, sdist or directory")
    name = value.get("name", replaced)
    if not name:
        file = os.path.basename(path)
        endings = [len(end) for end in ARCHIVES if file.lower().endswith(end)]
        guess = file[: len(file) - sum(endings[:1])].split("-")[0].replace("_", "-")
        raise place.error(
            f"{key}: a source table needs a name here",
            f"write {{ name = {toml_text(guess)}, path = {toml_text(value['path'])} }}",
        )
    if not re.fullmatch(NAME, name):
        raise place.error(
            f"{key}: {toml_text(name)} is not the name of a distribution",
            "name takes a bare name, such as numpy; the version is that of the file",
        )
    name = normalise(name)
    _check_file(path, value["path"], name, key, place)
    try:
        marker = marker_of(value["marker"]) if "marker" in value else ""
    except RequirementError as error:
        raise place.error(f"{key}: {error.problem}", error.hint) from None
    return Alternative(name, f"{name} @ {Path(path).as_uri()}", marker, path=path)


def _check_keys(value: dict[str, Any], key: str, place: Place, replaced: str) -> None:
    known = (*_KEYS, *_LATER, *RESERVED)
    if replaced and value and not any(option in known for option in value):
        _refuse_dotted_name(value, replaced, key, place)
    for option in value:
        refuse_reserved(option, place, f"{key}: ")
        if option in _LATER:
            example = toml_text(f"{value.get('name') or replaced or 'numpy'}==1.20.1")
            raise place.error(
                f"{key}: {option} in a source table is not supported yet",
                f"write the requirement out, such as {example}, or {{ path = … }}",
            )
        if option not in _KEYS:
            near = _OTHERS.get(option) or did_you_mean(option, _KEYS)
            raise place.error(
                f"{key}: a source table has no key {toml_key(option)}",
                _instead_of(option, value, replaced)
                or (f"did you mean {near}?" if near else f"its keys are {listing(_KEYS)}"),
            )
    if "path" not in value:
        example = toml_text(f"{value.get('name') or replaced or 'numpy'}==1.20.1")
        raise place.error(
            f"{key}: a source table needs a path",
            f"write {{ path = … }}, or a requirement such as {example}",
        )


def _instead_of(option: str, value: dict[str, Any], replaced: str) -> str:
    """Return the requirement that says what a key of another tool's tables says."""
    name = value.get("name") or replaced or "NAME"
    if option == "version":
        version = str(value[option])
        return f"write {toml_text(name + ('' if version[:1] in '=<>!~' else '==') + version)}"
    if option in ("url", "git"):
        scheme = "git+" if option == "git" else ""
        return f"write {toml_text(f'{name} @ {scheme}{value[option]}')}"
    return ""


def _refuse_dotted_name(value: dict[str, Any], replaced: str, key: str, place: Place) -> None:
    """Raise for ``replace.zope.interface = …``, which TOML reads as a table in a table."""
    parts = [replaced]
    inner: Any = value
    while isinstance(inner, dict) and inner and not set(inner) & {*_KEYS, *_LATER}:
        part = next(iter(inner))
        parts.append(part)
        inner = inner[part]
    dotted = ".".join(parts)
    meant = isinstance(inner, str) and normalise(inner).startswith(normalise(dotted))
    near = parts[-1] in _OTHERS or did_you_mean(parts[-1], _KEYS)
    if not meant and (near or _instead_of(parts[-1], value, replaced)):
        return
    raise place.error(
        f"{key}: TOML reads the dots in replace.{dotted} as tables in tables",
        f"write replace.{toml_key(dotted)} = … or replace.{normalise(dotted)} = …",
    )


def _check_file(path: str, written: str, name: str, key: str, place: Place) -> None:
    """Refuse a path where nothing is, or a distribution of another name (PEP 427, PEP 625)."""
    if not os.path.exists(path):
        raise place.error(
            f"{key}: there is no {path}",
            f"path = {toml_text(written)} is taken from the folder of the overrides file",
        )
    if os.path.isdir(path):
        return
    file = os.path.basename(path)
    if not file.lower().endswith(ARCHIVES):
        raise place.error(
            f"{key}: {file} is neither a wheel, an sdist nor a directory",
            f"path takes a directory, or a file that ends in one of {', '.join(ARCHIVES)}",
        )
    if file.lower().endswith(".whl"):
        if file.count("-") not in (4, 5):
            raise place.error(
                f"{key}: {file} is not the file name of a wheel",
                "a wheel keeps the name it was built with: NAME-VERSION-PYTHON-ABI-PLATFORM.whl",
            )
        fits = normalise(file.split("-")[0]) == name
    else:
        fits = normalise(file).startswith(f"{name}-")
    if not fits:
        raise place.error(
            f"{key}: {file} is not a distribution of {name}",
            'where the name changes, say so: { name = "…", path = … }',
        )
