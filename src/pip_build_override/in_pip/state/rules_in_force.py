"""The rules that one pip run follows: read from the file by the outermost pip, and by no other one."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Callable, Iterable

from ... import rules, switch
from ...errors import OverrideError
from ...rules import handed
from .run_directory import RunDirectory

if TYPE_CHECKING:
    from ...rules.tables import Table
    from ..builds.build import Build
    from ..target.settled import Settled
    from ..target.target import Target
    from .loans import Loans


class RulesInForce:
    """The rules, and what each question about them is answered with today.

    Args:
        overrides: the rules.
        file_content: of the overrides file; empty without one, and in nested pips.
        make_loans: gives what the target lends; called only if a rule wants it.
    """

    def __init__(
        self, overrides: rules.Overrides, file_content: bytes, make_loans: Callable[[], Loans]
    ) -> None:
        self.overrides = overrides
        self.file_content = file_content
        self._make_loans = make_loans
        self.no_binary_names = overrides.no_binary_names
        self.named_packages = frozenset(table.name for table in overrides.tables)

    @property
    def shown(self) -> str:
        """The overrides file as messages have it."""
        return self.overrides.shown

    @property
    def named_tables(self) -> list[Table]:
        """The tables for named packages, which must have a part in something."""
        return [table for table in self.overrides.tables if table.name != "*"]

    @functools.cached_property
    def environment(self) -> dict[str, str]:
        """What markers are evaluated in: the environment of the interpreter that builds."""
        from pip._vendor.packaging.markers import default_environment

        return dict(default_environment())

    @property
    def none_can_matter(self) -> bool:
        """Whether nothing in the file could have a part in any build."""
        return not any(table.builds or table.besides for table in self.overrides.tables)

    def selection(self, name: str, version: str | None) -> rules.Selection:
        """Choose the rules for one package.

        Raises:
            OverrideError: if no table can be chosen for it.
        """
        return rules.select(self.overrides, rules.package(name, version), self.environment)

    def digest(self, name: str, version: str | None, *, isolated: bool = True) -> str | None:
        """Digest the rules for one package.

        Args:
            isolated: whether it gets a build environment; without one, rules on what is in it do
                not act.

        Returns:
            "" if no rule applies, None if what is built under them cannot be told apart.

        Raises:
            OverrideError: if no table can be chosen for it.
        """
        selection = self.selection(name, version)
        if not selection.applies and not selection.besides:
            return ""
        from ..builds import wheels

        if not isolated:
            return wheels.digest_of_rules("", (), selection.besides)
        return wheels.digest_of_rules(selection.fingerprint, selection.paths, selection.besides)

    def plan(self, build: Build) -> rules.Plan:
        """Plan a build with all that it declares so far.

        Raises:
            OverrideError: if the rules cannot be followed.
        """
        return build.make_plan(
            self.overrides, self.environment, lambda question: self.settle(question, build.target)
        )

    def settle(self, question: rules.Question, target: Target) -> rules.Answer:
        """Answer a source table for what is built into a target.

        Raises:
            OverrideError: if it cannot be answered.
        """
        from ..target import source_tables

        # The lender is made only if something is to be lent.
        return source_tables.Settler(target, lambda *asked: self._make_loans().lender.lend(*asked))(
            question
        )

    def settled_alike(self, settled: Iterable[Settled], target: Target) -> bool:
        """Whether source tables have the answers today that they had when a wheel was built."""
        for before in settled:
            try:
                answer = self.settle(before.question, target)
            except OverrideError:
                return False
            if answer.key != before.key:
                return False
        return True


def read_file(
    cwd: str, run: RunDirectory, warn: Callable[[str], None]
) -> tuple[bytes, rules.Overrides]:
    """Read the overrides file, and let the pips that this one starts follow what stands in it now.

    Args:
        cwd: where a relative path is taken from.
        run: what this pip shares with those.
        warn: told who else may write to the file.

    Returns:
        the content of the file, empty without one, and the rules.

    Raises:
        OverrideError: if the file cannot be read, if it may not be trusted, or if it is wrong.
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
        # pips that pip or a build backend starts elsewhere must find the same file.
        os.environ[switch.SWITCH] = path
    overrides = _judged_by_run(content, path) or _judge(content, path)
    switch.tell_watcher("judged")
    run.furnish = lambda: handed.write(run.file(handed.FILE), overrides, handed.IN_THIS_RUN)
    return content, overrides


def _check_those_of_run() -> None:
    changed = switch.changed_below_run()
    if changed:
        value = os.environ.get(changed, "")
        done = f"has set {changed} to {value}" if value else f"has unset {changed}"
        raise OverrideError(
            f"something below pip-build-override run {done}, which would set aside what run was given",
            hint="take that out of what starts this pip (tox.ini, say, or a script), or leave run out",
        )


def _judged_by_run(content: bytes, path: str) -> rules.Overrides | None:
    watch = os.environ.get(switch.WATCH)
    if not watch:
        return None
    key = handed.key(content, path, os.environ.get(switch.COMMAND_LINE, ""))
    return handed.read(os.path.join(watch, handed.FILE), key)


def _judge(content: bytes, path: str) -> rules.Overrides:
    overrides = rules.parse_overrides(content, path=path, shown=os.path.basename(path))
    command_line = os.environ.get(switch.COMMAND_LINE, "")
    if not command_line:
        return overrides
    return rules.with_command_line(overrides, rules.CommandLine.load(command_line))


def read_handed(run: RunDirectory) -> rules.Overrides:
    """Read the rules that the outermost pip follows.

    Raises:
        OverrideError: if they are not there.
    """
    overrides = handed.read(run.file(handed.FILE), handed.IN_THIS_RUN)
    if overrides is None:
        raise OverrideError(
            "the pip that started this one has left no rules for it, so no override would be in force",
            hint="run it again, and let nothing remove its temporary files meanwhile",
        )
    return overrides
