"""What the file name of an sdist or a wheel tells of it."""

from __future__ import annotations

from ...rules.standards import normalise

_ARCHIVES = (".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tar.xz", ".tar", ".tar.lzma")


def version_in_file_name(file_name: str, name: str) -> str | None:
    """Read the version out of an sdist's or a wheel's file name.

    Args:
        file_name: such as ``zope.interface-5.4.0.tar.gz``.
        name: of the project, to tell it from a version with a dash in it.
    """
    if file_name.endswith(".whl"):
        return file_name.split("-")[1] if file_name.count("-") >= 4 else None
    stem = without_ending(file_name) or ""
    for index, character in enumerate(stem):
        if character == "-" and normalise(stem[:index]) == normalise(name):
            return stem[index + 1 :]
    return None


def without_ending(file_name: str) -> str | None:
    """Return the name of an archive without its ending, None for what is no archive."""
    for ending in _ARCHIVES:
        if file_name.endswith(ending):
            return file_name[: -len(ending)]
    return None
