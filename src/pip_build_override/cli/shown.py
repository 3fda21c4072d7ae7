"""Paths in messages, as the user can open them."""

from __future__ import annotations

import os


def shown_path(path: str) -> str:
    """Return a path relative to the current directory if it lies below it, otherwise a full path."""
    whole = os.path.abspath(path)
    here = os.path.join(os.getcwd(), "")
    return whole[len(here) :] if whole.startswith(here) and whole != here else whole
