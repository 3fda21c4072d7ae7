"""URLs of files."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import url2pathname


def path_of(url: str) -> str:
    """Return the path of the file that a URL is of, "" if it is of no file of this machine."""
    return url2pathname(urlsplit(url).path) if url.startswith("file:") else ""
