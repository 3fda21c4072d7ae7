"""The pages of indexes as JSON (PEP 691), which say when files were uploaded (PEP 700).

pip itself asks for JSON from 22.2 on, and keeps the times from 26.0 on. Here every pip asks for it,
with its own session: its proxies, certificates, credentials and cache.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Iterator, NamedTuple

from pip._vendor.packaging.version import InvalidVersion, Version
from pip._vendor.requests.exceptions import RequestException

from ...rules.moments import read_time
from ...urls import without_secrets
from .endings import InstallationError
from .file_names import version_in_file_name
from .objects import index_pages_of, session_of

if TYPE_CHECKING:
    from .protocols import PackageFinder, Response

_JSON = "application/vnd.pypi.simple.v1+json"
# As pip 22.2 and later, so that both requests have the same response in pip's cache.
_ACCEPTED = ", ".join([_JSON, "application/vnd.pypi.simple.v1+html; q=0.1", "text/html; q=0.01"])
# An index in a bucket, such as that of torch, answers 403 for a page that it does not have.
_NO_SUCH_PAGE = (403, 404, 410)
_NOT_IN_THIS_FORMAT = 406


class File(NamedTuple):
    """One file of a distribution on an index.

    Args:
        name: The file name.
        sha256: The digest of its content; "" if the index does not say that.
        yanked: Whether it is yanked (PEP 592).
        uploaded: When it was uploaded, in UTC; None if the index does not say that.
    """

    name: str
    sha256: str
    yanked: bool
    uploaded: datetime | None


class Page(NamedTuple):
    """The page of one index about a distribution.

    Args:
        shown: Its URL as messages show it.
        addresses: Its URL, and the one that it was read from if the index redirects.
        files: Its files, for whatever Python and platform; none if it is not JSON.
    """

    shown: str
    addresses: tuple[str, ...]
    files: tuple[File, ...]

    def has(self, address: str) -> bool:
        """Return whether pip found a link on this page.

        Args:
            address: The URL of the page that pip found it on.
        """
        if address.startswith("file:"):
            # pip reads the index.html of a directory.
            return any(address.startswith(f"{one.rstrip('/')}/") for one in self.addresses)
        return address in self.addresses


class Listed(NamedTuple):
    """One file of a release.

    Args:
        name: The file name.
        version: The version in it, in normal form.
        yanked: Whether it is yanked (PEP 592).
        uploaded: When it was uploaded, in UTC; None if the index does not say that.
    """

    name: str
    version: str
    yanked: bool
    uploaded: datetime | None


def pages(name: str, finder: PackageFinder) -> list[Page]:
    """Return the pages of all indexes about a distribution.

    Args:
        name: The normalised name of the distribution.
        finder: pip's package finder.

    Raises:
        InstallationError: If an index cannot be read: pip would go on as if it had no files.
    """
    found = []
    for url in index_pages_of(finder, name):
        shown = without_secrets(url)
        if not url.startswith(("https:", "http:")):
            found.append(Page(shown, (url,), ()))
            continue
        try:
            response = session_of(finder).get(
                url, headers={"Accept": _ACCEPTED, "Cache-Control": "max-age=0"}
            )
        except RequestException as error:
            raise InstallationError(f"{shown} cannot be read: {without_secrets(str(error))}") from None
        if response.status_code in _NO_SUCH_PAGE:
            continue
        if response.status_code >= 400 and response.status_code != _NOT_IN_THIS_FORMAT:
            raise InstallationError(f"{shown} cannot be read: HTTP status {response.status_code}")
        found.append(Page(shown, (url, response.url), tuple(_listed(response))))
    return found


def files(name: str, finder: PackageFinder) -> tuple[list[Listed], list[str]]:
    """Return the files of a distribution on all indexes that have a valid version.

    Args:
        name: The normalised name of the distribution.
        finder: pip's package finder.

    Returns:
        The files, and the pages that do not say when each of their files was uploaded.

    Raises:
        InstallationError: As ``pages``.
    """
    found: list[Listed] = []
    silent: list[str] = []
    for page in pages(name, finder):
        listed = []
        for file in page.files:
            try:
                version = str(Version(version_in_file_name(file.name, name) or ""))
            except InvalidVersion:
                # Old files, of other kinds or with other versions.
                continue
            listed.append(Listed(file.name, version, file.yanked, file.uploaded))
        found += listed
        if not listed or any(file.uploaded is None for file in listed):
            silent.append(page.shown)
    return found, silent


def _listed(response: Response) -> Iterator[File]:
    """Yield the files on a page; none if it is not JSON as PEP 691 specifies it."""
    if not response.headers.get("Content-Type", "").startswith(_JSON):
        return
    document = response.json()
    entries = document.get("files") if isinstance(document, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        name = entry.get("filename") if isinstance(entry, dict) else None
        if isinstance(name, str):
            hashes = entry.get("hashes")
            digest = hashes.get("sha256") if isinstance(hashes, dict) else None
            sha256 = digest if isinstance(digest, str) else ""
            yield File(name, sha256, bool(entry.get("yanked")), _time(entry.get("upload-time")))


def _time(time: object) -> datetime | None:
    # PEP 700: in UTC, such as 2023-09-16T20:12:01.123456Z; some indexes leave out the Z.
    for text in (time, f"{time}Z") if isinstance(time, str) else ():
        try:
            return read_time(text)
        except ValueError:
            continue
    return None
