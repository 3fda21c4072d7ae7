"""``demo``: show, on real packages, what ``fix`` does, and builds without and with an override."""

from __future__ import annotations

import argparse
import errno
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

SUMMARY = "show a build that is fixed, and one going wrong without an override and right with one"
DESCRIPTION = """In a temporary directory, with real packages from the index, have fix find the override
with which PyYAML 5.4.1 builds, on a Python on which it does. Then build a small C extension that uses
numpy's C API: first with pip alone, after which its import fails, then with an override, after which
the import works.

It takes about three minutes, and downloads PyYAML, setuptools, releases of Cython and two of numpy.

Every command is shown as it could be typed. Nothing outside that directory is changed, and it is
removed at the end. The exit status is 0 if all builds were shown, and 2 if not."""
EXAMPLE = "pip-build-override demo"

PROJECT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "demo_project")
PACKAGE = "demo-sumsq"
SDIST = "demo_sumsq-1.0"
OVERRIDES = "numpy-overrides.toml"
FIXED = "PyYAML"
FIXED_VERSION = "5.4.1"
FOUND = "build-overrides.toml"
# The Pythons that it has no wheel for, and that Cython 0.29, which it needs, supports.
FIXED_FOR = ((3, 10), (3, 11), (3, 12))
USE = "import demo_sumsq; print(demo_sumsq.sumsq([1, 2, 3]))"
EXPECTED = "14.0"

_LITTLE = 10 << 20  # bytes; an environment takes more

# Debian packages ensurepip, and with it a working venv, separately.
_NO_ENSUREPIP = re.compile(r"ensurepip is not|No module named '?(?:venv|ensurepip)")

_SEE_ABOVE = "read the output above; with --keep the directory is kept, so that you can look into it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--python",
        metavar="PY",
        default="",
        help="the interpreter to show it with; by default this one",
    )
    parser.add_argument("--keep", action="store_true", help="do not remove the temporary directory")


def main(args: argparse.Namespace) -> int:
    """Show all builds.

    Returns:
        The exit status 0, because all were shown.

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
    fixes = python.minor in FIXED_FOR
    try:
        end = "is kept" if args.keep else "is removed at the end"
        print(f"Python {python.version}. Everything happens in {directory}, which {end}.")
        print(
            f"It takes about {'three' if fixes else 'two'} minutes, and downloads"
            f"{f' {FIXED}, Cython,' if fixes else ''} numpy {older}, the newest numpy and setuptools.",
            flush=True,
        )
        shell = Shell(directory)
        inside = _make_environment(shell, python)
        if fixes:
            _show_fix(shell, inside)
        pip = _install_numpy(shell, python, inside, older)
        _show_wrong(shell, pip, older)
        _show_right(shell, pip, older)
    finally:
        if not args.keep:
            _remove(directory)
        signal.signal(signal.SIGTERM, before)
    print(f"\nWrong without the override, right with it. ({time.monotonic() - started:.0f} s)")
    return 0


def _make_environment(shell: Shell, python: demo_python.Python) -> str:
    """Create the target environment, and return its interpreter."""
    shell.title("An environment")
    made = shell.run(python.executable, "-m", "venv", "venv")
    if made.status:
        _refuse_full_disk(made, shell.directory)
        raise OverrideError(
            f"{python.executable} cannot create a virtual environment",
            kind="tool-not-installed",
            hint="install its module venv (on Debian and Ubuntu: apt install python3-venv)"
            if _NO_ENSUREPIP.search(made.output)
            else _SEE_ABOVE,
        )
    inside = os.path.join("venv", "Scripts", "python.exe") if os.name == "nt" else "venv/bin/python"
    if _is_too_old(shell.ask(inside, "-m", "pip", "--version").output):
        done = shell.run(inside, "-m", "pip", "install", "--upgrade", "pip")
        _need(shell, done, "a pip that is new enough")
    return inside


def _show_fix(shell: Shell, inside: str) -> None:
    package = f"{FIXED}=={FIXED_VERSION}"
    shell.title(f"{package} does not build with the newest Cython; fix finds out what it needs")
    done = shell.run_ours("fix", "--", inside, "-m", "pip", "install", package)
    if done.status:
        _refuse_full_disk(done, shell.directory)
        if "No matching distribution" in done.output:
            _need(shell, done, package)
        raise OverrideError(
            f"fix found nothing with which {package} builds", kind="demo-failed", hint=_SEE_ABOVE
        )
    shell.show_file(FOUND)


def _install_numpy(
    shell: Shell, python: demo_python.Python, inside: str, older: str
) -> tuple[str, ...]:
    """Install numpy, and return the command that installs into the environment."""
    shell.title(f"numpy {older} in that environment")
    pip = (inside, "-m", "pip", "install", "--only-binary", "numpy")
    done = shell.run(*pip, f"numpy=={older}")
    _need(shell, done, f"numpy {older} for Python {python.version}")
    return pip


def _is_too_old(answer: str) -> bool:
    version = re.match(r"pip (\d+)\.(\d+)", answer)
    return version is not None and (int(version[1]), int(version[2])) < (21, 2)


def _refuse_full_disk(done: Done, directory: str) -> None:
    # venv does not show the output of the pip that it runs.
    full = shutil.disk_usage(directory).free < _LITTLE
    if full or any(os.strerror(number) in done.output for number in (errno.ENOSPC, errno.EDQUOT)):
        raise OverrideError(
            f"there is no space left for {directory}",
            kind="unwritable-file",
            hint="free some space, or set TMPDIR to a directory that has some",
        )


def _need(shell: Shell, done: Done, what: str) -> None:
    if done.status == 0:
        return
    _refuse_full_disk(done, shell.directory)
    if "(from versions: none)" in done.output or "No matching distribution" not in done.output:
        raise OverrideError(
            f"pip cannot install {what}: the index cannot be reached, or does not have it",
            kind="demo-failed",
            hint="check the network, and the index that pip uses: pip config list",
        )
    raise OverrideError(
        f"the index has no wheel of {what} for this platform",
        kind="demo-failed",
        hint="name another interpreter with --python, or use an index that has the wheel",
    )


def _show_wrong(shell: Shell, pip: tuple[str, ...], older: str) -> None:
    sdist = _write_sdist(shell.directory)
    shell.title(f"pip alone builds {sdist}, which declares numpy as a build requirement")
    if shell.run(*pip, sdist).status:
        raise OverrideError("the build with pip alone failed", kind="demo-failed", hint=_SEE_ABOVE)
    used = shell.run(pip[0], "-c", USE)
    if used.status == 0:
        raise OverrideError(
            f"the build with pip alone works with numpy {older}, so there is nothing to show",
            kind="demo-failed",
            hint="use an index that has the newest numpy; pip config list shows the one in use",
        )
    shell.remark(
        f"[exit status {used.status}: pip has built it against the newest numpy, in an isolated"
        f" environment; the result does not run with numpy {older}]"
    )


def _show_right(shell: Shell, pip: tuple[str, ...], older: str) -> None:
    shell.title("The same with an override")
    with open(os.path.join(shell.directory, OVERRIDES), "w", encoding="utf-8") as file:
        file.write(f'[package.{PACKAGE}]\nreplace.numpy = "numpy=={older}"\n')
    shell.show_file(OVERRIDES)
    again = (*pip, "--force-reinstall", "--no-deps", f"{SDIST}.tar.gz")
    if shell.run_ours("run", "--overrides", OVERRIDES, "--", *again).status:
        raise OverrideError("the build with the override failed", kind="demo-failed", hint=_SEE_ABOVE)
    used = shell.run(pip[0], "-c", USE)
    if used.status or used.output.strip() != EXPECTED:
        raise OverrideError(
            "the result of the build with the override does not work",
            kind="demo-failed",
            hint=_SEE_ABOVE,
        )


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
