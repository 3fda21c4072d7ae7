"""The part of ``matrix`` that runs in pip: it lists the releases that pip finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, Mapping

from ...releases import Available, Release
from ..internals import index_pages, releases

if TYPE_CHECKING:
    from datetime import date, datetime

    from ..internals.protocols import PackageFinder


def available(names: Iterable[str], environment: Mapping[str, str], finder: PackageFinder) -> Available:
    """Return the releases of distributions: those that pip finds, and others that their indexes list.

    Args:
        names: The normalised names.
        environment: The markers of the interpreter.
        finder: pip's package finder.

    Raises:
        InstallationError: If an index cannot be read.
    """
    found: dict[str, tuple[Release, ...]] = {}
    silent: list[str] = []
    for name in names:
        files, pages = index_pages.files(name, finder)
        silent += pages
        found[name] = _releases(name, finder, files)
    return Available(environment, found, tuple(dict.fromkeys(silent)))


def _releases(name: str, finder: PackageFinder, files: list[index_pages.Listed]) -> tuple[Release, ...]:
    here = {str(release.version): release for release in releases.find(name, finder)}
    listed: dict[str, list[index_pages.Listed]] = {}
    for file in files:
        listed.setdefault(file.version, []).append(file)
    uploaded = {file.name: file.uploaded for file in files}
    wheels = releases.wheels(name, finder)
    return tuple(
        Release(
            version,
            wheel=version in here and here[version].wheel,
            yanked=here[version].yanked
            if version in here
            else all(file.yanked for file in listed[version]),
            released=_first(file.uploaded for file in listed.get(version, ())),
            wheel_uploaded=_first(uploaded.get(file) for file in wheels.get(version, ())),
        )
        for version in {**listed, **here}
    )


def _first(moments: Iterable[datetime | None]) -> date | None:
    return min((moment.date() for moment in moments if moment is not None), default=None)
