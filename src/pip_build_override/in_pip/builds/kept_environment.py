"""The key of a build environment that is kept for later runs: its wheels, and how pip installs them.

Two environments with one key contain the same, whatever the requirements were from which pip's resolver
came to these wheels.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from typing import TYPE_CHECKING, Iterable, NamedTuple

from pip import __version__ as pip_version

from ...files import sha256_of_unchanged_file, umask
from ..internals import installing, objects
from . import environment_files

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement

_HERE = "{environment}"


class Keeping(NamedTuple):
    """Where the files of a build environment are, and where they may be kept.

    Args:
        store: The directory in which environments are kept.
        root: The directory of the environment.
        place: The directory that a pass installs into.
    """

    store: str
    root: str
    place: str


def key_of(chosen: Iterable[InstallRequirement], keeping: Keeping, into: Iterable[str]) -> str:
    """Return the key of what a pass of pip is about to install.

    Args:
        chosen: What is installed, in this order.
        keeping: Where it is installed.
        into: The directories for modules there.

    Returns:
        A digest; "" if the wheels are not all that decides what is installed.
    """
    wheels = []
    for req in chosen:
        wheel = objects.wheel_to_install(req)
        if wheel is None:
            return ""
        name, asked, path = wheel
        try:
            wheels.append([name, asked, sha256_of_unchanged_file(path)])
        except OSError:
            return ""
    places = installing.places_below(keeping.place)
    try:
        own_code = installing.own_code()
    except OSError:
        return ""
    if places is None:
        return ""
    present = environment_files.without_compiled(environment_files.listing(keeping.place))
    deciding = {
        "wheels": wheels,
        "interpreter": sys.executable.replace(keeping.root, _HERE),
        "python": [sys.version, sys.implementation.cache_tag, sys.platform],
        "pip": [pip_version, own_code],
        "place": os.path.relpath(keeping.place, keeping.root),
        "into": [os.path.relpath(path, keeping.place) for path in into],
        "present": sorted(present),
        "places": places,
        "path": environment_files.form_of_path(keeping.root),
        "umask": umask(),
    }
    return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()
