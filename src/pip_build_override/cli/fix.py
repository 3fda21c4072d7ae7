"""``fix``: run a command, and while it fails in a build, find overrides with which it succeeds."""

from __future__ import annotations

import argparse
import errno
import os
import shlex
import signal
import tempfile
import time
from datetime import date
from functools import partial
from types import FrameType
from typing import Any, Callable, Mapping, Sequence

from .. import switch
from ..diagnosis import Failure
from ..diagnosis.failed_command import FailedCommand
from ..diagnosis.wording import Tables
from ..errors import OverrideError
from ..files import check_replaceable, read_json, read_whole, shown_path
from ..fixing.attempts import Workbench
from ..fixing.clock import Clock
from ..fixing.command import OTHER_CAUSE, REFUSED, SUCCEEDED, Ran, fix_command, targets_in
from ..fixing.found_rules import NAME, FoundRules
from ..fixing.journal import Journal
from ..fixing.result import Fixed, NotFixed
from ..fixing.workplace import Workplace, no_room_hint
from ..rules import read_file
from ..rules.place import listing, toml_text
from ..rules.reading.document import form_of
from ..rules.standards import read_toml
from ..rules.written import Table, own_part
from . import complaints, file_of_tables, fix_messages, run
from .child import Child

SUMMARY = "run a command, and find and write overrides with which its builds succeed"
DESCRIPTION = """Run COMMAND. While it fails because a package does not build, find an override with
which that package builds and can be imported, and run COMMAND again. What was found is written to an
overrides file when COMMAND succeeds, or when nothing more is found.

A build runs code of the package and of its build requirements. Each attempt builds one package into a
temporary directory; nothing but COMMAND itself changes an environment.

The overrides file is the one of --write, or else the one that the variable
PIP_BUILD_REQUIREMENTS_OVERRIDE names, or else build-overrides.toml in the current directory. If it
exists, its rules are in force from the start, and they are kept.

The exit status is 0 if COMMAND succeeded, 1 if nothing was found with which it does, and 2 if the
overrides cannot be in force in it."""
EXAMPLE = "pip-build-override fix -- pip install PyYAML==5.4.1"

MINUTES = 15
_ENDING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--write",
        metavar="FILE",
        help="write what is found to this overrides file, which is in force if it exists",
    )
    parser.add_argument(
        "--limit",
        metavar="MINUTES",
        default=str(MINUTES),
        help=f"how long to look for overrides, {MINUTES} minutes by default; what is known by then is"
        " written",
    )
    parser.add_argument(
        "rest", metavar="-- COMMAND …", nargs=argparse.REMAINDER, help="the command and its arguments"
    )


def main(args: argparse.Namespace) -> int:
    """Run the command, and look for what makes it succeed.

    Returns:
        The exit status: 0 if the command succeeded in the end, 1 if nothing was found for that, 2 if
        the rules cannot be in force in it; 128 and the number of the signal after an interrupt.

    Raises:
        OverrideError: If there is no command, the overrides file cannot be used, no pip below the
            command loaded the shim, or what was found cannot be written.
    """
    command = args.rest[1:] if args.rest[:1] == ["--"] else args.rest
    if not command:
        raise OverrideError(
            "there is no COMMAND to run",
            kind="usage",
            hint="put it after two dashes: pip-build-override fix -- pip install …",
        )
    minutes = minutes_of(args.limit)
    _refuse_below_run()
    file = args.write or os.environ.get(switch.SWITCH) or NAME
    existing = file_of_tables.read(file)
    check_writable(file)
    try:
        return _fix(args, command, file, minutes, existing)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise OverrideError(
            f"temporary files cannot be written: {error.strerror}",
            kind="unwritable-file",
            where=tempfile.gettempdir(),
            hint=no_room_hint(),
        ) from None


def _fix(
    args: argparse.Namespace,
    command: list[str],
    file: str,
    minutes: float,
    existing: Mapping[str, Table],
) -> int:
    before = read_whole(file)
    with Child() as child, Workplace() as place:
        rules = FoundRules(
            shown_path(file),
            has_rules(file),
            existing,
            partial(merged, file),
            place.new,
        )
        journal = Journal(fix_messages.say)
        fix_messages.announce(
            command, file, minutes, exists=bool(rules.in_force), instead=_set_aside(args.write)
        )
        commands = _Commands(command, child, place, journal)
        first = commands.run(rules.in_force)
        clock = Clock(minutes)
        commands.begin_search(clock)
        outcome = fix_command(first, commands, rules, clock, journal)
        error = outcome.ran.error if outcome.state in (SUCCEEDED, OTHER_CAUSE) else None
        if error is not None and not rules.tables:
            raise error
        received = 0 if outcome.state == SUCCEEDED else child.received
        written = not received and outcome.state != REFUSED
        if rules.tables and written:
            write(file, rules, before)
        fix_messages.conclude(outcome, journal, rules, file, command, written=written)
        if error is not None:
            raise error
        return 128 + received if received else fix_messages.status_of(outcome)


def minutes_of(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0
    if not 0 < minutes < float("inf"):
        raise OverrideError(
            f"--limit: {shlex.quote(text)} is not a positive number of minutes",
            kind="usage",
            hint=f"write --limit {MINUTES}",
        )
    return minutes


def _refuse_below_run() -> None:
    if switch.WATCH in os.environ:
        # That run has nothing to say about a command that has not started a pip.
        switch.tell_watcher("refused")
        raise OverrideError(
            "this is below a pip-build-override run, whose rules are in force and cannot be changed",
            kind="other-rules",
            hint="start fix by itself: pip-build-override fix --write FILE -- COMMAND",
        )


def has_rules(file: str) -> bool:
    """Return whether there is an overrides file that can be in force."""
    if not os.path.exists(file):
        return False
    form = form_of(file)
    # A pyproject.toml without a table of ours is no overrides file yet.
    return form != "pyproject" or bool(own_part(read_toml(read_file(file).decode()), form))


def check_writable(file: str) -> None:
    """Check that what is found can be written, before the user waits for it.

    Raises:
        OverrideError: If it cannot.
    """
    directory = os.path.dirname(os.path.abspath(file))
    if not os.path.isdir(directory):
        raise OverrideError(
            f"there is no directory {shown_path(directory)} to write it to",
            kind="file-not-found",
            where=shown_path(file),
            hint=f"make it: mkdir -p {shlex.quote(shown_path(directory))}",
        )
    why = _obstacle(file, directory)
    if why:
        raise OverrideError(
            f"this file cannot be written, and what is found would be lost: {why}",
            kind="unwritable-file",
            where=shown_path(file),
            hint=_another_file_hint(file),
        )


def _obstacle(file: str, directory: str) -> str:
    """Return why a file cannot be written, or "" if it can."""
    try:
        check_replaceable(os.path.abspath(file))
    except OSError as error:
        # A link, for example, which is not replaced.
        return str(error.strerror)
    if not os.access(directory, os.W_OK):
        return f"this user may not write to {shown_path(directory)}"
    if os.path.exists(file) and not os.access(file, os.W_OK):
        return "this user may not write to it"
    return ""


def _another_file_hint(file: str) -> str:
    if not os.path.isfile(file):
        return "with --write, name a file that you may write to"
    included = toml_text(os.path.abspath(file))
    return f"with --write, name another file; include = [{included}] in it keeps these rules in force"


def merged(file: str, tables: Tables) -> str:
    """Return the content of a file with tables that are changed or added.

    Raises:
        OverrideError: If it would not be valid.
    """
    try:
        return file_of_tables.merged(file, tables)
    except OverrideError as error:
        raise OverrideError(
            error.message, kind=error.kind, where=error.where, hint=_another_file_hint(file)
        ) from None


def _set_aside(write: str | None) -> str:
    """Return the file that the variable names if another one is in force, or ""."""
    named = os.environ.get(switch.SWITCH, "")
    if not write or not named or os.path.abspath(write) == os.path.abspath(named):
        return ""
    return named


def write(file: str, rules: FoundRules, before: bytes | None) -> None:
    """Write what was found.

    Args:
        file: The overrides file.
        rules: What was found.
        before: The content of the file when the search began; None if there was no file.

    Raises:
        OverrideError: If the file cannot be written, or somebody else has changed it; what was found is
            shown first.
    """
    try:
        if os.path.isfile(file) and read_whole(file) != before:
            # The tables that were found contain what the file said before.
            raise OverrideError(
                "this file was changed during the search, so what was found is not written to it",
                kind="file-changed",
                where=shown_path(file),
                hint="run the same command again",
            )
        file_of_tables.add(file, rules.tables)
    except OverrideError:
        fix_messages.show_rules(rules, file, written=False)
        raise


class _Commands:
    """Runs the command, and looks for rules between its runs.

    Args:
        command: The command.
        child: The child process.
        place: The place for files of this run.
        journal: What the user is told.
    """

    def __init__(self, command: list[str], child: Child, place: Workplace, journal: Journal) -> None:
        self._command = command
        self._child = child
        self._place = place
        self._journal = journal
        self._clock: Clock | None = None

    def begin_search(self, clock: Clock) -> None:
        """From now on, rules may be looked for."""
        self._clock = clock

    def run(self, overrides: str) -> Ran:
        """Run the command, with an overrides file in force, "" for none."""
        watch = tempfile.mkdtemp(prefix="run-", dir=self._place.path)
        failures = tempfile.mkdtemp(prefix="failures-", dir=self._place.path)
        if self._clock is not None:
            fix_messages.say("running the command again, with what was found so far")
        args = argparse.Namespace(
            overrides=overrides or run.file_without_rules(watch),
            set=(),
            constrain=(),
            as_of="",
            report=None,
        )
        environment, given = run.environment_of(args, watch, self._command)
        environment[switch.FIX] = failures
        begin = time.monotonic()
        status, words = run.watched(self._child, self._command, environment, watch)
        seconds = time.monotonic() - begin
        error = None
        if run.is_to_be_looked_at(words, given):
            found = complaints.choose(words, watch, self._command, given, failed=True)
            if found is not None and found.about_builds and not found.fatal:
                fix_messages.warn(found.error)
            elif found is not None:
                error = found.error
        ran = Ran(status, _documents(failures), "refused" in words, error)
        self._journal.ran(_result(ran), seconds)
        return ran

    def fix(
        self,
        failure: Failure,
        outer: Sequence[Failure],
        bench: Callable[[Failure], Workbench],
        python: str,
    ) -> Fixed | NotFixed:
        """Look for rules for a package; the first signal to end ends only this, the second one all."""
        from ..fixing.package import fix_package  # only after a build has failed

        assert self._clock is not None
        with Interrupts(self._clock, self._child):
            return fix_package(failure, outer, bench, python, date.today())

    def bench(self, command: FailedCommand, failure: Failure, overrides: str) -> Workbench:
        """Return a workbench for the package of a failure, with an overrides file in force."""
        from ..fixing.workbench import PipWorkbench

        assert self._clock is not None
        return PipWorkbench(command, failure, self._place, overrides, self._clock, self._journal)

    def interrupted(self) -> bool:
        """Return whether the user has asked to end."""
        return bool(self._child.received)


class Interrupts:
    """A context in which a signal to end stops a clock, and a second one interrupts everything."""

    def __init__(self, clock: Clock, child: Child) -> None:
        self._clock = clock
        self._child = child
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        for name in _ENDING:
            number = getattr(signal, name, None)
            # What is ignored, for example by nohup, stays ignored.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._receive)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        again = bool(self._child.received)
        self._child.received = number
        self._clock.stop()
        if again:
            raise KeyboardInterrupt


def _documents(directory: str) -> tuple[FailedCommand, ...]:
    """Return what pips have left of builds that failed, in the order in which they ended."""
    paths = [
        os.path.join(directory, name) for name in os.listdir(directory) if name.startswith("failed-")
    ]
    found = []
    for path in sorted(paths, key=lambda path: (os.stat(path).st_mtime_ns, path)):
        try:
            found.append(FailedCommand.from_json(read_json(path)))
        except ValueError:
            # From a pip with another release of the shim.
            continue
    return tuple(found)


def _result(ran: Ran) -> str:
    if not ran.status:
        return "succeeds"
    labels = [target.failure.label for target in targets_in(ran.failed)]
    return f"fails in {listing(labels)}" if labels else f"fails with status {ran.status}"
