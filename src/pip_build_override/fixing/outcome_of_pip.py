"""What came of a pip that was to build one package, from the documents and the log that it left."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import Iterator, Sequence

from .. import records
from ..diagnosis import Failure, read_log
from ..diagnosis.failed_command import PREFIX, FailedCommand
from ..files import read_json
from ..rules.standards import normalise

_REFUSED = "pip-build-override: error: "
_ADVICE = "hint: "
_ERROR = "ERROR: "
_NOT_FOUND = re.compile(r"ERROR: No matching distribution found for (\S+)")
_OF_REFUSAL = 2


def refusal(log: str, status: int) -> tuple[str, str]:
    """Return the error with which the shim refused a rule, and its hint; "" and "" if it did not.

    Args:
        log: Path of what pip has printed.
        status: The exit status of pip.
    """
    if status != _OF_REFUSAL:
        return "", ""
    said = [line.strip() for line in _lines(log)]
    begins = [at for at, line in enumerate(said) if _REFUSED in line]
    if not begins:
        return "", ""
    # A message may be of several lines; a nested pip's is repeated by those above it.
    lines = [said[begins[-1]].rpartition(_REFUSED)[2]]
    hint = ""
    for line in said[begins[-1] + 1 :]:
        if not line or line.startswith((_ADVICE, _ERROR, "WARNING: ")):
            hint = line[len(_ADVICE) :] if line.startswith(_ADVICE) else ""
            break
        lines.append(line)
    return " ".join(lines), hint


def environment_of(report: str, name: str) -> dict[str, str] | None:
    """Return what the build environment of a package contained, by the report of a pip.

    Args:
        report: Path of the report.
        name: Name of the package.

    Returns:
        Normalised names and versions; None if there is no such build in it.
    """
    try:
        builds = records.read_report(read_json(report))
    except ValueError:
        return None
    for build, record in reversed(builds):
        if not build.get("nested") and normalise(record.name) == normalise(name):
            return {held.name: held.version for held in record.environment}
    return None


def failure_of(left: str, log: str, wanted: Failure) -> Failure:
    """Return what is known of a build that failed.

    Args:
        left: The directory in which pip has left documents about failed builds.
        log: Path of what it has printed, which is read if there are none.
        wanted: The package, as it is known from an earlier failure.
    """
    found = [failure for command in commands_in(left) for failure in command.failures]
    found = found or read_log(_lines(log))
    name = normalise(wanted.name)
    # The outermost one is the last.
    failure = next((each for each in reversed(found) if normalise(each.name) == name), None)
    if failure is None and found:
        # A build without a name, or another package that its build requires.
        last = found[-1]
        failure = Failure(wanted.name, nested=(last,)) if last.name else last
    if failure is None:
        errors = [line.strip() for line in _lines(log) if line.strip().startswith(_ERROR)]
        # No build has failed, so it is the package itself that pip cannot find.
        found_none = filter(None, map(_NOT_FOUND.match, errors))
        failure = Failure(
            wanted.name,
            error=errors[0][len(_ERROR) :] if errors else "",
            not_found=next((match[1] for match in found_none), ""),
        )
    return replace(
        failure,
        name=failure.name or wanted.name,
        version=failure.version or wanted.version,
        python=failure.python or wanted.python,
        requirement=wanted.requirement or failure.requirement,
        hashes=wanted.hashes or failure.hashes,
        asked_by=wanted.asked_by,
    )


def was_loaded(left: str) -> bool:
    """Return whether the shim was loaded into a pip that was given this directory."""
    return any(name.startswith("loaded-") for name in os.listdir(left))


def commands_in(left: str) -> Iterator[FailedCommand]:
    """Yield what pips have left in a directory, in the order in which they ended."""
    names = [name for name in os.listdir(left) if name.startswith(PREFIX) and name.endswith(".json")]
    paths = [os.path.join(left, name) for name in names]
    for path in sorted(paths, key=lambda path: (os.stat(path).st_mtime_ns, path)):
        try:
            yield FailedCommand.from_json(read_json(path))
        except ValueError:
            # The log says the same, in fewer words.
            continue


def _lines(log: str) -> Sequence[str]:
    with open(log, encoding="utf-8", errors="replace") as file:
        return file.readlines()
