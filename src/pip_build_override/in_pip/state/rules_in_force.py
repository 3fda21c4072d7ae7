"""The rules that one run of pip follows; only the outermost pip reads them from the file."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from typing import TYPE_CHECKING, Callable, Iterable

from ... import rules, switch
from ...errors import OverrideError
from ...rules import handed
from ...rules.standards import marker_environment
from .run_directory import RUN_AGAIN, RunDirectory

if TYPE_CHECKING:
    from ...rules.tables import Table
    from ..builds.build import Build
    from ..target.settled import Settled
    from ..target.target import Target
    from .loans import Loans


class RulesInForce:
    """The rules, and the answers to their source tables.

    Args:
        overrides: the rules.
        file_content: the content of the overrides file; empty without one, and in nested pips.
        make_loans: returns what the target lends; called only if a rule asks for it.
    """

    def __init__(
        self, overrides: rules.Overrides, file_content: bytes, make_loans: Callable[[], Loans]
    ) -> None:
        self.overrides = overrides
        self.file_content = file_content
        self._make_loans = make_loans
        self.no_binary_names = overrides.no_binary_names
        self.named_packages = frozenset(table.name for table in overrides.tables)

    def build_with(self, environment: dict[str, str]) -> None:
        """Note the values of environment markers in another interpreter than this one, which builds."""
        vars(self)["environment"] = environment

    @property
    def shown(self) -> str:
        """The overrides file as messages show it."""
        return self.overrides.shown

    @property
    def named_tables(self) -> list[Table]:
        """The tables for named packages, which must be used in some build; of a group, one."""
        named = {t.where: t for t in reversed(self.overrides.tables) if t.name != "*"}
        return list(reversed(list(named.values())))

    @functools.cached_property
    def environment(self) -> dict[str, str]:
        """The values of environment markers in the interpreter that builds."""
        return marker_environment()

    @property
    def has_pins(self) -> bool:
        """Whether any table narrows run-time requirements."""
        return any(table.pin_compatible for table in self.overrides.tables)

    @property
    def of_all_packages(self) -> str:
        """A digest of all rules, and of where they are."""
        document = handed.to_json(self.overrides, handed.IN_THIS_RUN)
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()

    @property
    def none_can_matter(self) -> bool:
        """Whether nothing in the file could affect any build."""
        return not any(
            table.builds or table.has_settings or table.other_settings
            for table in self.overrides.tables
        )

    def selection(self, name: str, version: str | None) -> rules.Selection:
        """Choose the rules for one package.

        Raises:
            OverrideError: if no table can be chosen for it.
        """
        return rules.select(self.overrides, rules.package(name, version), self.environment)

    def digest(self, name: str, version: str | None, *, isolated: bool = True) -> str | None:
        """Return the digest of the rules for one package.

        Args:
            name: the name of the package.
            version: the version of the package; None if it is unknown.
            isolated: whether it gets a build environment; without one, the rules about its content
                do not act.

        Returns:
            "" if no rule applies; None if builds under these rules cannot be told apart.

        Raises:
            OverrideError: if no table can be chosen for it.
        """
        selection = self.selection(name, version)
        if not selection.applies and not selection.other_settings:
            return ""
        from ..builds import wheels

        if isolated and selection.uses_what_exists:
            return None
        if not isolated:
            return wheels.digest_of_rules("", (), selection.other_settings)
        return wheels.digest_of_rules(selection.fingerprint, selection.paths, selection.other_settings)

    def plan(self, build: Build) -> rules.Plan:
        """Plan a build with all requirements that it has declared so far.

        Raises:
            OverrideError: if the rules cannot be followed.
        """
        return build.make_plan(
            self.overrides, self.environment, lambda question: self.settle(question, build.target)
        )

    def settle(self, question: rules.Question, target: Target) -> rules.Answer:
        """Answer a source table for a build that a target gets.

        Raises:
            OverrideError: if it cannot be answered.
        """
        from ..target import source_tables

        # The lender is created only if something is lent.
        return source_tables.Settler(target, lambda *asked: self._make_loans().lender.lend(*asked))(
            question
        )

    def settled_alike(self, settled: Iterable[Settled], target: Target) -> bool:
        """Return whether source tables still have the answers that they had when a wheel was built."""
        for before in settled:
            try:
                answer = self.settle(before.question, target)
            except OverrideError:
                return False
            if answer.key != before.key:
                return False
        return True


def read_file(
    cwd: str, run: RunDirectory, warn: Callable[[OverrideError], None]
) -> tuple[bytes, rules.Overrides]:
    """Read the overrides file, and let the pips that this one starts follow its current content.

    Args:
        cwd: the directory to which a relative path refers.
        run: the directory that this pip shares with the pips that it starts.
        warn: called with a warning if others may write to the file.

    Returns:
        the content of the file, which is empty without a file, and the rules.

    Raises:
        OverrideError: if the file cannot be read, cannot be trusted, or is invalid.
    """
    if not os.environ.get(switch.EXPLAIN):
        _check_those_of_run()
    path, content = os.environ.get(switch.SWITCH, ""), b""
    if path:
        from ...rules import permissions

        path = os.path.join(cwd, path)
        content, warnings = permissions.read_trusted(path)
        for warning in warnings:
            warn(warning)
        # pips that pip or a build backend starts in another directory must find the same file.
        os.environ[switch.SWITCH] = path
    overrides = _judged_by_run(content, path, warn) or _judge(content, path, warn)
    switch.tell_watcher("judged")
    run.furnish = lambda: handed.write(run.file(handed.FILE), overrides, handed.IN_THIS_RUN)
    return content, overrides


def _check_those_of_run() -> None:
    changed = switch.changed_below_run()
    if changed:
        value = os.environ.get(changed, "")
        done = f"has set {changed} to {value}" if value else f"has unset {changed}"
        raise OverrideError(
            f"a program that pip-build-override run started {done}, which would replace the overrides"
            " given to run",
            kind="other-rules",
            hint="remove that from whatever starts this pip, such as tox.ini or a script, or do not use"
            " run",
        )


def _judged_by_run(
    content: bytes, path: str, warn: Callable[[OverrideError], None]
) -> rules.Overrides | None:
    watch = os.environ.get(switch.WATCH)
    if not watch:
        return None
    key = handed.key(content, path, os.environ.get(switch.COMMAND_LINE, ""))
    overrides = handed.read(os.path.join(watch, handed.FILE), key)
    if overrides is None or not overrides.included:
        return overrides
    said: list[OverrideError] = []
    for included, digest in overrides.included:
        if hashlib.sha256(_read_included(included, said.append)).hexdigest() != digest:
            # It has changed since.
            return None
    for warning in said:
        warn(warning)
    return overrides


def _read_included(path: str, warn: Callable[[OverrideError], None]) -> bytes:
    from ...rules import permissions

    content, warnings = permissions.read_trusted(path)
    for warning in warnings:
        warn(warning)
    return content


def _judge(content: bytes, path: str, warn: Callable[[OverrideError], None]) -> rules.Overrides:
    overrides = rules.parse_overrides(
        content, path=path, read=lambda included: _read_included(included, warn)
    )
    command_line = os.environ.get(switch.COMMAND_LINE, "")
    if not command_line:
        return overrides
    return rules.with_command_line(overrides, rules.CommandLine.load(command_line))


def read_handed(run: RunDirectory) -> rules.Overrides:
    """Read the rules that the outermost pip follows.

    Raises:
        OverrideError: if it has left none.
    """
    overrides = handed.read(run.file(handed.FILE), handed.IN_THIS_RUN)
    if overrides is None:
        raise OverrideError(
            "the rules that the outer pip wrote for this one are missing or invalid, so no override"
            " would be in force",
            kind="rules-lost",
            hint=RUN_AGAIN,
        )
    return overrides
