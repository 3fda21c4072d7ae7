"""The rules that were found so far, merged into the user's overrides file but not yet written there."""

from __future__ import annotations

import os
import shlex
from typing import Callable, Mapping

from ..diagnosis import Failure
from ..diagnosis.bounds import Contradiction
from ..diagnosis.trial import any_version, tables_for
from ..diagnosis.wording import Tables, place_of
from ..errors import OverrideError
from ..files import replace_whole
from ..rules import Declared, Overrides, package, parse_overrides, plan, read_file
from ..rules.including import text_including
from ..rules.planning.settings import canonical
from ..rules.reading.document import shown_as
from ..rules.written import Table
from .joining import joined, news
from .kept_limits import with_limits
from .result import Fixed

NAME = "build-overrides.toml"
_FIRST = "# Made by pip-build-override fix, while it looks for rules. Changes have no effect."


class FoundRules:
    """The rules that were found, in a temporary file that includes the file of the user.

    Args:
        file: The file of the user, as it was given.
        exists: Whether it is there, so that it is in force.
        existing: The package tables that it has.
        merged: Returns the content that it would have with some tables changed or added, or raises an
            OverrideError.
        new: Returns a path for a new directory.

    Attributes:
        tables: The tables of the user's file that are changed or added, as they are to be.
        in_force: Absolute path of the file that is in force; "" if there are no rules.
    """

    def __init__(
        self,
        file: str,
        exists: bool,
        existing: Mapping[str, Table],
        merged: Callable[[Tables], str],
        new: Callable[[str], str],
    ) -> None:
        self._file = file
        self._path = os.path.abspath(file)
        self._exists = exists
        self._existing = existing
        self._merged = merged
        self._new = new
        self._added: list[tuple[Fixed, Failure]] = []
        self.tables: Tables = {}
        self.in_force = self._path if exists else ""

    def add(self, fixed: Fixed, failure: Failure) -> None:
        """Put the rules for a package in force, in addition to those that were found before.

        They go into the first table of the package with which the user's file then says the same as the
        temporary file: the table of a version may overrule the other ones.

        Args:
            fixed: The rules.
            failure: What is known of the package that they are for.

        Raises:
            OverrideError: If they cannot be merged into the user's file.
        """
        error: OverrideError | None = None
        for key in tables_for(failure, {**self._existing, **self.tables}):
            before = self.tables.get(key, self._existing.get(key, {}))
            try:
                after = joined(before, self._kept(fixed.table, failure))
                tables = {**self.tables, key: after}
                if after == before:
                    raise self._without_effect(key, failure)
                content, text = self._merged(tables), self._temporary(tables)
                self._check_that_both_say_the_same(content, text, key, failure)
            except Contradiction as found:
                error = error or self._contradiction(found, key, failure)
            except OverrideError as found:
                error = error or found
            else:
                self._added.append((fixed, failure))
                self.in_force = self._write(text)
                self.tables = tables
                return
        assert error is not None
        raise error

    def take_out(self, fixed: Fixed) -> None:
        """Take out rules that were added and did not help."""
        kept = [each for each in self._added if each[0] is not fixed]
        self._added, self.tables, self.in_force = [], {}, self._path if self._exists else ""
        for each in kept:
            self.add(*each)

    def _kept(self, table: Table, failure: Failure) -> Table:
        """Return rules as they are in force in attempts: within the limits for every package."""
        if not self._exists:
            return table
        overrides = parse_overrides(read_file(self._path), path=self._path)
        return with_limits(table, failure.name, overrides)

    def _temporary(self, tables: Tables) -> str:
        """Return the content of the temporary file."""
        new = {
            key: news(self._existing.get(key, {}), table, os.path.dirname(self._path))
            for key, table in tables.items()
        }
        included = self._path if self._exists else ""
        return text_including(included, new, first=[shown_as(self._path), _FIRST])

    def _write(self, text: str) -> str:
        directory = self._new("rules")
        os.mkdir(directory)
        path = os.path.join(directory, NAME)
        # Independent of the umask: a file that everybody may write to is refused.
        replace_whole(path, text.encode(), mode=0o600)
        return path

    def _check_that_both_say_the_same(
        self, content: str, text: str, key: str, failure: Failure
    ) -> None:
        """Check that the user's file would do what the temporary file does.

        Raises:
            OverrideError: If it would not, or if one of them is not valid.
        """
        would = parse_overrides(content.encode(), path=self._path)
        does = parse_overrides(text.encode(), path=f"{self._path}.{NAME}")
        if _planned(would, failure) != _planned(does, failure):
            raise self._overruled(key, failure)

    def _contradiction(self, found: Contradiction, key: str, failure: Failure) -> OverrideError:
        place = place_of(key, self._file)
        if not found.key:
            return OverrideError(
                f"{failure.label} needs {found.wanted}, which no version satisfies",
                kind="conflicting-rules",
                hint=f"change {place.table} by hand",
            )
        return OverrideError(
            f"{failure.label} needs {found.wanted}, but {found.key} in this table requires"
            f" {found.entry}",
            kind="conflicting-rules",
            where=f"{self._file}: {place.table}",
            hint=f"remove {found.entry} from {found.key} there, and run the same command again",
        )

    def _without_effect(self, key: str, failure: Failure) -> OverrideError:
        place = place_of(key, self._file)
        return OverrideError(
            f"this table already has the rules with which {failure.label} builds on its own",
            kind="not-fixed",
            where=f"{self._file}: {place.table}",
            hint=self._explain_hint(failure),
        )

    def _overruled(self, key: str, failure: Failure) -> OverrideError:
        place = place_of(key, self._file)
        return OverrideError(
            f"the rules with which {failure.label} builds have no effect in this table, because another"
            " rule of the file overrules them",
            kind="not-fixed",
            where=f"{self._file}: {place.table}",
            hint=self._explain_hint(failure),
        )

    def _explain_hint(self, failure: Failure) -> str:
        wanted = failure.name + (f"=={failure.version}" if failure.version else "")
        command = shlex.join(["pip-build-override", "explain", "--overrides", self._file, wanted])
        return f"see which rules are in force: {command}"


def _planned(overrides: Overrides, failure: Failure) -> tuple[object, ...]:
    """Return what the planner makes of a file for the package of a failure."""
    declared = ("setuptools", "wheel") if failure.declared is None else failure.declared
    made = plan(
        overrides,
        package(failure.name, failure.version or None),
        Declared(tuple(declared), ()),
        {"python_version": failure.python} if failure.python else {},
        any_version,
    )
    return (
        frozenset((*made.static, *(made.hook or ()))),
        frozenset(made.constraints),
        canonical(made.selection.settings),
    )
