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

from ... import switch
from ...files import sha256_of_unchanged_file, state_of_file
from ...frozen import Frozen
from ...patterns import pattern
from ..internals.file_urls import path_of

# pip sets these for the pips that it starts, and the shim some of ours.
_OF_PIP = "_PIP_"
_HERE = "{environment}"
# What a line of a file with requirements or constraints has if it names a file, a directory or a URL.
_COMMENT = pattern(r"(^|\s)#.*")
_OF_PLACES = pattern(r"[@/\\$]")
_DIRECT = pattern(r"[^@;]*@\s*(\S+)")


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
        places: Where pip puts what it installs.
        elsewhere: Whether options have pip install into another directory.
        files: The digests of the files that requirements and options name, and of what is in the
            directories for ``--find-links``.
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
    places: tuple[str, ...]
    elsewhere: bool
    files: dict[str, str]

    @property
    def is_kept(self) -> bool:
        """Whether it may be kept for later runs: pip installs all of it, and there."""
        return not (self.stand_ins or self.seen or self.elsewhere)

    @property
    def is_pinned(self) -> bool:
        """Whether nothing is left to pip's resolver if it succeeds: one file for each distribution."""
        return (
            bool(self.hashes)
            and all(len(allowed) == 1 for allowed in self.hashes.values())
            and not self.moment
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


def interpreter(virtual: bool) -> tuple[str, ...]:
    """Return what decides on the interpreter of a build environment.

    Args:
        virtual: Whether it is only a path for the interpreter that runs pip, which pip then writes into
            its scripts.
    """
    own = sys.executable if virtual else sys.base_prefix
    return (own, sys.version, sys.platform, pip_version)


def contents_of_files(
    requirements: Iterable[str], places: Iterable[str], lists: Iterable[str]
) -> dict[str, str] | None:
    """Return digests of the local files that requirements and options name.

    Args:
        requirements: Requirements and constraints.
        places: Files and directories in which pip looks for distributions.
        lists: Files with requirements or constraints.

    Returns:
        A text for each path; None if a requirement names a directory or a repository, whose contents
        may be others each time, if a list names further files, or if something cannot be read.
    """
    found = {}
    try:
        for text in requirements:
            url = _url_of(text) if "@" in text else ""
            path = path_of(url)
            if is_changeable(url):
                return None
            if path:
                found[path] = sha256_of_unchanged_file(path)
        for path in lists:
            if not _names_nothing(path):
                return None
            found[path] = sha256_of_unchanged_file(path)
        for path in places:
            found[path] = _contents_of_place(path)
    except (OSError, ValueError):
        return None
    return found


def is_changeable(url: str) -> bool:
    """Return whether a URL names a directory or a repository, and so not the same each time."""
    path = path_of(url)
    return os.path.isdir(path) if path else "+" in url.partition(":")[0]


def _contents_of_place(place: str) -> str:
    """Return a text that is another one once something in a place was changed.

    Raises:
        OSError: If it cannot be read.
    """
    if not os.path.isdir(place):
        return sha256_of_unchanged_file(place)
    # pip looks into no directory there, and builds may have theirs in it.
    files = [entry.path for entry in os.scandir(place) if not entry.is_dir()]
    states = [f"{path} {state_of_file(path)}" for path in sorted(files) if os.path.exists(path)]
    return hashlib.sha256("\n".join(states).encode(errors="surrogateescape")).hexdigest()


def _names_nothing(path: str) -> bool:
    """Return whether a file with requirements or constraints refers to no other file or place.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is no text.
    """
    with open(path, encoding="utf-8") as lines:
        words = [word for line in lines for word in _COMMENT.sub("", line).split()]
    return not any(
        (word.startswith("-") and not word.startswith("--hash")) or _OF_PLACES.search(word)
        for word in words
        # At the end of a line that goes on.
        if word != "\\"
    )


def _url_of(text: str) -> str:
    """Return the URL of a requirement, also of one that pip accepts and packaging does not."""
    found = _DIRECT.match(text)
    return found.group(1) if found else ""
