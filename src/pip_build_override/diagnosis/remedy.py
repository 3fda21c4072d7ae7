"""The rules that a remedy is made of, and how they join what an overrides file already says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, Mapping

from ..rules.place import toml_key, toml_text
from ..rules.standards import read_toml
from .bounds import Contradiction, excludes, split, tightest

Table = Dict[str, Any]
"""One package table, as a TOML reader returns it."""

_ORDER = ("requires", "replace", "remove", "add", "constrain", "no-binary")


@dataclass(frozen=True)
class Rules:
    """What is to be put into the table of one package.

    :param add: requirements, or source tables, as TOML spells them.
    :param constrain: limits, each a name and a specifier.
    :param replace: name to what takes its place, as TOML spells it.
    """

    add: tuple[str, ...] = ()
    constrain: tuple[str, ...] = ()
    replace: tuple[tuple[str, str], ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.add or self.constrain or self.replace)

    def joined_to(self, table: Mapping[str, Any], declared: Iterable[str] | None = None) -> Table:
        """Return a table with these rules in it, and all that it held before.

        :param declared: the package's own requirements, where they are known: a limit that a
            declared requirement contradicts becomes a replacement.
        :raises Contradiction: where a limit and one of the table leave nothing between them.
        """
        result = {key: _copied(value) for key, value in table.items()}
        for name, text in self.replace:
            result.setdefault("replace", {}).setdefault(name, _value(text))
        key = "requires" if "requires" in result else "add"
        for text in self.add:
            value = _value(text)
            listed = result.setdefault(key, [])
            if _name(value) not in map(_name, listed):
                listed.append(value)
        specifiers = dict(map(split, declared or ()))
        for limit in self.constrain:
            _limit(result, limit, specifiers)
        return result


def _limit(table: Table, limit: str, declared: Mapping[str, str]) -> None:
    name, specifier = split(limit)
    replaced = [
        {"name": key, **value}
        for key, value in table.get("replace", {}).items()
        if isinstance(value, dict)
    ]
    values = (*table.get("requires", []), *table.get("add", []), *replaced)
    if any(isinstance(value, dict) and "from" in value and _name(value) == name for value in values):
        raise Contradiction(f"{name}{specifier}, and the {name} that the target has")
    for listed in (table.get("requires", []), table.get("add", [])):
        for index, value in enumerate(listed):
            if isinstance(value, str) and split(value)[0] == name:
                listed[index] = name + tightest([split(value)[1], specifier])
                return
    if excludes(specifier, declared.get(name, "")) and "requires" not in table:
        table.setdefault("replace", {})[name] = name + specifier
        return
    listed = table.setdefault("constrain", [])
    for index, value in enumerate(listed):
        if split(value)[0] == name:
            listed[index] = name + tightest([split(value)[1], specifier])
            return
    listed.append(name + specifier)


def _name(value: Any) -> str:
    text = value.get("name") or value.get("requirement", "") if isinstance(value, dict) else value
    return split(text)[0] if text else ""


def _value(text: str) -> Any:
    return read_toml(f"value = {text}")["value"]


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def table_lines(name: str, table: Mapping[str, Any]) -> list[str]:
    """Return a package table as the lines of an overrides file."""
    lines = [f"[package.{toml_key(name)}]"]
    for key in sorted(table, key=lambda key: _ORDER.index(key) if key in _ORDER else len(_ORDER)):
        value = table[key]
        if key == "replace" and isinstance(value, dict):
            lines += [f"replace.{toml_key(inner)} = {toml_value(value[inner])}" for inner in value]
        else:
            lines.append(f"{toml_key(key)} = {toml_value(value)}")
    return lines


def toml_value(value: Any) -> str:
    """Return a value of a package table as TOML spells it, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return toml_text(value)
    if isinstance(value, dict):
        inner = ", ".join(f"{toml_key(key)} = {toml_value(item)}" for key, item in value.items())
        return f"{{ {inner} }}"
    return f"[{', '.join(map(toml_value, value))}]"
