"""The key of a build environment: everything that decides what pip installs into it.

Two environments with one key get the same distributions. The rules of the run decide on what is built
from source for them; they are the same for all pips of a run, so they are not part of the key.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from typing import Iterable, Mapping

from pip import __version__ as pip_version
from pip._vendor.packaging.requirements import InvalidRequirement, Requirement

from ... import switch
from ...files import sha256_of_unchanged_file
from ...frozen import Frozen
from ..internals.file_urls import path_of

# pip sets these for the pips that it starts, and the shim some of ours.
_OF_PIP = "_PIP_"
_HERE = "{environment}"


class Ingredients(Frozen):
    """What decides on the contents of a build environment after one of pip's passes.

    Args:
        requirements: The effective requirements, in their order, which pip's resolver follows.
        constraints: The constraints of the rules.
        hashes: The hashes that the rules allow, by the name of the distribution.
        touched: The normalised names that rules put in or limit.
        stand_ins: What is offered instead of being installed: name, version, path and digest of each.
        moment: The moment up to which files are candidates; "" if all are.
        unlimited: The normalised names of distributions to which it does not apply.
        seen: The directories of the target that the environment can see.
        pass_name: The name of the pass.
        before: The key of the pass before it; "" for the first one.
        present: The files that are there before the pass.
        options: The options of pip.
        variables: The environment variables.
        interpreter: The interpreter that runs pip, its version, and that of pip.
        files: The digests of the files that requirements name, and the moments at which directories
            for ``--find-links`` were changed.
    """

    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    hashes: dict[str, list[str]]
    touched: tuple[str, ...]
    stand_ins: tuple[tuple[str, ...], ...]
    moment: str
    unlimited: tuple[str, ...]
    seen: tuple[str, ...]
    pass_name: str
    before: str
    present: tuple[str, ...]
    options: tuple[str, ...]
    variables: dict[str, str]
    interpreter: tuple[str, ...]
    files: dict[str, str]

    @property
    def is_pinned(self) -> bool:
        """Whether nothing is left to pip's resolver if it succeeds: one file for each distribution."""
        return (
            bool(self.hashes)
            and all(len(allowed) == 1 for allowed in self.hashes.values())
            and not (self.stand_ins or self.seen or self.moment)
        )

    @property
    def key(self) -> str:
        """A digest of all of them."""
        return hashlib.sha256(json.dumps(vars(self), sort_keys=True).encode()).hexdigest()


def variables_in(environ: Mapping[str, str], root: str) -> dict[str, str]:
    """Return the environment variables that a pip which fills an environment may follow.

    Args:
        environ: All environment variables of this pip.
        root: The directory of the environment, which pip may have entered before it fills it.
    """
    found = {
        name: value.replace(root, _HERE)
        for name, value in environ.items()
        if not name.startswith(_OF_PIP)
    }
    # Both are set for each pip that fills an environment; the first may be set for this one.
    found.pop("PIP_NO_COMPILE", None)
    path = found.pop("PYTHONPATH", "").split(os.pathsep)
    return {
        **found,
        "PIP_NO_COMPILE": environ.get("PIP_NO_COMPILE", "0"),
        "PYTHONPATH": os.pathsep.join(place for place in path if place and place != switch.INJECTED),
    }


def settings_of_pip(
    environ: Mapping[str, str], configured: Iterable[tuple[str, str]]
) -> dict[str, str]:
    """Return the settings of pip in another run that may refuse what this one installs.

    Args:
        environ: All environment variables of this pip.
        configured: What pip's configuration sets.
    """
    variables = {
        name: value
        for name, value in environ.items()
        if name.startswith("PIP_") and not name.startswith(switch.SWITCH)
    }
    return {**variables, **{f"configured {name}": value for name, value in configured}}


def interpreter(virtual: bool) -> tuple[str, ...]:
    """Return what decides on the interpreter of a build environment.

    Args:
        virtual: Whether it is only a path for the interpreter that runs pip, which pip then writes into
            its scripts.
    """
    own = sys.executable if virtual else sys.base_prefix
    return (own, sys.version, sys.platform, pip_version)


def contents_of_files(requirements: Iterable[str], places: Iterable[str]) -> dict[str, str] | None:
    """Return digests of the local files that requirements name, and the moments of other places.

    Args:
        requirements: Requirements and constraints.
        places: Files and directories in which pip looks for distributions.

    Returns:
        A text for each path; None if a requirement names a directory, whose contents may change while
        they are read, or if something cannot be read.
    """
    found = {}
    try:
        for text in requirements:
            path = path_of(_url_of(text)) if "@" in text else ""
            if path and os.path.isdir(path):
                return None
            if path:
                found[path] = sha256_of_unchanged_file(path)
        for path in places:
            found.setdefault(path, str(os.stat(path).st_mtime_ns))
    except OSError:
        return None
    return found


def _url_of(text: str) -> str:
    try:
        return Requirement(text).url or ""
    except InvalidRequirement:
        # pip says what is wrong with it.
        return ""
