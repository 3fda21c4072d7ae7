"""``fix`` on sdists that fail: how many are fixed, by which means, and how long it takes.

    python benchmarks/fixing.py [--results FILE] [--only NAME…] [--part N/M] [--again]

For each sdist of ``tests/network/failing_sdists.toml``: a new environment of its Python with the newest
pip, and ``fix -- pip install NAME==VERSION``. What came of it is added to a JSON document after each,
so that a run can be continued: the status, the seconds, the rules and the means; and the seconds of the
same command under these rules, in another new environment. Both have a cache of their own, which is
empty. Seconds are of the clock and, since other work on the machine changes those, of the processor.
``--summary`` prints the figures of docs/fix.md from it.

An interpreter is found by pyenv or PATH; what has none is left out, and said.
"""

# ruff: noqa: T201 - printing figures is what it is for

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pip_build_override.cli import fix_messages  # noqa: E402
from tests.network.failing import FailingSdist, listed  # noqa: E402
from tests.support.interpreters import find_interpreter  # noqa: E402

MINUTES = 15


def main() -> None:
    """Run the list, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--results", type=Path, default=Path("fixing.json"))
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--part", default="1/1", help="which part of the list, such as 1/2")
    parser.add_argument("--again", action="store_true", help="also those that have a result")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="the limit of each")
    parser.add_argument("--summary", action="store_true", help="print the table of the results")
    args = parser.parse_args()
    results = json.loads(args.results.read_text("utf-8")) if args.results.exists() else {}
    if args.summary:
        _print_summary(results)
        return
    part, parts = map(int, args.part.split("/"))
    for number, sdist in enumerate(listed()):
        if number % parts != part - 1 or (args.only and sdist.name not in args.only):
            continue
        if sdist.label in results and not args.again:
            continue
        python = find_interpreter(sdist.python)
        if python is None:
            print(f"{sdist.label}: no Python {sdist.python} here", flush=True)
            continue
        result = _fixed(sdist, str(python), args.minutes)
        results[sdist.label] = result
        came = f"{result['status']} {result['seconds']:.0f} s {result['means']}"
        print(f"{sdist.label}: {came}", flush=True)
        text = json.dumps(results, indent=1, sort_keys=True)
        args.results.write_text(text + "\n", encoding="utf-8")


def _fixed(sdist: FailingSdist, python: str, minutes: float) -> dict[str, Any]:
    """Return what came of ``fix`` for one sdist."""
    scratch = Path(tempfile.mkdtemp(prefix="fixing-"))
    try:
        (scratch / "tmp").mkdir()
        written = scratch / "build-overrides.toml"
        fix = ("fix", "--limit", f"{minutes:g}")
        status, seconds, of_processor, said = _run(fix, sdist, python, scratch, minutes * 60 + 600)
        means = [name for name, text in fix_messages.MEANS.items() if f": {text}\n" in said]
        result = {
            "status": status,
            "seconds": round(seconds, 1),
            "processor": round(of_processor, 1),
            "means": means[0] if means and status == 0 else "",
            "rules": written.read_text("utf-8") if written.exists() else "",
            "said": said[-9000:],
            "left": sorted(os.listdir(scratch / "tmp")),
        }
        if status == 0:
            again = ("run", "--overrides", written.name)
            status, seconds, of_processor, _ = _run(again, sdist, python, scratch, minutes * 60)
            result["own"] = round(seconds, 1)
            result["own processor"] = round(of_processor, 1)
            result["again"] = status
        return result
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _run(
    command: tuple[str, ...], sdist: FailingSdist, python: str, scratch: Path, most: float
) -> tuple[int, float, float, str]:
    """Run pip below a command of ours, in a new environment; return status, seconds and output.

    The seconds are those of the clock, and those of the processor.
    """
    environment = scratch / f"venv-{command[0]}"
    subprocess.run([python, "-m", "venv", str(environment)], check=True, capture_output=True)
    own = environment / "bin" / "python"
    newest = [str(own), "-m", "pip", "install", "-q", "--upgrade", "pip"]
    subprocess.run(newest, check=True, capture_output=True)
    variables = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    variables["TMPDIR"] = str(scratch / "tmp")
    variables["PIP_CACHE_DIR"] = str(scratch / f"cache-{command[0]}")
    package = f"{sdist.name}=={sdist.version}"
    pip = [str(own), "-m", "pip", "install", "--no-binary", sdist.name, package]
    log = scratch / "log"
    began, used = time.monotonic(), _used()
    with log.open("wb") as file:
        child = subprocess.Popen(
            [sys.executable, "-m", "pip_build_override", *command, "--", *pip],
            cwd=scratch,
            env=variables,
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            status = child.wait(most)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            status = -child.wait()
    seconds, of_processor = time.monotonic() - began, _used() - used
    return status, seconds, of_processor, log.read_text("utf-8", errors="replace")


def _used() -> float:
    """Return the processor time of all child processes that have ended, in seconds."""
    times = os.times()
    return times.children_user + times.children_system


def _print_summary(results: dict[str, Any]) -> None:
    known = {sdist.label: sdist for sdist in listed()}
    fixable = {label for label, sdist in known.items() if sdist.works and sdist.imports}
    done = {label: result for label, result in results.items() if label in known}
    fixed = {label for label, result in done.items() if result["status"] == 0}
    print(f"{len(done)} sdists run, of {len(known)}")
    print(f"some rules work for {len(fixable & set(done))}, fixed {len(fixed & fixable)}")
    print(f"others: {len(set(done) - fixable)}, of which fixed {len(fixed - fixable)}")
    means: dict[str, int] = {}
    for label in fixed:
        means[done[label]["means"]] = means.get(done[label]["means"], 0) + 1
    for name, count in sorted(means.items(), key=lambda item: -item[1]):
        print(f"| {name} | {count} |")
    if fixed:
        seconds = sorted(done[label]["seconds"] for label in fixed)
        print(f"seconds: median {statistics.median(seconds):.0f}, longest {seconds[-1]:.0f}")
    timed = [result for result in done.values() if "own" in result and result["again"] == 0]
    if timed:
        for whole, own in (("seconds", "own"), ("processor", "own processor")):
            ratios = [result[whole] / result[own] for result in timed if own in result]
            print(f"{whole}, times the command with the rules: median {statistics.median(ratios):.2f}")
    for label in sorted(fixable & set(done) - fixed):
        print(f"not fixed, but some rules work: {label}: {known[label].works}")
    for label, result in sorted(done.items()):
        if result["left"]:
            print(f"left in TMPDIR: {label}: {result['left']}")


if __name__ == "__main__":
    main()
