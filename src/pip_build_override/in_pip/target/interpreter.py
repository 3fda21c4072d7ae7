"""The interpreter of an environment that exists already, and what it reports about itself."""

from __future__ import annotations

import json
import subprocess
from typing import Mapping, NamedTuple

from ...files import Json

_SECONDS = 60

_SCRIPT = """\
import json, platform, sys, sysconfig
paths = sysconfig.get_paths()
variables = sysconfig.get_config_vars()
print("\\n" + json.dumps({
    "implementation": platform.python_implementation(),
    "version": "%d.%d" % sys.version_info[:2],
    "platform": sysconfig.get_platform(),
    "abi": [sys.implementation.cache_tag, variables.get("SOABI"), variables.get("EXT_SUFFIX"),
            variables.get("Py_GIL_DISABLED") or 0, sys.maxsize],
    "path": [path for path in sys.path if path],
    "standard": [paths["stdlib"], paths["platstdlib"]],
    "scripts": paths["scripts"],
    "prefix": sys.prefix,
}))
"""


class Interpreter(NamedTuple):
    """An interpreter, as it describes itself.

    Args:
        python: The path with which it is started.
        implementation: Its implementation, such as ``CPython``.
        version: Its version, such as ``3.11``.
        platform: Its platform, such as ``linux-x86_64``.
        abi: What its compiled modules depend on otherwise.
        path: Its ``sys.path``.
        standard: The directories of its standard library.
        scripts: The directory of the commands of its environment.
        prefix: The directory of its environment.
    """

    python: str
    implementation: str
    version: str
    platform: str
    abi: tuple[object, ...]
    path: tuple[str, ...]
    standard: tuple[str, ...]
    scripts: str
    prefix: str

    @property
    def shown(self) -> str:
        return f"{self.implementation} {self.version} on {self.platform}"

    def builds_alike(self, other: Interpreter) -> bool:
        """Return whether a wheel that one of both builds is a wheel for the other."""
        return self[1:5] == other[1:5]


def ask(python: str, variables: Mapping[str, str]) -> Interpreter:
    """Run an interpreter, and return what it reports.

    Args:
        python: Its path.
        variables: The environment variables that it is run with.

    Raises:
        ValueError: If it cannot be run, or gives no valid answer.
    """
    try:
        done = subprocess.run(
            [python, "-c", _SCRIPT],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=dict(variables),
            timeout=_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ValueError(str(getattr(error, "strerror", None) or error)) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise ValueError(said[-1] if said else f"it ended with status {done.returncode}")
    try:
        # Code at its start may print something, too.
        answer: Json = json.loads(done.stdout.splitlines()[-1])
        values: Json = {
            name: tuple(value) if isinstance(value, list) else value for name, value in answer.items()
        }
        return Interpreter(python, **values)
    except (AttributeError, IndexError, TypeError, ValueError):
        raise ValueError("it did not describe itself") from None
