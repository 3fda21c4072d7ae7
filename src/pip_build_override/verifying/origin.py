"""The origin of the sources of an installed distribution, as a URL that pip can install from."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..files import Json
from ..urls import without_secrets


def origin(document: Json) -> tuple[str, bool]:
    """Return the URL of the sources, or "" if there is none, and whether it is an editable install.

    Args:
        document: The content of direct_url.json (PEP 610); empty for a distribution from an index.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: If the document is not valid.
    """
    parts = urlsplit(document.get("url", ""))
    if not parts.path or parts.path.endswith(".whl"):
        # There is nothing to build in a wheel.
        return "", False
    url = without_secrets(parts._replace(fragment="").geturl())
    checkout = document.get("vcs_info")
    if checkout:
        url = f"{checkout['vcs']}+{url}@{checkout['commit_id']}"
    if document.get("subdirectory"):
        url += f"#subdirectory={document['subdirectory']}"
    return url, bool(document.get("dir_info", {}).get("editable"))
