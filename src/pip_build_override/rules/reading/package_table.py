"""One ``[package.…]`` table: its header and its keys."""

from __future__ import annotations

import re
from typing import Any

from ..contradictions import refuse_contradictions
from ..place import Place, toml_key, toml_text
from ..standards import NAME, normalise
from ..tables import AS_OF, PINS, REGENERATE, Alternative, Constraint, Removal, Table
from .requirement import RequirementError
from .requirement_slips import has_specifier, problem_of_package, read
from .sources import read_entry
from .values import KEYS, OF_BACKEND, OF_ENVIRONMENT, kind_of, spelt, text_entry


def read_table(key: str, value: Any, place: Place, folder: str) -> Table:
    """Read the table of one package.

    Args:
        key: Key as in the file: a name, a name with a version specifier, or ``*``.
        value: Value of the key.
        place: Place of the file.
        folder: Absolute directory that a relative ``path`` is relative to.

    Raises:
        OverrideError: If the table contains an error.
    """
    here = place.at("package", key)
    if not isinstance(value, dict):
        raise here.error(
            f"expected a table, found {kind_of(value)}",
            f"write {place.header('package', 'NAME')} and under it {key} = …"
            if key in KEYS
            else f"write {place.header('package', key)}, and its rules under it",
            kind="wrong-type",
        )
    for option, content in value.items():
        if option not in KEYS:
            from .key_slips import refuse_key  # only after a mistake

            refuse_key(key, option, content, place)
    name, specifier = _read_header(key, here, place)
    return read_rules(value, name, specifier, here, place, folder)


def read_rules(
    value: dict[str, Any], name: str, specifier: str, here: Place, place: Place, folder: str
) -> Table:
    """Read the keys of a table, which are all known.

    Args:
        value: The keys and their values.
        name: Normalised name of the package, or ``*``.
        specifier: Specifier of a table for some versions only.
        here: Place of the table.
        place: Place of the file.
        folder: Absolute directory that a relative ``path`` is relative to.

    Raises:
        OverrideError: If the table contains an error.
    """
    requires = None
    if "requires" in value:
        requires = _entries("requires", value["requires"], here, folder)
    others: dict[str, Any] = {}
    if not value.keys().isdisjoint(OF_BACKEND):
        from .backend_keys import read_keys  # not for each start of run

        others = read_keys(value, here)
    if not value.keys().isdisjoint(OF_ENVIRONMENT):
        from . import environment_keys  # as above

        others.update(environment_keys.read_keys(value, here, folder))
    if PINS in value:
        from .pin_keys import read_pins  # as above

        others["pin_compatible"] = read_pins(value[PINS], name, here)
    if REGENERATE in value:
        from .source_keys import read_regenerate  # as above

        others["regenerate"] = read_regenerate(value[REGENERATE], name, here, place)
    if AS_OF in value:
        from .as_of_key import read_as_of  # as above

        others["as_of"] = read_as_of(value[AS_OF], here)
    table = Table(
        here.table,
        name,
        specifier,
        replace=_read_replace(value.get("replace", {}), here, folder),
        remove=tuple(
            _read_removal(item, here) for item in _list("remove", value.get("remove", []), here)
        ),
        add=_entries("add", value.get("add", []), here, folder),
        constrain=tuple(
            _read_constraint(item, here)
            for item in _list("constrain", value.get("constrain", []), here)
        ),
        requires=requires,
        no_binary=_read_no_binary(value.get("no-binary", False), name, specifier, here, place),
        **others,
    )
    if table.build_environment:
        environment_keys.refuse_beside(table, here)
    if table.as_of and table.system_site_packages:
        environment_keys.refuse_as_of(here)
    refuse_contradictions(table, here)
    return table


def _read_header(key: str, here: Place, place: Place) -> tuple[str, str]:
    """Return the normalised name and the specifier in a table's key."""
    if key == "*":
        return key, ""
    bare = re.match(NAME, key)
    hint = f"write {place.header('package', bare[0] if bare else 'NAME')}"
    if key.startswith("*"):
        raise here.error(
            "* means every package in every version, and cannot be combined with anything",
            f"write {place.header('package', '*')}, or name the package",
            kind="invalid-name",
        )
    try:
        requirement = read(key)
    except RequirementError as error:
        hint = _as_header(error, place)
        if has_specifier(key) and not error.instead:
            hint = error.hint
        raise here.error(
            f"{problem_of_package(key)}: {error.problem}", hint, kind="invalid-name"
        ) from None
    more = {"extras": requirement.extras, "a URL": requirement.url, "a marker": requirement.marker}
    for what, part in more.items():
        if part:
            raise here.error(
                f"the header of a package table cannot have {what}", hint, kind="invalid-name"
            )
    return requirement.name, requirement.specifier


def _as_header(error: RequirementError, place: Place) -> str:
    """Return the hint for a text that is not a requirement, for a table's header."""
    name = "NAME"
    if error.instead:
        spelling = read(error.instead[0])
        name = spelling.name + spelling.specifier
    return f"write {place.header('package', name)}"


def _read_no_binary(value: Any, name: str, specifier: str, here: Place, place: Place) -> bool:
    if not isinstance(value, bool):
        raise here.error(
            f"no-binary: expected true or false, found {kind_of(value)}",
            "write no-binary = true",
            kind="wrong-type",
        )
    if value and (name == "*" or specifier):
        plain = "NAME" if name == "*" else name
        raise here.error(
            "no-binary is allowed only in a table for one package, without a version specifier",
            f"put it under {place.header('package', plain)}",
            kind="misplaced-key",
        )
    return value


def _list(key: str, value: Any, here: Place) -> list[Any]:
    if isinstance(value, list):
        return value
    hint = f'write {key} = ["…"]'
    if isinstance(value, str):
        hint = f"write {key} = [{toml_text(value)}]"
    elif isinstance(value, dict) and value:
        if not set(value) & {"name", "path", "from", "marker", "requirement"}:
            entries = [_meant(name, content, key) for name, content in value.items()]
            hint = f"write {key} = [{', '.join(map(toml_text, entries))}]"
        elif key in ("add", "requires"):
            hint = f"put the source table in brackets: {key} = [{{ … }}]"
    raise here.error(f"{key}: expected a list, found {kind_of(value)}", hint, kind="wrong-type")


def _meant(name: str, content: Any, key: str) -> str:
    """Return the requirement that is meant by a name with a value, as other tools write it."""
    if isinstance(content, str) and key != "remove":
        for text in (content, f"{name}{content}", f"{name}=={content}"):
            try:
                if read(text).name == normalise(name):
                    return text
            except RequirementError:
                continue
    return name


def _entries(key: str, value: Any, here: Place, folder: str) -> tuple[Alternative, ...]:
    return tuple(read_entry(item, key, here, folder) for item in _list(key, value, here))


def _read_replace(
    value: Any, here: Place, folder: str
) -> tuple[tuple[str, tuple[Alternative, ...]], ...]:
    if not isinstance(value, dict):
        texts = [text for text in (value if isinstance(value, list) else [value]) if _is_named(text)]
        text = texts[0] if texts else "NAME"
        name = read(text).name if texts else text
        hint = f"write replace.{name} = {toml_text(text)}"
        if len(texts) > 1:
            hint += ", and a line like it for each other name"
        raise here.error(
            f"replace: expected a name and a requirement, found {kind_of(value)}",
            hint,
            kind="wrong-type",
        )
    seen: dict[str, str] = {}
    rules = []
    for declared, content in value.items():
        key = f"replace.{toml_key(declared)}"
        name = _bare_name(declared, key, here, "write replace.{} = …")
        if name in seen:
            raise here.error(
                f"replace.{toml_key(seen[name])} and {key} replace the same declared name",
                f"write one list: replace.{name} = [ … ]",
                kind="duplicate-name",
            )
        seen[name] = declared
        items = content if isinstance(content, list) else [content]
        if not items or items == [""]:
            raise here.error(
                f"{key} has no replacement for {declared}",
                f"to remove it, write remove = [{toml_text(declared)}]",
                kind="invalid-value",
            )
        rules.append((name, tuple(read_entry(item, key, here, folder, declared) for item in items)))
    return tuple(rules)


def _is_named(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(read(value))
    except RequirementError:
        return False


def _bare_name(text: str, key: str, here: Place, hint: str) -> str:
    """Return the normalised form of a text that must be a plain name."""
    if not re.fullmatch(NAME, text):
        bare = re.match(NAME, text.strip())
        raise here.error(
            f"{key}: {toml_text(text)} is not the name of a requirement",
            hint.format(toml_key(bare[0]) if bare else "NAME"),
            kind="invalid-name",
        )
    return normalise(text)


def _read_removal(value: Any, here: Place) -> Removal:
    if not isinstance(value, str):
        raise here.error(
            f"remove: expected a name in quotes, found {kind_of(value)}",
            f"write {toml_text(_name_of(value))}, or with a marker"
            f" {toml_text(_name_of(value) + '; os_name == ' + repr('nt'))}",
            kind="wrong-type",
        )
    requirement = text_entry(value, "remove", here)
    if requirement.specifier or requirement.extras or requirement.url:
        marker = f"; {requirement.marker}" if requirement.marker else ""
        raise here.error(
            f"remove: {toml_text(value)} has more than a name; remove applies to all its requirements",
            f"write {toml_text(requirement.name + marker)}",
            kind="invalid-requirement",
        )
    return Removal(requirement.name, requirement.marker)


def _read_constraint(value: Any, here: Place) -> Constraint:
    if not isinstance(value, str):
        raise here.error(
            f"constrain: expected a requirement in quotes, found {kind_of(value)}",
            _constraint_hint(value),
            kind="wrong-type",
        )
    requirement = text_entry(value, "constrain", here)
    if requirement.url:
        raise here.error(
            f"constrain: {toml_text(value)} has a URL; a constraint is a name and a specifier",
            f"to install from a URL, write add = [{toml_text(value)}]",
            kind="invalid-requirement",
        )
    if requirement.extras:
        raise here.error(
            f"constrain: {toml_text(value)} has extras; a constraint is a name and a specifier",
            f"write {spelt([requirement.name + requirement.specifier], 'constrain', here)}",
            kind="invalid-requirement",
        )
    return Constraint(requirement.name, requirement.specifier, requirement.marker)


def _constraint_hint(value: Any) -> str:
    """Return the hint for a value that is not a string, and may be a source table."""
    name = _name_of(value)
    table = value if name != "NAME" else {}
    limits = [table.get(key) for key in ("specifier", "version", "requirement")]
    meant = [_meant(name, limit, "constrain") for limit in limits if limit]
    if meant:
        return f"write {toml_text(meant[0])}"
    if table.get("from") in ("target", "oldest"):
        source = f"{{ name = {toml_text(name)}, from = {toml_text(table['from'])} }}"
        return f"to install that version, write add = [{source}]"
    return 'write a requirement in quotes, such as "setuptools<82"'


def _name_of(value: Any) -> str:
    """Return the name in a source table, or a placeholder for any other value."""
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) and re.fullmatch(NAME, name) else "NAME"
