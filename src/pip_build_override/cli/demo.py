"""``demo``: show, on real packages, a build going wrong without an override and right with one."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import tarfile
import tempfile
import time
from types import FrameType
from typing import NoReturn

from ..errors import OverrideError
from . import demo_python
from .demo_shell import Done, Shell

SUMMARY = "show a build going wrong without an override and right with one"
DESCRIPTION = """In a temporary directory, with real packages from the index, build a small C
extension on numpy's C API: plainly, after which its import fails, and with an override, after
which it works.

Every command is shown as it could be typed. Nothing outside that directory is changed, and it is
removed at the end. Exits with 0 where it has shown both, with 2 where it could not."""
EXAMPLE = "pip-build-override demo"

PROJECT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "demo_project")
PACKAGE = "demo-sumsq"
SDIST = "demo_sumsq-1.0"
OVERRIDES = "build-overrides.toml"
USE = "import demo_sumsq; print(demo_sumsq.sumsq([1, 2, 3]))"
EXPECTED = "14.0"

_SEE_ABOVE = "the output above has the reason; with --keep the directory is left to look at"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--python", metavar="PY", default="", help="the Python to show it on; by default this one"
    )
    parser.add_argument("--keep", action="store_true", help="leave the temporary directory where it is")


def main(args: argparse.Namespace) -> int:
    """Show both builds.

    Returns:
        The exit status 0, because both were shown.

    Raises:
        OverrideError: If they cannot be shown here: no compiler, no headers, no index, an interpreter
            for which no two numpy releases are known, or a build with an unexpected result.
    """
    python = demo_python.probe(args.python)
    older = demo_python.older_numpy(python)
    demo_python.check_compiler(python)
    started = time.monotonic()
    before = signal.signal(signal.SIGTERM, _terminate)
    directory = tempfile.mkdtemp(prefix="pip-build-override-demo-")
    try:
        end = "is left there" if args.keep else "is removed at the end"
        print(f"Python {python.version}. All of this is done in {directory}, which {end}.")
        shell = Shell(directory)
        pip = _make_environment(shell, python, older)
        _show_wrong(shell, pip, older)
        _show_right(shell, pip, older)
    finally:
        if not args.keep:
            _remove(directory)
        signal.signal(signal.SIGTERM, before)
    print(f"\nWrong without the override, right with it. ({time.monotonic() - started:.0f} s)")
    return 0


def _make_environment(shell: Shell, python: demo_python.Python, older: str) -> tuple[str, ...]:
    """Create the target environment, and return the command that installs into it."""
    shell.title(f"An environment that holds numpy {older}")
    if shell.run(python.executable, "-m", "venv", "venv").status:
        raise OverrideError(
            f"{python.executable} cannot make a virtual environment",
            hint="install what it needs for that (on Debian and Ubuntu: apt install python3-venv)",
        )
    inside = os.path.join("venv", "Scripts", "python.exe") if os.name == "nt" else "venv/bin/python"
    if _is_too_old(shell.ask(inside, "-m", "pip", "--version").output):
        done = shell.run(inside, "-m", "pip", "install", "--upgrade", "pip")
        _need(done, "a pip that is new enough")
    pip = (inside, "-m", "pip", "install", "--only-binary", "numpy")
    _need(shell.run(*pip, f"numpy=={older}"), f"numpy {older} for Python {python.version}")
    return pip


def _is_too_old(answer: str) -> bool:
    version = re.match(r"pip (\d+)\.(\d+)", answer)
    return version is not None and (int(version[1]), int(version[2])) < (21, 2)


def _need(done: Done, what: str) -> None:
    if done.status == 0:
        return
    if "(from versions: none)" in done.output or "No matching distribution" not in done.output:
        raise OverrideError(
            f"pip cannot install {what}: the index cannot be reached, or has none",
            hint="check the network, and the index that pip is configured to use: pip config list",
        )
    raise OverrideError(
        f"the index has no wheel of {what} on this platform",
        hint="give another Python with --python, or use an index that has it",
    )


def _show_wrong(shell: Shell, pip: tuple[str, ...], older: str) -> None:
    sdist = _write_sdist(shell.directory)
    shell.title(f"{sdist}, which declares numpy as a build requirement, by a plain pip")
    if shell.run(*pip, sdist).status:
        raise OverrideError("the plain build failed, where it should have worked", hint=_SEE_ABOVE)
    used = shell.run(pip[0], "-c", USE)
    if used.status == 0:
        raise OverrideError(
            f"the plain build is right: the newest numpy of this index does not break with {older}",
            hint="use an index that has all of numpy's releases",
        )
    shell.remark(
        f"[exit status {used.status}: pip has built it in an environment of its own, against the"
        f" newest numpy; what comes out does not run with numpy {older}]"
    )


def _show_right(shell: Shell, pip: tuple[str, ...], older: str) -> None:
    shell.title("The same with an override")
    with open(os.path.join(shell.directory, OVERRIDES), "w", encoding="utf-8") as file:
        file.write(f'[package.{PACKAGE}]\nreplace.numpy = "numpy=={older}"\n')
    shell.show_file(OVERRIDES)
    again = (*pip, "--force-reinstall", "--no-deps", f"{SDIST}.tar.gz")
    if shell.run_ours("run", "--overrides", OVERRIDES, "--", *again).status:
        raise OverrideError("the build with the override failed", hint=_SEE_ABOVE)
    used = shell.run(pip[0], "-c", USE)
    if used.status or used.output.strip() != EXPECTED:
        raise OverrideError("what was built with the override does not work", hint=_SEE_ABOVE)


def _write_sdist(directory: str) -> str:
    # Not built from its directory: pip builds that in place, and in the second build setuptools would
    # reuse the object files of the first one.
    path = os.path.join(directory, "PKG-INFO")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 1.0\n")
    with tarfile.open(os.path.join(directory, f"{SDIST}.tar.gz"), "w:gz") as sdist:
        sdist.add(path, f"{SDIST}/PKG-INFO")
        for name in ("pyproject.toml", "setup.py", "demo_sumsq.c"):
            sdist.add(os.path.join(PROJECT, name), f"{SDIST}/{name}")
    os.remove(path)
    return f"{SDIST}.tar.gz"


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _remove(directory: str) -> None:
    # A second Ctrl-C must not leave a part of it behind.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    shutil.rmtree(directory, ignore_errors=True)
    signal.signal(signal.SIGINT, before)
