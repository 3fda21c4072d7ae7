"""The packages that own a sitecustomize, according to the records of installed packages."""

from __future__ import annotations

import csv
import glob
import json
import os
from typing import Iterable, Iterator

# Our sitecustomize loads the one that it hides, so it is no obstacle.
_OURS = "pip_build_override"


def owner_of(path: str, site_packages: str, prefix: str) -> str | None:
    """Return the package with which a file was installed, or None if no record lists it.

    The records are those of wheels (``RECORD``), older installations by setuptools
    (``installed-files.txt``) and conda (``conda-meta``).

    Args:
        path: Path of the file.
        site_packages: Directory of the file.
        prefix: Directory of the environment.
    """
    for package, files in _records(site_packages):
        if any(_is_same(os.path.join(site_packages, name), path) for name in files):
            return package
    for record in sorted(glob.glob(os.path.join(glob.escape(prefix), "conda-meta", "*.json"))):
        try:
            with open(record, encoding="utf-8") as file:
                files = json.load(file).get("files", [])
        except (OSError, ValueError, AttributeError):
            continue
        if any(_is_same(os.path.join(prefix, name), path) for name in files):
            return os.path.basename(record)[: -len(".json")]
    return None


def brings_sitecustomize(directories: Iterable[str]) -> str | None:
    """Return a package that contains a sitecustomize to be put on PYTHONPATH, or None if there is none.

    Such a file, for example OpenTelemetry's, may hide that of the environment without loading it.

    Args:
        directories: Directories in which packages are installed.
    """
    for directory in directories:
        for package, files in _records(directory):
            names = [name.replace("\\", "/") for name in files]
            if any("/" in name and name.endswith("/sitecustomize.py") for name in names):
                return package
    return None


def _records(directory: str) -> Iterator[tuple[str, list[str]]]:
    for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else ():
        stem, suffix = os.path.splitext(name)
        if stem.startswith(_OURS) or suffix not in (".dist-info", ".egg-info"):
            continue
        path = os.path.join(directory, name)
        if suffix == ".dist-info":
            yield stem, [row[0] for row in csv.reader(_lines(os.path.join(path, "RECORD"))) if row]
        else:
            listed = _lines(os.path.join(path, "installed-files.txt"))
            yield stem, [os.path.normpath(os.path.join(name, line)) for line in listed if line]


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []


def _is_same(one: str, other: str) -> bool:
    return os.path.normcase(os.path.abspath(one)) == os.path.normcase(os.path.abspath(other))
