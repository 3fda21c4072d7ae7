"""What records and a report cost on a package that takes ten seconds to build: paired runs.

    python benchmarks/record_cost.py [--pairs N] [--python PY] [--seconds S]

Builds one package by turns with the record in the wheel and the report of the run, and with neither;
all else is the same. Prints the time of each, and the ratio of the sums. To be kept: at most 1.01.
"""

# ruff: noqa: T201 - printing figures is what it is for

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "backend"
backend-path = ["."]

[project]
name = "takes-its-time"
version = "1.0"

[tool.setuptools]
py-modules = ["takes_its_time"]
"""
BACKEND = """
import time
from setuptools.build_meta import *
from setuptools import build_meta

def build_wheel(*arguments, **named):
    time.sleep({seconds})
    return build_meta.build_wheel(*arguments, **named)
"""
OVERRIDES = """
[package.takes-its-time]
add = ["wheel"]

[settings]
record = "{record}"
"""


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--python", default=sys.executable, help="the interpreter of the pip to measure"
    )
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10, help="that the build hook takes")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch) / "project"
        project.mkdir()
        (project / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
        (project / "backend.py").write_text(BACKEND.format(seconds=args.seconds), encoding="utf-8")
        # A package of ordinary size: two megabytes that do not compress well.
        (project / "takes_its_time.py").write_bytes(
            b"DATA = '" + os.urandom(1 << 20).hex().encode() + b"'"
        )
        _build(args.python, project, Path(scratch), "none")
        ratios, totals = [], {"all": 0.0, "none": 0.0}
        for number in range(args.pairs):
            order = ("all", "none") if number % 2 else ("none", "all")
            taken = {record: _build(args.python, project, Path(scratch), record) for record in order}
            for record, seconds in taken.items():
                totals[record] += seconds
            ratios.append(taken["all"] / taken["none"])
            print(f"with {taken['all']:.3f} s, without {taken['none']:.3f} s: {ratios[-1]:.4f}")
        print(f"ratio of the sums: {totals['all'] / totals['none']:.4f}")
        print(f"median of the ratios: {statistics.median(ratios):.4f}")


def _build(python: str, project: Path, scratch: Path, record: str) -> float:
    overrides = scratch / "build-overrides.toml"
    overrides.write_text(OVERRIDES.format(record=record), encoding="utf-8")
    options = ["--overrides", str(overrides)]
    if record == "all":
        options += ["--report", str(scratch / "report.json")]
    command = [sys.executable, "-m", "pip_build_override", "run", *options, "--", python, "-m", "pip"]
    command += ["wheel", "-q", "--no-deps", "-w", str(scratch / "wheels"), str(project)]
    # What an earlier build has left would save this one work.
    subprocess.run(["rm", "-rf", str(project / "build")], check=True)
    started = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
