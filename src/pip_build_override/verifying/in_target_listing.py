"""A script, run in the target environment, that lists its distributions, their records and modules."""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib.machinery
import json
import os
import platform
import re
import sys
from importlib.metadata import Distribution, distributions
from typing import Any, Iterable

_RECORD = ".dist-info/sboms/pip-build-override.cdx.json"
# What other packages compile against; records.is_linkable decides.
_LINKABLE = re.compile(r"\.(?:h|hh|hpp|hxx|pxd|a|lib|dylib|dll|so(?:\.[0-9.]+)?)$", re.IGNORECASE)
# What precedes the modules in the loaders of scikit-build-core, and of older and newer meson-python.
_LOADER_CALL = re.compile(r"\n(?:install|    finder = MesonpyMetaFinder)\(")
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


def _package(path: str) -> str:
    """Return the name of the package that a file makes its directory, or "" for any other file."""
    *parts, name = path.split("/")
    if not parts or not all(part.isidentifier() for part in parts):
        return ""
    endings = (".py", *importlib.machinery.EXTENSION_SUFFIXES)
    return ".".join(parts) if name in {f"__init__{ending}" for ending in endings} else ""


def _text(distribution: Distribution, name: str) -> str | None:
    try:
        return distribution.read_text(name)
    except (OSError, ValueError):
        return None


def _direct_url(distribution: Distribution) -> dict[str, Any]:
    """Return direct_url.json (PEP 610), or {} if there is none, as after an installation by name."""
    try:
        document = json.loads(_text(distribution, "direct_url.json") or "{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _is_editable(distribution: Distribution) -> bool:
    information = _direct_url(distribution).get("dir_info")
    return isinstance(information, dict) and bool(information.get("editable"))


def _rows(distribution: Distribution) -> list[list[str]]:
    """Return the rows of RECORD, each with a path, a hash and a size; malformed ones are left out."""
    found = []
    for line in (_text(distribution, "RECORD") or "").splitlines():
        try:
            (row,) = csv.reader([line])
        except (csv.Error, ValueError):
            continue
        if row and row[0]:
            path = row[0].replace("\\", "/")
            found.append([path, *[*row[1:3], "", ""][:2]])
    return found


def _files(distribution: Distribution) -> list[str]:
    """Return the files of a distribution, relative to its directory; without RECORD, those found."""
    files = [path for path, _, _ in _rows(distribution)]
    if files:
        return files
    listed = _text(distribution, "top_level.txt")
    guess = re.sub(r"[-.]+", "_", str(distribution.metadata["Name"]))
    names = {line.strip() for line in listed.splitlines()} if listed else {guess, guess.lower()}
    return _walked(str(distribution.locate_file("")), names)


def _walked(site: str, names: Iterable[str]) -> list[str]:
    """Return the files of modules and packages in a directory."""
    found = []
    for name in sorted(filter(None, names)):
        top = os.path.join(site, *name.split("/"))
        for suffix in (".py", *importlib.machinery.EXTENSION_SUFFIXES):
            if os.path.isfile(top + suffix):
                found.append(name + suffix)
        for directory, _, files in os.walk(top):
            below = os.path.relpath(directory, site).replace(os.sep, "/")
            found += [f"{below}/{file}" for file in sorted(files)]
    return found


def _editable(distribution: Distribution) -> tuple[str, list[str]]:
    """Return the directory that an editable installation leads to, and its modules and packages.

    The directory is "" if a loader finds the modules, not the path.
    """
    tops = set((_text(distribution, "top_level.txt") or "").split())
    directory = ""
    for path, _, _ in _rows(distribution):
        if "/" in path or not path.endswith((".pth", ".py")):
            continue
        try:
            with open(str(distribution.locate_file(path)), encoding="utf-8") as file:
                text = file.read()
        except (OSError, ValueError):
            continue
        if path.endswith(".pth"):
            lines = [line for line in text.splitlines() if os.path.isdir(line)]
            directory = lines[0] if lines else directory
        elif not tops:
            call = "".join(_LOADER_CALL.split(text)[1:][-1:])
            names = re.findall(
                r"""["']([A-Za-z_][\w.]*)["']""", (call.partition("}")[0]).partition("{")[2]
            )
            tops = {name.partition(".")[0] for name in names}
    if not tops and directory:
        name = re.sub(r"[-.]+", "_", str(distribution.metadata["Name"]))
        tops = {each for each in (name, name.lower()) if os.path.isdir(os.path.join(directory, each))}
    return directory, sorted(filter(str.isidentifier, tops))


def _is_namespace(site: str, package: str) -> bool:
    """Return whether the file of a package only declares a namespace (PEP 420 has none)."""
    try:
        path = os.path.join(site, *package.split("."), "__init__.py")
        with open(path, encoding="utf-8") as file:
            text = file.read(4096)
    except (OSError, ValueError):
        return False
    return "extend_path(" in text or "declare_namespace(" in text


def _describe(distribution: Distribution) -> dict[str, Any]:
    site, files = str(distribution.locate_file("")), _files(distribution)
    editable = _is_editable(distribution)
    roots: list[str] = []
    if editable:
        directory, roots = _editable(distribution)
        if directory:
            site, files = directory, _walked(directory, roots)
    packages = {_package(path) for path in files} - {""}
    record = [path for path, _, _ in _rows(distribution) if path.endswith(_RECORD)]
    text = None
    if record:
        try:
            with open(str(distribution.locate_file(record[0])), encoding="utf-8") as file:
                text = file.read()
        except (OSError, ValueError):
            pass
    modules = sorted(filter(None, map(_module, files)))
    return {
        "name": distribution.metadata["Name"],
        "version": distribution.version or "",
        "requires": distribution.requires or [],
        "record": text,
        "direct_url": _direct_url(distribution),
        # The root of an editable installation is imported, compiled or not: a loader may build it.
        "modules": [*roots, *(name for name in modules if name not in roots)],
        "packages": sorted(name for name in packages if not _is_namespace(site, name)),
        "top_level": sorted({re.split(r"[/.]", path)[0] for path in files if path[:1] != "."}),
        "editable": editable,
        "listed": bool(files or roots),
        "linkable": [path for path in files if _LINKABLE.search(path)],
    }


def _described(distribution: Distribution) -> dict[str, Any]:
    try:
        return _describe(distribution)
    except Exception as error:
        # One that cannot be read is reported, and must not hide the others.
        empty: dict[str, Any] = {"requires": [], "record": None, "direct_url": {}, "modules": []}
        empty.update(packages=[], top_level=[], editable=False, listed=False, linkable=[])
        return {
            "name": distribution.metadata["Name"],
            "version": distribution.version or "",
            **empty,
            "error": f"{type(error).__name__}: {error}",
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
            path: (hashed.partition("=")[2], hashed.partition("=")[0], int(size or 0))
            for path, hashed, size in _rows(each)
            if "=" in hashed and (size or "0").isdigit()
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
    "distributions": [_described(_imported(found[key])) for key in sorted(found)],
    "markers": _markers(),
    "executable": sys.executable,
}
# On a new line, because start-up files of the environment may print something.
sys.stdout.write("\n" + json.dumps(answer) + "\n")
