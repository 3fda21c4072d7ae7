"""Errors for mistakes on the command line, each with the nearest right word."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from typing import Collection, Iterable, NoReturn, Sequence

from ..errors import OverrideError
from ..rules.place import did_you_mean
from ..rules.standards import NAME
from ..switch import OVERRIDDEN_COMMANDS

_OPTIONS = ("--help", "--version")
_SAME_OPTIONS = {"--overrides": "--write"}
"""Options of other commands, with what a command may have for the same purpose."""

_PROGRAMS = ("pip", "pip3", "python", "python3", "tox", "nox", "pipx")
_REQUIREMENT = re.compile(rf"{NAME}(?:\[.*\])? *(?:[=~!<>]=|[<>@]).*")


def refuse_command(given: Sequence[str], commands: Sequence[str]) -> NoReturn:
    """Raise an error for a command line that does not begin with a command.

    Args:
        given: The command line, which is not empty.
        commands: The commands.

    Raises:
        OverrideError: Always.
    """
    word = given[0]
    if word == "--":
        raise OverrideError("there is no command before --", kind="usage", hint=_run(given[1:]))
    if word.startswith("-"):
        option = word.partition("=")[0]
        near = did_you_mean(option, _OPTIONS)
        hint = f"did you mean {near}?"
        if near[:4] != option[:4]:
            command = next((each for each in given if each in commands), "COMMAND")
            hint = f"put options after the command: pip-build-override {command} {option} …"
        raise OverrideError(
            f"{option} is not an option of pip-build-override itself", kind="usage", hint=hint
        )
    hint = f"the commands are {', '.join(commands)}"
    near = did_you_mean(word, commands)
    if word == "help":
        hint = "pip-build-override --help, or pip-build-override COMMAND --help"
    elif near:
        hint = f"did you mean {near}?"
    elif shutil.which(word):
        hint = _run(given)
    raise OverrideError(f"unknown command {word}", kind="usage", hint=hint)


def _run(command: Sequence[str]) -> str:
    words = " ".join(map(shlex.quote, command)) or "pip install …"
    return f"to run a command with an override: pip-build-override run --overrides FILE -- {words}"


def refuse_argument(argument: str, options: Collection[str], program: str) -> NoReturn:
    """Raise an error for an argument that a command does not have.

    Args:
        argument: The argument.
        options: All options of the command.
        program: The command, as it is typed.

    Raises:
        OverrideError: Always.
    """
    hint = f"see {program} --help"
    if not argument.startswith("-"):
        if "--python" in options and (os.path.isdir(argument) or os.access(argument, os.X_OK)):
            hint = f"did you mean --python {shlex.quote(argument)}?"
        raise OverrideError(
            f"{program}: unrecognized argument: {shlex.quote(argument)}", kind="usage", hint=hint
        )
    option = argument.partition("=")[0]
    same = _SAME_OPTIONS.get(option, "")
    near = same if same in options else did_you_mean(option, options)
    raise OverrideError(
        f"{program}: no such option: {option}",
        kind="usage",
        hint=f"did you mean {near}?" if near else hint,
    )


def refuse_value(option: str, value: str, choices: Iterable[str]) -> NoReturn:
    """Raise an error for a value that an option does not have.

    Args:
        option: The option.
        value: The value.
        choices: The values that it has.

    Raises:
        OverrideError: Always.
    """
    known = list(choices)
    near = did_you_mean(value, known)
    raise OverrideError(
        f"{option}: invalid choice: {shlex.quote(value)} (choose from {' or '.join(known)})",
        kind="usage",
        hint=f"did you mean {near}?" if near else f"write {option} {known[0]}",
    )


def program_hint(command: Sequence[str]) -> str:
    """Return what to do about a command that cannot be started.

    Args:
        command: The words of the command.
    """
    word = command[0]
    if " " in word and shutil.which(word.split()[0]):
        return f"give each word by itself, without quotes around them: {word}"
    if word in OVERRIDDEN_COMMANDS:
        return f"begin with pip: pip {shlex.join(command)}"
    if _REQUIREMENT.fullmatch(word):
        return f"begin with pip install: pip install {shlex.join(command)}"
    if os.path.isfile(word) and os.path.dirname(word):
        return f"make it executable: chmod u+x {shlex.quote(word)}"
    if os.path.isfile(word) and os.access(word, os.X_OK):
        return f"did you mean {shlex.quote(os.path.join(os.curdir, word))}?"
    near = did_you_mean(word, filter(shutil.which, _PROGRAMS))
    return f"did you mean {near}?" if near else "check the name of the command, and PATH"
