"""The colours of the states of cells."""

from __future__ import annotations

from ..matrix.grid import Paint
from ..matrix.results import FAILED, NOT_INSTALLED, PASSED
from ..terminal import Style


def painter(style: Style) -> Paint:
    """Return a function that returns a text in the colour of a state."""

    def paint(text: str, state: str) -> str:
        if state == PASSED:
            return style.success(text)
        return style.error(text) if state in (*FAILED, NOT_INSTALLED) else text

    return paint
