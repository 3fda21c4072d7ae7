"""The interpreter that a hook is for: how it is found, and what it reports about itself."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from typing import Mapping

from .. import switch
from ..errors import OverrideError
from ..files import Json

OLDEST = (3, 8)

_HERE = os.path.dirname(os.path.abspath(__file__))
# A start that takes longer is considered to hang.
_TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Target:
    """An interpreter, as it describes itself.

    Attributes:
        python: Path with which it is started.
        version: Version of Python.
        prefix: Directory of its environment.
        site_packages: Directory of the pure Python distributions in that environment.
        path: Its ``sys.path`` without what PYTHONPATH or a program adds.
        site_directories: Directories in which it reads ``.pth`` files.
        sitecustomize: All files that could be imported by that name, in order of precedence, each as a
            pair of the entry of ``path`` and the file.
        injected: A sitecustomize that PYTHONPATH currently puts before all of these, or None.
        managed: The file that marks it as managed by another tool (PEP 668), or None.
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
    """Return the path of an interpreter, given as for ``pip --python``.

    Args:
        python: A file, a virtual environment or a command.

    Raises:
        OverrideError: If there is none.
    """
    inside = interpreter_in(python)
    if inside:
        return os.path.abspath(inside)
    # Links are not resolved: a virtual environment is identified by the link in it.
    found = shutil.which(python)
    if found is None:
        raise OverrideError(
            f"there is no interpreter at {python}", kind="unusable-python", hint=_missing_hint(python)
        )
    return os.path.abspath(found)


def interpreter_in(directory: str) -> str:
    """Return the path of the interpreter of an environment, or "" if there is none."""
    # As created by venv and virtualenv, by conda, and on Windows by each of them.
    for name in ("bin/python", "Scripts/python.exe", "bin/python3", "python.exe"):
        candidate = os.path.join(directory, *name.split("/"))
        if os.path.isfile(candidate):
            return candidate
    return ""


def _missing_hint(python: str) -> str:
    from ..near_files import nearest  # only after a mistake

    near = nearest(python, _may_be_meant)
    if near:
        return f"did you mean --python {shlex.quote(near)}?"
    return "give the path of one, or of its environment"


def _may_be_meant(path: str) -> bool:
    directory, name = os.path.split(path)
    # A file without a directory is looked for on PATH.
    is_python = "py" in name and bool(directory) and os.path.isfile(path) and os.access(path, os.X_OK)
    return bool(interpreter_in(path)) or is_python


def describe(python: str) -> Target:
    """Return the description of an interpreter and of its start-up files.

    Args:
        python: The interpreter, as given by the user.

    Raises:
        OverrideError: If it does not start, or is too old.
    """
    found = find(python)
    answer = _ask(found, "start", _environment(None, clean=True))
    version = tuple(answer["version"])
    if version < OLDEST:
        raise OverrideError(
            f"{found} is Python {'.'.join(map(str, version))}, older than 3.8",
            kind="unusable-python",
            hint="use Python 3.8 or later",
        )
    own = [name for _, name in answer["sitecustomize"]]
    first = _start_files_now(found).sitecustomize[:1]
    # The one of ``run`` loads the one that it hides.
    hidden = first and first[0] not in own and os.path.dirname(first[0]) != switch.INJECTED
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


def loading(target: Target, overrides: str, *, clean: bool) -> Json:
    """Start an interpreter, and return whether it loads the shim.

    Args:
        target: The interpreter.
        overrides: Value of the switch; "" to start with it unset.
        clean: Whether to leave out PYTHONPATH and similar variables of this process.

    Returns:
        The answer of ``asked.loading``, with the output on standard error as ``said``.

    Raises:
        OverrideError: If it does not start.
    """
    return _ask(target.python, "loading", _environment(overrides, clean=clean))


@dataclass(frozen=True)
class StartFiles:
    """The places of what an interpreter runs at its start, with the current environment variables.

    Attributes:
        sitecustomize: All files that could be imported by that name, in order of precedence.
        usercustomize: The same for that name.
        directories: Directories in which it reads ``.pth`` and ``.start`` files.
    """

    sitecustomize: tuple[str, ...]
    usercustomize: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()


def start_files_now(target: Target) -> StartFiles:
    """Return the places of what an interpreter runs at its start.

    Raises:
        OverrideError: If the interpreter does not start.
    """
    return _start_files_now(target.python)


def _start_files_now(python: str) -> StartFiles:
    answer = _ask(python, "start", _environment(None, clean=False))
    return StartFiles(
        tuple(name for _, name in answer["sitecustomize"]),
        tuple(name for _, name in answer["usercustomize"]),
        tuple(answer["site_directories"]),
    )


def ask_preamble(target: Target, question: Json) -> Json:
    """Return the answer of ``preamble.py``, run by the interpreter without its start-up files.

    Args:
        target: The interpreter.
        question: The JSON object for standard input.

    Raises:
        OverrideError: If the interpreter does not start.
    """
    command = [target.python, "-I", "-S", os.path.join(_HERE, "preamble.py")]
    return _run(command, dict(os.environ), json.dumps(question))


def _environment(overrides: str | None, *, clean: bool) -> dict[str, str]:
    environment = dict(os.environ)
    # These variables of this process are not meant for the target.
    dropped = {switch.SWITCH, "PYTHONHOME", "PYTHONSTARTUP", "__PYVENV_LAUNCHER__"}
    if clean:
        dropped |= {"PYTHONPATH", "PYTHONSAFEPATH", "PYTHONPLATLIBDIR"}
    environment = {name: value for name, value in environment.items() if name not in dropped}
    return {**environment, switch.SWITCH: overrides} if overrides else environment


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
        raise OverrideError(
            f"{python} cannot be run: {error}", kind="unusable-python", hint="check the path"
        ) from None
    # The user's sitecustomize may print something.
    for line in reversed(done.stdout.splitlines()):
        if line.startswith("{"):
            answer: Json = json.loads(line)
            return {**answer, "said": done.stderr}
    last = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
    raise OverrideError(
        f"{python} does not start correctly (exit status {done.returncode}): {last}",
        kind="unusable-python",
        hint=f"to see why, run: {shlex.quote(python)} -c pass",
    )
