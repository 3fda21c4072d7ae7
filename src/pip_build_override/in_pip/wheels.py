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
import shutil
import uuid
from typing import Any, Dict, Iterator, NamedTuple

from . import handover

PREFIX = "build-override-"
_MANIFEST = "build-override.json"

# Where nothing was ever stored: a look-up there tells that pip asks for the path through us.
NOWHERE = PREFIX + "nowhere"

Json = Dict[str, Any]


class Stored(NamedTuple):
    """A directory below pip's key whose manifest fits the rules of today.

    Args:
        directory: its name below pip's key; "" where the wheel is pip's own entry.
        wheels: file name to sha256.
        members: what was in the build environments.
    """

    directory: str
    wheels: dict[str, str]
    members: list[Json]


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
        manifest = handover.read_json(os.path.join(key, name, _MANIFEST))
        if manifest is not None:
            directory = "" if manifest["plain"] else name
            yield manifest["rules"], Stored(directory, manifest["wheels"], manifest["members"])


def store(wheel: str, key: str, rules: str, members: list[Json], helped: bool) -> str:
    """Move a wheel that was just built into the cache, with its manifest.

    Args:
        wheel: the file, in a directory of its own.
        key: pip's directory for the wheel's source.
        rules: digest of the package's own rules, "" where none applies.
        members: what was in the build environments.
        helped: whether any override had a part in the build, a nested one included.

    Returns:
        the file in its new place.
    """
    name = os.path.basename(wheel)
    below = os.path.join(key, PREFIX + _digest([rules, members])[:32])
    os.makedirs(below, exist_ok=True)
    plain = not helped and not os.path.exists(os.path.join(key, name))
    place = os.path.join(key if plain else below, name)
    sha256 = sha256_of_file(wheel)
    # Another file system, perhaps: copied beside its place first, so that it appears whole.
    scratch = f"{place}.{uuid.uuid4().hex}.tmp"
    shutil.copyfile(wheel, scratch)
    os.replace(scratch, place)
    os.unlink(wheel)
    manifest_path = os.path.join(below, _MANIFEST)
    known = handover.read_json(manifest_path) or {"wheels": {}}
    manifest = {
        "rules": rules,
        "members": members,
        "plain": plain,
        "wheels": {**(known["wheels"] if known.get("plain") == plain else {}), name: sha256},
    }
    handover.write_json(manifest_path, manifest)
    return place


def sha256_of_file(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


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
        contents.append(sha256_of_file(path))
    return _digest([fingerprint, contents])


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
