"""``check``: validate overrides files."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from .. import rules
from ..errors import OverrideError
from ..files import shown_path
from ..matrix import reading
from ..rules import permissions
from ..rules.reading.document import form_of
from ..rules.reading.mistakes import mistakes
from ..terminal import Style
from . import options

SUMMARY = "validate overrides files"
DESCRIPTION = """Read overrides files, and report every mistake in them.

With --schema, print the JSON schema of an overrides file instead, for editors and other tools.

The exit status is 0 if all files are valid, and 1 if not."""
EXAMPLE = "pip-build-override check build-overrides.toml"

SCHEMAS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "schemas")
"""The directory of all JSON schemas."""

FORMAT = 2
"""Version of the JSON answer, to be raised if a field is removed or changes its meaning."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="a .toml file, a pyproject.toml or a .txt file"
    )
    parser.add_argument(
        "--schema", action="store_true", help="print the JSON schema of an overrides file (2020-12)"
    )
    options.add_format(parser)


def main(args: argparse.Namespace) -> int:
    """Validate the files.

    Returns:
        The exit status: 0 if all files are valid, 1 if not.

    Raises:
        OverrideError: If there are both files and ``--schema``, or neither.
    """
    if args.schema:
        if args.files:
            raise OverrideError(
                "--schema prints a schema, and checks no file",
                kind="usage",
                hint="remove --schema, or the files",
            )
        print(_schema(), end="")
        return 0
    if not args.files:
        raise OverrideError(
            "there is nothing to check",
            kind="usage",
            hint="name a file: pip-build-override check build-overrides.toml",
        )
    answers = [_check(file) for file in args.files]
    if args.format == "json":
        print(json.dumps(_joined(answers), indent=2))
    else:
        for answer in answers:
            _print(answer)
    return 0 if all(answer["valid"] for answer in answers) else 1


def _schema() -> str:
    with open(os.path.join(SCHEMAS, "overrides-file.json"), encoding="utf-8") as file:
        return file.read()


def _check(file: str) -> dict[str, Any]:
    tables: list[str] = []
    warnings: list[OverrideError] = []
    try:
        data, warnings = permissions.read_trusted(file)
        path, shown = os.path.abspath(file), shown_path(file)
        errors = mistakes(data, path=path, shown=shown)
        if not errors:
            errors = reading.mistakes(data, path=path, shown=shown)
            overrides = rules.parse_overrides(data, path=path, shown=shown)
            tables = list(dict.fromkeys(table.where for table in overrides.tables))
            for included, _ in overrides.included:
                warnings = [*warnings, *permissions.read_trusted(included)[1]]
            matrix = reading.table_of_matrix(data, path=path, shown=shown)
            # A file with nothing but a matrix has its use.
            if overrides.tables or not matrix:
                warnings = [*warnings, *overrides.without_rules]
            tables += [matrix] if matrix else []
    except OverrideError as error:
        errors = [error]
    return {
        "file": file,
        "valid": not errors,
        "tables": tables,
        "warnings": [warning.to_json() for warning in warnings],
        "errors": [error.to_json() for error in errors],
    }


def _joined(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the JSON answer: about all files together, then about each of them."""
    errors = [error for answer in answers for error in answer["errors"]]
    return {
        "format": FORMAT,
        "valid": not errors,
        "tables": [table for answer in answers for table in answer["tables"]],
        "warnings": [warning for answer in answers for warning in answer["warnings"]],
        **({"error": errors[0]} if errors else {}),
        "errors": errors,
        "files": answers,
    }


def _print(answer: dict[str, Any]) -> None:
    tables = answer["tables"]
    if answer["valid"]:
        # The number of a line says no more than their count.
        listed = "" if not tables or form_of(answer["file"]) == "txt" else f": {', '.join(tables)}"
        print(f"{answer['file']}: valid, {options.count_of_tables(answer['file'], tables)}{listed}")
    style = Style(sys.stderr)
    for document in answer["errors"]:
        error = OverrideError.from_json(document)
        print(style.message(f"pip-build-override: error: {error.shown}"), file=sys.stderr)
    for document in answer["warnings"]:
        warning = OverrideError.from_json(document)
        print(style.message(f"pip-build-override: warning: {warning.shown}"), file=sys.stderr)
