"""A matrix of six numpys on one Python: its first run beside a shell loop, its second beside its first.

    python benchmarks/matrix_cost.py [--python PY] [--pairs N] [--loop-only] [--project DIR] [NUMPY...]

The loop does by hand, for each numpy: ``python -m venv``, ``pip install`` of it and of what builds and
tests the project, ``pip install --no-build-isolation`` of the project, and its tests. Between two of
them it deletes what the build left in the project, or setuptools would link the objects of the numpy
before. Both start with a pip cache that is warm with downloads and has no built wheels, and run in
turn, so that a slow moment hits both. Processor time is that of all processes below.

It prints figures, and judges none. To be kept: the loop takes at least 2 times as long as the first
run, by wall and by processor time; the second run of an unchanged matrix takes at most 0.25 of the
first, with a command that only imports the project.
"""

# ruff: noqa: T201 - printing figures is what it is for

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

EXAMPLE = Path(__file__).resolve().parents[1] / "tests" / "packages" / "matrix-example"
NUMPYS = ["1.23.5", "1.24.4", "1.25.2", "1.26.4", "2.0.2", "2.2.6"]
# From there on it needs no wheel beside it.
FOR_BUILDS = ["setuptools>=70.1"]
FOR_TESTS = ["pytest"]
STEPS = ("venv", "pip install of numpy and the rest", "pip install of the project", "tests")


class Taken(NamedTuple):
    """Seconds of wall time, and of processor time."""

    wall: float
    processor: float


def main() -> None:
    """Run the pairs, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", default=sys.executable, help="the interpreter to test with")
    parser.add_argument("--pairs", type=int, default=3, help="how often each of the two runs")
    parser.add_argument("--loop-only", action="store_true", help="measure the loop alone")
    parser.add_argument("--project", type=Path, default=EXAMPLE)
    parser.add_argument("numpys", nargs="*", default=NUMPYS, metavar="NUMPY")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        loop, matrix = _Loop(Path(scratch), args), _Matrix(Path(scratch), args)
        # Each downloads with a pip of its own, and pips of different ages do not share downloads.
        loop.run()
        loop.steps.clear()
        if args.loop_only:
            loops = [loop.run() for _ in range(args.pairs)]
            _print_times("loop", loops)
            loop.print_steps()
            return
        matrix.first(["pytest", "-q"])
        loops, firsts, untested, seconds = [], [], [], []
        for _ in range(args.pairs):
            loops.append(loop.run())
            firsts.append(matrix.first(["pytest", "-q"]))
            untested.append(matrix.first(["python", "-c", "import matrix_example"]))
            seconds.append(matrix.run(["python", "-c", "import matrix_example"]))
    print(f"{len(args.numpys)} numpys, {args.pairs} rounds, seconds")
    _print_times("loop", loops)
    _print_times("first run of the matrix", firsts)
    _print_times("first run, tests excluded", untested)
    _print_times("second run, tests excluded", seconds)
    loop.print_steps()
    _print_ratios("loop, to the first run", loops, firsts)
    _print_ratios("second run, to the first, tests excluded", seconds, untested)


class _Side:
    """One of the two, with a copy of the project."""

    def __init__(self, scratch: Path, args: argparse.Namespace, name: str) -> None:
        self.room = scratch / name
        self.args = args
        self.project = self.room / "project"
        self.environment = {**os.environ, "PIP_CACHE_DIR": str(self.room / "pip")}
        # Whatever else is kept from run to run.
        self.environment["XDG_CACHE_HOME"] = str(self.room / "cache")

    def fresh(self) -> None:
        """Delete all that an earlier run left, apart from downloads."""
        for left in (self.project, self.room / "cache", self.room / "pip" / "wheels"):
            shutil.rmtree(left, ignore_errors=True)
        unwanted = shutil.ignore_patterns("build", "*.egg-info", ".tox", "__pycache__")
        shutil.copytree(self.args.project, self.project, ignore=unwanted)

    def timed(self, command: list[str]) -> Taken:
        """Run a command in the project."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        subprocess.run(
            command, cwd=self.project, env=self.environment, check=True, stdout=subprocess.DEVNULL
        )
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Taken(wall, processor)


class _Loop(_Side):
    """What a shell script does."""

    def __init__(self, scratch: Path, args: argparse.Namespace) -> None:
        super().__init__(scratch, args, "loop")
        self.steps: list[list[Taken]] = []

    def run(self) -> Taken:
        """Go through all numpys once."""
        self.fresh()
        steps = [Taken(0.0, 0.0) for _ in STEPS]
        for numpy in self.args.numpys:
            shutil.rmtree(self.project / "build", ignore_errors=True)
            for number, command in enumerate(self._commands(numpy)):
                steps[number] = _sum([steps[number], self.timed(command)])
        self.steps.append(steps)
        return _sum(steps)

    def print_steps(self) -> None:
        """Print what each step takes, all numpys together."""
        for name, taken in zip(STEPS, zip(*self.steps)):
            _print_times(f"  in the loop: {name}", list(taken))

    def _commands(self, numpy: str) -> list[list[str]]:
        environment = self.room / f"environment-{numpy}"
        shutil.rmtree(environment, ignore_errors=True)
        python = str(environment / "bin" / "python")
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        return [
            [self.args.python, "-m", "venv", str(environment)],
            [*install, f"numpy=={numpy}", *FOR_TESTS, *FOR_BUILDS],
            [*install, "--no-build-isolation", "."],
            [python, "-m", "pytest", "-q"],
        ]


class _Matrix(_Side):
    """The same by the command of ours."""

    def __init__(self, scratch: Path, args: argparse.Namespace) -> None:
        super().__init__(scratch, args, "matrix")
        asked = [args.python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        python = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
        self.command = [sys.executable, "-m", "pip_build_override", "matrix", "--python", python]
        self.command += ["--vary", "numpy=" + ",".join(args.numpys)]
        self.command += ["--jobs", str(os.cpu_count())]

    def first(self, command: list[str]) -> Taken:
        """Run the matrix where it never ran."""
        self.fresh()
        return self.run(command)

    def run(self, command: list[str]) -> Taken:
        """Run the matrix."""
        return self.timed([*self.command, "--", *command])


def _sum(taken: list[Taken]) -> Taken:
    return Taken(sum(each.wall for each in taken), sum(each.processor for each in taken))


def _print_times(label: str, taken: list[Taken]) -> None:
    wall, processor = ([*column] for column in zip(*taken))
    print(
        f"{label:52} wall {min(wall):7.2f} least {statistics.median(wall):7.2f} median,"
        f" processor {min(processor):7.2f} least {statistics.median(processor):7.2f} median"
    )


def _print_ratios(label: str, ones: list[Taken], others: list[Taken]) -> None:
    ratios = [
        Taken(one.wall / other.wall, one.processor / other.processor)
        for one, other in zip(ones, others)
    ]
    wall, processor = ([*column] for column in zip(*ratios))
    print(
        f"{label:52} wall {statistics.median(wall):.2f}, processor {statistics.median(processor):.2f},"
        " medians of the ratios"
    )


if __name__ == "__main__":
    main()
