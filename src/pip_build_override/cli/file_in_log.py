"""The overrides file under which the builds in a log ran, so that its rules are not lost."""

from __future__ import annotations

import os
import re
import shlex
import sys
from typing import Iterable, Iterator

from .. import switch
from ..errors import OverrideError

_COMMAND = re.compile(r"pip-build-override run (.*)")
_PLACE = re.compile(
    r"\[([^][]+\.toml): (?:tool\.pip-build-override\.)?package\.|\[([^][]+\.txt): line [0-9]"
)


class FileInLog:
    """The name of an overrides file, collected while a log is read.

    Attributes:
        name: The file's name as in the log; "" if the log names none.
    """

    def __init__(self) -> None:
        self.name = ""
        self._paths: list[str] = []

    def watch(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield lines unchanged, and collect the names in them."""
        for line in lines:
            if "package." in line or ": line " in line or "--overrides" in line:
                self._paths += filter(_holds_rules, _named(line))
            yield line

    def path(self) -> str | None:
        """Return the path of the file, or None if it is not known or does not exist.

        Raises:
            OverrideError: If standard output has replaced the file, so that its rules are lost.
        """
        given = os.environ.get(switch.SWITCH, "")
        for path in dict.fromkeys(self._paths):
            self.name = self.name or path
            for candidate in (path, given if os.path.basename(given) == os.path.basename(path) else ""):
                if os.path.isfile(candidate):
                    _refuse_emptied(candidate)
                    return candidate
        return None


def _named(line: str) -> list[str]:
    names = ["".join(found) for found in _PLACE.findall(line)]
    command = _COMMAND.search(line)
    if command:
        try:
            words = shlex.split(command[1])
        except ValueError:
            return names
        # Not the options of the command behind the dashes.
        words = words[: words.index("--")] if "--" in words else words
        names += [value for word, value in zip(words, words[1:]) if word == "--overrides"]
        names += [word.partition("=")[2] for word in words if word.startswith("--overrides=")]
    return names


def _holds_rules(path: str) -> bool:
    return path.endswith((".toml", ".txt"))


def _refuse_emptied(path: str) -> None:
    try:
        output = os.fstat(sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return
    if os.path.samestat(output, os.stat(path)):
        raise OverrideError(
            "this file was used in the run of the log, but the shell has emptied it for the output of"
            " suggest, so its rules are lost",
            kind="file-changed",
            where=path,
            hint=f"restore it, and write to it with: suggest --write {shlex.quote(path)}",
        )
