"""The settings of tables that are not about build requirements, combined for one package."""

from __future__ import annotations

from typing import Any, Iterable, Iterator

from ...frozen import Frozen
from ..place import toml_key, toml_value
from ..tables import SETTINGS, Table
from .rule import level_of


class Setting(Frozen):
    """One value of a key that is not about build requirements.

    Attributes:
        key: The key, such as ``env``.
        name: The name below the key, such as ``CFLAGS``; empty for a key without names.
        level: How specific its table is, as in ``Rule.level``.
        where: The table.
        value: The value, as in ``Table``.
    """

    key: str
    name: str
    level: int
    where: str
    value: Any

    @property
    def label(self) -> str:
        """The key with the name, as in the file."""
        return f"{self.key}.{toml_key(self.name)}" if self.name else self.key

    @property
    def text(self) -> str:
        """The setting as in the file."""
        if self.key == "pin-compatible" and not self.value:
            return f"{self.key} = [{toml_value(self.name)}]"
        return f"{self.label} = {toml_value(False if self.value is None else self.value)}"


def settings_of(table: Table) -> Iterator[Setting]:
    """Yield the settings of a table."""
    level = level_of(table)
    for field, key in SETTINGS.items():
        value = getattr(table, field)
        if value == table._defaults[field]:
            continue
        for name, content in value if isinstance(value, tuple) else [("", value)]:
            yield Setting(key, name, level, table.where, content)


def combined(settings: Iterable[Setting]) -> tuple[tuple[Setting, ...], tuple[str, ...]]:
    """Combine settings: for each name of each key, the most specific one is in force.

    Args:
        settings: The settings, those of less specific tables first.

    Returns:
        The settings in force, and a line for each one that was set aside.
    """
    last: dict[tuple[str, str], Setting] = {}
    set_aside = []
    for setting in settings:
        before = last.get((setting.key, setting.name))
        if before is not None:
            set_aside.append(f"{before.where}: {before.label} ({setting.where} sets it)")
        last[setting.key, setting.name] = setting
    return tuple(last.values()), tuple(set_aside)


def canonical(settings: Iterable[Setting]) -> list[str]:
    """Return one text for each setting, independent of the table that it is in."""
    return sorted(setting.text for setting in settings)
