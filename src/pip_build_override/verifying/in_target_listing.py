"""A script, run in the target environment, that lists its distributions, their records and modules."""

from __future__ import annotations

import base64
import hashlib
import importlib.machinery
import json
import os
import platform
import re
import sys
from importlib.metadata import Distribution, distributions
from typing import Any

_RECORD = ".dist-info/sboms/pip-build-override.cdx.json"
# Larger files are not read to find out which copy they belong to.
_READ_BYTES = 4 * 1024 * 1024


def _markers() -> dict[str, str]:
    version = platform.python_version()
    implementation = sys.implementation
    parts = implementation.version
    number = ".".join(map(str, parts[:3]))
    if parts.releaselevel != "final":
        number += parts.releaselevel[0] + str(parts.serial)
    return {
        "implementation_name": implementation.name,
        "implementation_version": number,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": version.rstrip("+"),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def _module(path: str) -> str:
    """Return the name of the extension module in a file, or "" for any other file."""
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        if not path.endswith(suffix):
            continue
        parts = path[: -len(suffix)].split("/")
        # The name of a library that modules are linked with may end in .so too.
        if suffix in (".so", ".pyd") and parts[-1].startswith("lib"):
            return ""
        if parts[-1] == "__init__":
            del parts[-1]
        return ".".join(parts) if all(part.isidentifier() for part in parts) else ""
    return ""


def _direct_url(distribution: Distribution) -> dict[str, Any]:
    """Return direct_url.json (PEP 610), or {} if there is none, as after an installation by name."""
    try:
        document = json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _describe(distribution: Distribution) -> dict[str, Any]:
    files = [str(path).replace(os.sep, "/") for path in distribution.files or ()]
    record = [path for path in files if path.endswith(_RECORD)]
    text = None
    if record:
        try:
            with open(str(distribution.locate_file(record[0])), encoding="utf-8") as file:
                text = file.read()
        except OSError:
            pass
    return {
        "name": distribution.metadata["Name"],
        "version": distribution.version,
        "requires": distribution.requires or [],
        "record": text,
        "direct_url": _direct_url(distribution),
        "modules": sorted(filter(None, map(_module, files))),
        "top_level": sorted({re.split(r"[/.]", path)[0] for path in files if path[:1] != "."}),
    }


def _imported(copies: list[Distribution]) -> Distribution:
    """Return the one of several copies of a distribution that is imported; the first one if in doubt.

    In one directory it is the copy whose files are there: an installer may leave the metadata of
    another copy behind, but overwrites its files.
    """
    first = [each for each in copies if each.locate_file("") == copies[0].locate_file("")]
    if len(first) == 1:
        return first[0]
    matching: set[int] = set()
    rows = [
        {
            str(path): (path.hash.value, path.hash.mode, path.size or 0)
            for path in each.files or ()
            if path.hash
        }
        for each in first
    ]
    for path in sorted({path for each in rows for path in each}):
        said = [each.get(path) for each in rows]
        known = [entry for entry in said if entry is not None]
        if len(set(known)) > 1 and max(size for _, _, size in known) <= _READ_BYTES:
            place = str(first[0].locate_file(path))
            matching.update(
                index
                for index, entry in enumerate(said)
                if entry is not None and _hash(place, entry[1]) == entry[0]
            )
    return first[matching.pop()] if len(matching) == 1 else first[0]


def _hash(path: str, algorithm: str) -> str:
    try:
        with open(path, "rb") as file:
            digest = hashlib.new(algorithm, file.read()).digest()
    except (OSError, ValueError):
        return ""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


found: dict[str, list[Distribution]] = {}
for each in distributions():
    try:
        name = each.metadata["Name"]
    except ValueError:
        # In an encoding other than UTF-8, as old tools wrote it.
        continue
    if name:
        # In the order of sys.path, so that the first of two directories takes precedence.
        found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), []).append(each)
answer = {
    "distributions": [_describe(_imported(found[key])) for key in sorted(found)],
    "markers": _markers(),
    "executable": sys.executable,
}
# On a new line, because start-up files of the environment may print something.
sys.stdout.write("\n" + json.dumps(answer) + "\n")
