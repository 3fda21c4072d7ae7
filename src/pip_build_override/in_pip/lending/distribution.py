"""An installed distribution as described by its own RECORD, and reasons why one cannot be lent."""

from __future__ import annotations

import configparser
import csv
import hashlib
import json
import os
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from typing import Iterable, Iterator, Mapping, Sequence

from pip._vendor.packaging.markers import default_environment
from pip._vendor.packaging.requirements import InvalidRequirement, Requirement
from pip._vendor.packaging.version import InvalidVersion, Version

from ...rules.standards import normalise
from ..target import installed
from ..target.installed import Unclear

# What each installer writes into the dist-info directory itself, as does that of a build environment
# (https://packaging.python.org/en/latest/specifications/recording-installed-packages).
BY_INSTALLER = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
_KINDS = (".dist-info", ".egg-info", ".egg")
_SCRIPTS = ("console_scripts", "gui_scripts")
_SCRIPT_ENDINGS = (".exe", ".exe.manifest", "-script.py", "-script.pyw")


@dataclass(frozen=True)
class Recorded:
    """An installed distribution.

    Args:
        name: The normalised name.
        version: The version, in normal form.
        site: The library directory that it is in.
        info: The name of its dist-info directory.
        rows: The rows of its RECORD by path, without compiled files.
        metadata: The fields of its METADATA.
    """

    name: str
    version: str
    site: str
    info: str
    rows: dict[str, list[str]]
    metadata: Message

    def read(self, name: str) -> bytes:
        """Return the content of a file in the dist-info directory, or b"" if there is no such file."""
        return _read(os.path.join(self.site, self.info, name))

    def entry_points(self) -> set[str]:
        """Return the names of the commands that an installer creates for it."""
        parser = configparser.RawConfigParser(delimiters=("=",), strict=False)
        parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
        try:
            parser.read_string(self.read("entry_points.txt").decode("utf-8", "replace"))
        except configparser.Error:
            return set()
        return {name for group in _SCRIPTS if parser.has_section(group) for name in parser[group]}

    def files(self) -> Iterator[str]:
        """Yield its files, relative to ``site``, except those that an installer creates."""
        commands = self.entry_points()
        for path in self.rows:
            if path.startswith("../") and _command(path) in commands:
                continue
            if path.startswith(self.info + "/") and path.rpartition("/")[2] in BY_INSTALLER:
                continue
            yield path

    def digest(self, present: Mapping[str, os.stat_result]) -> str:
        """Return a digest of its files as its RECORD lists them, and of how they differ from that.

        A second installation of the same wheel has the same digest, although its commands start another
        interpreter. The digest changes if files are removed or edited.

        Args:
            present: The status of the files that exist.
        """
        digest = hashlib.sha256(f"{self.name} {self.version}\n".encode())
        for path in sorted(self.files()):
            _, hashed, size = self.rows[path]
            status = present.get(path)
            if status is None:
                size = "gone"
            elif not hashed or (size and size != str(status.st_size)):
                size = f"{status.st_size} {status.st_mtime_ns}"
            digest.update(f"{path},{hashed},{size}\n".encode())
        return digest.hexdigest()

    def extras(self) -> list[str]:
        """Return the extras that it provides."""
        return [str(extra) for extra in self.metadata.get_all("Provides-Extra") or ()]

    def requirements(self, extras: Iterable[str]) -> Iterator[Requirement]:
        """Yield what it requires at run time in this interpreter.

        Args:
            extras: The requested extras.
        """
        environment = default_environment()
        wanted = ["", *extras, *map(normalise, extras)]
        for text in self.metadata.get_all("Requires-Dist") or ():
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                # pip itself reports those.
                continue
            marker = requirement.marker
            if marker is None or any(marker.evaluate({**environment, "extra": e}) for e in wanted):
                yield requirement


def find(name: str, directories: Sequence[str]) -> Recorded | None:
    """Return an installed distribution, or None if it is not installed.

    Args:
        name: The normalised name.
        directories: The directories to search, in the order of ``sys.path``.

    Raises:
        Unclear: If it is installed in a way that cannot be lent.
    """
    for directory in directories:
        entries = list(_metadata_of(name, directory))
        found = dict(entries)
        if ".dist-info" in found and len(entries) > 1:
            found[".dist-info"] = _imported(name, directory, found[".dist-info"])
        if ".dist-info" in found:
            return _read_distribution(name, os.path.abspath(directory), found[".dist-info"])
        if ".egg-link" in found:
            raise editable(f"{found['.egg-link']} points to its sources")
        if found:
            raise Unclear(
                f"is installed without a dist-info directory ({', '.join(found.values())}), so it is"
                " not known which files belong to it",
                "install it with pip, from a wheel",
            )
    return None


def _imported(name: str, directory: str, known: str) -> str:
    """Return the one of several metadata directories whose distribution is imported."""
    found = installed.copies([directory]).get(name)
    if not found:
        return known
    return installed.imported(found).metadata_directory


def _metadata_of(name: str, directory: str) -> Iterator[tuple[str, str]]:
    try:
        entries = os.listdir(directory)
    except OSError:
        # sys.path contains zip files and directories that do not exist.
        return
    for entry in entries:
        stem, ending = os.path.splitext(entry)
        if ending == ".egg-link" and normalise(stem) == name:
            yield ending, entry
        if ending in _KINDS and normalise(stem.split("-")[0]) == name:
            # pip leaves behind directories that no longer contain metadata.
            metadata = os.path.join(directory, entry, "METADATA")
            if ending != ".dist-info" or os.path.isfile(metadata):
                yield ending, entry


def _read_distribution(name: str, site: str, info: str) -> Recorded:
    record = _read(os.path.join(site, info, "RECORD")).decode("utf-8", "replace")
    metadata = HeaderParser().parsestr(
        _read(os.path.join(site, info, "METADATA")).decode("utf-8", "replace")
    )
    _check_direct_url(os.path.join(site, info, "direct_url.json"))
    if not record.strip():
        raise Unclear(
            f"has no RECORD in {os.path.join(site, info)}, so it is not known which files belong to it",
            "install it with pip, from a wheel, because a system's package manager writes no RECORD",
        )
    rows = {}
    for row in csv.reader(record.splitlines()):
        path = row[0].replace("\\", "/") if row else ""
        if path and not path.endswith(".pyc"):
            rows[path] = [path, *row[1:3], "", ""][:3]
    for path in rows:
        if path.endswith(".pth") and "/" not in path:
            _check_path_file(site, path)
    try:
        version = str(Version(metadata["Version"] or ""))
    except InvalidVersion:
        raise Unclear(
            f"has version {metadata['Version']!r}, which is not a valid PEP 440 version",
            "install another version of it",
        ) from None
    return Recorded(name, version, site, info, rows, metadata)


def _check_direct_url(path: str) -> None:
    try:
        direct = json.loads(_read(path) or b"{}")
        is_editable = direct.get("dir_info", {}).get("editable")
    except (ValueError, AttributeError):
        # An invalid direct_url.json says nothing.
        return
    if is_editable:
        raise editable(f"its files are in {direct.get('url')}")


def _check_path_file(site: str, name: str) -> None:
    """Refuse a .pth file that leads to sources elsewhere; others work after lending.

    Raises:
        Unclear: If it does so.
    """
    text = _read(os.path.join(site, name)).decode("utf-8", "replace")
    leads = [line.strip() for line in text.splitlines() if os.path.isabs(line.strip())]
    if name.startswith("__editable__") or leads:
        raise editable(f"{name} points to {', '.join(leads) or 'its sources'}")


def editable(how: str) -> Unclear:
    """Return the error for a distribution whose files are its sources.

    Args:
        how: How it is an editable installation.
    """
    return Unclear(
        f"is an editable installation ({how}), whose files may change during a build",
        'install it without --editable first, or use { path = "FILE" } with a wheel of it',
    )


def _command(path: str) -> str:
    name = path.rpartition("/")[2]
    for ending in _SCRIPT_ENDINGS:
        if name.endswith(ending):
            return name[: -len(ending)]
    return name


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
