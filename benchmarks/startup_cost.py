"""What the hook costs when Python starts: instructions, as a ratio to a bare start.

    python benchmarks/startup_cost.py [--python PY]

Counts with valgrind's callgrind, in virtual environments that it makes and throws away. It prints
figures, and judges none. To be kept: off, at most 1.01 by sitecustomize and 1.03 by .pth; on, in a
program that is not pip, at most 1.02 by sitecustomize. What Python itself pays for the first .pth file,
which it reads twice in a virtual environment, is printed too: on 3.13 that alone is more.
"""

# ruff: noqa: T201 - printing figures is what it is for

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SWITCH = "PIP_BUILD_REQUIREMENTS_OVERRIDE"
TOOL = [sys.executable, "-m", "pip_build_override"]
ROUTES = ("sitecustomize", ".pth")


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", default=sys.executable, help="the interpreter to measure")
    base = parser.parse_args().python
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is not there")
    with tempfile.TemporaryDirectory() as scratch:
        bare = _environment(base, Path(scratch) / "bare")
        reference = _instructions(bare, None)
        print(f"bare start: {reference / 1e6:.2f} million instructions")
        comment = _environment(base, Path(scratch) / "comment")
        _site_packages(comment).joinpath("comment.pth").write_text("# nothing\n", encoding="ascii")
        print(f"a .pth file with a comment: {_instructions(comment, None) / reference:.4f}")
        for route in ROUTES:
            python = _environment(base, Path(scratch) / route.strip("."))
            _install(python, route)
            for label, value in (("off", None), ("on, in a program that is not pip", "any.toml")):
                count = _instructions(python, value)
                print(f"{route}, {label}: {count / reference:.4f}")


def _environment(base: str, directory: Path) -> Path:
    subprocess.run([base, "-m", "venv", "--without-pip", str(directory)], check=True)
    return directory / "bin" / "python"


def _site_packages(python: Path) -> Path:
    (found,) = python.parent.parent.glob("lib/python*/site-packages")
    return found


def _install(python: Path, route: str) -> None:
    # The .pth route is taken where the sitecustomize is a link to one elsewhere.
    other = _site_packages(python) / "sitecustomize.py"
    if route == ".pth":
        other.symlink_to(os.devnull)
    installed = subprocess.run(
        [*TOOL, "install", "--python", str(python)], check=True, stdout=subprocess.PIPE
    )
    assert f"route: {route}," in installed.stdout.decode()
    if route == ".pth":
        # Its own cost is not ours.
        other.unlink()


def _instructions(python: Path, value: str | None) -> int:
    # Hashes are made from a seed, and with them the number of steps in every look-up.
    environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"}
    if value is not None:
        environment[SWITCH] = value
    command = [str(python), "-c", "pass"]
    subprocess.run(command, env=environment, check=True)
    with tempfile.TemporaryDirectory() as directory:
        counted = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={directory}/out", *command],
            env=environment,
            check=True,
            stderr=subprocess.PIPE,
        )
    found = re.search(r"Collected : (\d+)", counted.stderr.decode())
    assert found is not None
    return int(found.group(1))


if __name__ == "__main__":
    main()
