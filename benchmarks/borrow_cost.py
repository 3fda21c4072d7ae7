"""What it costs to lend an installed distribution to one build: the time of each step.

    PYTHON_OF_AN_ENVIRONMENT benchmarks/borrow_cost.py [--name torch] [--rounds N] [--copied MB]

The interpreter is one that has the distribution and pip installed. Nothing is built. To be kept: 1.5 s
for torch in all, with its files in the page cache.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from measuring import Taken, show

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import pip._internal  # noqa: F401 - what the shim runs in

from pip_build_override.in_pip.lending import distribution as distributions
from pip_build_override.in_pip.lending import links as linking
from pip_build_override.in_pip.lending import stand_ins
from pip_build_override.in_pip.lending.snapshot import Lent

# It is not counted.
_OF_PIP = "deleted by pip"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--name", default="torch")
    parser.add_argument("--rounds", type=int, default=5, help="how often it is lent")
    parser.add_argument("--copied", type=int, help="how many MB are copied at most")
    args = parser.parse_args()
    if args.copied is not None:
        linking._MOST_COPIED = args.copied << 20
    rounds = []
    # The first one fills the page cache.
    for _ in range(args.rounds + 1):
        with tempfile.TemporaryDirectory() as room:
            taken = _lend(args.name, room)
        ours = [each for step, each in taken.items() if step != _OF_PIP]
        taken["in all"] = Taken(sum(each.processor for each in ours), sum(each.wall for each in ours))
        rounds.append(taken)
    steps = {step: [taken[step] for taken in rounds[1:]] for step in rounds[0]}
    show(f"{args.name} lent to a build", steps, [])


def _lend(name: str, room: str) -> dict[str, Taken]:
    taken = {}
    started = Taken(time.process_time(), time.perf_counter())

    def note(step: str) -> None:
        nonlocal started
        now = Taken(time.process_time(), time.perf_counter())
        taken[step] = Taken(now.processor - started.processor, now.wall - started.wall)
        started = now

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
    started = Taken(time.process_time(), time.perf_counter())
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
    note(_OF_PIP)
    return taken


if __name__ == "__main__":
    main()
