"""What it costs to lend an installed distribution to one build: the time of each step, best of several.

    PYTHON_OF_AN_ENVIRONMENT benchmarks/borrow_cost.py [--name torch] [--repeat N] [--copied MB]

The interpreter is one that has the distribution and pip installed. Nothing is built. To be kept: 1.5 s
for torch, with its files in the page cache.
"""

# ruff: noqa: T201 - printing figures is what it is for

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import pip._internal  # noqa: F401 - what the shim runs in

from pip_build_override.in_pip.lending import distribution as distributions
from pip_build_override.in_pip.lending import links as linking
from pip_build_override.in_pip.lending import stand_ins
from pip_build_override.in_pip.lending.snapshot import Lent


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--name", default="torch")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--copied", type=int, help="how many MB are copied at most")
    args = parser.parse_args()
    if args.copied is not None:
        linking._MOST_COPIED = args.copied << 20
    runs = []
    for _ in range(args.repeat):
        with tempfile.TemporaryDirectory() as room:
            runs.append(_lend(args.name, room))
        print(", ".join(f"{step} {taken[0]:.3f} ({taken[1]:.3f})" for step, taken in runs[-1].items()))
    for which, name in enumerate(("time", "processor time")):
        best = {step: min(run[step][which] for run in runs) for step in runs[0]}
        counted = sum(seconds for step, seconds in best.items() if step != "deleted by pip")
        print(f"{name}, best of each, without what pip deletes: {counted:.3f} s")


def _lend(name: str, room: str) -> dict[str, tuple[float, float]]:
    taken = {}
    started = time.perf_counter(), time.process_time()

    def note(step: str) -> None:
        nonlocal started
        taken[step] = time.perf_counter() - started[0], time.process_time() - started[1]
        started = time.perf_counter(), time.process_time()

    distribution = distributions.find(name, sys.path)
    assert distribution is not None, f"{name} is not installed"
    lent = Lent(distribution.site, distribution.files())
    note("taken down")
    stand_in = stand_ins.write(distribution, lent.files, os.path.join(room, "lent"))
    note("stand-in written")
    prefix = os.path.join(room, "build")
    site = os.path.join(prefix, "lib", "python3", "site-packages")
    info = f"{stand_in.name}-{stand_in.version}.dist-info"
    os.makedirs(os.path.join(site, info))
    Path(site, info, "RECORD").touch()
    started = time.perf_counter(), time.process_time()
    links = linking.Links()
    links.put(distribution, lent, site, info, prefix, sys.executable)
    note("put")
    # After its metadata are prepared, and after it is built.
    for moment in ("after preparing", "after building"):
        assert lent.changed() == ""
        note(moment)
    links.take_away()
    note("taken away")
    shutil.rmtree(prefix)
    note("deleted by pip")
    return taken


if __name__ == "__main__":
    main()
