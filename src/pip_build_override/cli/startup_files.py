"""What ``install`` and ``uninstall`` share: one run at a time, and proof."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from contextlib import contextmanager
from typing import Any, Iterator

from filelock import FileLock, Timeout

from .. import startup
from ..errors import OverrideError
from ..startup import target as targets
from ..startup import writing
from ..startup.target import Target

PACKAGE = os.path.dirname(os.path.dirname(startup.INJECTED))
PROOF = "proof"  # any value that is not empty: no file is read before a pip command runs

_LOCK_SECONDS = 300


@contextmanager
def alone(target: Target) -> Iterator[None]:
    """Keep others out of an environment's start-up files.

    Raises:
        OverrideError: where somebody else does not let go, or the files cannot be written.
    """
    place = os.path.realpath(target.site_packages)
    name = hashlib.sha256(os.fsencode(os.path.normcase(place))).hexdigest()[:32]
    try:
        with FileLock(os.path.join(_lock_directory(), f"{name}.lock"), timeout=_LOCK_SECONDS):
            writing.sweep(place)
            yield
    except Timeout:
        raise OverrideError(
            f"{target.site_packages} is being changed by another run that does not end",
            hint="end it, and try again",
        ) from None
    except OSError as error:
        raise OverrideError(
            f"{error.filename or target.site_packages} cannot be written: {error.strerror or error}",
            hint="do it as the user who owns the environment, or use: pip-build-override run",
        ) from None


def _lock_directory() -> str:
    # A directory of one's own: in one for all, somebody else's link could lead the lock astray.
    user = os.getuid() if hasattr(os, "getuid") else ""
    path = os.path.join(tempfile.gettempdir(), f"pip-build-override-locks-{user}")
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass
    status = os.lstat(path)
    if not stat.S_ISDIR(status.st_mode) or (user != "" and status.st_uid != user):
        raise OverrideError(f"{path} belongs to somebody else", hint="remove it, or set TMPDIR")
    return path


def problem_of_loading(answer: dict[str, Any], package: str) -> str | None:
    """Say why a start with the switch on has not brought the shim in; None where it has."""
    if not answer["armed"]:
        return "no hook is loaded"
    if os.path.realpath(str(answer["package"])) != os.path.realpath(package):
        return f"another copy of pip-build-override is loaded, {answer['package']}"
    if answer["problem"] == "refused" or (answer["pip"] and not answer["loaded"]):
        return f"the hook loads, the shim does not: {first_error(answer)}"
    return None


def first_error(answer: dict[str, Any]) -> str:
    """What the shim itself has said on standard error, or else what is known of the problem."""
    for line in str(answer.get("said", "")).splitlines():
        _, found, error = line.partition("pip-build-override: error: ")
        if found:
            return error
    return str(answer.get("problem"))


def prove(target: Target, package: str) -> dict[str, Any]:
    """Start the interpreter with the switch on and off.

    Raises:
        OverrideError: where the shim does not load with it on, or something of it with it off.
    """
    if targets.loading(target, "", clean=True)["armed"]:
        raise OverrideError("the shim loads with the variable unset", hint="report this")
    answer = targets.loading(target, PROOF, clean=True)
    problem = problem_of_loading(answer, package)
    if problem:
        raise OverrideError(
            f"{target.shown} was started, and {problem}; everything is as it was",
            hint="for a single command, use: pip-build-override run",
        )
    return answer
