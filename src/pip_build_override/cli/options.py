"""Options that several commands share, and the rules that ``run`` is given by its own."""

from __future__ import annotations

import os
import sys

from .. import switch

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Sized

    from ..command_line import CommandLine
    from ..rules import Overrides

_INTERPRETER = "the interpreter, or its environment; by default this one"


def add_rules(parser: argparse.ArgumentParser) -> None:
    """Add the options that give rules: a file, and rules without one."""
    parser.add_argument(
        "--overrides",
        metavar="FILE",
        help=f"the overrides file; by default the one that {switch.SWITCH} names",
    )
    parser.add_argument(
        "--constrain",
        metavar="REQUIREMENT",
        action="append",
        default=[],
        help='a limit on all build environments, as in [package."*"] constrain; may be repeated',
    )
    parser.add_argument(
        "--as-of",
        metavar="WHEN",
        default="",
        help="fill all build environments as they would have been then: a date, a time, or release, the"
        " moment at which what is built was released",
    )
    parser.add_argument(
        "--set",
        metavar="'PACKAGE: REQUIREMENT'",
        action="append",
        default=[],
        help="build PACKAGE with REQUIREMENT, in place of what it declares under that name, or in"
        " addition; NAME@target is the version in the target environment, NAME@oldest the oldest one"
        " with a wheel, NAME@borrow the installed distribution itself; may be repeated",
    )


def add_python(parser: argparse.ArgumentParser, meaning: str = _INTERPRETER) -> None:
    """Add the option that names the target environment.

    Args:
        parser: The parser of the command.
        meaning: The help text of the option.
    """
    parser.add_argument("--python", metavar="PY", default=sys.executable, help=meaning)


def add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="format of the answer"
    )


class Given:
    """The rules that were given to this ``run``.

    Args:
        path: Absolute path of the overrides file.
        extra: The rules of the command line.
    """

    def __init__(self, path: str, extra: CommandLine) -> None:
        self.path = path
        self.extra = extra
        self.judged = False

    def overrides(self) -> Overrides:
        """Return the rules, for a message with which ``run`` ends.

        Raises:
            OverrideError: If they are invalid.
        """
        return self._read()[1]

    def judge(self, watch: str) -> None:
        """Read the rules once, and store them for all pips below.

        Args:
            watch: The directory in which they are stored.

        Raises:
            OverrideError: If they are invalid.
        """
        from ..rules import handed

        content, overrides = self._read()
        key = handed.key(content, self.path, self.extra.dump())
        handed.write(os.path.join(watch, handed.FILE), overrides, key)
        self.judged = True

    def _read(self) -> tuple[bytes, Overrides]:
        """Return the content of the file, and the rules with those of the command line."""
        from .. import rules

        content = rules.read_file(self.path)
        overrides = rules.parse_overrides(content, path=self.path)
        return content, rules.with_command_line(overrides, self.extra)


def count_of_tables(path: str, tables: Sized) -> str:
    """Return how many tables an overrides file has; the rules of a .txt file are its lines."""
    from ..rules.reading.document import form_of

    word = "line" if form_of(path) == "txt" else "table"
    return f"{len(tables)} {word}{'' if len(tables) == 1 else 's'}"
