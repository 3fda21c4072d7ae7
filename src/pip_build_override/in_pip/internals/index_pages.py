"""The pages of indexes as JSON (PEP 691), which say when files were uploaded (PEP 700).

pip itself asks for JSON from 22.2 on, and keeps the times from 26.0 on. Here every pip asks for it,
with its own session: its proxies, certificates, credentials and cache.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from pip._vendor.packaging.version import InvalidVersion, Version
from pip._vendor.requests.exceptions import RequestException

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
        version: The version in it, in normal form.
        yanked: Whether it is yanked (PEP 592).
        uploaded: The day (UTC) on which it was uploaded; None if the index does not say that.
    """

    name: str
    version: str
    yanked: bool
    uploaded: date | None


def files(name: str, finder: PackageFinder) -> tuple[list[File], list[str]]:
    """Return the files of a distribution on all indexes, for whatever Python and platform.

    Args:
        name: The normalised name of the distribution.
        finder: pip's package finder.

    Returns:
        The files, and the pages that do not say when each of their files was uploaded.

    Raises:
        InstallationError: If an index cannot be read: pip would go on as if it had no files.
    """
    found: list[File] = []
    silent: list[str] = []
    for page in index_pages_of(finder, name):
        shown = without_secrets(page)
        if not page.startswith(("https:", "http:")):
            silent.append(shown)
            continue
        try:
            response = session_of(finder).get(
                page, headers={"Accept": _ACCEPTED, "Cache-Control": "max-age=0"}
            )
        except RequestException as error:
            raise InstallationError(f"{shown} cannot be read: {without_secrets(str(error))}") from None
        if response.status_code in _NO_SUCH_PAGE:
            continue
        if response.status_code >= 400 and response.status_code != _NOT_IN_THIS_FORMAT:
            raise InstallationError(f"{shown} cannot be read: HTTP status {response.status_code}")
        listed = _listed(response, name)
        found += listed
        if not listed or any(file.uploaded is None for file in listed):
            silent.append(shown)
    return found, silent


def _listed(response: Response, name: str) -> list[File]:
    """Return the files on a page; none if it is not JSON as PEP 691 specifies it."""
    if not response.headers.get("Content-Type", "").startswith(_JSON):
        return []
    document = response.json()
    entries = document.get("files") if isinstance(document, dict) else None
    found = []
    for entry in entries if isinstance(entries, list) else ():
        file_name = entry.get("filename") if isinstance(entry, dict) else None
        if not isinstance(file_name, str):
            continue
        try:
            version = str(Version(version_in_file_name(file_name, name) or ""))
        except InvalidVersion:
            # Old files, of other kinds or with other versions.
            continue
        yanked, uploaded = bool(entry.get("yanked")), _day(entry.get("upload-time"))
        found.append(File(file_name, version, yanked, uploaded))
    return found


def _day(time: object) -> date | None:
    # PEP 700: in UTC, such as 2023-09-16T20:12:01.123456Z.
    try:
        return date.fromisoformat(time[:10]) if isinstance(time, str) else None
    except ValueError:
        return None
