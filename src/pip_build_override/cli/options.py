"""Options that several commands share."""

from __future__ import annotations

import argparse
import sys

from .. import switch

_INTERPRETER = "the interpreter, or its environment; this one by default"


def add_overrides(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--overrides", metavar="FILE", help=f"the overrides file; without, that of {switch.SWITCH}"
    )


def add_python(parser: argparse.ArgumentParser, meaning: str = _INTERPRETER) -> None:
    """Add the option that names the target environment.

    Args:
        parser: The parser of the command.
        meaning: The help text of the option.
    """
    parser.add_argument("--python", metavar="PY", default=sys.executable, help=meaning)


def add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text", help="of the answer")
