"""``verify``: find installed distributions that do not fit what they were built against."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import os
import subprocess
import tempfile
from typing import Any

from .. import switch
from ..errors import OverrideError
from ..startup import target
from ..verifying.imports import import_all, package_fails, script
from ..verifying.judging import Built, Environment, Finding, Note
from . import options

SUMMARY = "find installed distributions that do not fit what they were built against"
DESCRIPTION = """Compare each installed distribution with what it was built against.

One that carries a record is judged by it. Where that finds nothing, or there is none, the compiled
modules are imported, in child processes of that interpreter, so that one that crashes or hangs is a
finding and not the end. One that refuses for a reason of its own is a note, while its package can be
imported.

Exit status 0 where all fits, 1 where something does not."""
EXAMPLE = "pip-build-override verify --python .venv"

FORMAT = 1
"""Version of the JSON answer, to be raised if a field is removed or changes its meaning."""

_LISTING_SECONDS = 120


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_python(parser)
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=float,
        default=60,
        help="after which a module that is imported is taken to hang; 60 by default",
    )
    options.add_format(parser)


def main(args: argparse.Namespace) -> int:
    """Verify an environment.

    Returns:
        The exit status: 0 if everything fits, 1 if something does not.

    Raises:
        OverrideError: If the environment cannot be inspected, or the timeout is not positive.
    """
    # Not <= 0, which is false for NaN.
    if not args.timeout > 0:
        raise OverrideError(
            f"--timeout {args.timeout:g} leaves no time to import anything",
            hint="give a number of seconds above 0; 60 is the default",
        )
    python = target.find(args.python)
    variables = {name: value for name, value in os.environ.items() if name != switch.SWITCH}
    environment = Environment(listed(python, variables), python)
    built: list[Built] = []
    results: list[Finding | Note] = []
    imported = 0
    for distribution in environment.distributions:
        record = environment.record(distribution)
        if record is not None:
            compared = list(environment.built(distribution, record))
            built += compared
            misfits = [
                environment.by_record(distribution, one, record) for one in compared if not one.fits
            ]
            results += misfits
            if misfits:
                continue
        # Even if the record finds nothing: it is only compared with what is declared as needed.
        imported += len(distribution["modules"])
        for failure in import_all(python, distribution["modules"], variables, args.timeout):
            result = environment.by_failure(
                distribution,
                failure,
                record,
                functools.partial(package_fails, python, failure, variables, args.timeout),
            )
            if result is not None:
                results.append(result)
            if isinstance(result, Finding):
                # One is enough: the next module would fail in the same way.
                break
    findings = [result for result in results if isinstance(result, Finding)]
    notes = [result for result in results if isinstance(result, Note)]
    if args.format == "json":
        print(json.dumps(_answer(python, built, findings, notes), indent=2))
    else:
        print("\n".join(_text(python, built, findings, notes, imported)))
    return 1 if findings else 0


def listed(python: str, variables: dict[str, str]) -> dict[str, Any]:
    """Return the distributions of an environment, as ``in_target_listing`` prints them.

    Args:
        python: The interpreter of the environment.
        variables: The environment variables for it.

    Raises:
        OverrideError: If the environment cannot be inspected.
    """
    with tempfile.TemporaryDirectory() as scratch:
        try:
            done = subprocess.run(
                [python, "-c", script("in_target_listing")],
                cwd=scratch,
                env=variables,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_LISTING_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise OverrideError(f"{python} cannot be run: {error}", hint="check the path") from None
    lines = done.stdout.decode(errors="replace").splitlines()
    if done.returncode or not lines or not lines[-1].startswith("{"):
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["it printed nothing"]
        raise OverrideError(
            f"{python} cannot list what is installed there: {said[-1]}",
            hint="it has to be Python 3.8 or later",
        )
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer


def _answer(
    python: str, built: list[Built], findings: list[Finding], notes: list[Note]
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "python": python,
        "fits": not findings,
        "built_against": [dataclasses.asdict(one) for one in built],
        "findings": [dataclasses.asdict(finding) for finding in findings],
        "notes": [dataclasses.asdict(note) for note in notes],
    }


def _text(
    python: str, built: list[Built], findings: list[Finding], notes: list[Note], imported: int
) -> list[str]:
    # If a module does not load with what its record names, the record is wrong.
    refuted = {(finding.distribution, finding.against) for finding in findings}
    lines = [
        f"{one.distribution} {one.version}: built against {one.against} {one.built}, fits {one.present}"
        for one in built
        if one.fits and (one.distribution, one.against) not in refuted
    ]
    lines += [
        f"{note.distribution} {note.version}: note: {note.text}; the package itself can be imported"
        for note in notes
    ]
    for finding in findings:
        lines.append(f"{finding.distribution} {finding.version}: does not fit: {finding.reason}")
        if finding.override:
            lines += ["  put this into build-overrides.toml:"]
            lines += [f"    {line}" for line in finding.override.splitlines()]
        if finding.command:
            lines += ["  and build it anew:" if finding.override else "  build it anew:"]
            lines += [f"    {finding.command}"]
    count = len({finding.distribution for finding in findings})
    verdict = f"{count} do not fit" if count != 1 else "1 does not fit"
    lines.append(f"{python}: {verdict}; {imported} modules imported")
    return lines
