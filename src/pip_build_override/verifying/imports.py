"""Import compiled modules in child processes, which may crash or hang."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Callable, ContextManager, Iterator, Protocol, Sequence

_HERE = os.path.dirname(os.path.abspath(__file__))


# The names of the kinds, as in ``kinds``.
FAILED = "import-failed"
CRASHED = "import-crashed"
HUNG = "import-hung"


@dataclass(frozen=True)
class Failure:
    """A module that cannot be imported.

    Attributes:
        module: Name of the module.
        kind: ``FAILED``, ``CRASHED`` or ``HUNG``.
        text: Message of the exception or from the system.
        said: All output of the import.
        exception: Name of the exception class; "" if there was no exception.
    """

    module: str
    kind: str
    text: str
    said: str = ""
    exception: str = ""


class Keeper(Protocol):
    """Takes care that nothing is left of a process if this one is ended."""

    @property
    def temporary(self) -> str:
        """The directory for temporary files."""

    def watched(self, child: subprocess.Popen[bytes]) -> ContextManager[None]:
        """Return a context in which a process runs, the first of a session of its own."""

    def check(self) -> None:
        """Raise an exception to end the imports."""


def script(name: str) -> str:
    """Return the source of a script in this directory, for ``python -c``."""
    with open(os.path.join(_HERE, f"{name}.py"), encoding="utf-8") as file:
        return file.read()


def import_all(
    python: str,
    modules: Sequence[str],
    environment: dict[str, str],
    seconds: float,
    keeper: Keeper | None = None,
) -> Iterator[Failure]:
    """Import modules one after the other, with a new process after each one that fails.

    This is a generator, so a caller that has seen enough can skip the rest, each of which may hang.

    Args:
        python: The interpreter.
        modules: Names of the modules.
        environment: Environment variables for the interpreter.
        seconds: Time after which a module is considered to hang.
        keeper: Takes care of the processes; by default nobody does.

    Yields:
        The modules that cannot be imported.
    """
    left = list(modules)
    while left:
        done, failure = _run(python, left, environment, seconds, keeper)
        if failure is None and done == 0:
            failure = Failure(left[0], "import", "the interpreter ended before it imported the module")
        left = left[done + (failure is not None) :]
        if failure is not None:
            yield failure


def package_fails(python: str, package: str, environment: dict[str, str], seconds: float) -> bool:
    """Return whether the package of a module that cannot be imported cannot be imported either.

    Args:
        python: The interpreter.
        package: The name of the package; "" if the module is in no package, and the answer is True.
        environment: Environment variables for the interpreter.
        seconds: Time after which a module is considered to hang.
    """
    return not package or any(import_all(python, [package], environment, seconds))


def _run(
    python: str,
    modules: list[str],
    environment: dict[str, str],
    seconds: float,
    keeper: Keeper | None,
) -> tuple[int, Failure | None]:
    """Return how many modules could be imported, and the failure of the next one, if there is one."""
    place = keeper.temporary if keeper is not None else None
    with tempfile.TemporaryDirectory(dir=place) as scratch, open(
        os.path.join(scratch, "said"), "w+b"
    ) as said, open(os.path.join(scratch, "answers"), "w+b") as answers:
        # In an empty directory, because python -c looks for modules there first.
        child = subprocess.Popen(
            [python, "-c", script("in_target_importing"), json.dumps(modules)],
            cwd=scratch,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=answers,
            stderr=said,
            start_new_session=keeper is not None,
        )
        with keeper.watched(child) if keeper is not None else nullcontext():
            check = keeper.check if keeper is not None else None
            status = _wait(child, answers.name, seconds, check)
        said.seek(0)
        answers.seek(0)
        printed = said.read().decode(errors="replace")
        lines = [json.loads(line) for line in answers.read().decode().splitlines() if line[-1:] == "}"]
    ends = [line for line in lines if "module" in line]
    done = sum("kind" not in line for line in ends)
    if ends and "kind" in ends[-1]:
        last = ends[-1]
        said_too = printed + last["trace"]
        return done, Failure(last["module"], FAILED, last["text"], said_too, last["kind"])
    if status is None:
        return done, Failure(
            modules[done], HUNG, f"the import did not end within {seconds:g} seconds", printed
        )
    if done < len(modules):
        return done, Failure(modules[done], CRASHED, _ending(status), printed)
    return done, None


def _wait(
    child: subprocess.Popen[bytes],
    answers: str,
    seconds: float,
    check: Callable[[], None] | None,
) -> int | None:
    """Return the exit status of a process, or None if it is killed after too long without an answer."""
    answered, deadline = 0, time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            return child.wait(0.1)
        except subprocess.TimeoutExpired:
            if check is not None:
                check()
            size = os.stat(answers).st_size
            if size != answered:
                answered, deadline = size, time.monotonic() + seconds
    child.kill()
    child.wait()
    return None


def _ending(status: int) -> str:
    if status < 0:
        try:
            return f"the interpreter was killed by {signal.Signals(-status).name}"
        except ValueError:
            return f"the interpreter was killed by signal {-status}"
    # Windows has codes such as 0xc0000005 instead of signals.
    return f"the interpreter ended with status {status if status < 256 else hex(status)}"
