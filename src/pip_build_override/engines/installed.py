"""What is installed in an environment, read from its directories without starting its interpreter."""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import re
import sysconfig
import zipfile
from importlib.metadata import Distribution, distributions
from typing import Iterable, Iterator, Sequence

from ..rules.standards import normalise

_MODULE = re.compile(r"(?P<path>(?:[^\W\d]\w*/)*[^\W\d]\w*)(?:\.[\w-]+)?\.(?:so|pyd)")
_PACKAGE = re.compile(r"(?P<path>(?:[^\W\d]\w*/)*[^\W\d]\w*)/__init__\.(?:py|(?:[\w-]+\.)?(?:so|pyd))")

# Some distributions install these by mistake, and each project has its own.
_OF_ALL = frozenset(("benchmarks", "conftest", "doc", "docs", "examples", "setup", "test", "tests"))


def site_directories(root: str, minor: str) -> list[str]:
    """Return the directories of a virtual environment from which installed modules are imported.

    Args:
        root: The directory of the environment.
        minor: The minor version of its Python.
    """
    scheme = "nt" if os.name == "nt" else "posix_prefix"
    variables = {"base": root, "platbase": root, "py_version_short": minor}
    found = [sysconfig.get_path(name, scheme, variables) for name in ("purelib", "platlib")]
    return list(dict.fromkeys(found))


def versions(root: str, minor: str) -> dict[str, str]:
    """Return the version of each installed distribution, by its normalised name.

    Args:
        root: The directory of the environment.
        minor: The minor version of its Python.
    """
    found: dict[str, str] = {}
    for each in distributions(path=site_directories(root, minor)):
        name = _field(each, "Name")
        if name:
            # The one whose directory comes first is imported.
            found.setdefault(normalise(name), _field(each, "Version"))
    return found


def _field(distribution: Distribution, name: str) -> str:
    """Return a field of the metadata; "" if it is missing, for which newer Pythons have a warning."""
    return next(iter(distribution.metadata.get_all(name) or ()), "")


def differs_from(root: str, minor: str, wheel: str) -> str:
    """Return what is installed instead of a wheel, in words; "" if it is that wheel.

    Installers keep the lines of the wheel's RECORD, with the hash of each file, so these identify it.
    The files themselves may have been changed or removed since, by tests or by an earlier command.

    Args:
        root: The directory of the environment.
        minor: The minor version of its Python.
        wheel: The wheel.
    """
    name = os.path.basename(wheel).partition("-")[0]
    for each in distributions(path=site_directories(root, minor)):
        if normalise(_field(each, "Name")) != normalise(name):
            continue
        expected = set(_hashes(_record_of(wheel)))
        if expected and expected <= set(_hashes((each.read_text("RECORD") or "").splitlines())):
            site = os.path.abspath(str(each.locate_file("")))
            # Python itself writes bytecode again if it is not that of the source file.
            lines = sorted(line for line in expected if not line[0].endswith(".pyc"))
            return next(filter(None, (_changed(site, *line) for line in lines)), "")
        return f"another build of {normalise(name)} {_field(each, 'Version')}"
    return f"no {normalise(name)}"


def _changed(site: str, path: str, recorded: str) -> str:
    """Return what a file is instead of what its RECORD says, in words; "" if it is that."""
    algorithm, _, expected = recorded.partition("=")
    try:
        with open(os.path.join(site, path), "rb") as file:
            digest = hashlib.new(algorithm, file.read()).digest()
    except OSError:
        return f"no {path}"
    except (TypeError, ValueError):
        # No installer of this Python could check it either.
        return ""
    found = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return "" if found == expected.rstrip("=") else f"a changed {path}"


def modules_of(wheel: str) -> tuple[list[str], list[str]]:
    """Return the packages and the compiled modules in a wheel, by the names that import them.

    Args:
        wheel: The wheel.
    """
    with zipfile.ZipFile(wheel) as archive:
        return _modules(sorted(map(_installed, archive.namelist())))


def _modules(names: Sequence[str]) -> tuple[list[str], list[str]]:
    packages = [found["path"] for found in map(_PACKAGE.fullmatch, names) if found]
    modules = []
    for found in map(_MODULE.fullmatch, names):
        # A library that modules are linked with may end in .so, too.
        if found and not found["path"].rpartition("/")[2].startswith("lib"):
            path = found["path"]
            modules.append(path[: -len("/__init__")] if path.endswith("/__init__") else path)
    return [_dotted(each) for each in packages], [_dotted(each) for each in modules]


def names_of(wheel: str) -> list[str]:
    """Return the names by which the project in a wheel is imported.

    A directory that is no package belongs to other projects, too, so what is in it is named.

    Args:
        wheel: The wheel.
    """
    with zipfile.ZipFile(wheel) as archive:
        return _names(sorted(map(_installed, archive.namelist())))


def names_in(root: str, minor: str, distribution: str) -> list[str]:
    """Return the names by which an installed distribution is imported.

    Args:
        root: The directory of the environment.
        minor: The minor version of its Python.
        distribution: Its normalised name.
    """
    for each in distributions(path=site_directories(root, minor)):
        if normalise(_field(each, "Name")) == distribution:
            rows = csv.reader((each.read_text("RECORD") or "").splitlines())
            return [
                name for name in _names(sorted(row[0] for row in rows if row)) if name not in _OF_ALL
            ]
    return []


def _names(files: Sequence[str]) -> list[str]:
    packages, modules = _modules(files)
    own = {name[: -len(".py")] for name in files if name.endswith(".py") and "/" not in name}
    found = {name for name in (*packages, *modules) if name.rpartition(".")[0] not in packages}
    return sorted(name for name in {*found, *own} if all(map(str.isidentifier, name.split("."))))


def _dotted(path: str) -> str:
    return path.replace("/", ".")


def _installed(name: str) -> str:
    """Return where in site-packages a file of a wheel is installed, if it is installed there."""
    found = re.fullmatch(r"[^/]+\.data/(?:pure|plat)lib/(.+)", name)
    return found[1] if found else name


def _record_of(wheel: str) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if re.fullmatch(r"[^/]+\.dist-info/RECORD", name):
                return archive.read(name).decode("utf-8", "replace").splitlines()
    return []


def _hashes(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the path and the hash of each file in site-packages that a RECORD lists."""
    for row in csv.reader(lines):
        # Scripts are rewritten, and files of other schemes are installed elsewhere.
        if len(row) > 1 and row[1] and ".data/scripts/" not in row[0]:
            path = _installed(row[0])
            if ".data/" not in path:
                yield path, row[1]
