"""What this pip has to say, held back as long as it cannot be heard."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterator

from ...urls import without_secrets

if TYPE_CHECKING:
    from .environments import Environments

# Not one of pip's loggers: it levels those of what it vendors by itself.
_logger = logging.getLogger("pip_build_override")


class Messages:
    """The lines of one pip command.

    Args:
        environments: which environment is filled when something is said.
    """

    def __init__(self, environments: Environments) -> None:
        self._environments = environments
        self._lines: list[tuple[int, str]] = []
        self._warned: set[str] = set()
        self._if_succeeded: list[str] = []
        self._kept: list[list[tuple[int, str]]] = []

    @property
    def lines(self) -> list[tuple[int, str]]:
        """What was not said yet, each with its logging level."""
        return list(self._lines)

    def say(self, level: int, text: str) -> None:
        """Say one thing, as soon as the outermost pip can be heard; a warning only once.

        Args:
            level: of the logging module, or pip's own.
            text: what to say; what is secret in the URLs in it is left out.
        """
        text = without_secrets(text)
        if level >= logging.WARNING:
            if self._kept:
                self._kept[-1].append((level, text))
                return
            if text in self._warned:
                return
            self._warned.add(text)
        self._lines.append((level, text))
        self.flush()

    def warn(self, text: str) -> None:
        """Say a warning of our own."""
        self.say(logging.WARNING, f"pip-build-override: {text}")

    def warn_if_succeeded(self, text: str) -> None:
        """Keep a warning that counts only if the command succeeds."""
        if text not in self._if_succeeded:
            self._if_succeeded.append(text)

    @contextmanager
    def warnings_kept(self, kept: list[tuple[int, str]]) -> Iterator[None]:
        """Keep warnings back for what may be thrown away, and say them only if it is not.

        Args:
            kept: a list that they are added to instead, each as the arguments of ``say``.
        """
        self._kept.append(kept)
        try:
            yield
        finally:
            self._kept.pop()

    def flush(self) -> None:
        """Say what was held back, if it can be heard now."""
        # While this very process fills a build environment, pip captures what is logged.
        if self._environments.for_user:
            lines, self._lines = self._lines, []
            for level, text in lines:
                _logger.log(level, "%s", text)

    def end(self, succeeded: bool) -> None:
        """Say the warnings that were kept until the end of the command."""
        for text in self._if_succeeded if succeeded else ():
            self.warn(text)
