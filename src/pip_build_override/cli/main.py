"""The command line: its parser, and the printing of errors as a message, a hint and an exit status."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

from .. import __version__
from ..errors import OverrideError
from . import streams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, Sequence

CANNOT = 2

# In the order of --help. Each is a module; only the module of the command that runs is imported.
COMMANDS = (
    "run",
    "suggest",
    "install",
    "uninstall",
    "status",
    "check",
    "explain",
    "verify",
    "freeze",
    "demo",
)


class _Parser(argparse.ArgumentParser):
    """A parser that prints its errors as we print all others: the reason, then a hint."""

    def error(self, message: str) -> NoReturn:
        _print_error(OverrideError(message, hint=f"see {self.prog} --help"))
        sys.exit(CANNOT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: Arguments without the program name; by default those of the process.

    Returns:
        The exit status. For ``run`` it is the status of the given command; otherwise 0 for success,
        1 if the answer is no, 2 if the override cannot be honoured.
    """
    streams.prepare()
    given = sys.argv[1:] if arguments is None else list(arguments)

    def work() -> int:
        _refuse_misspelt(given)
        args = _parser(given).parse_args(given)
        status: int = args.command(args)
        return status

    return streams.status_of(work, _print_error)


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="pip-build-override",
        description="Choose the build requirements with which pip builds a package from source.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    # With prog given, argparse does not format a help text to find it.
    commands = parser.add_subparsers(
        metavar="COMMAND", required=True, parser_class=_Parser, prog=parser.prog
    )
    completes = "_ARGCOMPLETE" in os.environ
    wanted = given[:1] if given[:1] and given[0] in COMMANDS and not completes else COMMANDS
    if wanted is COMMANDS:
        from . import documentation

        parser.epilog = f"Documentation: {documentation.index()}"
    for name in wanted:
        module: Any = import_module(f".{name}", __package__)
        sub = commands.add_parser(
            name,
            help=module.SUMMARY,
            description=module.DESCRIPTION,
            epilog=f"example: {module.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(sub)
        sub.set_defaults(command=module.main)
    if completes:
        _complete(parser)
    return parser


def _refuse_misspelt(given: Sequence[str]) -> None:
    if not given or given[0].startswith("-") or given[0] in COMMANDS:
        return
    from ..rules.place import did_you_mean

    near = did_you_mean(given[0], COMMANDS)
    if near:
        raise OverrideError(f"there is no command {given[0]}", hint=f"did you mean {near}?")


def _complete(parser: argparse.ArgumentParser) -> None:
    try:
        import argcomplete
    except ImportError:  # an extra: completion
        return
    argcomplete.autocomplete(parser)


def _print_error(error: OverrideError) -> None:
    from ..terminal import Style

    print(Style(sys.stderr).message(f"pip-build-override: error: {error}"), file=sys.stderr)
