"""An extension in step with the environment's numpy: our wall time beside uv's, as a ratio.

    python benchmarks/beside_uv.py [--python PY] [--pairs N] [PACKAGE==VERSION NUMPY]

Both install the same package from its sdist, with a compiler, into an environment that holds that
numpy: ours by ``{ from = "target" }``, uv by ``extra-build-dependencies`` with ``match-runtime``. Each
has a cache of its own, warm with downloads and without built wheels. The two run in turn, so that a
slow moment hits both. It prints figures, and judges none. To be kept: at most 1.5 with a compiler.
"""

# ruff: noqa: T201 - printing figures is what it is for

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OVERRIDES = """[package.{name}]
replace.numpy = {{ from = "target" }}
constrain = ["cython<3"]
"""
PROJECT = """[project]
name = "benchmark"
version = "0"
requires-python = "=={python}.*"
dependencies = ["{requirement}", "numpy=={numpy}", "setuptools<70"]

[tool.uv]
package = false
no-binary-package = ["{name}"]
build-constraint-dependencies = ["cython<3"]

[tool.uv.extra-build-dependencies]
{name} = [{{ requirement = "numpy", match-runtime = true }}]
"""


def main() -> None:
    """Run the pairs, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", default=sys.executable, help="the interpreter to build for")
    parser.add_argument("--pairs", type=int, default=3, help="how often each of the two runs")
    parser.add_argument("requirement", nargs="?", default="pyworld==0.3.2")
    parser.add_argument("numpy", nargs="?", default="1.24.4")
    args = parser.parse_args()
    uv = shutil.which("uv")
    if uv is None:
        sys.exit("uv is not there; pip install uv")
    with tempfile.TemporaryDirectory() as scratch:
        ours, theirs = _Ours(Path(scratch), args), _Theirs(Path(scratch), args, uv)
        for side in (ours, theirs):
            side.run()
        pairs = [(ours.run(), theirs.run()) for _ in range(args.pairs)]
    print(f"{args.requirement} against numpy {args.numpy}, {args.pairs} pairs, seconds of wall time")
    for name, times in zip(("pip with the override", "uv"), zip(*pairs)):
        print(f"{name:24}{min(times):8.2f} least {statistics.median(times):8.2f} median")
    ratios = [one / other for one, other in pairs]
    print(f"{'ratio, pair by pair':24}{min(ratios):8.2f} least {statistics.median(ratios):8.2f} median")


class _Ours:
    """pip, with the override put in force by ``run``."""

    def __init__(self, scratch: Path, args: argparse.Namespace) -> None:
        self.room = scratch / "ours"
        self.room.mkdir()
        self.args = args
        self.name = args.requirement.partition("==")[0]
        self.environment = {**os.environ, "PIP_CACHE_DIR": str(self.room / "cache")}
        overrides = self.room / "build-overrides.toml"
        overrides.write_text(OVERRIDES.format(name=self.name), encoding="utf-8")
        self.command = [sys.executable, "-m", "pip_build_override", "run"]
        self.command += ["--overrides", str(overrides), "--"]

    def run(self) -> float:
        """Build once, and return the seconds that it took."""
        shutil.rmtree(self.room / "cache" / "wheels", ignore_errors=True)
        environment = self.room / "environment"
        subprocess.run([self.args.python, "-m", "venv", "--clear", str(environment)], check=True)
        pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        self._timed([*pip, f"numpy=={self.args.numpy}", "setuptools<70"])
        return self._timed([*self.command, *pip, "--no-binary", self.name, self.args.requirement])

    def _timed(self, command: list[str]) -> float:
        start = time.perf_counter()
        subprocess.run(command, env=self.environment, check=True)
        return time.perf_counter() - start


class _Theirs:
    """uv, by a project that says the same."""

    def __init__(self, scratch: Path, args: argparse.Namespace, uv: str) -> None:
        self.room = scratch / "theirs"
        self.room.mkdir()
        self.uv = uv
        self.name, _, _ = args.requirement.partition("==")
        self.environment = {**os.environ, "UV_CACHE_DIR": str(self.room / "cache")}
        asked = [args.python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        python = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
        project = PROJECT.format(
            python=python, name=self.name, numpy=args.numpy, requirement=args.requirement
        )
        (self.room / "pyproject.toml").write_text(project, encoding="utf-8")
        self.sync = [uv, "sync", "--quiet", "--python", args.python, "--project", str(self.room)]

    def run(self) -> float:
        """Build once, and return the seconds that it took."""
        shutil.rmtree(self.room / ".venv", ignore_errors=True)
        clean = [self.uv, "cache", "clean", "--quiet", self.name]
        subprocess.run(clean, env=self.environment, check=False)
        without = [*self.sync, "--no-install-package", self.name]
        subprocess.run(without, env=self.environment, check=True)
        start = time.perf_counter()
        subprocess.run(self.sync, env=self.environment, check=True)
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
