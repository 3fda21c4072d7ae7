"""``suggest``: read the output of a failed build, and print an overrides file that would fix it."""

from __future__ import annotations

import argparse
import codecs
import itertools
import json
import os
import sys
from dataclasses import replace
from typing import Any, BinaryIO, Iterator

from .. import switch
from ..diagnosis import Diagnosis, Failure, diagnose, read_log
from ..diagnosis.failure import IMPORT
from ..diagnosis.remedy import table_lines
from ..diagnosis.wording import FILE, Problem, Tables, command, joined, overrides_lines, sentences
from ..errors import OverrideError
from ..in_pip.state.explanation import ExplainedBuild
from ..rules.standards import normalise
from ..startup import target
from ..urls import without_secrets_in
from . import file_of_tables, options
from .explain import ask
from .streams import check_standard_input
from .verify import listed

SUMMARY = "read the output of a failed build, and print the lines that would mend it"
DESCRIPTION = """Read the output of a failed build, and print an overrides file that would mend it.

The output may come from any pip, with the shim or without, or be the log of a CI service; where
several builds failed, all are in one overrides file. What is printed is that file: reasons, and what
is not known, are comments in it. Nothing is offered for a failure that build requirements do not
mend."""
EXAMPLE = "pip install PyYAML==5.4.1 2>&1 | pip-build-override suggest"

FORMAT = 1
"""Version of the JSON answer, to be raised if a field is removed or changes its meaning."""

_BOTH_STREAMS = "pip tells of errors on standard error: keep that too, as in pip install X > log 2>&1"
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", nargs="?", help="the log; standard input without it")
    parser.add_argument("--write", metavar="FILE", help="add the lines to this overrides file")
    options.add_python(
        parser,
        "the interpreter that a package was built for, where what it declares has to be looked up",
    )
    options.add_format(parser)


def main(args: argparse.Namespace) -> int:
    """Print or write the tables that fix the failures in a log.

    Returns:
        The exit status: 0, or 1 if there are none.

    Raises:
        OverrideError: If the log cannot be read, or the overrides file cannot be written.
    """
    failures = _with_owners(_failures(args.file), args.python)
    diagnoses = [diagnose(_with_declared(failure, args.python)) for failure in failures]
    existing = file_of_tables.read(args.write) if args.write else {}
    tables, problems = joined(diagnoses, existing, args.write or FILE)
    if args.write and tables:
        file_of_tables.add(args.write, tables)
    if args.format == "json":
        print(json.dumps(without_secrets_in(_answer(diagnoses, tables, problems)), indent=2))
    else:
        print("\n".join(_text(diagnoses, tables, problems, args.write)))
    return 0 if tables else 1


def _failures(path: str | None) -> list[Failure]:
    if path is None or path == "-":
        check_standard_input()
        if sys.stdin.isatty():
            raise OverrideError(
                "there is no output to read",
                hint="pipe it in: pip install X 2>&1 | pip-build-override suggest; or name a log",
            )
        try:
            return read_log(_lines(sys.stdin.buffer))
        except OSError as error:
            raise OverrideError(
                f"standard input cannot be read: {error.strerror}", hint="name a log"
            ) from None
    try:
        with open(path, "rb") as file:
            return read_log(_lines(file))
    except OSError as error:
        raise OverrideError(f"{path} cannot be read: {error.strerror}", hint="name a log") from None


def _with_owners(failures: list[Failure], python: str) -> list[Failure]:
    """Return failures with the names of the distributions whose modules could not be imported."""
    if not any(failure.module for failure in failures):
        return failures
    try:
        variables = {name: value for name, value in os.environ.items() if name != switch.SWITCH}
        distributions = listed(target.find(python), variables)["distributions"]
    except OverrideError:
        return failures
    found = []
    for failure in failures:
        owners = [each for each in distributions if failure.module in each["top_level"]]
        if failure.module and len(owners) == 1:
            (owner,) = owners
            failure = replace(failure, name=owner["name"], version=owner["version"], module="")
        found.append(failure)
    return found


def _with_declared(failure: Failure, python: str) -> Failure:
    """Return a failure with what its package declares, if the numpy it was built with does not fit.

    The log does not say whether the package declares numpy or another name for it. If that cannot be
    looked up, both are suggested.
    """
    if failure.step != IMPORT or not failure.version:
        return failure
    for hooks in (True, False):
        try:
            answer = ask(python, [f"{failure.name}=={failure.version}"], hooks=hooks)
        except OverrideError:
            # If the backend fails, try again without asking it.
            continue
        for package in answer.packages:
            if isinstance(package, ExplainedBuild):
                declared = (*package.declared, *(package.declared_by_hook or ()))
                return replace(failure, declared=declared)
    return failure


def _lines(file: BinaryIO) -> Iterator[str]:
    first = file.readline()
    encoding = _UTF16.get(first[:2])
    if encoding is not None:
        # Redirection in PowerShell writes UTF-16.
        yield from (first[2:] + file.read()).decode(encoding, "replace").splitlines()
        return
    for line in itertools.chain([first], file):
        yield line.decode("utf-8", "replace")


def _text(
    diagnoses: list[Diagnosis], tables: Tables, problems: list[Problem], written: str | None
) -> list[str]:
    if not diagnoses:
        return ["# no failed build in what was read", f"# hint: {_BOTH_STREAMS}"]
    lines = [f"# {line}" for diagnosis in diagnoses for line in sentences(diagnosis)]
    lines += [f"# {line}" for problem in problems for line in problem.lines()]
    nameless = [diagnosis for diagnosis in diagnoses if diagnosis.nameless_rules]
    for diagnosis in nameless:
        lines += _without_name(diagnosis)
    if not tables and nameless:
        return lines
    if not tables:
        mended = any(diagnosis.rules for diagnosis in diagnoses)
        if mended and not problems:
            return [*lines, f"# {written} has what mends this already"]
        return [*lines, "# no build requirement is known that would mend this"]
    lines.append(f"# try it: {command(diagnoses, written or FILE)}")
    return lines if written else [*lines, "", *overrides_lines(tables)]


def _without_name(diagnosis: Diagnosis) -> list[str]:
    table = table_lines("NAME", diagnosis.nameless_rules.joined_to({}))
    where = "run it again without -q, or "
    if diagnosis.failure.module:
        where = f"give --python the interpreter in which {diagnosis.failure.module} is installed, or "
    return [
        "# what mends it is known, but the log does not tell the name of the package",
        f"# hint: {where}put the name in place of NAME here:",
        *(f"#   {line}" for line in table),
    ]


def _answer(diagnoses: list[Diagnosis], tables: Tables, problems: list[Problem]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "failures": [
            {
                "name": diagnosis.failure.name,
                "version": diagnosis.failure.version,
                "step": diagnosis.failure.step,
                "python": diagnosis.failure.python,
                "error": diagnosis.failure.error,
                "findings": [
                    {
                        "kind": finding.signature.name,
                        "says": finding.says,
                        "because": finding.because,
                        "mended": bool(finding.rules),
                    }
                    for finding in diagnosis.findings
                ],
                "table": tables.get(normalise(diagnosis.failure.name)),
            }
            for diagnosis in diagnoses
        ],
        "problems": [problem.says for problem in problems],
        "overrides": "".join(f"{line}\n" for line in overrides_lines(tables)),
    }
