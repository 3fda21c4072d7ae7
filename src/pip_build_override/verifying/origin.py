"""Where the sources of an installed distribution came from, as pip can be asked for them again."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..files import Json
from ..urls import without_secrets


def origin(document: Json) -> tuple[str, bool]:
    """Return the URL of sources, "" where there is none, and whether they are used where they are.

    :param document: direct_url.json, as PEP 610 has it; empty for what came from an index.
    :raises KeyError, TypeError, AttributeError, ValueError: where it is something else.
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
