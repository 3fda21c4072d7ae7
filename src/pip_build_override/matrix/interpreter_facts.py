"""What builds depend on in an interpreter, as the interpreter and its pip say themselves."""

from __future__ import annotations

import functools
import json
import subprocess
from dataclasses import dataclass, replace
from typing import Mapping

from ..documents import fields_of_format, read, table_of, text, tuple_of
from ..errors import OverrideError
from .build_variables import decides
from .plan import Interpreter

_FACTS = 1
_ASK = """
import json, platform, sys, sysconfig
from importlib.metadata import distributions
from pip._vendor.packaging.markers import default_environment
markers = default_environment()
markers["python_full_version"] = markers["python_full_version"].rstrip("+")
installed = {d.metadata["Name"] + " " + d.version for d in distributions() if d.metadata["Name"]}
abi = [sys.version, sys.executable, sys.prefix, sysconfig.get_platform()]
abi += [str(sysconfig.get_config_var(name)) for name in ("SOABI", "EXT_SUFFIX", "ABIFLAGS")]
abi.append(" ".join(filter(None, platform.libc_ver())))
facts = {"format": 1, "markers": markers, "abi": abi, "installed": sorted(installed)}
print(json.dumps(facts), flush=True)
import runpy
sys.argv[:] = ["pip", "config", "list"]
runpy.run_module("pip", run_name="__main__")
"""


@dataclass(frozen=True)
class Facts:
    """What an interpreter is, as far as builds depend on it.

    Attributes:
        markers: Its markers (PEP 508).
        abi: What else wheels that are built by it depend on.
        installed: What is installed there, each a name and a version; pip is one of them.
        settings: The options of pip that decide what is built with.
    """

    markers: Mapping[str, str]
    abi: tuple[str, ...]
    installed: tuple[str, ...]
    settings: tuple[str, ...] = ()

    @property
    def pip(self) -> str:
        """The name and version of its pip."""
        return next((each for each in self.installed if each.lower().startswith("pip ")), "")


def facts_of(interpreter: Interpreter, variables: Mapping[str, str]) -> Facts:
    """Ask an interpreter, and its pip for its settings.

    Args:
        interpreter: The interpreter.
        variables: The environment variables of a pip without the override.

    Raises:
        OverrideError: If it does not answer.
    """
    return _facts(interpreter.path, tuple(sorted(variables.items())))


# The cells of one run share it.
@functools.lru_cache(maxsize=None)
def _facts(path: str, variables: tuple[tuple[str, str], ...]) -> Facts:
    said, _, listed = _output([path, "-c", _ASK], dict(variables)).partition("\n")
    try:
        values = fields_of_format(json.loads(said), _FACTS)
        readers = {"markers": table_of(text), "abi": tuple_of(text), "installed": tuple_of(text)}
        facts = read(Facts, values, readers)
    except ValueError:
        raise _no_answer(path, said) from None
    settings = (line for line in sorted(listed.splitlines()) if decides(line.partition("=")[0]))
    return replace(facts, settings=tuple(settings))


def _output(command: list[str], variables: Mapping[str, str]) -> str:
    try:
        done = subprocess.run(
            command,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise _no_answer(command[0], error.strerror or str(error)) from None
    if done.returncode:
        raise _no_answer(command[0], done.stderr.decode(errors="replace").strip())
    return done.stdout.decode(errors="replace")


def _no_answer(python: str, said: str) -> OverrideError:
    return OverrideError(
        f"it does not answer: {said.splitlines()[-1] if said else 'it prints nothing'}",
        kind="unusable-python",
        where=python,
        hint="see whether it runs, and has pip; or name other Pythons with --python",
    )
