"""The file that was probably meant if there is none with the name that was given.

Standard library only, because the start-up hook's side uses it, too; loaded only after a mistake.
"""

from __future__ import annotations

import difflib
import os
from typing import Callable

_LIKE = 0.6


def nearest(path: str, fits: Callable[[str], bool] = os.path.isfile) -> str:
    """Return the path beside a missing one whose name is the most similar, or "" if none is close.

    Args:
        path: A path, of which only the last part may be wrong.
        fits: Whether another path can be meant.
    """
    directory, name = os.path.split(path.rstrip("/\\"))
    try:
        names = os.listdir(directory or os.curdir)
    except (OSError, ValueError):
        return ""
    others = [other for other in names if fits(os.path.join(directory, other))]
    return next((os.path.join(directory, near) for near in _near(name, others)), "")


def _near(name: str, others: list[str]) -> list[str]:
    # An extension in common would make any two short names similar.
    stem, extension = os.path.splitext(name.lower())
    alike = {
        other[: len(other) - len(extension)].lower(): other
        for other in others
        if other.lower().endswith(extension)
    }
    different = {other.lower(): other for other in others if other not in alike.values()}
    for word, candidates in ((stem, alike), (name.lower(), different)):
        near = difflib.get_close_matches(word, candidates, 1, _LIKE)
        if near:
            return [candidates[near[0]]]
    return []
