"""``import``: read what uv's settings say about builds into tables of an overrides file."""

from __future__ import annotations

import argparse
import json
import os
import sys

from .. import rules
from ..errors import OverrideError
from ..exporting.from_uv import Imported, read_uv
from ..near_files import nearest
from ..rules.written import lines_of_tables
from ..terminal import Style
from . import options

SUMMARY = "turn uv's extra-build-dependencies into an overrides file"
DESCRIPTION = """Print an overrides file that says what uv's settings say about builds, which are
extra-build-dependencies, extra-build-variables, config-settings-package, build-constraint-dependencies
and no-binary-package.

FILE is a pyproject.toml with [tool.uv], or a uv.toml. What has no key in an overrides file is listed on
standard error, and then the exit status is 1. To use the rules, write the output to a file."""
EXAMPLE = "pip-build-override import pyproject.toml > build-overrides.toml"

FORMAT = 1
"""Version of the JSON answer, to be raised if a field is removed or changes its meaning."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a pyproject.toml or a uv.toml")
    options.add_format(parser)


def main(args: argparse.Namespace) -> int:
    """Print the overrides file.

    Returns:
        The exit status: 0, or 1 if something has no key in an overrides file.

    Raises:
        OverrideError: If the file has no settings of uv for builds, or what it says is contradictory.
    """
    found = _read(args.file)
    lines = lines_of_tables(found.tables)
    text = "".join(f"{line}\n" for line in lines)
    if text:
        # Nothing is printed that check would not accept.
        rules.parse_overrides(
            text.encode(), path=os.path.abspath("build-overrides.toml"), shown=args.file
        )
    if args.format == "json":
        answer = {"format": FORMAT, "overrides": text, "unsaid": list(found.unsaid)}
        print(json.dumps(answer, indent=2))
    else:
        print(text, end="")
        style = Style(sys.stderr)
        for each in found.unsaid:
            error = OverrideError(f"not imported: {each}", kind="not-expressible", where=args.file)
            print(style.message(f"pip-build-override: error: {error.shown}"), file=sys.stderr)
    return 1 if found.unsaid else 0


def _read(path: str) -> Imported:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        return read_uv(text, pyproject=os.path.basename(path) != "uv.toml")
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
    except ValueError as error:
        problem = f"cannot be imported: {error}"
    raise OverrideError(f"{path} {problem}", kind="unreadable-file", hint=_file_hint(path))


def _file_hint(path: str) -> str:
    near = "" if os.path.exists(path) else nearest(path, lambda other: other.endswith(".toml"))
    return f"did you mean {near}?" if near else "name a pyproject.toml with [tool.uv], or a uv.toml"
