"""What ``fix`` says: before it runs anything, while it looks for rules, and at its end."""

from __future__ import annotations

import shlex
import shutil
import sys
from typing import Iterable, Sequence

from ..errors import OverrideError, named
from ..files import shown_path
from ..fixing.command import (
    INTERRUPTED,
    NOT_FIXED,
    NOT_REACHED,
    OTHER_CAUSE,
    REFUSED,
    SUCCEEDED,
    TIME_IS_UP,
    Outcome,
)
from ..fixing.found_rules import FoundRules
from ..fixing.journal import Journal
from ..fixing.result import GENERATED, MODULE, MOMENT, SEARCH, SIGNATURE, NotFixed
from ..rules.reading.document import form_of
from ..rules.written import lines_of_tables
from ..switch import SWITCH
from ..terminal import Style
from ..urls import without_secrets

_PROG = "pip-build-override"
_WIDTH = 80

MEANS = {
    SIGNATURE: "this is a known kind of failure",
    MODULE: "a module was missing",
    GENERATED: "its generated sources were the cause",
    MOMENT: "it builds with the build requirements of an earlier day",
    SEARCH: "a search has shown which build requirements matter",
}
"""What showed which rules a package needs, by ``Fixed.means``."""


def say(text: str) -> None:
    """Print a line of ours between those of the command."""
    print(Style(sys.stderr).encodable(f"{_PROG}: {text}"), file=sys.stderr, flush=True)


def warn(error: OverrideError) -> None:
    """Print a warning."""
    say(f"warning: {error.shown}")


def announce(command: Sequence[str], file: str, minutes: float, *, exists: bool, instead: str) -> None:
    """Say what is about to be run, and what will be written.

    Args:
        command: The command.
        file: The overrides file.
        minutes: How long rules are looked for.
        exists: Whether it has rules, which are in force.
        instead: The file that the variable names, if another one is in force; or "".
    """
    say(f"running {without_secrets(shlex.join(command))}")
    say(
        "if a build fails, it is tried under other rules, in a temporary directory, for at most"
        f" {minutes:g} minute{'' if minutes == 1 else 's'}; a build runs code of the package and of its"
        " build requirements"
    )
    in_force = ", the rules of which are in force" if exists else ""
    say(f"what is found is written to {shown_path(file)}{in_force}")
    if instead:
        say(f"{shown_path(instead)}, which {SWITCH} names, is not in force, because of --write")


def show_rules(rules: FoundRules, file: str, *, written: bool) -> None:
    """Print the rules that were found.

    Args:
        rules: The rules.
        file: The overrides file.
        written: Whether they were written to it.
    """
    say(
        f"written to {shown_path(file)}:"
        if written
        else f"found, and not written to {shown_path(file)}:"
    )
    _print(["", *lines_of_tables(rules.tables, form_of(file)), ""])


def conclude(
    outcome: Outcome,
    journal: Journal,
    rules: FoundRules,
    file: str,
    command: Sequence[str],
    *,
    written: bool,
) -> None:
    """Print what was tried, what was found, and what to do next.

    Args:
        outcome: What came of it.
        journal: What was tried.
        rules: What was found.
        file: The overrides file.
        command: The command.
        written: Whether what was found is in that file.
    """
    if len(journal.rows) > 1:
        width = shutil.get_terminal_size().columns if sys.stderr.isatty() else _WIDTH
        say("this was tried:")
        _print(journal.table(width))
    if rules.tables:
        show_rules(rules, file, written=written)
    for fixed in outcome.fixed:
        say(f"{fixed.package} {fixed.version}: {MEANS[fixed.means]}")
    incomplete = [fixed.package for fixed in outcome.fixed if not fixed.complete]
    if incomplete:
        names = ", ".join(incomplete)
        say(f"the search was ended early: fewer or looser rules may be enough for {names}")
    _say_end(outcome, journal)
    hint = end_hint(outcome, rules, file, command, written=written)
    if hint:
        _print([f"{Style(sys.stderr).hint('hint:')} {without_secrets(hint)}"])


def status_of(outcome: Outcome) -> int:
    """Return the exit status, but for an interrupt."""
    if outcome.state == SUCCEEDED:
        return 0
    return 2 if outcome.state == REFUSED else 1


def _say_end(outcome: Outcome, journal: Journal) -> None:
    package, why = outcome.package, outcome.why
    if outcome.state == SUCCEEDED:
        failed = [failure.label for one in outcome.ran.failed for failure in one.failures]
        said = "the command succeeds with these rules" if outcome.fixed else "nothing to fix"
        if failed:
            said += (
                f": the command succeeded, although {', '.join(dict.fromkeys(failed))} did not build"
            )
        say(said)
    elif outcome.state == OTHER_CAUSE:
        builds = "each build succeeds now, but" if outcome.fixed else "no build by pip failed, but"
        say(f"{builds} the command fails with status {outcome.ran.status}; what it printed says why")
    elif outcome.state == REFUSED:
        say("pip refused to work under the rules; what it printed says why")
    elif outcome.state == NOT_REACHED:
        say(
            f"{package} builds on its own with the rules that were found, but fails in the command with"
            " them, so they were taken out again"
        )
    elif outcome.state == NOT_FIXED:
        say(named(f"{package} is not fixed: {_reason(why)}", "not-fixed"))
    elif outcome.state == TIME_IS_UP:
        say(f"the time is up, and nothing was found so far with which {package} builds")
    elif outcome.state == INTERRUPTED:
        say("interrupted; no file was changed")
    if isinstance(why, NotFixed):
        # What was tried is in the table.
        others = [text for text in why.ruled_out if text not in {row.tried for row in journal.rows}]
        if others:
            say("this was ruled out:")
            _print(f"  {without_secrets(text)}" for text in others)


def _reason(why: NotFixed | OverrideError | None) -> str:
    if isinstance(why, OverrideError):
        # Its hint is printed at the end.
        return f"{why.where}: {why.message}" if why.where else why.message
    return without_secrets(why.reason) if why is not None else ""


def end_hint(
    outcome: Outcome, rules: FoundRules, file: str, command: Sequence[str], *, written: bool
) -> str:
    """Return what to do next, or "" if nothing has to be done.

    Args:
        outcome: What came of it.
        rules: What was found.
        file: The overrides file.
        command: The command.
        written: Whether what was found is in that file.
    """
    shown = shlex.quote(shown_path(file))
    if outcome.state == TIME_IS_UP:
        return "give it more time with --limit"
    if outcome.state == INTERRUPTED:
        return "write these rules to a file, or run the same command again" if rules.tables else ""
    if isinstance(outcome.why, (NotFixed, OverrideError)) and outcome.why.hint:
        return outcome.why.hint
    if outcome.state == OTHER_CAUSE and not outcome.fixed:
        # pypa/build, for example, builds without pip.
        return (
            "if a build failed that pip did not start, fix it as a build by pip:"
            " pip-build-override fix -- pip wheel --no-deps DIRECTORY"
        )
    if outcome.state == NOT_REACHED:
        return (
            "see what differs between the builds:"
            f" PIP_VERBOSE=1 pip-build-override fix -- {shlex.join(command)}"
        )
    if outcome.state == SUCCEEDED and outcome.fixed:
        return (
            f"keep {shown_path(file)} in version control; later builds use it with"
            f" pip-build-override run --overrides {shown} -- {shlex.join(command)}"
        )
    return ""


def _print(lines: Iterable[str]) -> None:
    style = Style(sys.stderr)
    for line in lines:
        print(style.encodable(line), file=sys.stderr, flush=True)
