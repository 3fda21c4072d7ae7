"""Where a run of pip installs distributions, and whether these are what is imported afterwards.

Not everything that pip resolves takes effect. ``--target`` without ``--upgrade`` keeps each existing
file and directory; a copy in an earlier directory on ``sys.path`` hides the installed one, unless pip
uninstalls it.
"""

from __future__ import annotations

import os
import site
import sys
import zipfile
from typing import Iterable, NamedTuple, Sequence

from .installed import Copy, Unclear, imported


class Placement(NamedTuple):
    """Where a run of pip installs distributions.

    Args:
        into: The library directories; empty if it installs nothing, or with ``--target``.
        target: The directory of ``--target``; "" without that option.
        upgrade: Whether ``--upgrade`` was given.
        uninstalls: Whether pip uninstalls the copy that it finds installed.
        user: Whether it installs into the user's own site-packages.
        build_environment: Whether it fills a build environment, in one of pip's two passes.
    """

    into: tuple[str, ...] = ()
    target: str = ""
    upgrade: bool = False
    uninstalls: bool = False
    user: bool = False
    build_environment: bool = False

    def stays_anyway(self, found: Sequence[Copy], directories: Sequence[str]) -> Copy | None:
        """Return the copy that is imported whatever the run installs, or None if there is none.

        Args:
            found: All copies of one distribution.
            directories: The directories to which they belong, in the order of ``sys.path``.

        Raises:
            Unclear: If it cannot be determined which of the copies is imported.
        """
        if self.target:
            return None if self.upgrade or not found else imported(found)
        before = self._before(found, directories) if self.build_environment else []
        return imported(before) if before else None

    def stays(
        self, name: str, version: str, wheel: str, found: Sequence[Copy], directories: Sequence[str]
    ) -> Copy | None:
        """Return the copy that is imported although the run installs another version.

        Args:
            name: The normalised name.
            version: The version that the run installs.
            wheel: The file that it is installed from; "" if that is not available.
            found: All copies of it that exist already.
            directories: The directories to which they belong, in the order of ``sys.path``.

        Returns:
            The copy, or None if what the run installs is imported.

        Raises:
            Unclear: If that cannot be determined, or if a copy outside pip's reach hides the new one.
        """
        if self.target:
            return self._stays_in_target(name, version, wheel, found)
        before = [copy for copy in self._before(found, directories) if copy.version != version]
        if not before:
            return None
        if self.build_environment:
            return imported(before)
        raise Unclear(
            f"{version} is installed by this command, but {name} {before[0].version} in"
            f" {before[0].site} comes before it on sys.path and is not removed",
            f"remove {name} from {before[0].site}, or remove that directory from PYTHONPATH",
        )

    def _before(self, found: Sequence[Copy], directories: Sequence[str]) -> list[Copy]:
        """Return the copies that pip keeps in directories before those that it installs into."""
        order = [os.path.realpath(directory) for directory in directories]
        places = [os.path.realpath(directory) for directory in self.into]
        indices = [order.index(place) for place in places if place in order]
        if not indices:
            return []
        earlier = order[: min(indices)]
        taken_away = found[0] if found and self.uninstalls and self._can_uninstall(found[0]) else None
        return [
            copy for copy in found if copy is not taken_away and os.path.realpath(copy.site) in earlier
        ]

    def _can_uninstall(self, copy: Copy) -> bool:
        directory = os.path.realpath(copy.site)
        if self.user:
            return directory == os.path.realpath(site.getusersitepackages())
        if sys.prefix == sys.base_prefix:
            return True
        return directory.startswith(os.path.join(os.path.realpath(sys.prefix), ""))

    def _stays_in_target(
        self, name: str, version: str, wheel: str, found: Sequence[Copy]
    ) -> Copy | None:
        """Return the copy that ``--target`` keeps, or None if what the run installs is imported.

        The option either replaces or keeps each existing file and directory as a whole.

        Raises:
            Unclear: If some files are kept and others are not, or if their version is unknown.
        """
        here = imported(found) if found else None
        if here is not None and here.version == version:
            return None
        own = {path.partition("/")[0] for path in here.rows} if here is not None else set()
        new = _top_level(wheel) if wheel else own or _likely_names(name)
        if here is None:
            left = sorted(filter(self._is_left, new))
            if not left:
                return None
            raise Unclear(
                f"{version} is installed by this command, but {os.path.join(self.target, left[0])}"
                " already exists without metadata, so its version is not known, and pip keeps it",
                "use --upgrade, or another directory for --target",
            )
        stays = {item for item in own if self._is_left(item)}
        gone = own - stays
        if not self.upgrade:
            if own and not gone and (new & stays or not wheel):
                return here
            if own and own.isdisjoint(stays) and not any(map(self._is_left, new)):
                return None
        elif not any(map(self._is_left, new)) and not self._hides(own - new, new):
            return None
        raise Unclear(
            f"{version} is installed by this command, but {self.target} contains {name}"
            f" {here.version}, and pip keeps some of its files",
            f"remove {name} from {self.target} first",
        )

    def _is_left(self, item: str) -> bool:
        path = os.path.join(self.target, item)
        # pip follows links, and does not replace them.
        return os.path.exists(path) and (not self.upgrade or os.path.islink(path))

    def _hides(self, old: Iterable[str], new: Iterable[str]) -> bool:
        """Return whether a file that is not replaced would be imported instead of a new one."""
        modules = {item.partition(".")[0] for item in new}
        return any(
            # A package takes precedence over a module with the same name.
            item.partition(".")[0] in modules - set(new)
            and os.path.exists(os.path.join(self.target, item))
            for item in old
        )


def _top_level(wheel: str) -> set[str]:
    """Return the files and directories that a wheel puts into a library directory, except metadata."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile):
        # pip reports what is wrong with it.
        return set()
    tops = set()
    for name in names:
        parts = name.split("/")
        if parts[0].endswith(".data") and len(parts) > 2 and parts[1] in ("purelib", "platlib"):
            parts = parts[2:]
        tops.add(parts[0])
    return {top for top in tops if not top.endswith((".dist-info", ".data"))}


def _likely_names(name: str) -> set[str]:
    module = name.replace("-", "_")
    return {module, f"{module}.py"}
