"""Whose a sitecustomize is, as far as the records of installed packages say."""

from __future__ import annotations

import csv
import glob
import json
import os
from typing import Iterable, Iterator

# Ours loads what it hides, and is nothing to make way for.
_OURS = "pip_build_override"


def owner_of(path: str, site_packages: str, prefix: str) -> str | None:
    """Name the package that a file was installed with, or None.

    The records are those of wheels (``RECORD``), of older installations by setuptools
    (``installed-files.txt``) and of conda (``conda-meta``).

    Args:
        path: the file.
        site_packages: the directory that it lies in.
        prefix: of the environment.
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
    """Name a package that has a sitecustomize to be put on PYTHONPATH, or None.

    OpenTelemetry's, for one, hides the environment's own and does not load it.

    Args:
        directories: those in which packages are installed.
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
