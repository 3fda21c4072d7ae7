"""The patches: one function per patched function of pip's, with the original kept in its closure.

All of them look up the session of the running command first, and pass straight through without one:
programs that use pip's modules without running a pip command are left alone.
"""

from __future__ import annotations

import functools
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable, Iterable, Iterator

from ...errors import OverrideError
from . import objects, seams
from .unknown_pip import not_importable, unknown_pip

if TYPE_CHECKING:
    from typing import Protocol

    from .protocols import Options

    class Outcome(Protocol):
        """What the patches need of the outcome of a pip command."""

        def refuse(self, error: OverrideError) -> Exception:
            """Remember the refusal, and return the exception for it."""

    class Session(Protocol):
        """What the patches need of the session of a pip command."""

        @property
        def outcome(self) -> Outcome:
            """What ends the command."""

        def handler(self, step_and_method: str) -> Handler:
            """Make the step of a seam, and return what is done there."""


Handler = Callable[[seams.Original, seams.Call], object]
"""What is done at a seam: given the function of pip's, and how it was called."""

# One process may run several pip commands, one after another or one inside another.
_sessions: list[Session] = []


@contextmanager
def in_force(session: Session) -> Iterator[None]:
    """Let the patches work for one pip command."""
    _sessions.append(session)
    try:
        yield
    finally:
        _sessions.remove(session)


def command_runs() -> bool:
    """Whether a pip command is at work in this process, and under an override."""
    return bool(_sessions)


def apply(options: Options, handlers: Iterable[tuple[seams.Seam, str]]) -> None:
    """Patch every seam; once a process.

    Args:
        options: of pip's command.
        handlers: what is done at each seam, as ``Session.handler`` takes it.

    Raises:
        OverrideError: if this pip is not as known.
    """
    seams.probe()
    objects.probe(options)
    for seam, handler in handlers:
        if seam is seams.INSTALL:
            for environment in seams.environment_classes():
                original = vars(environment)["install_requirements"]
                _replace(environment, "install_requirements", original, handler)
            continue
        if seam is seams.LEGACY_RESOLVE and not objects.resolves_as_before(options):
            # Its module is one that pip does not load.
            continue
        found = seams.find(seam)
        if found is not None:
            owner, name, original = found
            _replace(owner, name, original, handler)


def _replace(owner: object, name: str, original: seams.Original, handler: str) -> None:
    if getattr(original, "pip_build_override", False):
        return

    @functools.wraps(original)
    def patched(*args: object, **kwargs: object) -> object:
        if not _sessions:
            return original(*args, **kwargs)
        session = _sessions[-1]
        try:
            _check_not_replaced(handler)
            return session.handler(handler)(original, seams.Call(original, args, kwargs))
        except OverrideError as error:
            raise session.outcome.refuse(error) from None
        except ImportError as error:
            # Most of the shim is loaded here, long after it was looked at, and so is what it needs.
            if not (_is_ours(error.name or "") or (_is_pips(error.name or "") and _by_us(error))):
                raise
            raise session.outcome.refuse(not_importable(error)) from None
        except NameError as error:
            # A file of the shim that breaks off between two functions loads without complaint.
            if type(error) is not NameError or not _by_us(error):
                raise
            raise session.outcome.refuse(not_importable(error)) from None
        except AttributeError as error:
            problem = _lost_by_pip(error)
            if not problem:
                raise
            raise session.outcome.refuse(unknown_pip([problem])) from None

    patched.pip_build_override = True  # type: ignore[attr-defined]  # marks it as ours
    static = isinstance(vars(owner).get(name), staticmethod)
    setattr(owner, name, staticmethod(patched) if static else patched)


def _lost_by_pip(error: AttributeError) -> str:
    """Say which attribute of an object of pip's we have read in vain; "" if it is another error.

    What ``objects.probe`` can look for is found when a command starts. Pythons before 3.10 do not tell
    whose attribute it is; the pips that run on those will not change any more.
    """
    owner = getattr(error, "obj", None)
    kind = owner if isinstance(owner, type) else type(owner)
    if not (_is_pips(kind.__module__) and _by_us(error)):
        return ""
    return f"{kind.__module__}.{kind.__qualname__}.{getattr(error, 'name', '')}: not there"


def _by_us(error: BaseException) -> bool:
    """Return whether an error was raised by a line of ours, and not by what we have called."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback is not None and _is_ours(traceback.tb_frame.f_globals.get("__name__", ""))


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == __name__.partition(".")[0]


def _is_pips(module: str) -> bool:
    return module.partition(".")[0] == "pip"


_IN_PIP = os.path.dirname(os.path.dirname(__file__))


def _identity() -> tuple[int, int, int]:
    status = os.stat(os.path.join(os.path.dirname(_IN_PIP), "__init__.py"))
    return status.st_ino, status.st_size, status.st_mtime_ns


_AT_START = _identity()


@functools.lru_cache(maxsize=None)
def _check_not_replaced(handler: str) -> None:
    """Check, before the step of a seam is loaded, that it belongs to what is loaded already.

    Steps are loaded when pip first comes by them: most pips come by few.

    Raises:
        OverrideError: if the shim was replaced since this pip started.
    """
    if _identity() != _AT_START:
        raise OverrideError(
            "the shim was replaced while this pip ran, so no override would be in force as it was",
            hint="run it again",
        )
