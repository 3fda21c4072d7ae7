"""The output of a build, which pip passes to the logger ``pip.subprocessor`` even if it is not shown.

Only that logger's methods are wrapped here, and a pip without them loses nothing but hints.
"""

from __future__ import annotations

import functools
import logging
from contextlib import contextmanager
from typing import Callable, Iterator, Protocol

from ...diagnosis.lines import clean
from ...diagnosis.output import Output
from ...diagnosis.signatures import Matcher, known_signatures
from ...diagnosis.structure import strip

_LOGGER = "pip.subprocessor"
_METHODS = ("debug", "verbose", "info")


class Printing(Protocol):
    """An object whose output is read: a build."""

    output: Output | None


@contextmanager
def listening(at_work: Callable[[], Printing | None]) -> Iterator[None]:
    """Read what builds print while this context is active.

    Args:
        at_work: Returns the build that prints, or None to ignore the output.
    """
    logger = logging.getLogger(_LOGGER)
    matcher = Matcher(known_signatures())
    wrapped = [name for name in _METHODS if hasattr(logger, name)]
    # Set on the logger itself by a pip command that runs this one in its own process.
    before = {name: vars(logger)[name] for name in wrapped if name in vars(logger)}
    for name in wrapped:
        setattr(logger, name, _overheard(getattr(logger, name), at_work, matcher))
    try:
        yield
    finally:
        for name in wrapped:
            delattr(logger, name)
        vars(logger).update(before)


def _overheard(
    original: Callable[..., None], at_work: Callable[[], Printing | None], matcher: Matcher
) -> Callable[..., None]:
    @functools.wraps(original)
    def log(message: object, *args: object, **kwargs: object) -> None:
        printing = at_work()
        if printing is not None:
            if args:
                # Messages from pip itself: that it starts a command, or which command failed.
                if str(message).startswith("Running command"):
                    printing.output = Output(matcher)
            elif printing.output is not None:
                printing.output.take(strip(clean(str(message)).text))
        original(message, *args, **kwargs)

    return log
