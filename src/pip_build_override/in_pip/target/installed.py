"""The distributions that an environment contains, and which of several copies of one is imported.

An installer that ignores what is installed (``--ignore-installed``, ``--target``) leaves two dist-info
directories with the same name. A reader of metadata uses either of them, but the import system uses the
files, which belong to one of the two. Comparing their RECORDs with the files shows which one.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import json
import os
from importlib.metadata import Distribution, distributions
from typing import Iterable, Iterator, Mapping, NamedTuple, Sequence

from ... import switch
from ...files import is_as_recorded
from ...rules.standards import normalise
from ..internals.specifiers import normal_version

# The number of bytes that are compared with RECORDs that disagree, but at least one file.
_BYTES_COMPARED = 32 * 1024 * 1024


class Unclear(Exception):
    """It cannot be determined which of the installed files belong to a distribution.

    Args:
        problem: What is wrong with it, as the predicate of a sentence that starts with its name.
        hint: What to do about it.
    """

    def __init__(self, problem: str, hint: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


class Row(NamedTuple):
    """The hash of one file in a RECORD, as ``sha256=…``, and its size."""

    hash: str
    size: int


class Copy:
    """One distribution in one directory, which may not be the only one with its name.

    Args:
        name: The normalised name.
        site: The directory that it is in.
        distribution: The standard library's object for it.
    """

    def __init__(self, name: str, site: str, distribution: Distribution) -> None:
        self.name = name
        self.site = site
        self.distribution = distribution

    @functools.cached_property
    def version(self) -> str:
        """The version, in normal form if it has one."""
        return normal_version(self.distribution.version)

    @functools.cached_property
    def metadata_directory(self) -> str:
        """The name of its dist-info directory, or of the file or directory that it has instead."""
        return str(getattr(getattr(self.distribution, "_path", None), "name", ""))

    @functools.cached_property
    def rows(self) -> dict[str, Row]:
        """The files in its RECORD that have a hash and can be imported from here."""
        try:
            text = self.distribution.read_text("RECORD") or ""
            listed = list(csv.reader(text.splitlines()))
        except (OSError, UnicodeDecodeError, csv.Error):
            listed = []
        found = {}
        for row in listed:
            path, hashed, size = [*row, "", "", ""][:3]
            path = path.replace("\\", "/")
            top = path.partition("/")[0]
            elsewhere = top in ("", "..") or os.path.isabs(path) or top == self.metadata_directory
            if not elsewhere and not _leads_elsewhere(path) and "=" in hashed:
                found[path] = Row(hashed, int(size) if size.isdigit() else 0)
        return found

    @functools.cached_property
    def has_files_elsewhere(self) -> bool:
        """Whether it is an editable installation, whose files are its sources."""
        try:
            direct = json.loads(self.distribution.read_text("direct_url.json") or "{}")
        except (OSError, ValueError):
            direct = {}
        directory = direct.get("dir_info") if isinstance(direct, dict) else None
        if isinstance(directory, dict) and directory.get("editable"):
            return True
        return not self.rows and any(
            _leads_elsewhere(str(path).replace("\\", "/")) for path in self.distribution.files or ()
        )

    @functools.cached_property
    def has_no_files(self) -> bool:
        """Whether its RECORD names files but none of them exists."""
        return bool(self.rows) and not any(map(os.path.exists, map(self.path_of, self.rows)))

    def path_of(self, path: str) -> str:
        """Return the full path of a file in its RECORD."""
        return os.path.join(self.site, *path.split("/"))

    @property
    def digest(self) -> str:
        """A digest of the files and hashes in its RECORD; "" if it has none.

        It is the same for each installation of one wheel, with any installer.
        """
        if not self.rows:
            return ""
        text = "".join(f"{path},{self.rows[path].hash}\n" for path in sorted(self.rows))
        return hashlib.sha256(text.encode()).hexdigest()


def library_directories(path: Iterable[str], standard: Iterable[str]) -> tuple[str, ...]:
    """Return the directories in which distributions are, without the standard library and ours.

    Args:
        path: A ``sys.path``.
        standard: The directories of the standard library.
    """
    left_out = {os.path.realpath(place) for place in (*standard, switch.INJECTED)}
    return tuple(
        place
        for place in dict.fromkeys(map(os.path.abspath, path))
        if os.path.isdir(place)
        and os.path.realpath(place) not in left_out
        and os.path.basename(place) != "lib-dynload"
    )


def is_below(path: str, directory: str) -> bool:
    """Return whether a path, as it is written, is below a directory."""
    return os.path.normpath(path).startswith(os.path.join(os.path.normpath(directory), ""))


def copies(directories: Iterable[str]) -> dict[str, list[Copy]]:
    """Return the distributions in library directories, by name.

    Args:
        directories: The directories, in the order of ``sys.path``.
    """
    found: dict[str, list[Copy]] = {}
    seen = set()
    for directory in directories:
        # In some environments, lib64 is a link to lib and both are on the path.
        real = os.path.realpath(directory)
        if real in seen:
            continue
        seen.add(real)
        for name, distribution in _distributions(directory):
            found.setdefault(name, []).append(Copy(name, directory, distribution))
    return found


def _distributions(directory: str) -> Iterator[tuple[str, Distribution]]:
    for distribution in distributions(path=[directory]):
        try:
            # Parsed once: each attribute of a distribution parses its metadata again.
            metadata = distribution.metadata
            name = metadata["Name"]
        except ValueError:
            # Old tools wrote metadata in encodings other than UTF-8, which older pips tolerate.
            continue
        # pip renames what it cannot delete to a name that begins with a tilde.
        left_over = str(getattr(getattr(distribution, "_path", None), "name", "")).startswith("~")
        if name and metadata["Version"] and not left_over:
            yield normalise(name), distribution


def imported(found: Sequence[Copy]) -> Copy:
    """Return the copy that is imported.

    Args:
        found: All copies of one distribution, in the order of ``sys.path``.

    Raises:
        Unclear: If that cannot be determined.
    """
    first = [copy for copy in found if copy.site == found[0].site]
    if _are_alike(first):
        chosen = first[0] if len(first) == 1 else max(first, key=lambda copy: bool(copy.rows))
    else:
        chosen = _whose_files_are_there(first)
    if not _are_alike(found) and chosen.has_files_elsewhere:
        # Its files may precede or follow those of the others, depending on the installer.
        raise _unclear(found, "one of them editable")
    return chosen


def _whose_files_are_there(found: Sequence[Copy]) -> Copy:
    """Return the one of several copies in one directory whose files are there.

    The last installer overwrote the files that both have.

    Raises:
        Unclear: If that cannot be determined.
    """
    if any(copy.has_files_elsewhere for copy in found):
        raise _unclear(found, "one of them editable")
    with_rows = [copy for copy in found if copy.rows]
    if len(with_rows) < len(found):
        # An .egg-info directory has no hashes, so the other copy is imported if all its files match.
        if len(with_rows) == 1 and _all_match(with_rows[0]):
            return with_rows[0]
        raise _unclear(found, "one of them without a RECORD with hashes")
    matching = {
        index
        for path, size in _contested(found)
        for index, copy in enumerate(found)
        if path in copy.rows and is_as_recorded(copy.path_of(path), copy.rows[path].hash)
    }
    if len(matching) != 1:
        raise _unclear(found, "with files of both" if matching else "")
    return found[matching.pop()]


def _contested(found: Sequence[Copy]) -> Iterator[tuple[str, int]]:
    """Yield files for which the copies have different hashes, smallest first, while that is cheap."""
    hashes: dict[str, set[str]] = {}
    sizes: dict[str, int] = {}
    for copy in found:
        for path, row in copy.rows.items():
            hashes.setdefault(path, set()).add(row.hash)
            sizes[path] = max(row.size, sizes.get(path, 0))
    contested = [(path, sizes[path]) for path, said in hashes.items() if len(said) > 1]
    return _affordable(contested)


def _affordable(files: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    spent = 0
    for path, size in sorted(files, key=lambda file: (file[1], file[0])):
        if spent and spent + size > _BYTES_COMPARED:
            return
        spent += size
        yield path, size


def _all_match(copy: Copy) -> bool:
    files = _affordable((path, row.size) for path, row in copy.rows.items())
    return all(is_as_recorded(copy.path_of(path), copy.rows[path].hash) for path, _ in files)


def _are_alike(found: Sequence[Copy]) -> bool:
    return len(found) == 1 or len({copy.version for copy in found}) == 1


def _unclear(found: Sequence[Copy], why: str) -> Unclear:
    name = found[0].name
    listed = " and ".join(os.path.join(copy.site, copy.metadata_directory) for copy in found)
    return Unclear(
        f"is installed more than once ({listed}{', ' if why else ''}{why}), so it is not known which of"
        " them is imported",
        f"run pip uninstall {name} until pip finds none, then install the version that you want",
    )


def modules(copy: Copy) -> Iterator[str]:
    """Yield the names of the modules and packages at the top of a distribution."""
    for path in copy.rows:
        top = path.partition("/")[0].partition(".")[0]
        if top.isidentifier() and path.endswith((".py", ".so", ".pyd")):
            yield top


def installed_in(directories: Iterable[str]) -> dict[str, str]:
    """Return the versions of the distributions in library directories, by name.

    Args:
        directories: The directories, in the order of ``sys.path``.

    Raises:
        Unclear: If it cannot be determined which of several copies is imported.
    """
    return {name: imported(found).distribution.version for name, found in copies(directories).items()}


def told_apart(several: Mapping[str, Sequence[Copy]]) -> dict[str, Copy]:
    """Return the imported copy of each distribution, without those of which that cannot be determined.

    Args:
        several: All copies by normalised name, as from ``copies``.
    """
    found = {}
    for name, some in several.items():
        try:
            found[name] = imported(some)
        except Unclear:
            continue
    return found


def distributions_in(directories: Sequence[str]) -> Iterator[tuple[str, Distribution]]:
    """Yield the normalised names and all copies of the distributions in library directories.

    Of several copies, the one that is imported comes first, or the one that is found first if that
    cannot be determined.

    Args:
        directories: The directories, in the order of ``sys.path``.
    """
    for name, found in copies(directories).items():
        try:
            first = imported(found)
        except Unclear:
            first = found[0]
        yield name, first.distribution
        for copy in found:
            if copy is not first:
                yield name, copy.distribution


def _leads_elsewhere(path: str) -> bool:
    """Return whether a file at the top of a library directory only leads to files elsewhere."""
    return "/" not in path and (path.endswith(".pth") or path.startswith("__editable__"))
