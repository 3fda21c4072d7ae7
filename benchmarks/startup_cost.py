"""What the hook costs when Python starts: instructions, as a ratio to a bare start.

    python benchmarks/startup_cost.py [--python PY]...

It counts with valgrind's callgrind, in virtual environments that it makes and removes. It prints
figures and judges none. The limits are: off, at most 1.01 by sitecustomize, and 1.03 by .pth if that
is the only route; on, in a program that is not pip, at most 1.02.

Not all of that is ours. Next to our figures it prints what Python itself pays for a file that does
nothing, which it reads twice in a virtual environment: 3.8 and 3.9 import a module to open the first
.pth file, 3.13 imports one to decode the first that is not empty, and each import line is compiled at
every start. What remains is the price of looking up the variable and, while it is set, of one import.
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
FLOORS = {
    "sitecustomize": {"an empty sitecustomize.py": ("sitecustomize.py", "")},
    ".pth": {
        "an empty .pth file": ("other.pth", ""),
        "a .pth file with a comment": ("other.pth", "# nothing\n"),
        "a .pth file with an import line": ("other.pth", "import os\n"),
    },
}


def main() -> None:
    """Measure, and print a table for each interpreter."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", action="append", help="an interpreter to measure; may be repeated")
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is not there")
    for base in parser.parse_args().python or [sys.executable]:
        with tempfile.TemporaryDirectory() as scratch:
            _measure(base, Path(scratch))


def _measure(base: str, scratch: Path) -> None:
    python = _environment(base, scratch / "bare")
    bare = _instructions(python, None)
    version = subprocess.run([base, "-V"], check=True, stdout=subprocess.PIPE, encoding="ascii").stdout
    print(f"{version.strip()} ({base})")
    print(f"{'':42} {'million':>8} {'to bare':>8} {'to floor':>8}")
    _print("bare start", bare, bare, None)
    for route, floors in FLOORS.items():
        floor = bare
        for label, (name, text) in floors.items():
            file = _site_packages(python) / name
            file.write_text(text, encoding="ascii")
            floor = _instructions(python, None)
            _print(label, floor, bare, None)
            file.unlink()
        hooked = _environment(base, scratch / route.strip("."))
        if not _install(hooked, route):
            print(f"by {route}: not taken there")
            continue
        for label, value in (("off", None), ("on, not pip", "any.toml")):
            _print(f"by {route}, {label}", _instructions(hooked, value), bare, floor)
    print()


def _print(label: str, count: int, bare: int, floor: int | None) -> None:
    ratio = "" if floor is None else f"{count / floor:8.4f}"
    print(f"{label:42} {count / 1e6:8.3f} {count / bare:8.4f} {ratio}".rstrip(), flush=True)


def _environment(base: str, directory: Path) -> Path:
    subprocess.run([base, "-m", "venv", "--without-pip", str(directory)], check=True)
    return directory / "bin" / "python"


def _site_packages(python: Path) -> Path:
    (found,) = python.parent.parent.glob("lib/python*/site-packages")
    return found


def _install(python: Path, route: str) -> bool:
    # The .pth route is taken where the sitecustomize is a link to one elsewhere.
    other = _site_packages(python) / "sitecustomize.py"
    if route == ".pth":
        other.symlink_to(os.devnull)
    installed = subprocess.run(
        [*TOOL, "install", "--python", str(python)], check=True, stdout=subprocess.PIPE
    )
    if route == ".pth":
        # Its own cost is not ours.
        other.unlink()
    return f"start-up hook: {route}," in installed.stdout.decode()


def _instructions(python: Path, value: str | None) -> int:
    # Hashes are made from a seed, and with them the number of steps in every look-up.
    environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"}
    if value is not None:
        environment[SWITCH] = value
    command = [str(python), "-c", "pass"]
    # Once before, so that what is compiled for good is compiled.
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
