"""The interpreter that a hook is for: found, and asked about itself in starts of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Mapping

from ..errors import OverrideError
from ..files import Json
from . import INJECTED

SWITCH = "PIP_BUILD_REQUIREMENTS_OVERRIDE"
OLDEST = (3, 8)

_HERE = os.path.dirname(os.path.abspath(__file__))
# A start that takes longer hangs.
_TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Target:
    """An interpreter, as it describes itself.

    Attributes:
        python: how it is started.
        version: of Python.
        prefix: directory of its environment.
        site_packages: where that environment has its pure Python distributions.
        path: its ``sys.path`` with nothing added by PYTHONPATH or a program.
        site_directories: those in which it reads ``.pth`` files.
        sitecustomize: all files that could be imported by that name, the first one first, each behind
            the entry of ``path`` that leads to it.
        injected: one that PYTHONPATH puts ahead of all of these at present, or None.
        managed: the file that says another tool looks after it (PEP 668), or None.
    """

    python: str
    version: tuple[int, ...]
    prefix: str
    site_packages: str
    path: tuple[str, ...]
    site_directories: tuple[str, ...]
    sitecustomize: tuple[tuple[str, str], ...]
    injected: str | None
    managed: str | None

    @property
    def shown(self) -> str:
        return f"{self.python} (Python {'.'.join(map(str, self.version))})"


def find(python: str) -> str:
    """Find an interpreter as ``pip --python`` does: a file, a virtual environment, or a command.

    Raises:
        OverrideError: where there is none.
    """
    if os.path.isdir(python):
        for name in ("bin/python", "Scripts/python.exe", "bin/python3", "python.exe"):
            candidate = os.path.join(python, *name.split("/"))
            if os.path.exists(candidate):
                return os.path.abspath(candidate)
    # Not resolved: a virtual environment is known by the link in it.
    found = shutil.which(python)
    if found is None:
        raise OverrideError(
            f"no interpreter is found at {python}", hint="give the path of one, or of its environment"
        )
    return os.path.abspath(found)


def describe(python: str) -> Target:
    """Ask an interpreter where it looks for what it runs at its start.

    Args:
        python: as given by the user.

    Raises:
        OverrideError: where it does not start, or is too old.
    """
    found = find(python)
    answer = _ask(found, "start", _environment(None, clean=True))
    version = tuple(answer["version"])
    if version < OLDEST:
        raise OverrideError(
            f"{found} is Python {'.'.join(map(str, version))}, older than 3.8",
            hint="use a newer interpreter: pip on this one cannot be overridden",
        )
    own = [name for _, name in answer["sitecustomize"]]
    first = _sitecustomize_now(found)[:1]
    # That of ``run`` loads the one that it hides.
    hidden = first and first[0] not in own and os.path.dirname(first[0]) != INJECTED
    return Target(
        python=found,
        version=version,
        prefix=answer["prefix"],
        site_packages=answer["site_packages"],
        path=tuple(answer["path"]),
        site_directories=tuple(answer["site_directories"]),
        sitecustomize=tuple((entry, name) for entry, name in answer["sitecustomize"]),
        injected=first[0] if hidden else None,
        managed=answer["managed"],
    )


def loading(target: Target, switch: str, *, clean: bool) -> Json:
    """Start an interpreter with the switch on, and ask it what became of the shim.

    Args:
        target: the interpreter.
        switch: value of the variable; empty for a start without.
        clean: leave out what this process was given by PYTHONPATH and its like.

    Returns:
        what ``asked.loading`` says; ``said``, what came on standard error.
    """
    return _ask(target.python, "loading", _environment(switch, clean=clean))


def sitecustomize_now(target: Target) -> tuple[str, ...]:
    """All files of that name in a start with the present environment variables, the first one first."""
    return _sitecustomize_now(target.python)


def _sitecustomize_now(python: str) -> tuple[str, ...]:
    answer = _ask(python, "start", _environment(None, clean=False))
    return tuple(name for _, name in answer["sitecustomize"])


def ask_preamble(target: Target, question: Json) -> Json:
    """Put a question to ``preamble.py``, run by that interpreter without its start-up files."""
    command = [target.python, "-I", "-S", os.path.join(_HERE, "preamble.py")]
    return _run(command, dict(os.environ), json.dumps(question))


def _environment(switch: str | None, *, clean: bool) -> dict[str, str]:
    environment = dict(os.environ)
    # What this process was started with for its own sake is not the target's.
    dropped = {SWITCH, "PYTHONHOME", "PYTHONSTARTUP", "__PYVENV_LAUNCHER__"}
    if clean:
        dropped |= {"PYTHONPATH", "PYTHONSAFEPATH", "PYTHONPLATLIBDIR"}
    environment = {name: value for name, value in environment.items() if name not in dropped}
    return {**environment, SWITCH: switch} if switch else environment


def _ask(python: str, question: str, environment: Mapping[str, str]) -> Json:
    return _run([python, os.path.join(_HERE, "asked.py"), question], environment, "")


def _run(command: list[str], environment: Mapping[str, str], given: str) -> Json:
    python = command[0]
    try:
        done = subprocess.run(
            command,
            input=given,
            env=dict(environment),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OverrideError(f"{python} cannot be run: {error}", hint="check the path") from None
    # A sitecustomize of somebody's may print.
    for line in reversed(done.stdout.splitlines()):
        if line.startswith("{"):
            answer: Json = json.loads(line)
            return {**answer, "said": done.stderr}
    last = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
    raise OverrideError(
        f"{python} does not start as it should (exit status {done.returncode}): {last}",
        hint=f"find out why with: {python} -c pass",
    )
