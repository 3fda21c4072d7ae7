"""The messages of this pip, held back while pip captures its output."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterator

from ...urls import without_secrets

if TYPE_CHECKING:
    from ...errors import OverrideError
    from .environments import Environments

# Not a child of pip's loggers, because pip sets the levels of its vendored loggers itself.
_logger = logging.getLogger("pip_build_override")


class Messages:
    """The messages of one pip command.

    Args:
        environments: the environments that this pip fills.

    Attributes:
        warnings: how many warnings there were, with those that are kept back or were given before.
    """

    def __init__(self, environments: Environments) -> None:
        self._environments = environments
        self.warnings = 0
        self._lines: list[tuple[int, str]] = []
        self._warned: set[str] = set()
        self._if_succeeded: dict[str, OverrideError] = {}
        self._kept: list[list[tuple[int, str]]] = []

    @property
    def lines(self) -> list[tuple[int, str]]:
        """The messages that were not emitted yet, each with its logging level."""
        return list(self._lines)

    def say(self, level: int, text: str) -> None:
        """Emit a message as soon as the output of this pip is shown; a warning only once.

        Args:
            level: a level of the logging module, or one of pip's own.
            text: the message; secrets in its URLs are removed.
        """
        text = without_secrets(text)
        if level >= logging.WARNING:
            self.warnings += 1
            if self._kept:
                self._kept[-1].append((level, text))
                return
            if text in self._warned:
                return
            self._warned.add(text)
        self._lines.append((level, text))
        self.flush()

    def warn(self, warning: OverrideError) -> None:
        """Emit a warning with the prefix of the shim and the name of its kind."""
        self.say(logging.WARNING, f"pip-build-override: {warning.shown}")

    def warn_if_succeeded(self, warning: OverrideError) -> None:
        """Keep a warning that is emitted only if the command succeeds."""
        self._if_succeeded.setdefault(warning.shown, warning)

    @contextmanager
    def warnings_kept(self, kept: list[tuple[int, str]]) -> Iterator[None]:
        """Keep back the warnings in the context about a build that may be discarded.

        Args:
            kept: the list that they are added to instead, each as the arguments of ``say``.
        """
        self._kept.append(kept)
        try:
            yield
        finally:
            self._kept.pop()

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Forget the messages in the context if it ends with an exception."""
        before = list(self._lines), set(self._warned), dict(self._if_succeeded)
        warnings, kept = self.warnings, len(self._kept[-1]) if self._kept else 0
        try:
            yield
        except BaseException:
            self.warnings = warnings
            self._lines, self._warned, self._if_succeeded = before
            if self._kept:
                del self._kept[-1][kept:]
            raise

    def flush(self) -> None:
        """Emit the messages that were held back, if the output of this pip is shown now."""
        # While this process fills a build environment, pip captures what is logged.
        if self._environments.for_user:
            lines, self._lines = self._lines, []
            for level, text in lines:
                self.emit(level, text)

    def emit(self, level: int, text: str) -> None:
        """Show one message."""
        _logger.log(level, "%s", text)

    def end(self, succeeded: bool) -> None:
        """Emit the warnings that were kept until the end of the command."""
        for warning in self._if_succeeded.values() if succeeded else ():
            self.warn(warning)
