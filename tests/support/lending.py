"""A distribution that is on no index, and a project whose backend does what a test wants with it."""

from __future__ import annotations

import stat
import textwrap
from pathlib import Path
from typing import Iterable

from .environments import Target
from .stampbackend import write_wheel

LARDER = "2.0+site"

BORROWED = """\
[package.cook]
replace.larder = { from = "target", borrow = true }
"""
_BACKEND = """\
import os, subprocess, sys
import larder
import stampbackend
from stampbackend import *

def build_wheel(*args, **kwargs):
{body}
    return stampbackend.build_wheel(*args, **kwargs)
"""
_PYPROJECT = """\
[build-system]
requires = [{requires}]
build-backend = "backend"
backend-path = ["."]

[project]
name = "cook"
version = "1.0"

[tool.stamp]
wheel-requires = [{wheel_requires}]
"""


def larder_wheel(
    directory: Path, *, version: str = LARDER, note: str = "", requires: Iterable[str] = ("spice",)
) -> Path:
    """Write a wheel with all kinds of files in it.

    Args:
        directory: where to put it; made if not there.
        version: of it.
        note: what else stands in it, to tell it from another of that version.
        requires: what it needs at run time.
    """
    directory.mkdir(parents=True, exist_ok=True)
    stem = f"larder-{version}"
    files = {
        "larder/__init__.py": f"VERSION = {version!r}\nNOTE = {note!r}\n",
        "larder/tool.py": "import larder\n\ndef main():\n    print(larder.VERSION, larder.__file__)\n",
        "larder/include/larder.h": "#define LARDER 2\n",
        "larder_single.py": "VERSION = 2\n",
        "larder.pth": "import sys; sys.larder_pth = True\n",
        f"{stem}.data/scripts/larder-script": "#!python\nimport sys\nprint(sys.prefix)\n",
        f"{stem}.data/data/share/larder/shelf.txt": "shelf\n",
        f"{stem}.dist-info/entry_points.txt": "[console_scripts]\nlarder-tool = larder.tool:main\n",
    }
    return directory / write_wheel(str(directory), "larder", version, files, requires=requires)


def install(target: Target, *wheels: Path) -> None:
    """Have wheels installed by pip itself.

    Args:
        target: where to.
        wheels: their files.
    """
    target.run_pip("install", "--force-reinstall", *wheels).succeeded()


def cook(
    target: Target,
    body: str = "pass",
    *,
    requires: Iterable[str] = ("larder",),
    wheel_requires: Iterable[str] = (),
) -> Path:
    """Write the sources of a project that is built with the larder.

    Args:
        target: in whose room.
        body: what its backend does before it builds.
        requires: its static build requirements, in addition to its backend's.
        wheel_requires: those that the hook returns.
    """
    directory = target.room / "cook"
    directory.mkdir(exist_ok=True)
    listed = ", ".join(f'"{name}"' for name in ("stampbackend", *requires))
    returned = ", ".join(f'"{name}"' for name in wheel_requires)
    (directory / "pyproject.toml").write_text(
        _PYPROJECT.format(requires=listed, wheel_requires=returned), encoding="utf-8"
    )
    backend = _BACKEND.format(body=textwrap.indent(textwrap.dedent(body).strip(), "    "))
    (directory / "backend.py").write_text(backend, encoding="utf-8")
    return directory


def everything(environment: Path) -> dict[str, tuple[int, int, int, int, bytes]]:
    """Take down all of an environment but compiled files: what a build must leave as it is.

    Args:
        environment: its directory.

    Returns:
        for each file and directory its inode, mode, size, time and content.
    """
    found = {}
    for path in sorted(environment.rglob("*")):
        if path.suffix == ".pyc" or path.name == "__pycache__":
            continue
        status = path.lstat()
        plain = stat.S_ISREG(status.st_mode)
        found[str(path.relative_to(environment))] = (
            status.st_ino,
            status.st_mode,
            status.st_size if plain else 0,
            status.st_mtime_ns if plain else 0,
            path.read_bytes() if plain else b"",
        )
    return found
