"""What pip's wheel cache functions do under an override.

Most links that pip looks up are those of wheels, for which there is nothing to look for. What is to be
known of wheels that were built before is loaded for the first link of another kind.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..internals.seams import Call, Original
    from ..session import Session


def get_cache_entry(session: Session, original: Original, call: Call) -> Any:
    """Look for a wheel that was built under the rules of today."""
    link = call["link"]
    session.end_if_failed()
    session.looked_up.add(link.url)
    if not call["package_name"] or link.is_wheel or link.is_existing_dir():
        # pip looks up nothing for those: no name, a wheel already, a directory that may change.
        return call.to(original)
    from . import cached_wheels

    return cached_wheels.built_before(session, original, call)


def get_path_for_link(session: Session, original: Original, call: Call) -> str:
    """Lead a look-up into one of our directories below pip's key."""
    path: str = call.to(original)
    if not session.look_up_in:
        return path
    session.was_led_there = True
    return os.path.join(path, session.look_up_in)


def get_cache_dir(session: Session, original: Original, call: Call) -> str:
    """Choose the directory of the cache for a wheel that is about to be built."""
    from . import cached_wheels

    return cached_wheels.cache_dir(session, original, call)
