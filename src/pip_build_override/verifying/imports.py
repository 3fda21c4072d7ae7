"""Import compiled modules in child processes, which may crash or hang."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import Iterator, Sequence

_HERE = os.path.dirname(os.path.abspath(__file__))


@dataclass(frozen=True)
class Failure:
    """A module that cannot be imported.

    :param kind: ``import``, ``crash`` or ``hang``.
    :param text: what the exception, or the system, says.
    :param said: all that was printed meanwhile.
    :param exception: name of its class; "" without one.
    """

    module: str
    kind: str
    text: str
    said: str = ""
    exception: str = ""


def script(name: str) -> str:
    """Return the source of a script beside this module, to be given to ``python -c``."""
    with open(os.path.join(_HERE, f"{name}.py"), encoding="utf-8") as file:
        return file.read()


def import_all(
    python: str, modules: Sequence[str], environment: dict[str, str], seconds: float
) -> Iterator[Failure]:
    """Import modules, one after the other, and in a new process behind each that fails.

    Whoever has seen enough spares itself the rest, each of which may take its time to hang.

    :param python: the interpreter.
    :param environment: its environment variables.
    :param seconds: after which a module is taken to hang.
    """
    left = list(modules)
    while left:
        done, failure = _run(python, left, environment, seconds)
        if failure is None and done == 0:
            failure = Failure(left[0], "import", "the interpreter did not get as far as to import it")
        left = left[done + (failure is not None) :]
        if failure is not None:
            yield failure


def package_fails(python: str, failure: Failure, environment: dict[str, str], seconds: float) -> bool:
    """Tell whether the package that a module is in cannot be imported either.

    :param failure: of the module; one that is in no package speaks for itself.
    """
    top, dot, _ = failure.module.partition(".")
    return not dot or any(import_all(python, [top], environment, seconds))


def _run(
    python: str, modules: list[str], environment: dict[str, str], seconds: float
) -> tuple[int, Failure | None]:
    """Return how many modules could be imported, and what became of the next one."""
    with tempfile.TemporaryDirectory() as scratch, open(
        os.path.join(scratch, "said"), "w+b"
    ) as said, open(os.path.join(scratch, "answers"), "w+b") as answers:
        # In an empty directory: python -c looks for modules there first.
        child = subprocess.Popen(
            [python, "-c", script("in_target_importing"), json.dumps(modules)],
            cwd=scratch,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=answers,
            stderr=said,
        )
        status = _wait(child, answers.name, seconds)
        said.seek(0)
        answers.seek(0)
        printed = said.read().decode(errors="replace")
        lines = [json.loads(line) for line in answers.read().decode().splitlines() if line[-1:] == "}"]
    ends = [line for line in lines if "module" in line]
    done = sum("kind" not in line for line in ends)
    if ends and "kind" in ends[-1]:
        last = ends[-1]
        said_too = printed + last["trace"]
        return done, Failure(last["module"], "import", last["text"], said_too, last["kind"])
    if status is None:
        return done, Failure(modules[done], "hang", f"no end after {seconds:g} seconds", printed)
    if done < len(modules):
        return done, Failure(modules[done], "crash", _ending(status), printed)
    return done, None


def _wait(child: subprocess.Popen[bytes], answers: str, seconds: float) -> int | None:
    """Wait for a process that has its time for each answer; None where it had to be ended."""
    answered, deadline = 0, time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            return child.wait(0.1)
        except subprocess.TimeoutExpired:
            size = os.stat(answers).st_size
            if size != answered:
                answered, deadline = size, time.monotonic() + seconds
    child.kill()
    child.wait()
    return None


def _ending(status: int) -> str:
    if status < 0:
        try:
            return f"the interpreter died of {signal.Signals(-status).name}"
        except ValueError:
            return f"the interpreter died of signal {-status}"
    # Windows has codes such as 0xc0000005 for what is a signal elsewhere.
    return f"the interpreter ended with status {status if status < 256 else hex(status)}"
