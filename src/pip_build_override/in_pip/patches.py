"""The patches: one function per patched function of pip's, with the original kept in its closure.

All of them look up the session of the running command first, and pass straight through without one:
programs that use pip's modules without running a pip command are left alone.
"""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import Any, Callable, Iterator

from ..errors import OverrideError
from . import building, caching, filling, offering, resolving, seams
from .session import Session

_session: Session | None = None


@contextmanager
def in_force(session: Session) -> Iterator[None]:
    """Let the patches work for one pip command."""
    global _session
    _session = session
    try:
        yield
    finally:
        _session = None


def apply() -> None:
    """Patch every seam; once a process.

    Raises:
        OverrideError: where this pip is not as known.
    """
    seams.probe()
    for seam, wrap in _PATCHES:
        found = seams.find(seam)
        if found is not None:
            owner, name, original = found
            _replace(owner, name, original, wrap)
    for environment in seams.environment_classes():
        original = vars(environment)["install_requirements"]
        _replace(environment, "install_requirements", original, filling.install_requirements)


Wrapper = Callable[[Session, seams.Original, seams.Call], Any]


def _replace(owner: Any, name: str, original: Callable[..., Any], wrap: Wrapper) -> None:
    if getattr(original, "pip_build_override", False):
        return

    @functools.wraps(original)
    def patched(*args: Any, **kwargs: Any) -> Any:
        if _session is None:
            return original(*args, **kwargs)
        try:
            return wrap(_session, original, seams.Call(original, args, kwargs))
        except OverrideError as error:
            raise _session.refuse(error) from None

    patched.pip_build_override = True  # type: ignore[attr-defined]  # marks it as ours
    static = isinstance(vars(owner).get(name), staticmethod)
    setattr(owner, name, staticmethod(patched) if static else patched)


_PATCHES = (
    (seams.PREPARE, building.prepare),
    (seams.LOAD, building.load),
    (seams.CONFIGURE_BACKEND, building.configure_backend),
    (seams.RESOLVE, resolving.resolve),
    (seams.LEGACY_RESOLVE, resolving.resolve),
    (seams.CANDIDATES, resolving.make_link_evaluator),
    (seams.BEST_CANDIDATE, offering.find_best_candidate),
    (seams.BUILD, building.build_one),
    (seams.CACHE_ENTRY, caching.get_cache_entry),
    (seams.CACHE_PATH, caching.get_path_for_link),
    (seams.CACHE_DIRECTORY, caching.get_cache_dir),
)
