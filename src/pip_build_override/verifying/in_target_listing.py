"""Run in the environment that is verified: lists its distributions, their records and modules."""

from __future__ import annotations

import importlib.machinery
import json
import os
import platform
import re
import sys
from importlib.metadata import Distribution, distributions
from typing import Any

_RECORD = ".dist-info/sboms/pip-build-override.cdx.json"


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
    """Give the name of the extension module in a file, "" for all other files."""
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        if not path.endswith(suffix):
            continue
        parts = path[: -len(suffix)].split("/")
        # A library that modules are linked with ends in .so as well.
        if suffix in (".so", ".pyd") and parts[-1].startswith("lib"):
            return ""
        if parts[-1] == "__init__":
            del parts[-1]
        return ".".join(parts) if all(part.isidentifier() for part in parts) else ""
    return ""


def _direct_url(distribution: Distribution) -> dict[str, Any]:
    """Give the document of PEP 610, empty where it was found by its name, or by no pip."""
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


found: dict[str, Distribution] = {}
for each in distributions():
    try:
        name = each.metadata["Name"]
    except ValueError:
        # In another encoding than UTF-8, as tools of old wrote it.
        continue
    if name:
        # The first of two copies is the one that is imported.
        found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), each)
answer = {
    "distributions": [_describe(found[key]) for key in sorted(found)],
    "markers": _markers(),
    "executable": sys.executable,
}
# Past what start-up files of the environment may print.
sys.stdout.write("\n" + json.dumps(answer) + "\n")
