"""``verify``: find installed distributions that do not fit what they were built against."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import subprocess
import tempfile
from typing import Any

from ..errors import OverrideError, named
from ..startup import target
from ..variables import without_rules
from ..verifying.imports import import_all, package_fails, script
from ..verifying.judging import BY_RECORD, Built, Environment, Finding, Note, Unchecked
from . import options

SUMMARY = "find installed distributions that do not fit what they were built against"
DESCRIPTION = """Compare each installed distribution with what it was built against.

A distribution with a record is judged by its record. If that finds no problem, or if there is no
record, its compiled modules are imported, and so are the packages of an editable installation. They are
imported in child processes of that interpreter, so a module that crashes or hangs is reported, and the
next one is imported. A module that cannot be imported for a reason of its own is only a note if its
package can be.

The exit status is 0 if everything fits, and 1 if something does not. With --fix, this is about what is
installed in the end."""
EXAMPLE = "pip-build-override verify --python .venv"

FORMAT = 2
"""Version of the JSON answer, to be raised if a field is removed or changes its meaning."""

_LISTING_SECONDS = 120


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_python(parser)
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=float,
        default=60,
        help="time after which an import is considered to hang; 60 by default",
    )
    parser.add_argument(
        "--fix",
        action="store_true",
        help="build what does not fit against what is installed, import it, and if that works, write"
        " the override and rebuild it in the environment",
    )
    parser.add_argument(
        "--write",
        metavar="FILE",
        help="with --fix, write to this overrides file, which is in force if it exists; by default to a"
        " new one",
    )
    parser.add_argument(
        "--limit",
        metavar="MINUTES",
        help="with --fix, how long to build and to look for overrides; 15 minutes by default",
    )
    options.add_format(parser)


def main(args: argparse.Namespace) -> int:
    """Verify an environment.

    Returns:
        The exit status: 0 if everything fits, 1 if something does not.

    Raises:
        OverrideError: If the environment cannot be inspected, if the timeout is not positive, or if an
            option is given that acts with another one only.
    """
    # Not <= 0, which is false for NaN.
    if not args.timeout > 0:
        raise OverrideError(
            f"--timeout {args.timeout:g} leaves no time to import anything",
            kind="usage",
            hint="give a number of seconds above 0; 60 is the default",
        )
    _check_options_of_fix(args)
    python = target.find(args.python)
    variables = without_rules()
    environment = Environment(listed(python, variables), python)
    found = _inspected(environment, variables, args.timeout)
    if args.fix and found.findings:
        from . import verify_fix  # takes longer to load than all of this

        wrong = verify_fix.fix(environment, found.findings, args)
        found = _inspected(Environment(listed(python, variables), python), variables, args.timeout)
        found = dataclasses.replace(
            found, findings=[verify_fix.without_remedy(each, wrong) for each in found.findings]
        )
    if args.format == "json":
        print(json.dumps(_answer(python, found), indent=2))
    else:
        print("\n".join(_text(python, found)))
    return 1 if found.findings else 0


@dataclasses.dataclass(frozen=True)
class Found:
    """What is known of an environment.

    Attributes:
        built: What was built against what.
        findings: What does not fit.
        notes: Modules that cannot be imported, in packages that can be.
        unchecked: What was not checked.
        imported: How many modules were imported.
    """

    built: list[Built]
    findings: list[Finding]
    notes: list[Note]
    unchecked: list[Unchecked]
    imported: int


def _check_options_of_fix(args: argparse.Namespace) -> None:
    """Check that what is only for ``--fix`` is not given without it.

    Raises:
        OverrideError: If it is.
    """
    given = [name for name in ("write", "limit") if getattr(args, name) is not None]
    if given and not args.fix:
        raise OverrideError(
            f"--{given[0]} has no effect without --fix",
            kind="usage",
            hint=f"add --fix, or remove --{given[0]}",
        )


def _inspected(environment: Environment, variables: dict[str, str], timeout: float) -> Found:
    python = environment.python
    built: list[Built] = []
    results: list[Finding | Note] = []
    unchecked: list[Unchecked] = []
    imported = 0
    for distribution in environment.distributions:
        left_out = environment.unchecked(distribution)
        if left_out is not None:
            unchecked.append(left_out)
        record = environment.record(distribution)
        if record is not None:
            compared = list(environment.built(distribution, record))
            built += compared
            unfit = [one for one in compared if not one.fits]
            misfits = environment.by_record(distribution, unfit, record)
            results += misfits
            if misfits:
                continue
        # Even if the record finds nothing: it is only compared with what is declared as needed.
        modules, tried, failed = distribution["modules"], len(distribution["modules"]), 0
        for failure in import_all(python, modules, variables, timeout):
            failed += 1
            package = environment.package_of(distribution, failure.module)
            result = environment.by_failure(
                distribution,
                failure,
                record,
                functools.partial(package_fails, python, package, variables, timeout),
            )
            if result is not None:
                results.append(result)
            if isinstance(result, Finding):
                # One is enough: the next module would fail in the same way.
                tried = modules.index(failure.module) + 1
                break
        imported += tried - failed
    findings = [result for result in results if isinstance(result, Finding)]
    notes = [result for result in results if isinstance(result, Note)]
    return Found(_consistent(built, findings), findings, notes, unchecked, imported)


def _consistent(built: list[Built], findings: list[Finding]) -> list[Built]:
    """Return comparisons that do not contradict the findings.

    If a module cannot be imported with the version in its record, the record is wrong.
    """
    refuted = {(one.distribution, one.against): one.reason for one in findings if one.kind != BY_RECORD}
    return [
        dataclasses.replace(one, fits=False, reason=refuted[one.distribution, one.against])
        if (one.distribution, one.against) in refuted
        else one
        for one in built
    ]


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
            raise OverrideError(
                f"{python} cannot be run: {error}", kind="unusable-python", hint="check the path"
            ) from None
    lines = done.stdout.decode(errors="replace").splitlines()
    if done.returncode or not lines or not lines[-1].startswith("{"):
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["there is no output"]
        raise OverrideError(
            f"{python} cannot list what is installed there: {said[-1]}",
            kind="unusable-python",
            hint="use a Python 3.8 or later",
        )
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer


def _answer(python: str, found: Found) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "python": python,
        "fits": not found.findings,
        "built_against": [dataclasses.asdict(one) for one in found.built],
        "findings": [dataclasses.asdict(finding) for finding in found.findings],
        "notes": [dataclasses.asdict(note) for note in found.notes],
        "not_checked": [dataclasses.asdict(one) for one in found.unchecked],
    }


def _text(python: str, found: Found) -> list[str]:
    built, findings, notes, unchecked = found.built, found.findings, found.notes, found.unchecked
    unfit = {finding.distribution for finding in findings}
    lines = [
        f"{one.distribution} {one.version}: built against {one.against} {one.built}, fits {one.present}"
        for one in built
        if one.fits and one.distribution not in unfit
    ]
    lines += [
        f"{note.distribution} {note.version}: note: {note.text}; the package itself can be imported"
        for note in notes
    ]
    lines += [f"{one.distribution} {one.version}: not checked: {one.reason}" for one in unchecked]
    written: set[str] = set()
    for finding in findings:
        said = f"{finding.distribution} {finding.version}: does not fit: {finding.reason}"
        lines.append(named(said, finding.kind))
        if finding.override and finding.override not in written:
            lines.append(f"  put this into a new file {finding.file}:")
            lines += [f"    {line}" for line in finding.override.splitlines()]
            written.add(finding.override)
        if finding.command and finding.command not in written:
            lines.append("  then rebuild it:" if finding.override else "  rebuild it:")
            lines.append(f"    {finding.command}")
            written.add(finding.command)
    if not (built or findings or notes or found.imported):
        what = "nothing else" if unchecked else "nothing that is installed there"
        lines.append(
            f"{python}: nothing to check: {what} has compiled modules, or a record with something that"
            " it needs when it runs"
        )
        return lines
    verdict = f"{len(unfit)} do not fit" if len(unfit) != 1 else "1 does not fit"
    left_out = f"; {len(unchecked)} not checked" if unchecked else ""
    modules = "1 module" if found.imported == 1 else f"{found.imported} modules"
    lines.append(f"{python}: {verdict}; {modules} imported{left_out}")
    return lines
