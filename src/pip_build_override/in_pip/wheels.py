"""pip's wheel cache, kept apart by the rules that a wheel was built under.

pip's key for a wheel is its source alone. What is built under a rule goes into a directory below that
key, ``build-override-DIGEST``, with a manifest: the rules of the package itself, and those of every
distribution in its build environments, at any depth. A wheel is used again only where all of that is
the same today. pip's own entries are used only where a manifest proves that no rule of today could
have had a part in them, and are never written over.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any, Iterator, NamedTuple

from ..files import Json, read_json, sha256_of_file, sha256_of_unchanged_file, write_json

PREFIX = "build-override-"
_MANIFEST = "build-override.json"

# Where nothing was ever stored: a look-up there tells that pip asks for the path through us.
NOWHERE = PREFIX + "nowhere"


class Stored(NamedTuple):
    """A directory below pip's key whose manifest fits the rules of today.

    Args:
        directory: its name below pip's key; "" where the wheel is pip's own entry.
        wheels: file name to sha256.
        members: what was in the build environments.
        settled: what the source tables of the package came to.
        recorded: whether the wheel carries a record of what it was built with.
    """

    directory: str
    wheels: dict[str, str]
    members: list[Json]
    settled: list[Json]
    recorded: bool = False


def stored_under(key: str) -> Iterator[tuple[str, Stored]]:
    """Read every manifest below one of pip's keys.

    Args:
        key: the directory in which pip keeps the wheels of one source.

    Yields:
        the digest of the package's own rules, and what was stored under them.
    """
    try:
        names = sorted(os.listdir(key))
    except OSError:
        return
    for name in names:
        if not name.startswith(PREFIX):
            continue
        manifest = read_json(os.path.join(key, name, _MANIFEST))
        if manifest is not None:
            directory = "" if manifest["plain"] else name
            settled = manifest.get("settled", [])
            recorded = manifest.get("recorded", False)
            stored = Stored(directory, manifest["wheels"], manifest["members"], settled, recorded)
            yield manifest["rules"], stored


def place(
    key: str,
    rules: str,
    settled: list[Json],
    members: list[Json],
    helped: bool,
    *,
    recorded: bool = False,
) -> str:
    """Choose where a wheel that is about to be built is stored.

    Args:
        key: pip's directory for the wheel's source.
        rules: digest of the package's own rules, "" where none applies.
        settled: what the source tables in them came to.
        members: what is in the build environments.
        helped: whether any override has a part in the build, a nested one included.
        recorded: whether the wheel carries a record of what it was built with.

    Returns:
        pip's own directory where no override helped and no wheel of pip's own lies there yet.
    """
    below = os.path.join(key, _directory(rules, settled, members, recorded))
    return below if helped or recorded or _has_wheel(key) else key


def record(
    wheel: str,
    key: str,
    rules: str,
    settled: list[Json],
    members: list[Json],
    *,
    recorded: bool = False,
) -> None:
    """Write down what a wheel was built under, without which it is never used again.

    Args:
        wheel: the file, in the place that ``place`` chose.
        key: pip's directory for the wheel's source.
        rules: digest of the package's own rules, "" where none applies.
        settled: what the source tables in them came to.
        members: what was in the build environments.
        recorded: whether the wheel carries a record of that.
    """
    plain = os.path.dirname(wheel) == key
    below = os.path.join(key, _directory(rules, settled, members, recorded))
    os.makedirs(below, exist_ok=True)
    path = os.path.join(below, _MANIFEST)
    # One source may give several wheels, for interpreters of one version built differently.
    known = read_json(path) or {}
    wheels = known.get("wheels", {}) if known.get("plain") == plain else {}
    manifest = {
        "rules": rules,
        "settled": settled,
        "members": members,
        "plain": plain,
        "recorded": recorded,
        "wheels": {**wheels, os.path.basename(wheel): sha256_of_file(wheel)},
    }
    write_json(path, manifest)


def _directory(rules: str, settled: list[Json], members: list[Json], recorded: bool) -> str:
    return PREFIX + _digest([rules, settled, members, recorded])[:32]


def _has_wheel(directory: str) -> bool:
    try:
        return any(name.endswith(".whl") for name in os.listdir(directory))
    except OSError:
        return False


def digest_of_rules(fingerprint: str, paths: tuple[str, ...]) -> str | None:
    """Digest the rules in force for one package.

    Args:
        fingerprint: the rules, as JSON; "" where none applies.
        paths: the files named in it, which count by their content.

    Returns:
        "" where no rule applies; None where a rule names a directory, whose content may change
        while it is read.
    """
    if not fingerprint:
        return ""
    contents = []
    for path in paths:
        if os.path.isdir(path):
            return None
        contents.append(sha256_of_unchanged_file(path))
    return _digest([fingerprint, contents])


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
