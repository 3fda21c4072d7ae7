"""What the shim costs a pip that builds nothing: instructions, as a ratio to the same pip without it.

    python benchmarks/pip_cost.py [--python PY]... [--pip VERSION]

Counts with valgrind's callgrind, processes below included, in virtual environments that it makes and
throws away; the pip is downloaded. It prints figures, and judges none. To be kept: an install of one
local wheel at most 1.05, as the own command of a user and as a nested pip; the same through ``run`` at
most 1.15, and ``run`` itself at most three bare starts of its interpreter; ``pip list`` at most 1.03.
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
import zipfile
from pathlib import Path

from pip_build_override import rules, switch
from pip_build_override.files import write_json
from pip_build_override.in_pip.state.run_directory import HandedDown
from pip_build_override.rules import handed

OVERRIDES = """\
[package.pyworld]
replace.numpy = { from = "target" }
constrain = ["cython<3"]
"""
RUN = [sys.executable, "-m", "pip_build_override", "run", "--overrides"]
WHEEL = "ingredient-1.0-py3-none-any.whl"


def main() -> None:
    """Measure, and print a table for each interpreter."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", action="append", help="an interpreter to measure; may be repeated")
    parser.add_argument("--pip", help="the release of pip; by default the newest for that interpreter")
    args = parser.parse_args()
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is not there")
    for base in args.python or [sys.executable]:
        with tempfile.TemporaryDirectory() as scratch:
            _measure(base, args.pip, Path(scratch))


def _measure(base: str, release: str | None, scratch: Path) -> None:
    python = _environment(base, release, scratch)
    overrides = scratch / "build-overrides.toml"
    overrides.write_text(OVERRIDES, encoding="utf-8")
    _write_wheel(scratch / WHEEL)
    pip = [str(python), "-m", "pip"]
    install = [*pip, "install", "--no-deps", "--dry-run", "--ignore-installed", "--no-index"]
    if "--dry-run" not in _printed([*pip, "install", "--help"]):
        install.remove("--dry-run")
        install.append(f"--target={scratch / 'target'}")
    install.append(str(scratch / WHEEL))
    print(f"{_printed([base, '-V']).strip()}, {_printed([*pip, '--version']).partition(' from')[0]}")
    print(f"{'':42} {'million':>8} {'ratio':>7}")
    shim = {switch.SWITCH: str(overrides), "PYTHONPATH": switch.INJECTED}
    plain = _instructions(install, {})
    _print("install, without the shim", plain, plain)
    _print("install, with the shim", _instructions(install, shim), plain)
    nested = {**shim, **_as_nested(overrides, scratch)}
    _print("install by a nested pip", _instructions(install, nested), plain)
    _print("install, through run", _instructions([*RUN, str(overrides), "--", *install], {}), plain)
    listing = _instructions([*pip, "list"], {})
    _print("list, without the shim", listing, listing)
    _print("list, with the shim", _instructions([*pip, "list"], shim), listing)
    bare = _instructions([sys.executable, "-c", "pass"], {})
    run = _instructions([*RUN, str(overrides), "--", *install], {}, children=False)
    _print("run itself, to a bare start", run, bare)
    print()


def _print(label: str, count: int, base: int) -> None:
    print(f"{label:42} {count / 1e6:8.1f} {count / base:7.3f}", flush=True)


def _environment(base: str, release: str | None, scratch: Path) -> Path:
    subprocess.run([base, "-m", "venv", "--without-pip", str(scratch / "venv")], check=True)
    version = _printed([base, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]).strip()
    wanted = f"pip=={release}" if release else "pip"
    download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", f"--dest={scratch}"]
    only = [f"--python-version={version}", "--only-binary=:all:"]
    subprocess.run([*download, *only, wanted], check=True)
    (wheel,) = scratch.glob("pip-*.whl")
    (directory,) = (scratch / "venv").glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(directory)
    return scratch / "venv" / "bin" / "python"


def _write_wheel(path: Path) -> None:
    info = "ingredient-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ingredient.py", "VERSION = '1.0'\n")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: ingredient\nVersion: 1.0\n")
        tags = "Root-Is-Purelib: true\nTag: py3-none-any\n"
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: benchmark\n{tags}")
        archive.writestr(f"{info}/RECORD", "")


def _as_nested(overrides: Path, scratch: Path) -> dict[str, str]:
    """Hand to a pip what an outer pip hands to the pip that fills a build environment."""
    run, environment = scratch / "run", scratch / "run" / "environment"
    environment.mkdir(parents=True)
    handed.write(str(run / handed.FILE), rules.load_overrides(str(overrides)), handed.IN_THIS_RUN)
    place = (str(scratch),)
    built_for = ("package 1.0",)
    given = HandedDown(
        (), 1, place, (), built_for, hashes={}, touched=(), into=place, upload_limit=None, keeping=None
    )
    write_json(str(environment / "handed.json"), given.to_json())
    return {
        switch.RUN_DIRECTORY: str(run),
        switch.ENVIRONMENT_DIRECTORY: str(environment),
        switch.FOLLOWED: "1",
    }


def _printed(command: list[str]) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()


def _instructions(command: list[str], settings: dict[str, str], children: bool = True) -> int:
    # Hashes are made from a seed, and with them the number of steps in every look-up.
    environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0", "HOME": os.environ["HOME"]}
    environment.update({"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    environment.update(settings)
    # Once before, so that what is compiled for good is compiled.
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as directory:
        counter = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={directory}/out.%p"]
        counter.append(f"--trace-children={'yes' if children else 'no'}")
        counted = subprocess.run(
            [*counter, *command],
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    found = re.findall(r"Collected : (\d+)", counted.stderr.decode())
    assert found
    return sum(map(int, found))


if __name__ == "__main__":
    main()
