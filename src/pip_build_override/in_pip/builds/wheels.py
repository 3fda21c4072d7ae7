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
from typing import Iterator

from ...files import read_json, sha256_of_file, sha256_of_unchanged_file, write_json
from ...frozen import replace
from .manifest import Manifest

PREFIX = "build-override-"
_MANIFEST = "build-override.json"

# Where nothing was ever stored: a look-up there tells that pip asks for the path through us.
NOWHERE = PREFIX + "nowhere"


def stored_under(key: str) -> Iterator[tuple[str, Manifest]]:
    """Read every manifest below one of pip's keys; what is none of this version is passed over.

    Args:
        key: the directory in which pip keeps the wheels of one source.

    Yields:
        the directory below the key that the wheels are in, "" for pip's own, and the manifest.
    """
    try:
        names = sorted(os.listdir(key))
    except OSError:
        return
    for name in names:
        manifest = _read(os.path.join(key, name)) if name.startswith(PREFIX) else None
        if manifest is not None:
            yield "" if manifest.plain else name, manifest


def _read(directory: str) -> Manifest | None:
    try:
        return Manifest.from_json(read_json(os.path.join(directory, _MANIFEST)))
    except ValueError:
        return None


def place(key: str, manifest: Manifest) -> str:
    """Choose where a wheel that is about to be built is stored.

    Args:
        key: pip's directory for the wheel's source.
        manifest: what is known of the wheel before it is built.

    Returns:
        pip's own directory where no override helped and no wheel of pip's own lies there yet.
    """
    below = os.path.join(key, _directory(manifest))
    return below if manifest.helped or manifest.recorded or _has_wheel(key) else key


def record(wheel: str, key: str, manifest: Manifest) -> None:
    """Write down what a wheel was built under, without which it is never used again.

    Args:
        wheel: the file, in the place that ``place`` chose.
        key: pip's directory for the wheel's source.
        manifest: all that is known of it.
    """
    place = os.path.dirname(wheel)
    plain = place == key
    below = os.path.join(key, _directory(manifest)) if plain else place
    try:
        os.makedirs(below, exist_ok=True)
        # One source may give several wheels, for interpreters of one version built differently.
        known = _read(below)
        wheels = known.wheels if known is not None and known.plain == plain else {}
        wheels = {**wheels, os.path.basename(wheel): sha256_of_file(wheel)}
        complete = replace(manifest, plain=plain, wheels=wheels)
        write_json(os.path.join(below, _MANIFEST), complete.to_json())
    except OSError:
        # As pip goes on with a cache that it cannot write to.
        return


def _directory(manifest: Manifest) -> str:
    """Name the directory of a manifest, by what tells it from others of the same source."""
    document = manifest.to_json()
    return PREFIX + _digest([document[name] for name in _TELLS_APART])[:32]


_TELLS_APART = ("rules", "environment", "source", "settled", "members", "told", "recorded")


def _has_wheel(directory: str) -> bool:
    try:
        return any(name.endswith(".whl") for name in os.listdir(directory))
    except OSError:
        return False


def digest_of_rules(fingerprint: str, paths: tuple[str, ...], besides: str = "") -> str | None:
    """Digest the rules in force for one package.

    Args:
        fingerprint: the rules, as JSON; "" where none applies.
        paths: the files named in it, which count by their content.
        besides: what the tables say besides build requirements; "" for nothing.

    Returns:
        "" where no rule applies; None where a rule names a directory, whose content may change
        while it is read.
    """
    if not fingerprint and not besides:
        return ""
    contents = []
    for path in paths:
        if os.path.isdir(path):
            return None
        contents.append(sha256_of_unchanged_file(path))
    return _digest([fingerprint, contents, besides])


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
