"""The limit on the files that a pip may use which a build backend starts: that of the build."""

from __future__ import annotations

import os

from ... import switch
from ...errors import OverrideError
from ...files import read_json
from .environments import Filling
from .run_directory import RUN_AGAIN, upload_limit_in

FILE = "limit.json"
"""The name of its file, in the directory of ``switch.BELOW_BACKEND``."""


def read_below_backend() -> Filling:
    """Return the environment of a pip that no other pip has started to fill a build environment.

    If a build backend has started it, what it installs is part of that build, and under its limit.

    Raises:
        OverrideError: if the limit is invalid.
    """
    if switch.BELOW_BACKEND not in os.environ:
        return Filling()
    path = os.path.join(os.environ[switch.BELOW_BACKEND], FILE)
    if not os.path.exists(path):
        return Filling()
    try:
        return Filling(upload_limit=upload_limit_in(read_json(path)))
    except ValueError:
        raise OverrideError(
            "the limit that the outer pip wrote for a pip of its build backend is invalid",
            kind="rules-lost",
            hint=RUN_AGAIN,
        ) from None
