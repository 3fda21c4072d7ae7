"""The patches: one function per patched function of pip, with the original kept in its closure.

Each of them first looks up the session of the running command, and calls the original if there is none:
programs that use pip's modules without running a pip command are not affected.
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
        """The part of a pip command's outcome that the patches use."""

        def refuse(self, error: OverrideError) -> Exception:
            """Store the refusal, and return the exception for it."""

    class Session(Protocol):
        """The part of a pip command's session that the patches use."""

        @property
        def outcome(self) -> Outcome:
            """The outcome of the command."""

        def handler(self, step_and_method: str) -> Handler:
            """Make the step for a seam, and return its handler."""


Handler = Callable[[seams.Original, seams.Call], object]
"""What runs at a seam instead of pip's function; it takes that function and the call."""

# One process may run several pip commands, one after another or one inside another.
_sessions: list[Session] = []


@contextmanager
def in_force(session: Session) -> Iterator[None]:
    """Activate the patches for one pip command."""
    _sessions.append(session)
    try:
        yield
    finally:
        _sessions.remove(session)


def command_runs() -> bool:
    """Return whether a pip command is running under an override in this process."""
    return bool(_sessions)


def apply(options: Options, handlers: Iterable[tuple[seams.Seam, str]]) -> None:
    """Patch every seam, once per process.

    Args:
        options: The options of pip's command.
        handlers: The seams, each with the name of its handler for ``Session.handler``.

    Raises:
        OverrideError: If this pip is not as known.
    """
    seams.probe()
    objects.probe(options)
    replace(options, handlers)


def replace(options: Options, handlers: Iterable[tuple[seams.Seam, str]]) -> None:
    """Patch some seams, once per process; those that this pip lacks are left out.

    Args:
        options: The options of pip's command.
        handlers: As in ``apply``.
    """
    for seam, handler in handlers:
        if seam is seams.INSTALL:
            for environment in seams.environment_classes():
                original = vars(environment)["install_requirements"]
                _replace(environment, "install_requirements", original, handler)
            continue
        if seam is seams.LEGACY_RESOLVE and not objects.resolves_as_before(options):
            # pip does not load its module.
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
        except Exception as error:
            refusal = _refusal_for(error)
            if refusal is None:
                raise
            raise session.outcome.refuse(refusal) from None

    patched.pip_build_override = True  # type: ignore[attr-defined]  # marks it as ours
    static = isinstance(vars(owner).get(name), staticmethod)
    setattr(owner, name, staticmethod(patched) if static else patched)


def _refusal_for(error: Exception) -> OverrideError | None:
    """Return the refusal for an error that a damaged shim or an unknown pip causes; None for others.

    Most of the shim and its dependencies are loaded by a step, long after they were checked.
    """
    if isinstance(error, ImportError):
        name = error.name or ""
        broken = _is_ours(name) or (_is_pips(name) and _by_us(error))
    elif isinstance(error, SyntaxError):
        # A truncated file of the shim.
        broken = (error.filename or "").startswith(os.path.join(_PACKAGE, ""))
    else:
        # Such a file, if it ends between two functions, loads without an error.
        broken = type(error) is NameError and _by_us(error)
    if broken:
        return not_importable(error)
    problem = _lost_by_pip(error) if isinstance(error, AttributeError) else ""
    return unknown_pip([problem]) if problem else None


def _lost_by_pip(error: AttributeError) -> str:
    """Return which attribute of a pip object the shim could not read, or "" for another error.

    ``objects.probe`` finds what it can when a command starts. Python before 3.10 does not say which
    object lacks the attribute; the pips that run on those will not change any more.
    """
    owner = getattr(error, "obj", None)
    kind = owner if isinstance(owner, type) else type(owner)
    if not (_is_pips(kind.__module__) and _by_us(error)):
        return ""
    return f"{kind.__module__}.{kind.__qualname__}.{getattr(error, 'name', '')}: missing"


def _by_us(error: BaseException) -> bool:
    """Return whether an error was raised by the shim itself, and not by a function that it called."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback is not None and _is_ours(traceback.tb_frame.f_globals.get("__name__", ""))


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == __name__.partition(".")[0]


def _is_pips(module: str) -> bool:
    return module.partition(".")[0] == "pip"


_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))


def _identity() -> tuple[int, int, int]:
    status = os.stat(os.path.join(_PACKAGE, "__init__.py"))
    return status.st_ino, status.st_size, status.st_mtime_ns


_AT_START = _identity()


@functools.lru_cache(maxsize=None)
def _check_not_replaced(handler: str) -> None:
    """Check, before the step for a seam is loaded, that it matches the modules already loaded.

    Steps are loaded when pip first reaches them, because most pip commands reach only a few.

    Raises:
        OverrideError: If the shim was replaced after this pip started.
    """
    if _identity() != _AT_START:
        raise OverrideError(
            "pip-build-override was replaced while this pip ran, so the override would no longer be in"
            " force",
            kind="shim-replaced",
            hint="run the command again",
        )
