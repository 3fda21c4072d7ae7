"""Texts that are meant to be the path or the URL of a file, and the names in them."""

from __future__ import annotations

import re

from ...patterns import pattern

ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar")
_PATH = pattern(r"(\.{1,2}|~)?[/\\]|[A-Za-z]:\\")


def looks_like_a_path(text: str) -> bool:
    """Return whether a text is meant to be the path of a file."""
    return _PATH.match(text) is not None or text.lower().endswith(ARCHIVES)


def name_in(text: str) -> str:
    """Return the distribution name in a URL or a file name, or "" if there is none."""
    egg = re.search(r"#(?:.*&)?egg=([A-Za-z0-9._-]+)", text)
    if egg:
        return egg[1]
    file = re.split(r"[/\\]", text.split("#")[0].split("?")[0])[-1]
    match = re.match(r"([A-Za-z0-9._-]+?)-v?[0-9]", file)
    return match[1].replace("_", "-") if match else ""
