"""The local index of every hermetic test: pure wheels made here, and sdists of ``tests/packages``."""

from __future__ import annotations

import gzip
import io
import re
import shutil
import tarfile
from pathlib import Path
from typing import Iterable

from .stampbackend import metadata_text, read_settings, write_wheel

PACKAGES = Path(__file__).resolve().parent.parent / "packages"

RULES_FOR_FRONT_ENDS = """\
[package.front-ends]
replace.ingredient = "ingredient==1.0"
replace.flavour = "flavour==1.0"
remove = ["mint"]
add = ["spice"]
constrain = ["spice<2"]

[package.sauce]
replace.ingredient = "ingredient==3.0"
"""
"""What each front end is tried under, for the project ``front-ends``.

A requirement that is replaced, one removed, one added, one that the hook returns, and a limit.
"""

# Those that are on the index in more releases than their tree names.
OLDER_RELEASES = {
    "declares": ("2.0",),
    "breaks-in-hook": ("1.0",),
    "breaks-in-metadata": ("1.0",),
    "changes-version": ("1.0",),
}
# Those that a test takes from a directory, an sdist file or a repository only.
NOT_ON_THE_INDEX = ("compiled", "ingredient", "matrix-example", "on-numpy")
# Where it matters what setuptools really does.
REAL_WHEELS = ("setuptools==45.3.0", "setuptools==68.2.2", "setuptools==75.3.4", "wheel==0.45.1")


def source_tree(name: str, directory: Path) -> Path:
    """Copy a mini-project.

    Args:
        name: of its directory in ``tests/packages``.
        directory: where to put the copy; made if not there.

    Returns:
        The copy.
    """
    return Path(shutil.copytree(PACKAGES / name, directory / name))


def write_sdist(
    name: str, directory: Path, *, version: str | None = None, file_name: str | None = None
) -> Path:
    """Write the sdist of a mini-project, whose bytes depend on nothing but its files.

    Args:
        name: of its directory in ``tests/packages``.
        directory: where to put it.
        version: of another release, which has only the requirements of the tree.
        file_name: without ``.tar.gz``, where the file is to be called something else.

    Returns:
        The sdist.
    """
    files = {
        path.name: path.read_text(encoding="utf-8") for path in sorted((PACKAGES / name).iterdir())
    }
    settings = _settings(name)
    if version is not None:
        # An older release has nothing yet of what the mini-project is about.
        pyproject, _, _ = files["pyproject.toml"].partition("\n[tool.stamp]")
        files["pyproject.toml"] = _replace_version(pyproject, settings["version"], version)
        settings["version"] = version
    files["PKG-INFO"] = metadata_text(settings["name"], settings["version"])
    stem = f"{settings['name']}-{settings['version']}"
    sdist = directory / f"{file_name or stem}.tar.gz"
    # The time in gzip's header is zero, and so is that of each member.
    with gzip.GzipFile(sdist, "wb", mtime=0) as compressed, tarfile.open(
        fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT
    ) as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{stem}/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return sdist


def ingredient_wheel(directory: Path, version: str, *, note: str = "") -> Path:
    """Write a wheel of the build requirement that most mini-projects have.

    Args:
        directory: where to put it; made if not there.
        version: of it.
        note: additional content, to distinguish it from another wheel of that version.

    Returns:
        The wheel.
    """
    directory.mkdir(parents=True, exist_ok=True)
    # With a header, as of a library that others are compiled against.
    files = {
        "ingredient.py": f"VERSION = {version!r}\nNOTE = {note!r}\n",
        "ingredient.h": f"/* {version} */\n",
    }
    return directory / write_wheel(str(directory), "ingredient", version, files)


def fill(directory: Path, wheels: Iterable[Path]) -> None:
    """Make the local index.

    Args:
        directory: an empty one.
        wheels: those that come from a real index.
    """
    for wheel in wheels:
        shutil.copyfile(wheel, directory / wheel.name)
    for version in ("1.0", "2.0", "3.0"):
        ingredient_wheel(directory, version)
    _wheel(directory, "spice", "1.0", requires=["ingredient"])
    _wheel(directory, "spice", "2.0", requires=["ingredient>=2"])
    _wheel(directory, "bundle", "1.0", requires=["ingredient==2.0"])
    _wheel(directory, "mint", "1.0")
    for version in ("1.0", "2.0"):
        _wheel(directory, "flavour", version, requires=['mint; extra == "mint"'], extras=["mint"])
    _wheel(directory, "ready-made", "1.0")
    backend = Path(__file__).with_name("stampbackend.py").read_text(encoding="utf-8")
    write_wheel(
        str(directory), "stampbackend", "1.0", {"stampbackend.py": backend + '\nVERSION = "1.0"\n'}
    )
    for package in sorted(PACKAGES.iterdir()):
        if package.name not in NOT_ON_THE_INDEX:
            for release in (None, *OLDER_RELEASES.get(package.name, ())):
                write_sdist(package.name, directory, version=release)


def _wheel(
    directory: Path,
    name: str,
    version: str,
    *,
    requires: list[str] | None = None,
    extras: list[str] | None = None,
) -> None:
    files = {name.replace("-", "_") + ".py": f"VERSION = {version!r}\n"}
    write_wheel(str(directory), name, version, files, requires=requires or (), extras=extras or ())


def _settings(name: str) -> dict[str, str]:
    settings = {"name": name, "version": "1.0"}
    pyproject = PACKAGES / name / "pyproject.toml"
    if pyproject.is_file():
        settings.update(read_settings(str(pyproject)))
    return settings


def _replace_version(pyproject: str, old: str, new: str) -> str:
    changed, count = re.subn(
        f'^version = "{re.escape(old)}"$', f'version = "{new}"', pyproject, flags=re.MULTILINE
    )
    assert count == 1, "the tree names its version once"
    return changed
