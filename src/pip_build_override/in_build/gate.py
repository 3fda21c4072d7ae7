"""The gate of pypa/build: it patches what is as known, and stops what is not."""

from __future__ import annotations

import functools
import os
import sys
import threading
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Callable, NoReturn

from .. import switch
from ..errors import OverrideError
from . import seams

if TYPE_CHECKING:
    from .session import Session

_MARK = "pip_build_override"

# One for each process: ``build`` is not told when it begins and when it ends.
_sessions: list[Session] = []
_at_work: list[str] = []
_one_thread = threading.RLock()


class Refusal(SystemExit):
    """The override cannot be applied, so this process ends with exit status 2.

    ``build`` shows every other exception as a failure of its own, and ends with another status.
    """

    def __init__(self, error: OverrideError) -> None:
        super().__init__(2)
        self.error = error


def engage(module: ModuleType) -> bool:
    """Patch pypa/build, or stop it as soon as it is used if its internals are not as known.

    Args:
        module: the package ``build``, already loaded.

    Returns:
        True, which tells the caller that this file is complete.
    """
    builder = getattr(module, "ProjectBuilder", None)
    if builder is None:
        # Without the class, it is another package with that name, unless it still has its errors.
        if hasattr(module, "BuildBackendException"):
            _refuse(seams.unknown_build(module, [f"{seams.BUILDER}: missing"]))
        return True
    if hasattr(builder, _MARK):
        return True
    setattr(builder, _MARK, True)
    problems = seams.problems(module)
    if problems:
        error = seams.unknown_build(module, problems)
        seams.replace(builder, "__init__", lambda original: _refusing(original, error))
        return True
    seams.apply(module, _at_seam, _in_fill)
    switch.tell_watcher("loaded")
    return True


def builds() -> bool:
    """Return whether a project is being built under an override in this process."""
    return bool(_at_work)


def _is_on() -> bool:
    return bool(os.environ.get(switch.SWITCH))


def _refusing(original: Callable[..., object], error: OverrideError) -> Callable[..., object]:
    @functools.wraps(original)
    def refuse(*args: object, **kwargs: object) -> object:
        if _is_on():
            _refuse(error)
        return original(*args, **kwargs)

    return refuse


def _at_seam(handler: str) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Return a decorator that has a method of the session run instead of a function of ``build``."""

    def patched(original: Callable[..., object]) -> Callable[..., object]:
        @functools.wraps(original)
        def instead(*args: object, **kwargs: object) -> object:
            if not _is_on():
                return original(*args, **kwargs)
            _at_work.append(handler)
            try:
                # What a step changes, such as environment variables, belongs to the whole process.
                with _one_thread:
                    call = seams.Call(original, args, kwargs)
                    return getattr(_session(), handler)(original, call)
            except OverrideError as error:
                _refuse(error)
            except ImportError as error:
                if (error.name or "").partition(".")[0] != __name__.partition(".")[0]:
                    raise
                _refuse(seams.broken(error))
            finally:
                _at_work.pop()

        return instead

    return patched


def _in_fill(original: Callable[..., object]) -> Callable[..., object]:
    """Wrap the function that starts installers, to change the command of one that fills."""

    @functools.wraps(original)
    def run(cmd: list[str], *args: object, **kwargs: object) -> object:
        filling = _sessions[0].filling if _sessions else None
        if filling is not None:
            try:
                cmd = filling.command(list(map(str, cmd)))
            except OverrideError as error:
                _refuse(error)
        return original(cmd, *args, **kwargs)

    return run


def _session() -> Session:
    if not _sessions:
        # Imported late, because most programs that import ``build`` build nothing.
        from .session import Session

        _sessions.append(Session(os.getcwd()))
    return _sessions[0]


def _refuse(error: OverrideError) -> NoReturn:
    for session in _sessions:
        session.refused(error)
    switch.tell_watcher("refused")
    sys.stdout.flush()
    sys.stderr.write(f"pip-build-override: error: {error.shown}\n")
    sys.stderr.flush()
    if threading.current_thread() is not threading.main_thread():
        # There, SystemExit ends nothing, and the program would succeed as if it had nothing to build.
        raise _failure(error) from None
    raise Refusal(error) from None


def _failure(error: OverrideError) -> Exception:
    """Return a failed build as programs that use ``build`` as a library expect it."""
    failure: type[Exception] = import_module("build").BuildBackendException
    return failure(error, str(error))
