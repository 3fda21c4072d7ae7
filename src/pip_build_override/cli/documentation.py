"""The place of the documentation: inside an installed package, or beside the sources of a checkout."""

from __future__ import annotations

import os

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def index() -> str:
    """Return the path of the page that lists all others."""
    installed = os.path.join(PACKAGE, "docs", "README.md")
    if os.path.exists(installed):
        return installed
    return os.path.join(os.path.dirname(os.path.dirname(PACKAGE)), "docs", "README.md")
