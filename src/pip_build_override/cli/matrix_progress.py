"""Progress of a matrix: a line on standard error for each cell that has ended, while others run."""

from __future__ import annotations

import sys
import threading
import time
from typing import Callable, Sequence

from ..engines.cell import result_path
from ..files import read_json
from ..matrix.cells import Cell
from ..matrix.grid import one_line
from ..matrix.plan import Plan
from ..matrix.results import PASSED, Result, result_of
from ..matrix.summary import shown
from ..terminal import Style
from .matrix_colours import painter

_EACH = 0.2
_SIGN_OF_LIFE = 60.0
"""Seconds after which a log, which has no spinner, says that the cells still run."""

_ERASE = "\r\x1b[K"


def read_result(store: str, cell: Cell) -> Result | None:
    """Return what the engine has written about a cell; None if it has not, or if it cannot be read."""
    try:
        return Result.from_json(read_json(result_path(store, cell)))
    except ValueError:
        return None


class Progress:
    """A context in which the cells that end are reported.

    Args:
        plan: The plan.
        store: The directory with the results of the cells that have ended.
        now: Returns the time in seconds.
    """

    def __init__(self, plan: Plan, store: str, now: Callable[[], float] = time.monotonic) -> None:
        self._plan = plan
        self._store = store
        self._now = now
        self._left: list[Cell] = list(plan.planned)
        self._style = Style(sys.stderr)
        self._terminal = sys.stderr.isatty()
        self._begin = self._said = now()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Progress:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self.look()
        self._erase()

    def _watch(self) -> None:
        while not self._done.wait(_EACH):
            self.look()
            self._show_life()

    def look(self) -> None:
        """Report the cells that have ended since the last time."""
        for cell in [*self._left]:
            found = read_result(self._store, cell)
            if found is not None:
                self._left.remove(cell)
                self._report(cell, result_of(cell, found))

    def _report(self, cell: Cell, result: Result) -> None:
        total = len(self._plan.planned)
        number = f"{total - len(self._left):{len(str(total))}}/{total}"
        part = shown(cell, result)
        text = painter(self._style)(part.text, part.state)
        if result.state != PASSED and result.reason:
            text += f": {one_line(result.reason)}"
        elif result.milliseconds:
            text += f" ({result.milliseconds / 1000:.1f} s)"
        self._print(f"[{number}] {cell.name}: {text}")

    def _show_life(self) -> None:
        if self._terminal:
            sys.stderr.write(f"{_ERASE}{self._left_text()}")
            sys.stderr.flush()
        elif self._now() - self._said >= _SIGN_OF_LIFE:
            self._print(self._left_text())

    def _left_text(self) -> str:
        seconds = int(self._now() - self._begin)
        return f"{_some(self._left)} left after {seconds // 60}:{seconds % 60:02}"

    def _print(self, text: str) -> None:
        self._erase()
        print(self._style.encodable(text), file=sys.stderr, flush=True)
        self._said = self._now()

    def _erase(self) -> None:
        if self._terminal:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()


def _some(cells: Sequence[Cell]) -> str:
    names = ", ".join(cell.name for cell in cells[:2])
    return f"{len(cells)} cells" if len(cells) > 2 else names or "nothing"
