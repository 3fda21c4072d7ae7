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
    """A parser that accepts no abbreviations, and raises its errors with a hint."""

    def __init__(self, **more: Any) -> None:
        super().__init__(allow_abbrev=False, **more)
        self.color = False  # of argparse from Python 3.14 on

    # argparse makes a formatter for each option that is added; ours takes long to load.
    def format_help(self) -> str:
        self.formatter_class = _help_formatter
        return super().format_help()

    def format_usage(self) -> str:
        self.formatter_class = _help_formatter
        return super().format_usage()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        namespace, unknown = super().parse_known_args(args, namespace)
        if unknown:
            from . import slips  # only after a mistake

            slips.refuse_argument(unknown[0], self._option_string_actions, self.prog)
        return namespace, unknown

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            from . import slips

            slips.refuse_value("/".join(action.option_strings), value, action.choices)

    def error(self, message: str) -> NoReturn:
        raise OverrideError(message, hint=f"see {self.prog} --help")


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
        if given and given[0] not in (*COMMANDS, "-h", "--help", "--version"):
            from . import slips

            slips.refuse_command(given, COMMANDS)
        parser = _parser(given)
        if not given:
            parser.print_help()
            return 0
        args = parser.parse_args(given)
        status: int = args.command(args)
        return status

    return streams.status_of(work, _print_error)


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="pip-build-override",
        description="Override, per package, the build requirements that pip uses when it builds from"
        " source.",
        epilog="Each command explains its options: pip-build-override COMMAND --help",
    )
    parser.add_argument("--version", action="version", version=__version__)
    # With prog given, argparse does not format a help text to find it.
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=_Parser, prog=parser.prog
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
        )
        module.add_arguments(sub)
        sub.set_defaults(command=module.main)
    if completes:
        _complete(parser)
    return parser


def _help_formatter(prog: str) -> argparse.HelpFormatter:
    from .help_text import HelpText  # most runs print no help

    return HelpText(prog)


def _complete(parser: argparse.ArgumentParser) -> None:
    try:
        import argcomplete
    except ImportError:  # an extra: completion
        return
    argcomplete.autocomplete(parser)


def _print_error(error: OverrideError) -> None:
    from ..terminal import Style

    print(Style(sys.stderr).message(f"pip-build-override: error: {error}"), file=sys.stderr)
