"""How this pip installs wheels: where it puts their files, by which code, and which ones it accepts."""

from __future__ import annotations

import functools
import hashlib
import os
from importlib import import_module
from typing import Any

_PLACES = ("purelib", "platlib", "headers", "scripts", "data")
# The modules that write what is installed, of which a distribution may have changed some.
_WRITERS = (
    "pip._internal.operations.install.wheel",
    "pip._internal.req.req_install",
    "pip._vendor.distlib.scripts",
)


def places_below(prefix: str) -> list[str] | None:
    """Return where pip puts the files of wheels that it installs below a prefix.

    Before Python 3.10, configuration files of distutils may say something else than pip does.

    Args:
        prefix: The directory.

    Returns:
        The places, relative to the prefix; None if one of them is somewhere else.
    """
    scheme: Any = import_module("pip._internal.locations").get_scheme("name", prefix=prefix)
    found = [os.path.relpath(getattr(scheme, place), prefix) for place in _PLACES]
    return None if any(place.startswith(os.pardir) for place in found) else found


@functools.lru_cache(maxsize=None)
def own_code() -> str:
    """Return a digest of the modules of this pip that write what is installed.

    Raises:
        OSError: If they cannot be read.
    """
    digest = hashlib.sha256()
    for name in _WRITERS:
        # Older pips run from a zip file while they fill a build environment.
        module: Any = import_module(name)
        digest.update(module.__loader__.get_data(module.__file__))
    return digest.hexdigest()


@functools.lru_cache(maxsize=None)
def accepted_tags() -> str:
    """Return a digest of the tags of wheels that this pip accepts, the best ones first (PEP 425)."""
    tags = import_module("pip._internal.utils.compatibility_tags").get_supported()
    return hashlib.sha256("\n".join(map(str, tags)).encode()).hexdigest()
