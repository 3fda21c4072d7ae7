"""Functions that ``install``, ``uninstall`` and ``status`` share: the lock, and proof of loading."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Iterable, Iterator

from filelock import FileLock, Timeout

from .. import switch
from ..errors import OverrideError
from ..kinds import read_printed
from ..startup import target as targets
from ..startup import writing
from ..startup.target import Target

if TYPE_CHECKING:
    from ..startup.routes import Change

PACKAGE = os.path.dirname(os.path.dirname(switch.INJECTED))
_NOT_LOADED = "shim-not-loaded"
PROOF = "proof"  # any non-empty value will do: no file is read before a pip command runs

_LOCK_SECONDS = 300


@contextmanager
def alone(target: Target) -> Iterator[None]:
    """Lock the start-up files of an environment.

    Raises:
        OverrideError: If another run does not release the lock, or the files cannot be written.
    """
    place = os.path.realpath(target.site_packages)
    name = hashlib.sha256(os.fsencode(os.path.normcase(place))).hexdigest()[:32]
    try:
        with FileLock(os.path.join(_lock_directory(), f"{name}.lock"), timeout=_LOCK_SECONDS):
            writing.sweep(place)
            yield
    except Timeout:
        raise OverrideError(
            f"{target.site_packages} is locked by another pip-build-override install or uninstall",
            kind="already-running",
            hint="wait until it has ended, or end it, and try again",
        ) from None
    except OSError as error:
        raise OverrideError(
            f"{error.filename or target.site_packages} cannot be written: {error.strerror or error}",
            kind="unwritable-file",
            hint="run this as the user who owns the environment, or use pip-build-override run instead",
        ) from None


def print_removed(target: Target, changes: Iterable[Change]) -> None:
    """Print the files that were removed, or that the start-up hook was removed from."""
    for change in changes:
        print(f"{target.shown}: removed {'from ' if change.after is not None else ''}{change.path}")


def _lock_directory() -> str:
    # A separate directory for each user: in a shared one, the lock could be another user's link.
    user = os.getuid() if hasattr(os, "getuid") else ""
    path = os.path.join(tempfile.gettempdir(), f"pip-build-override-locks-{user}")
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass
    status = os.lstat(path)
    if not stat.S_ISDIR(status.st_mode) or (user != "" and status.st_uid != user):
        raise OverrideError(
            f"{path} belongs to another user or is not a directory",
            kind="file-not-replaced",
            hint="remove it, or set TMPDIR to another directory",
        )
    return path


def problem_of_loading(answer: dict[str, Any], package: str) -> str | None:
    """Return why a start with the switch on has not loaded the shim, or None if it has.

    Args:
        answer: The answer of ``target.loading``.
        package: Directory of the package that must be loaded.
    """
    if not answer["armed"]:
        return "the start-up hook is not loaded"
    if os.path.realpath(str(answer["package"])) != os.path.realpath(package):
        return f"another copy of pip-build-override is loaded: {answer['package']}"
    if answer["problem"] == "refused" or (answer["pip"] and not answer["loaded"]):
        return f"the start-up hook is loaded, but the shim is not: {first_error(answer).message}"
    return None


def first_error(answer: dict[str, Any]) -> OverrideError:
    """Return the error that the shim printed on standard error, or else the known problem.

    Args:
        answer: The answer of ``target.loading``.
    """
    lines = str(answer.get("said", "")).splitlines()
    for line, after in zip(lines, [*lines[1:], ""]):
        _, found, error = line.partition("pip-build-override: error: ")
        if found:
            text = f"{error}\n{after}" if after.startswith("hint: ") else error
            return read_printed(text, otherwise=_NOT_LOADED)
    # The shim is loaded, and has tried whether it knows this pip.
    kind = "unknown-pip" if answer.get("loaded") else _NOT_LOADED
    return OverrideError(str(answer.get("problem")), kind=kind)


def prove(target: Target, package: str) -> dict[str, Any]:
    """Start the interpreter with the switch on and off, and return the answer with it on.

    Raises:
        OverrideError: If the shim does not load with the switch on, or loads with it off.
    """
    if targets.loading(target, "", clean=True)["armed"]:
        raise OverrideError(
            "the shim loads although the variable is not set",
            kind="hook-not-installed",
            hint="report this as a bug of pip-build-override",
        )
    answer = targets.loading(target, PROOF, clean=True)
    problem = problem_of_loading(answer, package)
    if problem:
        raise OverrideError(
            f"{target.shown} was started, and {problem}; every file is restored",
            kind="hook-not-installed",
            hint="use pip-build-override run, which installs nothing",
        )
    return answer
