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

# In the order of --help. Each is a module, but for those below; only the module of the command that
# runs is imported.
COMMANDS = (
    "run",
    "fix",
    "suggest",
    "install",
    "uninstall",
    "status",
    "check",
    "explain",
    "verify",
    "freeze",
    "show",
    "export",
    "import",
    "matrix",
    "demo",
)
# A module that has the name of a keyword cannot be imported by a statement.
_MODULES = {"import": "import_rules"}
_PROG = "pip-build-override"


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
        words = []
        if self.get_default("after_dashes") is not None and "--" in args:
            # argparse takes the first of them for a positional argument that stands before the dashes.
            cut = args.index("--")
            args, words = args[:cut], args[cut + 1 :]
        namespace, unknown = super().parse_known_args(args, namespace)
        if words:
            namespace.after_dashes = words
        if unknown:
            from . import slips  # only after a mistake

            slips.refuse_argument(unknown[0], self._option_string_actions, self.prog)
        return namespace, unknown

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            from . import slips

            slips.refuse_value("/".join(action.option_strings), value, action.choices)

    def error(self, message: str) -> NoReturn:
        raise OverrideError(message, kind="usage", hint=f"see {self.prog} --help")


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
        if given and given[0] in COMMANDS and "_ARGCOMPLETE" not in os.environ:
            args = _parser_of(given[0]).parse_args(given[1:])
        else:
            parser = _parser_of_all()
            if not given:
                parser.print_help()
                return 0
            args = parser.parse_args(given)
        status: int = args.command(args)
        return status

    return streams.status_of(work, _print_error)


def _parser_of(name: str) -> _Parser:
    """Return the parser of one command, which is all that most starts pay for."""
    module = module_of(name)
    parser = _Parser(prog=f"{_PROG} {name}", **_texts(module))
    _add_command(parser, module)
    return parser


def _parser_of_all() -> _Parser:
    """Return the parser of all commands, for ``--help``, ``--version`` and completion."""
    from . import documentation

    parser = _Parser(
        prog=_PROG,
        description="Override, per package, the build requirements that pip uses when it builds from"
        " source.",
        epilog=f"Documentation: {documentation.index()}",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=_Parser
    )
    for name in COMMANDS:
        module = module_of(name)
        _add_command(commands.add_parser(name, help=module.SUMMARY, **_texts(module)), module)
    if "_ARGCOMPLETE" in os.environ:
        _complete(parser)
    return parser


def module_of(name: str) -> Any:
    """Return the module of a command."""
    return import_module(f".{_MODULES.get(name, name)}", __package__)


def _texts(module: Any) -> dict[str, Any]:
    return {"description": module.DESCRIPTION, "epilog": f"example: {module.EXAMPLE}"}


def _add_command(parser: argparse.ArgumentParser, module: Any) -> None:
    module.add_arguments(parser)
    parser.set_defaults(command=module.main)


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

    print(Style(sys.stderr).message(f"pip-build-override: error: {error.shown}"), file=sys.stderr)
