"""The settings of tables that are not about build requirements, combined for one package."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Iterator, NoReturn

from ...frozen import Frozen
from ..place import toml_key, toml_value
from ..tables import PINS, Table, wins


class Setting(Frozen):
    """One value of a key that is not about build requirements.

    Attributes:
        key: The key, such as ``env``.
        name: The name below the key, such as ``CFLAGS``; empty for a key without names.
        level: How specific its table is, as in ``Table``.
        where: The table.
        value: The value, as in ``Table``.
        file: The file of its table, as in ``Table``.
        above: The files that include that file, as in ``Table``.
    """

    key: str
    name: str
    level: int
    where: str
    value: Any
    file: str = ""
    above: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The key with the name, as in the file."""
        return f"{self.key}.{toml_key(self.name)}" if self.name else self.key

    @property
    def text(self) -> str:
        """The setting as in the file."""
        if self.key == PINS and not self.value:
            return f"{self.key} = [{toml_value(self.name)}]"
        return f"{self.label} = {toml_value(False if self.value is None else self.value)}"


def settings_of(table: Table) -> Iterator[Setting]:
    """Yield the settings of a table."""
    for key, name, content in table.settings:
        yield Setting(key, name, table.level, table.where, content, table.file, table.above)


def combined(
    settings: Iterable[Setting], refuse: Callable[[Setting, Setting], NoReturn]
) -> tuple[tuple[Setting, ...], tuple[str, ...]]:
    """Combine settings: for each name of each key, the one that wins over the others is in force.

    Args:
        settings: The settings, those of less specific tables first.
        refuse: Called with two settings of one name of which neither wins, and that differ.

    Returns:
        The settings in force, and a line for each one that was set aside.
    """
    by_name: dict[tuple[str, str], list[Setting]] = {}
    for setting in settings:
        by_name.setdefault((setting.key, setting.name), []).append(setting)
    kept, set_aside = [], []
    for alike in by_name.values():
        remaining = []
        for one in alike:
            over = [other for other in alike if wins(other, one)]
            if over:
                set_aside.append(f"{one.where}: {one.label} ({over[-1].where} sets it)")
            else:
                remaining.append(one)
        for other in remaining[1:]:
            if other.file == remaining[0].file or other.value != remaining[0].value:
                refuse(remaining[0], other)
        kept.append(remaining[0])
    return tuple(kept), tuple(set_aside)


def canonical(settings: Iterable[Setting]) -> list[str]:
    """Return one text for each setting, independent of the table that it is in."""
    return sorted(setting.text for setting in settings)
