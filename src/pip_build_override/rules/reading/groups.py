"""A ``[group.…]`` table: one table for several packages."""

from __future__ import annotations

from typing import Any

from ...errors import OverrideError
from ...frozen import replace
from ..place import Place, toml_key, toml_text
from ..tables import Table, same_package
from . import package_table
from .paths import looks_like_a_path, name_in
from .requirement import RequirementError
from .requirement_slips import read
from .values import KEYS, kind_of

_PACKAGES = "packages"


def read_groups(section: Any, place: Place, folder: str) -> tuple[Table, ...]:
    """Read all groups, as one table for each of their packages.

    Args:
        section: Value of the key ``group``.
        place: Place of the file.
        folder: Absolute directory that a relative ``path`` is relative to.

    Raises:
        OverrideError: If a group contains an error.
    """
    example = f"{place.header('group', 'NAME')} with packages = […] and the rules under it"
    if not isinstance(section, dict):
        raise place.at("group").error(
            f"expected a table for each group, found {kind_of(section)}",
            f"write {example}",
            kind="wrong-type",
        )
    tables: list[Table] = []
    for key, value in section.items():
        here = place.at("group", key)
        if not isinstance(value, dict):
            if key == _PACKAGES or key in KEYS:
                raise place.at("group").error(
                    f"the name of the group is missing before {key}",
                    f"write {example}",
                    kind="misplaced-key",
                )
            raise here.error(
                f"expected a table, found {kind_of(value)}", f"write {example}", kind="wrong-type"
            )
        tables += _read_group(key, value, here, place, folder)
    return tuple(tables)


def _read_group(key: str, value: dict[str, Any], here: Place, place: Place, folder: str) -> list[Table]:
    rules = {option: content for option, content in value.items() if option != _PACKAGES}
    for option, content in rules.items():
        if option not in KEYS:
            _refuse_key(key, option, content, here, place)
    if _PACKAGES not in value:
        raise here.error(
            "the group has no packages",
            f'write packages = ["…"] under {place.header("group", key)}',
            kind="no-rules",
        )
    if not rules:
        raise here.error(
            "the group has packages, but no rule for them",
            f'write a rule, such as constrain = ["setuptools<82"], under {place.header("group", key)}',
            kind="no-rules",
        )
    seen: dict[object, str] = {}
    tables = []
    for package in _read_packages(value[_PACKAGES], here):
        name, specifier = _read_package(package, here)
        same = same_package(name, specifier)
        if same in seen:
            raise here.error(
                f"packages: {toml_text(seen[same])} and {toml_text(package)} are the same package,"
                f" because names are compared in normalised form ({name})",
                f"remove {toml_text(package)} from packages",
                kind="duplicate-name",
            )
        seen[same] = package
        table = package_table.read_rules(rules, name, specifier, here, place, folder)
        tables.append(replace(table, group=True))
    return tables


def _refuse_key(key: str, option: str, content: Any, here: Place, place: Place) -> None:
    """Raise an error for a key that a group does not have."""
    if option in ("package", "names", "members", "for"):
        raise here.error(
            f"unknown key {toml_key(option)}", "did you mean packages?", kind="unknown-key"
        )
    if isinstance(content, dict) and _PACKAGES in content:
        raise here.error(
            f"TOML reads the dots in group.{key}.{option} as nested tables",
            f"write {place.header('group', f'{key}.{option}')}",
            kind="dotted-name",
        )
    from .key_slips import refuse_key  # only after a mistake

    try:
        refuse_key("NAME", option, content, place)
    except OverrideError as error:
        raise here.error(error.message, error.hint, kind=error.kind) from None


def _read_packages(value: Any, here: Place) -> list[str]:
    if not isinstance(value, list):
        hint = 'write packages = ["…"]'
        if isinstance(value, str):
            hint = f"write packages = [{toml_text(value)}]"
        elif isinstance(value, dict) and value:
            hint = f"write packages = [{', '.join(map(toml_text, value))}]"
        raise here.error(f"packages: expected a list, found {kind_of(value)}", hint, kind="wrong-type")
    if not value:
        raise here.error(
            "packages: the list is empty, so the group is for no package",
            'write packages = ["…"], or remove the group',
            kind="invalid-value",
        )
    for package in value:
        if not isinstance(package, str):
            raise here.error(
                f"packages: expected the name of a package in quotes, found {kind_of(package)}",
                'write packages = ["…"]',
                kind="wrong-type",
            )
    return value


def _read_package(text: str, here: Place) -> tuple[str, str]:
    """Return the normalised name and the specifier of one package of a group."""
    if text.strip().startswith("*"):
        raise here.error(
            f"packages: {toml_text(text)} means every package, and a group is for some",
            f"name the packages, or put the rules under {Place('', here.form).header('package', '*')}",
            kind="invalid-name",
        )
    try:
        requirement = read(text)
    except RequirementError as error:
        raise here.error(
            f"packages: {toml_text(text)} is not a package: {error.problem}",
            _package_hint(text, error),
            kind="invalid-name",
        ) from None
    more = {"extras": requirement.extras, "a URL": requirement.url, "a marker": requirement.marker}
    for what, part in more.items():
        if part:
            raise here.error(
                f"packages: {toml_text(text)} has {what}; expected a name, with or without versions",
                f"write {toml_text(requirement.name + requirement.specifier)}",
                kind="invalid-name",
            )
    return requirement.name, requirement.specifier


def _package_hint(text: str, error: RequirementError) -> str:
    if "://" in text or looks_like_a_path(text):
        return f"write the name of the package: {toml_text(name_in(text) or 'NAME')}"
    if error.instead:
        return f"write {', '.join(map(toml_text, error.instead))}"
    return error.hint
