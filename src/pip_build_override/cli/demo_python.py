"""What ``demo`` needs to know about the Python it runs on, before it downloads anything."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

from ..errors import OverrideError
from ..startup import target as targets

# For each Python, a numpy with wheels for it and its common platforms, but with an older C API than
# the newest numpy with such wheels. A module compiled against the newest refuses to load with it.
OLDER_NUMPY = {
    (3, 8): "1.21.6",
    (3, 9): "1.26.4",
    (3, 10): "1.26.4",
    (3, 11): "1.26.4",
    (3, 12): "1.26.4",
    (3, 13): "2.1.3",
    (3, 14): "2.3.5",
}

_PROBE = """
import json, os, sys, sysconfig
paths = sysconfig.get_path("include"), sysconfig.get_path("platinclude")
print(json.dumps({
    "executable": sys.executable,
    "version": "%d.%d.%d" % sys.version_info[:3],
    "headers": any(os.path.exists(os.path.join(path, "Python.h")) for path in paths),
    "compiler": sysconfig.get_config_var("CC") or "",
}))
"""


@dataclass(frozen=True)
class Python:
    """An interpreter, and the headers and the compiler for it."""

    executable: str
    version: str
    headers: bool
    compiler: str

    @property
    def minor(self) -> tuple[int, int]:
        """The major and minor version."""
        major, minor, _ = self.version.split(".")
        return int(major), int(minor)


def probe(python: str) -> Python:
    """Return the description of an interpreter.

    Args:
        python: A path or a command; "" for this interpreter.

    Raises:
        OverrideError: If it cannot be run.
    """
    command = python or sys.executable
    try:
        command = targets.find(command)
        done = subprocess.run(
            [command, "-c", _PROBE], stdout=subprocess.PIPE, check=True, encoding="utf-8"
        )
        return Python(**json.loads(done.stdout))
    except (OSError, ValueError, subprocess.CalledProcessError, OverrideError):
        raise OverrideError(
            f"{command} is not a Python interpreter that can be run",
            kind="unusable-python",
            hint="name another with --python",
        ) from None


def older_numpy(python: Python) -> str:
    """Return the version of numpy for the environment of the demo.

    Raises:
        OverrideError: If none is known for this Python.
    """
    if python.minor in OLDER_NUMPY:
        return OLDER_NUMPY[python.minor]
    known = [f"{major}.{minor}" for major, minor in OLDER_NUMPY]
    raise OverrideError(
        f"the demo does not know two numpy releases for Python {python.version}",
        kind="unusable-python",
        hint=f"name a Python from {known[0]} to {known[-1]} with --python",
    )


def check_compiler(python: Python) -> None:
    """Check that a C extension can be compiled.

    Raises:
        OverrideError: If the headers of Python or a C compiler are missing.
    """
    if not python.headers:
        raise OverrideError(
            f"the headers of Python {python.version} (Python.h) are not installed",
            kind="tool-not-installed",
            hint="install them (on Debian and Ubuntu: apt install python3-dev)",
        )
    # setuptools itself finds Microsoft's compiler, which is not on PATH.
    if os.name == "nt":
        return
    compiler = (os.environ.get("CC") or python.compiler or "cc").split()[0]
    if shutil.which(compiler) is None:
        raise OverrideError(
            f"there is no C compiler ({compiler} is not on PATH)",
            kind="tool-not-installed",
            hint="install one (on Debian and Ubuntu: apt install gcc libc6-dev), or name one in CC",
        )
