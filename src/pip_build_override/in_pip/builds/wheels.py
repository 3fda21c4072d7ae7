"""pip's wheel cache, separated by the rules that a wheel was built under.

pip's cache key for a wheel is its source alone. A wheel built under a rule is stored in a directory
below that key, ``build-override-DIGEST``, with a manifest: the rules for the package itself and for
every distribution in its build environments, at any depth. A wheel is reused only if all of these are
still the same. pip's own entries are used only if a manifest proves that no current rule could have
affected them, and are never overwritten.
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

# Nothing is ever stored here: a look-up in it proves that pip asks the shim for the path.
NOWHERE = PREFIX + "nowhere"


def stored_under(key: str) -> Iterator[tuple[str, Manifest]]:
    """Yield every manifest below one of pip's keys, except invalid ones and those of other formats.

    Args:
        key: The directory in which pip keeps the wheels of one source.

    Yields:
        The directory below the key that contains the wheels, "" for pip's own, and the manifest.
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
    """Return the directory in which to store a wheel that is about to be built.

    Args:
        key: pip's directory for the wheel's source.
        manifest: What is known of the wheel before it is built.

    Returns:
        pip's own directory if no rule affected the wheel, it is to contain no record, any pip may use
        it, and that directory contains no wheel yet; otherwise one below it.
    """
    below = os.path.join(key, _directory(manifest))
    alone = manifest.helped or manifest.recorded or manifest.attempt or _has_wheel(key)
    return below if alone else key


def record(wheel: str, key: str, manifest: Manifest) -> None:
    """Write the manifest of a wheel, without which it is never reused.

    Args:
        wheel: The file, in the directory that ``place`` returned.
        key: pip's directory for the wheel's source.
        manifest: Everything known of the wheel.
    """
    place = os.path.dirname(wheel)
    plain = place == key
    below = os.path.join(key, _directory(manifest)) if plain else place
    try:
        os.makedirs(below, exist_ok=True)
        # One source may produce several wheels, for differently built interpreters of one version.
        known = _read(below)
        wheels = known.wheels if known is not None and known.plain == plain else {}
        wheels = {**wheels, os.path.basename(wheel): sha256_of_file(wheel)}
        complete = replace(manifest, plain=plain, wheels=wheels)
        write_json(os.path.join(below, _MANIFEST), complete.to_json())
    except OSError:
        # pip, too, continues if it cannot write to its cache.
        return


def _directory(manifest: Manifest) -> str:
    """Return the directory name for a manifest, from what distinguishes it within the same source."""
    document = manifest.to_json()
    return PREFIX + _digest([document[name] for name in _TELLS_APART])[:32]


_TELLS_APART = ("rules", "environment", "source", "settled", "members", "told", "recorded", "attempt")


def _has_wheel(directory: str) -> bool:
    try:
        return any(name.endswith(".whl") for name in os.listdir(directory))
    except OSError:
        return False


def digest_of_rules(fingerprint: str, paths: tuple[str, ...], other_keys: str = "") -> str | None:
    """Return a digest of the rules in force for one package.

    Args:
        fingerprint: The rules, as JSON; "" if none applies.
        paths: The files that it names, which count by content.
        other_keys: What the tables contain other than build requirements; "" for nothing.

    Returns:
        The digest; "" if no rule applies; None if a rule names a directory, whose content may change
        while it is read.
    """
    if not fingerprint and not other_keys:
        return ""
    contents = []
    for path in paths:
        if os.path.isdir(path):
            return None
        contents.append(sha256_of_unchanged_file(path))
    return _digest([fingerprint, contents, other_keys])


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
