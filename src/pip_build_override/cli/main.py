"""The command line: one parser, one place where errors become a line, a hint and an exit status."""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn, Sequence

from .. import __version__
from ..errors import OverrideError
from ..terminal import Style, spare
from . import check, demo, explain, freeze, install, run, status, suggest, uninstall, verify

try:
    import argcomplete as _argcomplete
except ImportError:
    _argcomplete = None  # type: ignore[assignment]  # an extra: completion

CANNOT = 2


class _Parser(argparse.ArgumentParser):
    """Errors as all others of ours are printed: the reason, then a hint."""

    def error(self, message: str) -> NoReturn:
        _print_error(OverrideError(message, hint=f"see {self.prog} --help"))
        sys.exit(CANNOT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: without the program's own name; those of the process by default.

    Returns:
        the exit status: that of the command that ``run`` was given; else 0 for done, 1 where the
        answer is no, 2 where the override cannot be honoured.
    """
    for stream in (sys.stdout, sys.stderr):
        spare(stream)
    parser = _parser()
    if _argcomplete is not None:
        _argcomplete.autocomplete(parser)
    args = parser.parse_args(arguments)
    try:
        status: int = args.command(args)
        sys.stdout.flush()
        return status
    except OverrideError as error:
        _print_error(error)
        return CANNOT
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever reads has gone; Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CANNOT


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="pip-build-override",
        description="Choose the build requirements with which pip builds a package from source.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    for module in (
        run,
        suggest,
        install,
        uninstall,
        status,
        check,
        explain,
        verify,
        freeze,
        demo,
    ):
        name = module.__name__.rpartition(".")[2]
        sub = commands.add_parser(
            name,
            help=module.SUMMARY,
            description=module.DESCRIPTION,
            epilog=f"example: {module.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(sub)
        sub.set_defaults(command=module.main)
    return parser


def _print_error(error: OverrideError) -> None:
    print(Style(sys.stderr).message(f"pip-build-override: error: {error}"), file=sys.stderr)
