"""URLs of files."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import url2pathname


def path_of(url: str) -> str:
    """Return the path that a file: URL names, or "" for any other URL."""
    return url2pathname(urlsplit(url).path) if url.startswith("file:") else ""
