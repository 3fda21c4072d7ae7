"""The files that ``matrix`` writes for programs: a report, JUnit XML, and the summary of a workflow."""

from __future__ import annotations

import json
import os
import shlex
import sys
from typing import Callable

from ..errors import OverrideError
from ..files import Json, check_replaceable, read_whole, replace_whole
from ..matrix.junit import is_junit
from ..matrix.report import is_report
from ..terminal import Style

SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable with which a workflow of GitHub names the file for summaries."""


def check(report: str | None, junit: str | None) -> None:
    """Check that files can be written, before anything runs.

    Args:
        report: Path of the JSON report; None for none.
        junit: Path of the JUnit XML; None for none.

    Raises:
        OverrideError: If one cannot be, or is a file of another kind.
    """
    if report and junit and os.path.abspath(report) == os.path.abspath(junit):
        raise OverrideError(
            f"--report and --junit are both {report}", kind="usage", hint="name two files"
        )
    if report is not None:
        _check("--report", report, _is_report, "report")
    if junit is not None:
        _check("--junit", junit, is_junit, "JUnit file")


def _check(option: str, path: str, is_own: Callable[[bytes], bool], kind: str) -> None:
    directory = os.path.dirname(path) or os.curdir
    if not os.path.isdir(directory):
        raise OverrideError(
            f"{option} {path}: there is no directory {directory}",
            kind="file-not-found",
            hint=_directory_hint(directory),
        )
    try:
        if os.path.isdir(path) or not path:
            raise OSError(0, "it is a directory" if path else "it has no name")
        check_replaceable(path)
        content = read_whole(path)
        if not os.access(directory, os.W_OK):
            raise OSError(0, f"files cannot be created in {directory}")
    except OSError as error:
        raise _unwritable(option, path, error) from None
    if content and not is_own(content):
        raise OverrideError(
            f"{option} {path}: this file is not a {kind}, so it is not overwritten",
            kind="file-not-replaced",
            hint="name another file, or delete this one",
        )


def _directory_hint(directory: str) -> str:
    return f"make it: mkdir -p {shlex.quote(directory)}"


def _is_report(content: bytes) -> bool:
    try:
        return is_report(json.loads(content))
    except (ValueError, RecursionError):
        return False


def write_report(path: str, document: Json) -> None:
    """Write the report.

    Raises:
        OverrideError: If it cannot be written.
    """
    _write("--report", path, json.dumps(document, indent=1).encode() + b"\n")


def write_junit(path: str, content: bytes) -> None:
    """Write the JUnit XML.

    Raises:
        OverrideError: If it cannot be written.
    """
    _write("--junit", path, content)


def _write(option: str, path: str, content: bytes) -> None:
    try:
        replace_whole(path, content)
    except OSError as error:
        raise _unwritable(option, path, error) from None


def _unwritable(option: str, path: str, error: OSError) -> OverrideError:
    return OverrideError(
        f"{option} {path} cannot be written: {error.strerror}",
        kind="unwritable-file",
        hint="name another file",
    )


def append_summary(text: str) -> None:
    """Append Markdown to the summary of the workflow that this runs in, if it does.

    It only repeats what was printed, so nothing else depends on it.
    """
    path = os.environ.get(SUMMARY)
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        warning = OverrideError(
            f"{SUMMARY}: {path} cannot be written: {error.strerror}", kind="unwritable-file"
        )
        text = f"pip-build-override: warning: {warning.shown}"
        print(Style(sys.stderr).message(text), file=sys.stderr)
