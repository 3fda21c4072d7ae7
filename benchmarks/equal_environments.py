"""Several sdists with the same build environment: our processor time beside that of the same pip alone.

    python benchmarks/equal_environments.py [--python PY] [--pip VERSION] [--pairs N]

Builds 1, 8 and 32 tiny sdists of setuptools in one command, with the version of setuptools limited by
a rule, by the rule and ``--no-reuse``, and by pip's own ``--build-constraint``. The wheel of setuptools
is in a local directory, pip has no cache, and the three run in turn, so that a slow moment hits all. It
prints figures, and judges none. To be kept: 1 sdist at most 1.03 of pip, 8 at most 0.55 of pip, and 32
at most 4.2 of 8.

Set ``TMPDIR`` to a directory in memory. ext4 uses the inode of a deleted file again only after a
while, so what one way has deleted slows down the next one.
"""

# ruff: noqa: T201 - printing figures is what it is for

from __future__ import annotations

import argparse
import io
import os
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

SETUPTOOLS = "setuptools==80.9.0"
RULE = f'[package."*"]\nconstrain = ["{SETUPTOOLS}"]\n'
PYPROJECT = """[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "1.0"

[tool.setuptools]
py-modules = ["{name}"]
"""
SIZES = (1, 8, 32)
WAYS = ("pip", "rule", "rule, --no-reuse")
# Variables that decide how much is compiled, or where pip looks.
_NOT_PASSED_ON = ("PIP_", "_PIP_", "PYTHON")


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", default=sys.executable, help="the interpreter to build for")
    parser.add_argument("--pip", default="26.3", help="the release of pip")
    parser.add_argument("--pairs", type=int, default=3, help="how often each of them runs")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="numbers of sdists")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        room = _Room(Path(scratch), args.python, args.pip)
        medians = {}
        for size in args.sizes:
            times = [[room.seconds(way, size) for way in WAYS] for _ in range(args.pairs)]
            for way, of_way in zip(WAYS, zip(*times)):
                medians[way, size] = statistics.median(of_way)
                shown = f"{min(of_way):7.2f} least {medians[way, size]:7.2f} median s of processor time"
                print(f"{size:3} {way:18}{shown}")
            ratios = [ours / pips for pips, ours, _ in times]
            shown = f"{min(ratios):7.2f} least {statistics.median(ratios):7.2f} median"
            print(f"{size:3} {'rule / pip':18}{shown}")
    if {8, 32} <= set(args.sizes):
        print(f"32 / 8 with the rule: {medians['rule', 32] / medians['rule', 8]:.2f}")


class _Room:
    """A pip in an environment of its own, and what it builds from."""

    def __init__(self, room: Path, python: str, pip: str) -> None:
        self.room = room
        subprocess.run([python, "-m", "venv", str(room / "environment")], check=True)
        self.pip = [str(room / "environment" / "bin" / "python"), "-m", "pip"]
        subprocess.run([*self.pip, "install", "-q", f"pip=={pip}"], check=True)
        wheels = [*self.pip, "download", "-q", "--no-deps", "-d", str(room / "wheels"), SETUPTOOLS]
        subprocess.run(wheels, check=True)
        (room / "constraint.txt").write_text(SETUPTOOLS + "\n", encoding="utf-8")
        (room / "build-overrides.toml").write_text(RULE, encoding="utf-8")
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)
        }
        self.variables = {
            **kept,
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(room / "wheels"),
            "PIP_NO_CACHE_DIR": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }

    def seconds(self, way: str, size: int) -> float:
        """Build so many sdists in one command, and return the processor time of all its processes."""
        with tempfile.TemporaryDirectory(dir=self.room) as target:
            command = [*self.pip, "install", "-q", "--no-deps", "--target", target]
            if way == "pip":
                command += ["--build-constraint", str(self.room / "constraint.txt")]
            else:
                run = [sys.executable, "-m", "pip_build_override", "run", "--overrides"]
                run += [str(self.room / "build-overrides.toml"), *way.split(", ")[1:], "--"]
                command = [*run, *command]
            command += [self._sdist(f"tiny{number}") for number in range(size)]
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command, env=self.variables, check=True, cwd=self.room)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def _sdist(self, name: str) -> str:
        path = self.room / f"{name}-1.0.tar.gz"
        if not path.exists():
            metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
            files = {
                "pyproject.toml": PYPROJECT.format(name=name),
                f"{name}.py": "",
                "PKG-INFO": metadata,
            }
            with tarfile.open(path, "w:gz") as archive:
                for file, text in files.items():
                    member = tarfile.TarInfo(f"{name}-1.0/{file}")
                    member.size = len(text.encode())
                    archive.addfile(member, io.BytesIO(text.encode()))
        return str(path)


if __name__ == "__main__":
    main()
