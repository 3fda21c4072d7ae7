"""One ``[package.…]`` table: its header and its keys."""

from __future__ import annotations

import re
from typing import Any

from ..contradictions import refuse_contradictions
from ..place import Place, did_you_mean, toml_key, toml_text
from ..standards import NAME, normalise
from ..tables import Alternative, Constraint, Removal, Table
from .requirement import RequirementError
from .requirement_slips import has_specifier, problem_of_package, read
from .sources import read_entry
from .values import kind_of, refuse_reserved, spelt, text_entry

_OF_BACKEND = ("config-settings", "env", "reason")
_PINS = "pin-compatible"
_OF_ENVIRONMENT = ("system-site-packages", "build-environment")
KEYS = (
    *("replace", "remove", "add", "constrain", "requires", "no-binary"),
    *(*_OF_BACKEND, _PINS, *_OF_ENVIRONMENT),
)
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
}


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
        )
    for option, content in value.items():
        if option not in KEYS:
            _refuse_key(key, option, content, place)
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
    if not value.keys().isdisjoint(_OF_BACKEND):
        from .backend_keys import read_keys  # not for each start of run

        others = read_keys(value, here)
    if not value.keys().isdisjoint(_OF_ENVIRONMENT):
        from . import environment_keys  # as above

        others.update(environment_keys.read_keys(value, here, folder))
    if _PINS in value:
        from .pin_keys import read_pins  # as above

        others["pin_compatible"] = read_pins(value[_PINS], name, here)
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
    refuse_contradictions(table, here)
    return table


def _refuse_key(key: str, option: str, content: Any, place: Place) -> None:
    """Raise an error for a key that a package table does not have."""
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
        )
    try:
        requirement = read(key)
    except RequirementError as error:
        hint = _as_header(error, place)
        if has_specifier(key) and not error.instead:
            hint = error.hint
        raise here.error(f"{problem_of_package(key)}: {error.problem}", hint) from None
    more = {"extras": requirement.extras, "a URL": requirement.url, "a marker": requirement.marker}
    for what, part in more.items():
        if part:
            raise here.error(f"the header of a package table cannot have {what}", hint)
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
            f"no-binary: expected true or false, found {kind_of(value)}", "write no-binary = true"
        )
    if value and (name == "*" or specifier):
        plain = "NAME" if name == "*" else name
        raise here.error(
            "no-binary is allowed only in a table for one package, without a version specifier",
            f"put it under {place.header('package', plain)}",
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
    raise here.error(f"{key}: expected a list, found {kind_of(value)}", hint)


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
        raise here.error(f"replace: expected a name and a requirement, found {kind_of(value)}", hint)
    seen: dict[str, str] = {}
    rules = []
    for declared, content in value.items():
        key = f"replace.{toml_key(declared)}"
        name = _bare_name(declared, key, here, "write replace.{} = …")
        if name in seen:
            raise here.error(
                f"replace.{toml_key(seen[name])} and {key} replace the same declared name",
                f"write one list: replace.{name} = [ … ]",
            )
        seen[name] = declared
        items = content if isinstance(content, list) else [content]
        if not items or items == [""]:
            raise here.error(
                f"{key} has no replacement for {declared}",
                f"to remove it, write remove = [{toml_text(declared)}]",
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
        )
    return normalise(text)


def _read_removal(value: Any, here: Place) -> Removal:
    if not isinstance(value, str):
        raise here.error(
            f"remove: expected a name in quotes, found {kind_of(value)}",
            f"write {toml_text(_name_of(value))}, or with a marker"
            f" {toml_text(_name_of(value) + '; os_name == ' + repr('nt'))}",
        )
    requirement = text_entry(value, "remove", here)
    if requirement.specifier or requirement.extras or requirement.url:
        marker = f"; {requirement.marker}" if requirement.marker else ""
        raise here.error(
            f"remove: {toml_text(value)} has more than a name; remove applies to all its requirements",
            f"write {toml_text(requirement.name + marker)}",
        )
    return Removal(requirement.name, requirement.marker)


def _read_constraint(value: Any, here: Place) -> Constraint:
    if not isinstance(value, str):
        raise here.error(
            f"constrain: expected a requirement in quotes, found {kind_of(value)}",
            f"write a requirement in quotes, such as {toml_text(_name_of(value) + '<2')}",
        )
    requirement = text_entry(value, "constrain", here)
    if requirement.url:
        raise here.error(
            f"constrain: {toml_text(value)} has a URL; a constraint is a name and a specifier",
            f"to install from a URL, write add = [{toml_text(value)}]",
        )
    if requirement.extras:
        raise here.error(
            f"constrain: {toml_text(value)} has extras; a constraint is a name and a specifier",
            f"write {spelt([requirement.name + requirement.specifier], 'constrain', here)}",
        )
    return Constraint(requirement.name, requirement.specifier, requirement.marker)


def _name_of(value: Any) -> str:
    """Return the name in a source table, or a placeholder for any other value."""
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) and re.fullmatch(NAME, name) else "NAME"
