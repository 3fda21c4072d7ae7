"""The rule that builds a package against the version that it runs with, tried before it is shown.

A remedy is a whole table, ready to paste: the rules that the table has already, with few changes.
Each possible change is planned with the rest of the file and of the command line. The first one under
which the build environment gets the wanted version, and loses nothing else, is the remedy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Mapping, NamedTuple

from .. import records, rules
from ..errors import OverrideError
from ..frozen import replace
from ..rules.lines import name_of
from ..rules.place import Place, toml_value
from ..rules.reading.values import SETTINGS
from ..rules.standards import may_contain, normalise
from ..rules.tables import PINS
from ..rules.written import (
    Table,
    form_of_tables,
    lines_of_others,
    lines_of_table,
    lines_of_tables,
    tables_in,
)
from .changes import changes_to_try
from .trial import Misfit, Trial

FILE = "build-overrides.toml"
"""The name of an overrides file that is yet to be written."""

# The origin of a version, at the end of a requirement as messages show it.
_ORIGIN = re.compile(r"\s+\([a-z ]+\)$")


class Remedy(NamedTuple):
    """A table that fixes a mismatch.

    Attributes:
        key: The key of the table below ``package``.
        table: All rules of the table, as parsed from TOML.
        reason: Why the changed rule has this key.
        present: Whether the file has the table already.
        form: The format of the file.
        others: The other tables that have to be in the same file, for a file that replaces a .txt file.
    """

    key: str
    table: Table
    reason: str
    present: bool = False
    form: str = "toml"
    others: tuple[tuple[str, Table], ...] = ()

    @property
    def text(self) -> str:
        """The lines of the table, after those of the other tables."""
        tables = dict([*self.others, (self.key, self.table)])
        return "\n".join(lines_of_tables(tables, form_of_tables(self.form)))

    def instruction(self, shown: str) -> str:
        """Return what to do with the lines, for a hint.

        Args:
            shown: The overrides file as shown in messages; "" if there is none.
        """
        if self.form == "txt":
            return f"use a file {FILE} with these lines instead of {shown} ({self.reason}):"
        if self.present:
            table = Place("", self.form).path("package", self.key)
            return f"in {shown}, replace everything under {table} with this ({self.reason}):"
        return f"add this to {shown or FILE} ({self.reason}):"


@dataclass(frozen=True)
class File:
    """The overrides file that a package is built under, with the rules of the command line.

    Attributes:
        content: The content; empty if there is no file.
        path: The absolute path; "" if there is no file.
        shown: The name in messages.
        given: The rules of the command line.
    """

    content: bytes = b""
    path: str = ""
    shown: str = ""
    given: rules.CommandLine = field(default_factory=rules.CommandLine)

    @classmethod
    def of_tables(cls, tables: Mapping[str, Table]) -> File:
        """Return a new file with some tables."""
        return cls("\n".join(lines_of_tables(tables)).encode(), shown=FILE)

    def parsed(self) -> rules.Overrides:
        """Return the rules of the file alone.

        Raises:
            OverrideError: If the file contains an error.
        """
        return rules.parse_overrides(self.content, path=self.path, shown=self.shown or FILE)

    def tables(self, parsed: rules.Overrides) -> dict[str, Table]:
        """Return the package tables as parsed from TOML, in the order of the parsed ones."""
        return tables_in(self.content, parsed.form)

    def with_remedy(self, found: Remedy) -> File:
        """Return the file after a remedy; one of .txt becomes a file with tables."""
        parsed = self.parsed()
        tables = {**self.tables(parsed), found.key: found.table}
        form = form_of_tables(parsed.form)
        path = f"{self.path}.toml" if parsed.form == "txt" else self.path
        lines = lines_of_others(self.content, parsed.form)
        lines += [Place("", form).header("settings")]
        lines += [
            f"{name} = {toml_value(getattr(parsed, name.replace('-', '_')))}" for name in SETTINGS
        ]
        lines += ["", *lines_of_tables(tables, form)]
        return File("\n".join(lines).encode(), path, self.shown, self.given)


def table_of(record: records.Record) -> Table:
    """Return one table with all rules that acted on a build, by its record.

    Raises:
        ValueError: If the record is not valid.
    """
    table: Table = {}
    settings = records.settings_of(record)
    if PINS in settings:
        # Each specifier is that for the version that it was built against.
        settings[PINS] = sorted(settings[PINS])
    for change in record.changes:
        values = [_value(text, record) for text in change.after]
        if change.kind == "replace":
            table.setdefault("replace", {})[change.name] = values[0] if len(values) == 1 else values
        elif change.kind == "remove":
            table.setdefault("remove", []).append(change.name)
        elif change.kind in ("add", "constrain", "requires"):
            table.setdefault(change.kind, []).extend(values)
    if "requires" in table and len(table.keys() - {"constrain", "requires"}):
        # They were in several tables, which one table cannot combine.
        lines = (*record.effective, *record.effective_asked)
        limits = {"constrain": table["constrain"]} if "constrain" in table else {}
        return {"requires": [_value(text, record) for text in lines], **limits, **settings}
    return {**table, **settings}


def _value(text: str, record: records.Record) -> Any:
    held = record.held(name_of(text))
    if held is not None and held.borrowed:
        return {"name": held.name, "from": "target", "borrow": True}
    return _ORIGIN.sub("", text)


def find(misfit: Misfit, name: str, version: str, file: File) -> Remedy | str:
    """Return the table with which a package is built against a version of a distribution.

    Args:
        misfit: The build that does not fit.
        name: Name of the distribution.
        version: The version to build against.
        file: The overrides file that the package is built under.

    Returns:
        The remedy, or the reason why there is none.
    """
    trial = Trial(misfit, normalise(name), version)
    try:
        parsed = file.parsed()
        tables = file.tables(parsed)
        # A table for the package may apply to other versions only.
        own = _own_tables(parsed, tables, misfit.record)
    except (OverrideError, ValueError) as error:
        return f"the rules cannot be read: {getattr(error, 'message', error)}"
    problem = ""
    for key in own:
        for table, reason, changed in changes_to_try(tables.get(key, {}), trial):
            try:
                tried = _with_table(parsed, tables, key, table)
                trial.check(rules.with_command_line(tried, file.given), changed)
            except (OverrideError, ValueError) as error:
                problem = problem or getattr(error, "message", str(error))
                continue
            others: tuple[tuple[str, Table], ...] = ()
            if parsed.form == "txt":
                others = tuple((k, t) for k, t in tables.items() if k != key)
            return Remedy(key, table, reason, key in tables, parsed.form, others)
    return problem


def find_for_all(
    misfit: Misfit, wanted: Mapping[str, str], file: File
) -> tuple[Remedy | None, dict[str, str]]:
    """Return the table with which a package is built against several versions.

    Args:
        misfit: The build that does not fit.
        wanted: The versions to build against, by the names of their distributions.
        file: The overrides file that the package is built under.

    Returns:
        The remedy, or None if there is none for any name; and the reasons why there is none, by the
        names for which there is none.
    """
    found: list[Remedy] = []
    problems = {}
    for name, version in wanted.items():
        one = find(misfit, name, version, file)
        if isinstance(one, str):
            problems[name] = one
        else:
            found.append(one)
            file = file.with_remedy(one)
    if not found:
        return None, problems
    reason = "; ".join(dict.fromkeys(one.reason for one in found))
    # Only the first one knows the file as it is.
    return found[0]._replace(table=found[-1].table, reason=reason), problems


def fits_under(misfit: Misfit, wanted: Mapping[str, str], file: File) -> bool:
    """Return whether a package is built against versions under a file, which is that of its build.

    Args:
        misfit: The build that does not fit.
        wanted: The versions, by the names of their distributions.
        file: The overrides file, with rules of the command line that the build did not have.
    """
    trials = [Trial(misfit, normalise(name), version) for name, version in wanted.items()]
    try:
        parsed = file.parsed()
        before = trials[0].plan(parsed)
        for trial in trials:
            changed = {each.name for each in trials}
            trial.check(rules.with_command_line(parsed, file.given), changed)
    except (OverrideError, ValueError):
        return False
    made, recorded = (
        # A pin for all packages is recorded only if it acted.
        {(change.kind, change.name) for change in changes if change.kind != PINS}
        for changes in (before.changes, misfit.record.changes)
    )
    return made == recorded


def _own_tables(
    parsed: rules.Overrides, tables: Mapping[str, Table], record: records.Record
) -> list[str]:
    """Return the keys of the tables that may be changed, the one for all versions first."""
    matching = [
        (table.specifier, key)
        for key, table in zip(tables, parsed.tables)
        if parsed.form != "txt"
        and table.name == record.name
        and may_contain(table.specifier, record.version)
    ]
    plain = [key for specifier, key in matching if not specifier]
    return [*(plain or [record.name]), *(key for specifier, key in matching if specifier)]


def _with_table(
    parsed: rules.Overrides, tables: Mapping[str, Table], key: str, table: Table
) -> rules.Overrides:
    """Return the rules of a file with one table changed or added.

    Raises:
        OverrideError: If the table contains an error.
    """
    path = f"{parsed.path}.toml" if parsed.form == "txt" else parsed.path
    data = "\n".join(lines_of_table(key, table, form_of_tables(parsed.form))).encode()
    (new,) = rules.parse_overrides(data, path=path, shown=parsed.shown).tables
    if key not in tables or parsed.form == "txt":
        return replace(parsed, tables=(*parsed.tables, new))
    position = list(tables).index(key)
    changed = [new if index == position else old for index, old in enumerate(parsed.tables)]
    return replace(parsed, tables=tuple(changed))
