"""``suggest``: read the output of a failed build, and print an overrides file that would fix it."""

from __future__ import annotations

import argparse
import codecs
import itertools
import json
import os
import shlex
import sys
from dataclasses import replace
from typing import Any, BinaryIO, Iterator

from .. import rules
from ..build_steps import IMPORT
from ..diagnosis import Diagnosis, Failure, diagnose, read_log
from ..diagnosis.idle import joined_without_idle
from ..diagnosis.misspelt import misspelt_for, misspelt_problem
from ..diagnosis.wording import FILE, Problem, Tables, command, failure_hint, kinds_of, named_sentences
from ..errors import OverrideError
from ..in_pip.state.explanation import ExplainedBuild
from ..near_files import nearest
from ..rules.place import Place, listing
from ..rules.reading.document import form_of
from ..rules.standards import normalise
from ..rules.written import lines_of_table, lines_of_tables, tables_in
from ..startup import target
from ..urls import without_secrets_in
from ..variables import without_rules
from . import file_of_tables, options
from .explain import ask
from .file_in_log import FileInLog
from .kind_of_log import KindOfLog
from .stop_in_log import StopInLog
from .streams import check_standard_input
from .verify import listed

SUMMARY = "read the output of a failed build, and print an overrides file that fixes it"
DESCRIPTION = """Read the output of a failed build, and print an overrides file that fixes it.

The output may come from any pip, with the shim or without it, or be the log of a CI service. If
several builds failed, one overrides file is printed for all of them. Reasons, and failures whose cause
is not known, are comments in it. If the builds ran under an overrides file that is still there, the
whole file is printed, with the changes in it.

The exit status is 0 if something is suggested, and 1 if not, for example because build requirements
cannot fix the failure."""
EXAMPLE = "pip install PyYAML==5.4.1 2>&1 | pip-build-override suggest"

FORMAT = 3
"""Version of the JSON answer, to be raised if a field is removed or changes its meaning."""

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", nargs="?", help="the log; by default standard input")
    parser.add_argument(
        "--write", metavar="FILE", help="write the changes to this overrides file; it may be a new file"
    )
    options.add_python(
        parser,
        "the interpreter that the packages were built for, or its environment, in case the declared"
        " requirements of a package have to be looked up; by default this one",
    )
    options.add_format(parser)


def main(args: argparse.Namespace) -> int:
    """Print or write the tables that fix the failures in a log.

    Returns:
        The exit status: 0, or 1 if there are none.

    Raises:
        OverrideError: If the log cannot be read, or the overrides file cannot be written.
    """
    used, stop, kind = FileInLog(), StopInLog(), KindOfLog()
    failures = _with_owners(_failures(args.file, used, stop, kind), args.python)
    diagnoses = [diagnose(_with_declared(failure, args.python)) for failure in failures]
    file = args.write or (used.path() if failures else None)
    # Lines of a .txt file can only be replaced by a file with tables.
    lines = file if file and not args.write and form_of(file) == "txt" else None
    if lines:
        existing = tables_in(rules.read_file(lines), "txt")
    else:
        existing = file_of_tables.read(file) if file else {}
    unused = rules.load_overrides(file).unused if file and existing else "error"
    tables, problems, idle = joined_without_idle(diagnoses, (), existing, file or FILE, unused=unused)
    remarks = _not_found(used.name) if tables and used.name and not file else []
    idle += [
        misspelt_problem(failure, key, name, file or FILE, tables)
        for failure in failures
        for key, name in misspelt_for(failure, existing).items()
    ]
    if args.write and tables:
        file_of_tables.add(args.write, tables)
        keys = (Place("", form_of(args.write)).path("package", key) for key in tables)
        remarks.append(f"# written to {args.write}: {listing(keys)}")
    overrides = "".join(f"{line}\n" for line in lines_of_tables(tables))
    if lines and tables:
        remarks = [f"# this is instead of {lines}, and contains its lines as a table"]
        overrides = "".join(f"{line}\n" for line in lines_of_tables({**existing, **tables}))
        file = FILE
    elif file and existing and tables and not args.write:
        try:
            overrides = file_of_tables.merged(file, tables)
        except OverrideError as error:
            remarks = [f"# these are not all tables of {file}: {error.message}"]
    if args.format == "json":
        answer = _answer(diagnoses, tables, [*problems, *idle], overrides)
        print(json.dumps(without_secrets_in(answer), indent=2))
    else:
        remarks += [f"# {line}" for problem in idle for line in problem.lines()]
        print("\n".join([*_comments(diagnoses, tables, problems, file, stop.error, kind), *remarks]))
        if tables and not args.write:
            print(f"\n{overrides}", end="")
    return 0 if tables else 1


def _failures(path: str | None, used: FileInLog, stop: StopInLog, kind: KindOfLog) -> list[Failure]:
    if path is None or path == "-":
        check_standard_input()
        if sys.stdin.isatty():
            raise OverrideError(
                "there is no log to read",
                kind="usage",
                hint="pipe one in: pip install X 2>&1 | pip-build-override suggest; or name a file",
            )
        try:
            return read_log(kind.watch(stop.watch(used.watch(_lines(sys.stdin.buffer)))))
        except OSError as error:
            raise OverrideError(
                f"standard input cannot be read: {error.strerror}",
                kind="unreadable-file",
                hint="name a file",
            ) from None
    try:
        with open(path, "rb") as file:
            return read_log(kind.watch(stop.watch(used.watch(_lines(file)))))
    except OSError as error:
        raise OverrideError(
            f"{path} cannot be read: {error.strerror}",
            kind="unreadable-file",
            hint=_unread_log_hint(path),
        ) from None


def _unread_log_hint(path: str) -> str:
    near = "" if os.path.exists(path) else nearest(path)
    return f"did you mean {shlex.quote(near)}?" if near else "name a file with the output of a build"


def _with_owners(failures: list[Failure], python: str) -> list[Failure]:
    """Return failures with the names of the distributions whose modules could not be imported."""
    if not any(failure.module for failure in failures):
        return failures
    try:
        variables = without_rules()
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


def _comments(
    diagnoses: list[Diagnosis],
    tables: Tables,
    problems: list[Problem],
    file: str | None,
    stopped_by: str,
    kind: KindOfLog,
) -> list[str]:
    if not diagnoses and stopped_by:
        return [
            f"# no build failed in this log; the run was stopped by an error: {stopped_by}",
            "# hint: do what the hint after that error says",
        ]
    if not diagnoses:
        return [f"# {line}" for line in kind.lines()]
    lines = [f"# {line}" for diagnosis in diagnoses for line in named_sentences(diagnosis)]
    lines += [f"# hint: {hint}" for hint in dict.fromkeys(map(failure_hint, diagnoses)) if hint]
    lines += [f"# {line}" for problem in problems for line in problem.lines()]
    nameless = [diagnosis for diagnosis in diagnoses if diagnosis.nameless_rules]
    for diagnosis in nameless:
        lines += _without_name(diagnosis)
    if tables:
        return [*lines, f"# try it: {command(diagnoses, file or FILE)}"]
    if nameless:
        return lines
    if any(diagnosis.rules for diagnosis in diagnoses) and not problems:
        return [*lines, f"# {file} already contains the fix"]
    return [*lines, "# no build requirement is known that would fix this"]


def _without_name(diagnosis: Diagnosis) -> list[str]:
    table = lines_of_table("NAME", diagnosis.nameless_rules.joined_to({}))
    what = "run the command again without -q, or "
    of = ""
    if diagnosis.failure.source:
        what, of = "", f" in {diagnosis.failure.source}"
    elif diagnosis.failure.module:
        what = f"name the interpreter that has {diagnosis.failure.module} with --python, or "
    return [
        "# the fix is known, but the name of the package is not in the log",
        f"# hint: {what}replace NAME here by the name of the package{of}:",
        *(f"#   {line}" for line in table),
    ]


def _not_found(name: str) -> list[str]:
    return [
        f"# these builds ran with {name}, which is not below this directory; its rules are not here",
        "# hint: run suggest again in the directory in which the builds were started",
    ]


def _answer(
    diagnoses: list[Diagnosis], tables: Tables, problems: list[Problem], overrides: str
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "failures": [
            {
                "name": diagnosis.failure.name,
                "version": diagnosis.failure.version,
                "step": diagnosis.failure.step,
                "python": diagnosis.failure.python,
                "error": diagnosis.failure.error,
                "kinds": kinds_of(diagnosis),
                "findings": [
                    {
                        "kind": finding.signature.name,
                        "says": finding.says,
                        "because": finding.because,
                        "fixable": bool(finding.rules),
                    }
                    for finding in diagnosis.findings
                ],
                "table": tables.get(normalise(diagnosis.failure.name)),
            }
            for diagnosis in diagnoses
        ],
        "problems": [problem.to_json() for problem in problems],
        "overrides": overrides,
    }
