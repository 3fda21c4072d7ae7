"""Parsing of sdist and wheel file names."""

from __future__ import annotations

from ...rules.standards import normalise

_ARCHIVES = (".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tar.xz", ".tar", ".tar.lzma")


def version_in_file_name(file_name: str, name: str) -> str | None:
    """Return the version in the file name of an sdist or a wheel, or None if there is none.

    Args:
        file_name: The file name, such as ``zope.interface-5.4.0.tar.gz``.
        name: The name of the project, to find where a version that contains a dash begins.
    """
    if file_name.endswith(".whl"):
        return file_name.split("-")[1] if file_name.count("-") >= 4 else None
    stem = without_ending(file_name) or ""
    for index, character in enumerate(stem):
        if character == "-" and normalise(stem[:index]) == normalise(name):
            return stem[index + 1 :]
    return None


def without_ending(file_name: str) -> str | None:
    """Return the name of an archive without its ending, or None if it is not an archive."""
    for ending in _ARCHIVES:
        if file_name.endswith(ending):
            return file_name[: -len(ending)]
    return None
