"""The plan of a matrix, which engines carry out, as a document."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Mapping

from ..documents import fields, fields_of_format, optional, read, table_of, text, tuple_of
from ..files import Json
from ..releases import day_in
from .cells import PLANNED, Cell

FORMAT = 1
"""Increase this if a field is added or removed, or changes its meaning."""


@dataclass(frozen=True)
class Interpreter:
    """An interpreter on this machine.

    Attributes:
        minor: Its minor version, such as ``3.11``.
        version: Its whole version.
        path: Where it is.
    """

    minor: str
    version: str
    path: str

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, document: object) -> Interpreter:
        """Read a document.

        Raises:
            ValueError: If it is not a valid document.
        """
        return read(cls, fields(document), dict.fromkeys(("minor", "version", "path"), text))


@dataclass(frozen=True)
class Plan:
    """A plan.

    Attributes:
        project: The name of the project; "" if that is not static.
        interpreters: The interpreters that its cells run on.
        cells: The cells, those that cannot be run included; no two have the same name.
        notes: What the author of the table would not expect, one line each.
        day: The day that it is a plan for, if it depends on that.
        window: Which releases count.
        groups: Dependency groups that are installed for the tests.
        extras: Extras of the project that are.
        command: The command that tests.
        overrides: Absolute path of the overrides file that is in force for the builds; "" if none is.
        declared: For each Python, the specifier of each varied name that the project declares.
        milestones: For each Python and varied name, the oldest release that counts there and the last
            of each x.y, in this order.
    """

    project: str
    interpreters: tuple[Interpreter, ...]
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()
    day: date | None = None
    window: str = "declared"
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    overrides: str = ""
    declared: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    milestones: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def planned(self) -> tuple[Cell, ...]:
        """The cells that can be run."""
        return tuple(cell for cell in self.cells if cell.state == PLANNED)

    def interpreter(self, cell: Cell) -> Interpreter:
        """Return the interpreter of a cell."""
        return next(each for each in self.interpreters if each.minor == cell.python)

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {
            "format": FORMAT,
            "project": self.project,
            "day": None if self.day is None else self.day.isoformat(),
            "window": self.window,
            "groups": list(self.groups),
            "extras": list(self.extras),
            "command": list(self.command),
            "overrides": self.overrides,
            "pythons": [each.to_json() for each in self.interpreters],
            "cells": [cell.to_json() for cell in self.cells],
            "notes": list(self.notes),
            "declared": {python: dict(names) for python, names in self.declared.items()},
            "milestones": {
                python: {name: list(versions) for name, versions in names.items()}
                for python, names in self.milestones.items()
            },
        }

    @classmethod
    def from_json(cls, document: object) -> Plan:
        """Read a document.

        Raises:
            ValueError: If it is not a valid document.
        """
        values = fields_of_format(document, FORMAT)
        if "pythons" in values:
            values["interpreters"] = values.pop("pythons")
        texts = tuple_of(text)
        return read(
            cls,
            values,
            {
                "project": text,
                "day": optional(day_in),
                "window": text,
                "groups": texts,
                "extras": texts,
                "command": texts,
                "overrides": text,
                "interpreters": tuple_of(Interpreter.from_json),
                "cells": tuple_of(Cell.from_json),
                "notes": texts,
                "declared": table_of(table_of(text)),
                "milestones": table_of(table_of(texts)),
            },
        )
