"""``check``: validate an overrides file."""

from __future__ import annotations

import argparse
import json
import os
import sys

from .. import rules
from ..errors import OverrideError
from ..rules import permissions
from . import options

SUMMARY = "validate an overrides file"
DESCRIPTION = """Read an overrides file and say whether it is valid.

Exit status 0 where it is, 1 where it is not."""
EXAMPLE = "pip-build-override check build-overrides.toml"

FORMAT = 1
"""Version of the JSON answer, to be raised if a field is removed or changes its meaning."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a .toml, pyproject.toml or .txt file")
    options.add_format(parser)


def main(args: argparse.Namespace) -> int:
    """Validate the file.

    Returns:
        The exit status: 0 if the file is valid, 1 if it is not.
    """
    try:
        data, warnings = permissions.read_trusted(args.file)
        overrides = rules.parse_overrides(data, path=os.path.abspath(args.file))
    except OverrideError as error:
        if args.format == "json":
            answer = {"format": FORMAT, "valid": False, "error": error.to_json()}
            print(json.dumps(answer, indent=2))
        else:
            print(f"pip-build-override: error: {error}", file=sys.stderr)
        return 1
    tables = [table.where for table in overrides.tables]
    if args.format == "json":
        answer = {"format": FORMAT, "valid": True, "tables": tables, "warnings": warnings}
        print(json.dumps(answer, indent=2))
    else:
        count = f"{len(tables)} table{'' if len(tables) == 1 else 's'}"
        print(f"{args.file}: valid, {count}{': ' if tables else ''}{', '.join(tables)}")
        for warning in warnings:
            print(f"pip-build-override: warning: {warning}", file=sys.stderr)
    return 0
