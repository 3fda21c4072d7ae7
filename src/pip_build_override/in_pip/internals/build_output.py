"""What a build prints: pip hands each line to the logger ``pip.subprocessor``, whatever it shows.

That logger's methods are all that is held on to here, and a pip without them loses nothing but hints.
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
    """What prints: a build."""

    output: Output | None


@contextmanager
def listening(at_work: Callable[[], Printing | None]) -> Iterator[None]:
    """Look at what builds print meanwhile.

    Args:
        at_work: gives the build that prints; None if what is printed is of no interest.
    """
    logger = logging.getLogger(_LOGGER)
    matcher = Matcher(known_signatures())
    wrapped = [name for name in _METHODS if hasattr(logger, name)]
    for name in wrapped:
        setattr(logger, name, _overheard(getattr(logger, name), at_work, matcher))
    try:
        yield
    finally:
        for name in wrapped:
            delattr(logger, name)


def _overheard(
    original: Callable[..., None], at_work: Callable[[], Printing | None], matcher: Matcher
) -> Callable[..., None]:
    @functools.wraps(original)
    def log(message: object, *args: object, **kwargs: object) -> None:
        printing = at_work()
        if printing is not None:
            if args:
                # What pip itself says: that it starts a command, and which one it was that failed.
                if str(message).startswith("Running command"):
                    printing.output = Output(matcher)
            elif printing.output is not None:
                printing.output.take(strip(clean(str(message)).text))
        original(message, *args, **kwargs)

    return log
