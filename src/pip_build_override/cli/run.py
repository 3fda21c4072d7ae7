"""``run``: run a command with the shim loaded into every pip below it, without installing anything."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile

from .. import switch
from ..command_line import CommandLine
from ..errors import OverrideError
from . import options
from .child import Child

SUMMARY = "run a command with the override in force in every pip below it"
DESCRIPTION = """Run COMMAND with the override in force in every pip and every build that it starts.

The shim reaches those pips through PYTHONPATH, so nothing is installed. A Python that is started with
-E, -I or -S does not see it.

The exit status is that of COMMAND. If that is 0, it is 2 instead if no pip below COMMAND loaded the
shim, if a pip ran without it, if a front end other than pip and build built a package to which a rule
applies, or if packages were built and no table for a named package was used."""
EXAMPLE = "pip-build-override run --overrides build-overrides.toml -- pip install pyworld==0.3.3"

_UNUSED = 2
_RULES = ("--overrides", "--set", "--constrain", "--as-of")
# Messages from child processes after which the override may not have been in force throughout.
_TO_BE_LOOKED_AT = frozenset(("built", "elsewhere", "isolated", "outer", "program"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_rules(parser)
    parser.add_argument(
        "--report", metavar="FILE", help="write what each build was built with to this file, as JSON"
    )
    parser.add_argument(
        "--allow-unused",
        action="store_true",
        help="keep the exit status of COMMAND if no pip below it loaded the shim, if a pip or another"
        " front end built without it, or if no table for a named package was used",
    )
    reuse = parser.add_mutually_exclusive_group()
    reuse.add_argument(
        "--no-reuse",
        action="store_true",
        help="fill each build environment by itself, even if several of this run are the same, and"
        " import setuptools for each hook, to find out whether a fault comes from that",
    )
    reuse.add_argument(
        "--keep-environments",
        action="store_true",
        help="keep build environments below pip's cache, and fill equal ones of later runs from there,"
        " as keep-environments = true does",
    )
    parser.add_argument(
        "rest", metavar="-- COMMAND …", nargs=argparse.REMAINDER, help="the command and its arguments"
    )


def main(args: argparse.Namespace) -> int:
    """Run the command.

    Returns:
        The exit status of the command; 2 if that is 0 and the override was not in force throughout.

    Raises:
        OverrideError: If there is no command to run or no override to put in force.
    """
    command = args.rest[1:] if args.rest[:1] == ["--"] else args.rest
    if not command:
        raise OverrideError(
            "there is no COMMAND to run",
            kind="usage",
            hint="put it after two dashes: pip-build-override run --overrides FILE -- pip install …",
        )
    _refuse_rules_below_another_run(args)
    if args.no_reuse:
        os.environ[switch.NO_REUSE] = "1"
    if args.keep_environments:
        os.environ[switch.KEEP_ENVIRONMENTS] = "1"
    with Child() as child:
        if switch.WATCH in os.environ:
            # Below another run, whose rules are in force and which already watches.
            return child.status(command, dict(os.environ))
        # A TemporaryDirectory registers a finalizer, for which each start would pay.
        watch = tempfile.mkdtemp(prefix="pip-build-override-run-")
        try:
            environment, given = environment_of(args, watch, command)
            status, words = watched(child, command, environment, watch)
            if not is_to_be_looked_at(words, given):
                return status
            from . import complaints  # rarely needed

            complaint = complaints.choose(words, watch, command, given, failed=bool(status))
        finally:
            shutil.rmtree(watch, ignore_errors=True)
        if complaint is None or (args.allow_unused and not complaint.fatal):
            if complaint is not None and complaint.about_builds:
                print(f"pip-build-override: warning: {complaint.error.shown}", file=sys.stderr)
            return status
        print(f"pip-build-override: error: {complaint.error.shown}", file=sys.stderr)
        return status or _UNUSED


def watched(
    child: Child, command: list[str], environment: dict[str, str], watch: str
) -> tuple[int, set[str]]:
    """Run a command, and return its exit status and what the pips below it have done.

    Args:
        child: The child process.
        command: The command.
        environment: Its environment variables, by ``environment_of``; they are changed.
        watch: The directory for the messages of the pips.

    Returns:
        The exit status, and the words of the messages (see ``switch.tell_watcher``).

    Raises:
        OverrideError: If the command cannot be started.
    """
    switch.note_given(environment, watch)
    switch.watch_by_log(environment, watch)
    environment.setdefault(switch.PIP_REPORT, os.path.join(watch, switch.INSTALLED))
    status = child.status(command, environment)
    words = {word.partition("-")[0] for word in os.listdir(watch)}
    if switch.was_written_without_shim(watch, environment.get(switch.USERS_LOG, "")):
        words.add("outer")
    return status, words


def is_to_be_looked_at(words: set[str], given: options.Given) -> bool:
    """Return whether the override may not have been in force throughout."""
    judged = given.judged or "judged" in words
    return not judged or "loaded" not in words or bool(words & _TO_BE_LOOKED_AT)


def _refuse_rules_below_another_run(args: argparse.Namespace) -> None:
    refused = [
        option
        for option, value in (
            ("--overrides", args.overrides),
            ("--set", args.set),
            ("--constrain", args.constrain),
            ("--as-of", args.as_of),
            ("--report", args.report),
        )
        if value
    ]
    if refused and switch.WATCH in os.environ:
        raise OverrideError(
            f"this run is below another pip-build-override run, and {refused[0]} would replace what"
            " that one was given",
            kind="other-rules",
            hint="give all options to the outer run, or do not use the outer run",
        )


def environment_of(
    args: argparse.Namespace, watch: str, command: list[str]
) -> tuple[dict[str, str], options.Given]:
    """Return the environment variables with which a command runs with rules in force, and the rules.

    Args:
        args: The options of ``run``.
        watch: The directory for the messages of the pips below.
        command: The command.

    Raises:
        OverrideError: If there are no rules, or if they contain an error.
    """
    environment = dict(os.environ)
    given = args.overrides or environment.get(switch.SWITCH, "")
    extra = CommandLine(tuple(args.constrain), tuple(args.set), args.as_of)
    if not given and not extra and not args.report:
        hint = f"give --overrides FILE, --set, --constrain, --as-of or --report, or set {switch.SWITCH}"
        late = [word for word in command if word.partition("=")[0] in _RULES]
        if late:
            hint = f"put {late[0].partition('=')[0]} before COMMAND: it is an option of run"
        raise OverrideError("there are no rules to apply", kind="usage", hint=hint)
    if not given:
        given = file_without_rules(watch)
    found = options.Given(os.path.abspath(given), extra)
    environment[switch.SWITCH] = found.path
    environment[switch.COMMAND_LINE] = extra.dump()
    environment[switch.WATCH] = watch
    if args.report or not _judges_itself(command):
        # A mistake is better found before COMMAND starts and before the report is replaced.
        found.judge(watch)
    if args.report:
        # One report for each run: it replaces that of an earlier run.
        environment[switch.REPORT] = os.path.abspath(args.report)
        from . import report_file

        report_file.begin(environment[switch.REPORT])
    elif environment.get(switch.REPORT):
        environment[switch.REPORT] = os.path.abspath(environment[switch.REPORT])
    environment["PYTHONPATH"] = switch.with_injected(environment)
    return environment, found


def file_without_rules(watch: str) -> str:
    """Make an overrides file without rules for a run, and return its path."""
    path = os.path.join(watch, switch.RULES_OF_RUN)
    # Independent of the umask: a file that everybody may write to is refused.
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    return path


def _judges_itself(command: list[str]) -> bool:
    """Return whether the command is most likely a pip, which reads the overrides file first.

    Reading the file here too would make the start of ``run`` half as long again. If that pip turns out
    not to have read it, ``run`` reads it at its end.
    """
    if not set(switch.OVERRIDDEN_COMMANDS).intersection(command):
        return False
    name = os.path.basename(command[0]).lower()
    if name.startswith(("python", "pypy")):
        return command[1:3] == ["-m", "pip"]
    return name.startswith("pip") and not name[3:].strip("0123456789.").replace("exe", "")
