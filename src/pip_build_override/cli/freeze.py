"""``freeze``: print an overrides file that repeats recorded builds."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys

from .. import records
from ..errors import OverrideError
from ..near_files import nearest
from . import options

SUMMARY = "print an overrides file that repeats builds, with hashes"
DESCRIPTION = """Print an overrides file that repeats builds. It lists everything that was in each build
environment, in exactly that version, with the hash of its file, which pip compares when it installs it.

FILE is the report of a run, which also has the records of build requirements that were built from
source, or a wheel with a record.

To repeat the builds, write the output to a file, and use that as the overrides file of later builds."""
EXAMPLE = "pip-build-override freeze report.json > frozen.toml"

FORMAT = 2
"""Version of the JSON answer, to be raised if a field is removed or changes its meaning."""
_WITH_RECORDS = (".json", ".whl")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", help="a report, or a wheel with a record")
    options.add_format(parser)


def main(args: argparse.Namespace) -> int:
    """Print the overrides file.

    Returns:
        The exit status: 0, or 1 if there is no build to repeat or one cannot be repeated.

    Raises:
        OverrideError: If a file contains no record, or two builds of one version differ.
    """
    builds = [build for path in args.files for build in _read(path)]
    frozen = records.freeze(builds)
    if args.format == "json":
        print(json.dumps(_answer(frozen), indent=2))
    else:
        print(frozen.text, end="")
        for warning in frozen.warnings:
            print(f"pip-build-override: warning: {warning.shown}", file=sys.stderr)
        for problem in frozen.problems:
            print(f"pip-build-override: error: {problem.shown}", file=sys.stderr)
    return 1 if frozen.problems else 0


def _answer(frozen: records.Frozen) -> dict[str, object]:
    return {
        "format": FORMAT,
        "overrides": frozen.text,
        "warnings": [warning.to_json() for warning in frozen.warnings],
        "problems": [problem.to_json() for problem in frozen.problems],
    }


def _read(path: str) -> list[records.Record]:
    try:
        with open(path, "rb") as file:
            data = b"" if path.endswith(".whl") else file.read()
        if path.endswith(".whl"):
            record = records.read_from_wheel(path)
            if record is None:
                raise ValueError('it has no record; build it with [settings] record = "all"')
            return [record]
        if path.endswith(".cdx.json"):
            return [records.from_cyclonedx(data)]
        return [record for _, record in records.read_report(json.loads(data))]
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror or error}"
    except json.JSONDecodeError:
        problem = f"{path} has no record of a build: it is not JSON"
    except ValueError as error:
        problem = f"{path} has no record of a build: {error}"
    raise OverrideError(problem, kind="no-record", hint=_no_record_hint(path))


def _no_record_hint(path: str) -> str:
    near = "" if os.path.exists(path) else nearest(path, lambda other: other.endswith(_WITH_RECORDS))
    if near:
        return f"did you mean {shlex.quote(near)}?"
    return "name a report that run --report has written, or a wheel with a record"
