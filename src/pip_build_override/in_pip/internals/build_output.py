"""The output of a build, which pip passes to the logger ``pip.subprocessor`` even if it is not shown.

Only that logger's methods are wrapped here, and a pip without them loses nothing but hints.
"""

from __future__ import annotations

import functools
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable, Iterator, Protocol

if TYPE_CHECKING:
    from ...diagnosis.output import Output

_LOGGER = "pip.subprocessor"
_METHODS = ("debug", "verbose", "info")
_MOST_HELD = 1 << 20
"""How many characters are held until they are read."""


class Printed:
    """What one command of a build has printed so far.

    It is held, and read only if the build fails: what reads it takes as long to load as pip's resolver.
    Output that is too long to be held is read as it is printed.
    """

    def __init__(self) -> None:
        self._held: list[str] = []
        self._size = 0
        self._output: Output | None = None

    @property
    def output(self) -> Output:
        """What the diagnosis needs of it."""
        if self._output is None:
            from ...diagnosis.output import Output
            from ...diagnosis.signatures import Matcher, known_signatures

            self._output = Output(Matcher(known_signatures()))
        if self._held:
            from ...diagnosis.lines import clean
            from ...diagnosis.structure import strip

            for message in self._held:
                self._output.take(strip(clean(message).text))
            self._held.clear()
            self._size = 0
        return self._output

    def take(self, message: str) -> None:
        """Take one line, as it is printed."""
        self._held.append(message)
        self._size += len(message)
        if self._size > _MOST_HELD:
            self.output  # noqa: B018 - reads what is held


class Printing(Protocol):
    """An object whose output is taken: a build."""

    printed: Printed | None


@contextmanager
def listening(at_work: Callable[[], Printing | None]) -> Iterator[None]:
    """Take what builds print while this context is active.

    Args:
        at_work: Returns the build that prints, or None to ignore the output.
    """
    logger = logging.getLogger(_LOGGER)
    wrapped = [name for name in _METHODS if hasattr(logger, name)]
    # Set on the logger itself by a pip command that runs this one in its own process.
    before = {name: vars(logger)[name] for name in wrapped if name in vars(logger)}
    for name in wrapped:
        setattr(logger, name, _overheard(getattr(logger, name), at_work))
    try:
        yield
    finally:
        for name in wrapped:
            delattr(logger, name)
        vars(logger).update(before)


def _overheard(
    original: Callable[..., None], at_work: Callable[[], Printing | None]
) -> Callable[..., None]:
    @functools.wraps(original)
    def log(message: object, *args: object, **kwargs: object) -> None:
        printing = at_work()
        if printing is not None:
            if args:
                # Messages from pip itself: that it starts a command, or which command failed.
                if str(message).startswith("Running command"):
                    printing.printed = Printed()
            elif printing.printed is not None:
                printing.printed.take(str(message))
        original(message, *args, **kwargs)

    return log
