"""The run of a matrix: tox carries out the plan, and what came of it is read, shown and judged."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Iterator, Mapping, Sequence

from filelock import FileLock, Timeout

from .. import switch
from ..engines.cell import STORE as NAME
from ..engines.cell import results_in
from ..errors import OverrideError
from ..files import shown_path, write_json
from ..matrix import summary
from ..matrix.floors import floors
from ..matrix.grid import counted
from ..matrix.junit import junit
from ..matrix.plan import Plan
from ..matrix.project_plan import PROJECT
from ..matrix.report import report
from ..matrix.results import FAILED, NOT_INSTALLED, SKIPPED, Result, result_of
from ..terminal import Style
from . import matrix_files, tox_here
from .child import Child
from .matrix_colours import painter
from .matrix_progress import Progress, read_result

STORE = os.path.join(".tox", NAME)
"""Directory of the plan, the results, the wheels and the logs, in the root of the project."""

_PLAN = os.path.join(STORE, "plan.json")

# With -m, the modules in the root of the project would be in front of those that tox needs. tox ends
# what it has started if it is interrupted, but not if it is asked to end.
_TOX = """\
import signal, sys
sys.path[:] = filter(None, sys.path)
signal.signal(signal.SIGTERM, signal.default_int_handler)
from tox.run import run
run()
"""

_TAIL_LINES = 60
_TAIL_BYTES = 1 << 16


@dataclass(frozen=True)
class Options:
    """What a run was asked for, next to the plan.

    Attributes:
        jobs: How many cells run at a time.
        report: Path of the JSON report; None for none.
        junit: Path of the JUnit XML; None for none.
        again: The words that a command which runs other versions of the same matrix begins with.
        command: The words that it ends with.
    """

    jobs: int
    report: str | None
    junit: str | None
    again: tuple[str, ...]
    command: tuple[str, ...]

    def other_versions(self, vary: str, pythons: Sequence[str]) -> str:
        """Return the command that runs some versions, as ``NAME=VERSION,…``, on some Pythons."""
        words = [*self.again, "--vary", vary, "--python", ",".join(pythons), *self.command]
        return " ".join(map(shlex.quote, words))


def checked(args: argparse.Namespace) -> Options:
    """Return the options, after everything was checked that is known before there is a plan.

    Raises:
        OverrideError: If one contains an error, or if there is no tox.
    """
    jobs = _processors() if args.jobs is None else _jobs(args.jobs)
    matrix_files.check(args.report, args.junit)
    tox_here.check()
    again = ["pip-build-override", "matrix"]
    for option, value in (
        ("--overrides", args.overrides),
        ("--build", args.build),
        ("--as-of", args.as_of),
    ):
        if value is not None:
            again += [option, value]
    command = ("--", *args.after_dashes) if args.after_dashes else ()
    return Options(jobs, args.report, args.junit, tuple(again), command)


def _jobs(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise OverrideError(
            f"--jobs: {shlex.quote(text)} is not a number from 1 on", kind="usage", hint=_jobs_hint()
        )
    return int(text)


def _jobs_hint() -> str:
    return f"write --jobs {_processors()}"


def _processors() -> int:
    # Fewer than the machine has, in a container.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(plan: Plan, options: Options) -> int:
    """Run the cells of a plan, show what came of them, and return the exit status.

    Raises:
        OverrideError: If tox did not come to every cell, or if a file cannot be written.
    """
    with _alone(), Child() as child:
        log = _prepare(plan)
        jobs = min(options.jobs, len(plan.planned))
        _announce(plan, jobs)
        status = _run_tox(child, plan, jobs, log, own_command=bool(options.command))
        return _conclude(plan, options, log, status, child.received)


@contextmanager
def _alone() -> Iterator[None]:
    """Have no other run in this project: it would write the same files.

    Raises:
        OverrideError: If there is one, or if the directory cannot be written to.
    """
    try:
        os.makedirs(STORE, exist_ok=True)
        lock = FileLock(os.path.join(STORE, "lock"), timeout=0)
        lock.acquire()
    except Timeout:
        raise OverrideError(
            f"another pip-build-override matrix runs in {os.getcwd()}",
            kind="already-running",
            hint="wait until it has ended, or end it, and try again",
        ) from None
    except OSError as error:
        raise _unwritable(error, STORE) from None
    try:
        yield
    finally:
        lock.release()


def _prepare(plan: Plan) -> str:
    """Write the plan, remove what an earlier run has left, and return the path of tox's log."""
    cells, logs = results_in(STORE), os.path.join(STORE, "logs")
    try:
        # The result of an earlier run must not be taken for that of this one.
        if os.path.isdir(cells):
            shutil.rmtree(cells)
        os.makedirs(cells)
        os.makedirs(logs, exist_ok=True)
    except OSError as error:
        raise _unwritable(error, cells) from None
    try:
        write_json(_PLAN, plan.to_json())
    except OSError as error:
        raise _unwritable(error, _PLAN) from None
    return os.path.join(logs, "tox.log")


def _unwritable(error: OSError, path: str) -> OverrideError:
    return OverrideError(
        f"{shown_path(error.filename or path)} cannot be written: {error.strerror}",
        kind="unwritable-file",
        hint="run this as the user who owns the project, or remove .tox",
    )


def _announce(plan: Plan, jobs: int) -> None:
    text = counted(len(plan.planned), "cell")
    if jobs > 1:
        text += f", {jobs} at a time"
    if not plan.command:
        text += "; no COMMAND is given, so those that [testenv] has no commands for are only imported"
    print(f"pip-build-override: {text}", file=sys.stderr, flush=True)


def _run_tox(child: Child, plan: Plan, jobs: int, log: str, *, own_command: bool) -> int:
    command = [sys.executable, "-c", _TOX]
    command += ["run"] if jobs == 1 else ["run-parallel", "--parallel", str(jobs)]
    command += [*(["--parallel-no-spinner"] if jobs > 1 else []), "--colored", "no"]
    # The project's configuration may name another directory, in which the results would be.
    command += ["--workdir", os.path.dirname(os.path.abspath(STORE))]
    command += ["-e", ",".join(cell.name for cell in plan.planned)]
    environment = {**os.environ, switch.MATRIX_PLAN: os.path.abspath(_PLAN)}
    if own_command:
        environment[switch.MATRIX_COMMAND] = "1"
    try:
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    except OSError as error:
        raise _unwritable(error, log) from None
    try:
        with Progress(plan, STORE):
            return child.status(command, environment, descriptor)
    finally:
        os.close(descriptor)


def _conclude(plan: Plan, options: Options, log: str, status: int, received: int) -> int:
    """Show what came of the cells, and return the exit status.

    Args:
        plan: The plan.
        options: The options.
        log: Path of the output of tox.
        status: Its exit status.
        received: The signal that this run was asked to end with; 0 if it was not.

    Raises:
        OverrideError: If tox did not come to every cell, or if a file cannot be written.
    """
    found = {each.name: read_result(STORE, each) for each in plan.planned}
    results = {cell.name: result_of(cell, found.get(cell.name)) for cell in plan.cells}
    missing = [name for name, result in found.items() if result is None]
    if received:
        results.update({name: Result(name, SKIPPED, "interrupted") for name in missing})
    outputs = _outputs(results)
    _print_outputs(results, outputs)
    known = floors(plan, results)
    style = Style(sys.stdout)
    print(
        "\n".join(
            style.encodable(line)
            for line in summary.lines(
                plan,
                results,
                known,
                file=PROJECT,
                again=options.other_versions,
                width=shutil.get_terminal_size().columns if sys.stdout.isatty() else 0,
                paint=painter(style),
                hint=style.hint,
            )
        ),
        flush=True,
    )
    if options.report is not None:
        matrix_files.write_report(options.report, report(plan, results, known))
    if options.junit is not None:
        matrix_files.write_junit(options.junit, junit(plan, results, outputs))
    text = summary.markdown(plan, results, known, file=PROJECT, again=options.other_versions)
    matrix_files.append_summary(text)
    if received:
        return 128 + received
    states = {result.state for result in results.values()}
    if missing or (status and not states & {*FAILED, NOT_INSTALLED, SKIPPED}):
        raise _tox_failed(plan, missing, log, status)
    if states & {NOT_INSTALLED, SKIPPED}:
        return 2
    return 1 if states & {*FAILED} else 0


def _tox_failed(plan: Plan, missing: Sequence[str], log: str, status: int) -> OverrideError:
    lines = _tail(log).splitlines()[-20:]
    said = "\n".join(["", *(f"  {line}" for line in lines)]) if lines else ""
    what = f"{len(missing)} of {counted(len(plan.planned), 'cell')} have no result"
    if not missing:
        what = "each cell has passed"
    return OverrideError(
        f"tox ended with status {status}, and {what}:{said}", kind="program-failed", hint=_tox_hint(log)
    )


def _tox_hint(log: str) -> str:
    return (
        f"all that tox printed is in {shown_path(log)}; if requires in the project's own configuration"
        " of tox makes an environment for tox, add pip-build-override[matrix] there"
    )


def _outputs(results: Mapping[str, Result]) -> dict[str, str]:
    """Return the end of the output of each cell that has one."""
    found = {name: _tail(result.log) for name, result in results.items() if result.log}
    return {name: text for name, text in found.items() if text}


def _print_outputs(results: Mapping[str, Result], outputs: Mapping[str, str]) -> None:
    """Print the end of each output once, before the table, which so is what is seen at the end."""
    names: dict[str, list[str]] = {}
    for name in outputs:
        names.setdefault(results[name].log, []).append(name)
    style = Style(sys.stdout)
    for log, cells in names.items():
        print(style.error(f"{', '.join(cells)}: {results[cells[0]].state}"))
        print(style.encodable("\n".join(f"  {line}" for line in outputs[cells[0]].splitlines())))
        print(f"  (from {shown_path(log)})\n")


def _tail(path: str) -> str:
    """Return the last lines of a file; "" if it cannot be read."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    lines = text.splitlines()
    cut = size > _TAIL_BYTES or len(lines) > _TAIL_LINES
    return "\n".join([*(["[…]"] if cut else []), *lines[-_TAIL_LINES:]])
