"""The error with which the shim stopped the run of a log, if no build failed in it."""

from __future__ import annotations

from typing import Iterable, Iterator

from ..diagnosis.lines import clean

_ERRORS = ("ERROR: ", "pip-build-override: error: ")


class StopInLog:
    """An error that is followed by a hint, collected while a log is read.

    Attributes:
        error: The first line of the last such error; "" if the log has none.
    """

    def __init__(self) -> None:
        self.error = ""

    def watch(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield lines unchanged, and collect the error."""
        error = ""
        for line in lines:
            if "ERROR:" in line or " error: " in line or "hint:" in line:
                text = clean(line).text
                prefix = next((each for each in _ERRORS if text.startswith(each)), "")
                if prefix:
                    error = text[len(prefix) :]
                elif text.startswith("hint: ") and error:
                    self.error, error = error, ""
            yield line
