"""Measures several ways to do the same, in turn, and shows them in one table.

The ways take turns, so that a slow moment of the machine hits all of them, and every other round goes
backwards. A round before the first one is not counted: it fills caches. Processor time is that of all
processes below; on a machine that does other work, it changes less than wall time.
"""

# ruff: noqa: T201 - printing figures is what it is for

from __future__ import annotations

import math
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Mapping, NamedTuple, Sequence


class Taken(NamedTuple):
    """Seconds of processor time, and of wall time."""

    processor: float
    wall: float


Way = Callable[[], Taken]


def own_python(directory: Path) -> str:
    """Install this checkout as a user does, and return the interpreter that has it.

    The environment of a checkout is another one: at each start, Python reads what tools for
    development have put there.

    Args:
        directory: Does not exist yet.
    """
    subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True)
    python = str(directory / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, str(Path(__file__).parents[1])], check=True)
    return python


def timed(command: Sequence[str], **options: Any) -> Taken:
    """Run a command, with options of ``subprocess.run``, and return what it takes.

    What it prints is only shown if it fails.
    """
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        sys.exit(f"{' '.join(command)} failed with {run.returncode}:\n{run.stdout}")
    return Taken(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def timed_here(function: Callable[[], object]) -> Taken:
    """Call a function, and return what it takes."""
    processor, start = time.process_time(), time.perf_counter()
    function()
    wall = time.perf_counter() - start
    return Taken(time.process_time() - processor, wall)


def in_turn(ways: Mapping[str, Way], rounds: int) -> dict[str, list[Taken]]:
    """Go each way once in every round, and return what each round took."""
    for way in ways.values():
        way()
    taken: dict[str, list[Taken]] = {name: [] for name in ways}
    for number in range(rounds):
        for name in reversed(taken) if number % 2 else taken:
            taken[name].append(ways[name]())
    return taken


def show(title: str, taken: Mapping[str, Sequence[Taken]], ratios: Sequence[tuple[str, str]]) -> None:
    """Print a table: the median of each way, the least and the most; then ratios, round by round.

    Args:
        title: What was done.
        taken: What each round took, by the name of the way.
        ratios: The names of two ways each. A way that was not gone has no ratio.
    """
    rounds = len(next(iter(taken.values())))
    print(f"\n| {title}, {rounds} rounds | processor time | wall time |")
    print("| --- | --- | --- |")
    for name, of_way in taken.items():
        _print_row(name, of_way)
    for one, other in ratios:
        if one in taken and other in taken:
            pairs = zip(taken[one], taken[other])
            quotients = [Taken(a.processor / b.processor, a.wall / b.wall) for a, b in pairs]
            _print_row(f"{one} ÷ {other}", quotients)


def _print_row(name: str, values: Sequence[Taken]) -> None:
    cells = [
        f"{_shown(statistics.median(column))} ({_shown(min(column))} to {_shown(max(column))})"
        for column in zip(*values)
    ]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _shown(value: float) -> str:
    """Return a number with three digits that count, and at most four decimals."""
    decimals = 2 - math.floor(math.log10(value)) if value else 0
    return f"{value:.{min(max(decimals, 0), 4)}f}"
