"""An extension in step with the environment's numpy: ours beside uv.

    python benchmarks/beside_uv.py [--python PY] [--rounds N] [PACKAGE==VERSION NUMPY]

Both install the same package from its sdist, with a compiler, into an environment that holds that
numpy and all else that it requires: ours by ``{ from = "target" }``, uv by
``extra-build-dependencies`` with ``match-runtime``. Each has a cache of its own, warm with downloads
and without built wheels. uv goes by its lock file, and so neither resolves nor prepares metadata, and
once more without one. It prints figures, and judges none. To be kept: at most 1.1 in processor time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import Taken, in_turn, own_python, show, timed

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
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", default=sys.executable, help="the interpreter to build for")
    parser.add_argument("--pip", default="26.3", help="the release of pip")
    parser.add_argument("--uv", default=shutil.which("uv"), help="the program")
    parser.add_argument("--rounds", type=int, default=5, help="how often each of the two runs")
    parser.add_argument("requirement", nargs="?", default="pyworld==0.3.2")
    parser.add_argument("numpy", nargs="?", default="1.24.4")
    args = parser.parse_args()
    if args.uv is None:
        sys.exit("uv is not there; pip install uv")
    with tempfile.TemporaryDirectory() as scratch:
        ours, theirs = _Ours(Path(scratch), args), _Theirs(Path(scratch), args)
        ways = {
            "rule": ours.run,
            "rule, --keep-environments": lambda: ours.run("--keep-environments"),
            "uv": theirs.run,
            "uv, resolving": theirs.resolve,
        }
        taken = in_turn(ways, args.rounds)
    pairs = [(ours, theirs) for theirs in list(ways)[2:] for ours in list(ways)[:2]]
    show(f"{args.requirement} against numpy {args.numpy}", taken, pairs)


class _Ours:
    """pip, with the override put in force by ``run``."""

    def __init__(self, scratch: Path, args: argparse.Namespace) -> None:
        self.room = scratch / "ours"
        self.room.mkdir()
        self.requirement = args.requirement
        self.name = args.requirement.partition("==")[0]
        self.environment = {**os.environ, "PIP_CACHE_DIR": str(self.room / "cache")}
        overrides = self.room / "build-overrides.toml"
        overrides.write_text(OVERRIDES.format(name=self.name), encoding="utf-8")
        own = own_python(self.room / "own")
        self.command = [own, "-m", "pip_build_override", "run", "--overrides", str(overrides)]
        environment = self.room / "environment"
        subprocess.run([args.python, "-m", "venv", str(environment)], check=True)
        self.pip = [str(environment / "bin" / "python"), "-m", "pip"]
        needed = [f"pip=={args.pip}", f"numpy=={args.numpy}", "setuptools<70"]
        install = [*self.pip, "install", "--quiet", *needed]
        subprocess.run(install, env=self.environment, check=True)

    def run(self, *options: str) -> Taken:
        """Build once, with options of ``run``, and return what it took."""
        shutil.rmtree(self.room / "cache" / "wheels", ignore_errors=True)
        # What it requires stays there.
        uninstall = [*self.pip, "uninstall", "--quiet", "--yes", self.name]
        subprocess.run(uninstall, env=self.environment, stderr=subprocess.DEVNULL, check=True)
        install = [*self.pip, "install", "--quiet", "--no-binary", self.name, self.requirement]
        return timed([*self.command, *options, "--", *install], env=self.environment)


class _Theirs:
    """uv, by a project that says the same."""

    def __init__(self, scratch: Path, args: argparse.Namespace) -> None:
        self.room = scratch / "theirs"
        self.room.mkdir()
        self.uv = args.uv
        self.name, _, _ = args.requirement.partition("==")
        self.environment = {**os.environ, "UV_CACHE_DIR": str(self.room / "cache")}
        asked = [args.python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        python = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
        project = PROJECT.format(
            python=python, name=self.name, numpy=args.numpy, requirement=args.requirement
        )
        (self.room / "pyproject.toml").write_text(project, encoding="utf-8")
        self.sync = [self.uv, "sync", "--quiet", "--python", args.python, "--project", str(self.room)]

    def run(self) -> Taken:
        """Build once, with what was resolved before, and return what it took."""
        self._prepare()
        return timed(self.sync, env=self.environment)

    def resolve(self) -> Taken:
        """Resolve as pip does in each run, build once, and return what it took."""
        self._prepare()
        os.remove(self.room / "uv.lock")
        return timed(self.sync, env=self.environment)

    def _prepare(self) -> None:
        shutil.rmtree(self.room / ".venv", ignore_errors=True)
        without = [*self.sync, "--no-install-package", self.name]
        subprocess.run(without, env=self.environment, check=True)
        clean = [self.uv, "cache", "clean", "--quiet", self.name]
        subprocess.run(clean, env=self.environment, check=True)


if __name__ == "__main__":
    main()
