"""The functions that read and validate a whole overrides file."""

from __future__ import annotations

import os
from typing import Any, Callable

from ...errors import OverrideError
from ..place import TOOL, Place, choice, did_you_mean, listing, toml_key, toml_text, toml_value
from ..tables import Overrides, Table, same_package
from . import package_table
from .document import decode, form_of, name_of_file, parse_toml, read_file
from .values import KEYS, SETTINGS, kind_of, refuse_misplaced

_SECTIONS = ("package", "group", "settings", "matrix", "include")


def load_overrides(path: str) -> Overrides:
    """Read and validate an overrides file.

    Args:
        path: Path of a ``.toml`` file, a ``pyproject.toml`` or a ``.txt`` file.

    Raises:
        OverrideError: If the file cannot be read or contains an error.
    """
    return parse_overrides(read_file(path), path=os.path.abspath(path))


def parse_overrides(
    data: bytes, *, path: str, shown: str | None = None, read: Callable[[str], bytes] = read_file
) -> Overrides:
    """Validate the content of an overrides file.

    Args:
        data: Content of the file.
        path: Absolute path of the file. Its name determines the format, and relative paths in the file
            are relative to its directory.
        shown: The file's name in messages; by default a path that the user can open.
        read: Returns the content of an included file.

    Raises:
        OverrideError: If the content, or an included file, contains an error.
    """
    place = Place(shown or name_of_file(path, data), form_of(path))
    text = decode(data, place)
    try:
        if place.form == "txt":
            from .txt import read_lines  # not for each start of pip

            return Overrides(place.shown, path, read_lines(text, place), form=place.form)
        return read_document(document_in(text, place), place, path, text, read)
    except OverrideError:
        from .other_files import output_of_pip  # only after a mistake

        other = output_of_pip(text, place)
        if other is None:
            raise
        raise other from None


def document_in(text: str, place: Place) -> dict[str, Any]:
    """Return the tables of an overrides file, as parsed from TOML.

    Raises:
        OverrideError: If it is not TOML, or a ``pyproject.toml`` without our table.
    """
    root = parse_toml(text, place)
    return _own_part(root, place) if place.form == "pyproject" else root


def read_document(
    root: dict[str, Any],
    place: Place,
    path: str,
    text: str = "",
    read: Callable[[str], bytes] = read_file,
) -> Overrides:
    """Validate the tables of an overrides file, and those of the files that it includes.

    Args:
        root: The tables, as parsed from TOML.
        place: Place of the file.
        path: Absolute path of the file.
        text: Text of the file, for the numbers of lines; "" if it is not known.
        read: Returns the content of an included file.

    Raises:
        OverrideError: If they contain an error.
    """
    tables, own = read_sections(root, place, path)
    included: tuple[tuple[str, str], ...] = ()
    if "include" in root:
        from .included import Part, including, paths_in  # most files include none

        def load(file: str, content: bytes) -> Part:
            there = Place(name_of_file(file, content), form_of(file))
            lines = decode(content, there)
            part = document_in(lines, there)
            includes = paths_in(part.get("include", []), there, file, lines)
            return Part(file, lines, there, *read_sections(part, there, file), includes)

        itself = Part(path, text, place, tables, own, paths_in(root["include"], place, path, text))
        tables, own, included = including(itself, load, read)
    if included or "group" in root:
        from ..ties import refuse_ties  # most files have neither

        refuse_ties(tables, place)
    settings: dict[str, Any] = {
        key.replace("-", "_"): own.get(key, values[0]) for key, values in SETTINGS.items()
    }
    return Overrides(place.shown, path, tables, form=place.form, included=included, **settings)


def read_sections(
    root: dict[str, Any], place: Place, path: str
) -> tuple[tuple[Table, ...], dict[str, str | bool]]:
    """Validate one file without those that it includes.

    Args:
        root: The tables, as parsed from TOML.
        place: Place of the file.
        path: Absolute path of the file.

    Returns:
        Its tables, and the settings that it has, by name.

    Raises:
        OverrideError: If they contain an error.
    """
    for key, value in root.items():
        if key not in _SECTIONS:
            _refuse_section(key, value, place)
    if "matrix" in root:
        # What it says is not for pip, and hardly any file has one.
        from .matrix_outline import check_outline

        check_outline(root["matrix"], place)
    folder = os.path.dirname(path)
    tables = _read_packages(root.get("package", {}), place, folder)
    if "group" in root:
        from .groups import read_groups  # most files have none

        tables += read_groups(root["group"], place, folder)
    return tables, _read_settings(root.get("settings", {}), place)


def _own_part(document: dict[str, Any], place: Place) -> dict[str, Any]:
    """Return the content of ``[tool.pip-build-override]``."""
    tool = document.get("tool", {})
    # Other tools read the file too, so [tool] may be of any type.
    section = tool.get(TOOL[5:]) if isinstance(tool, dict) else None
    if section is None:
        near = did_you_mean(TOOL[5:], tool) if isinstance(tool, dict) else ""
        raise place.error(
            f"there is no table [{TOOL}] in it",
            f"did you mean [{TOOL}] instead of [tool.{toml_key(near)}]?"
            if near
            else f"write tables like {place.header('package', 'pyworld')}",
            kind="wrong-file",
        )
    if not isinstance(section, dict):
        raise place.error(
            f"{TOOL} is {kind_of(section)}, not a table",
            f"write tables like {place.header('package', 'pyworld')}",
            kind="wrong-type",
        )
    return section


def _refuse_section(key: str, value: Any, place: Place) -> None:
    """Raise an error for a top-level key that is not one of ``_SECTIONS``."""
    refuse_misplaced(key, place)
    names = [name for name in value if name not in KEYS] if _is(value, dict) else []
    tables = [name for name in names if _is(value[name], dict)]
    example = place.header("package", tables[0] if tables else "NAME")
    hint = f"the tables are {example}, {place.header('settings')} and {place.header('matrix')}"
    near = did_you_mean(key, _SECTIONS)
    if TOOL[5:] in names:
        hint = f"leave out {TOOL}. here, because only a pyproject.toml has it"
    elif key in ("build-system", "project", "tool"):
        hint = (
            "if this is a pyproject.toml, give the file that name, and write tables like"
            f" [{TOOL}.package.NAME]"
        )
    elif key in SETTINGS:
        hint = f"put {key} under {place.header('settings')}"
    elif key in KEYS:
        hint = f"put {key} under {place.header('package', 'NAME')}"
        if key != "no-binary":
            hint += f", or under {place.header('package', '*')} for every package"
    elif near in ("settings", "matrix"):
        hint = f"did you mean {place.header(near)}?"
    elif near == "group":
        hint = f"did you mean {place.header('group', tables[0] if tables else 'NAME')}?"
    elif near == "include":
        hint = "did you mean include?"
    elif near or key in ("pkg", "packages", "build"):
        hint = f"did you mean {example}?"
    elif _is(value, dict) and len(names) < len(value):
        hint = f"did you mean {place.header('package', key)}?"
    raise place.error(f"unknown top-level key {toml_key(key)}", hint, kind="unknown-key")


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind)


def _read_packages(section: Any, place: Place, folder: str) -> tuple[Table, ...]:
    if not isinstance(section, dict):
        raise place.at("package").error(
            f"expected a table for each package, found {kind_of(section)}",
            f"write {place.header('package', 'NAME')} and the rules under it",
            kind="wrong-type",
        )
    seen: dict[object, str] = {}
    tables = []
    for key, value in section.items():
        table = package_table.read_table(key, value, place, folder)
        same = same_package(table.name, table.specifier)
        if same in seen:
            raise place.error(
                f"{table.where} and {seen[same]} are tables for the same package, because"
                f" names are compared in normalised form ({table.name})",
                f"put all its rules under {place.header('package', key)}",
                kind="duplicate-name",
            )
        seen[same] = table.where
        tables.append(table)
    return tuple(tables)


def _read_settings(section: Any, place: Place) -> dict[str, str | bool]:
    place = place.at("settings")
    if not isinstance(section, dict):
        raise place.error(
            f"expected a table, found {kind_of(section)}",
            f'write {place.header("settings")} and under it unused = "warn"',
            kind="wrong-type",
        )
    for key in section:
        refuse_misplaced(key, place)
        if key not in SETTINGS:
            near = did_you_mean(key, tuple(SETTINGS))
            belongs = f"put {key} under {place.header('package', 'NAME')}"
            raise place.error(
                f"unknown setting {toml_key(key)}",
                belongs
                if key in KEYS
                else f"did you mean {near}?"
                if near
                else f"the settings are {listing(SETTINGS)}",
                kind="unknown-key",
            )
    return {key: _read_setting(key, section[key], place) for key in SETTINGS if key in section}


def _read_setting(key: str, value: Any, place: Place) -> str | bool:
    values = SETTINGS[key]
    for one in values:
        # Not by comparing: in Python, 1 is the same as true.
        if value is one or (isinstance(one, str) and value == one):
            return one
    near = did_you_mean(value, list(map(str, values))) if isinstance(value, str) else ""
    shown = toml_text(value) if isinstance(value, str) else kind_of(value)
    meant = next((one for one in values if str(one).lower() == near.lower()), values[-1])
    written = f"{key} = {toml_value(meant)}"
    raise place.error(
        f"{key} is {shown}; it must be {choice(map(toml_value, values))}",
        f"did you mean {written}?" if near else f"write {written}",
        kind="invalid-value",
    )
