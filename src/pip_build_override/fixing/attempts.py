"""Attempts to build a package under some rules: what came of one, and what a search can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Protocol, Sequence

from ..diagnosis import Failure
from ..releases import Release
from ..rules.written import Table

BUILT = "built"
FAILED = "failed"
REFUSED = "refused"


@dataclass(frozen=True)
class Attempt:
    """One build of a package under some rules, and what came of it.

    Attributes:
        table: The rules of the package, as a TOML reader returns them.
        state: ``BUILT``, ``FAILED`` in the build or while its environment was filled, or ``REFUSED`` by
            the shim, because the rules could not be honoured.
        failure: What is known of the failure; None for any other state.
        refusal: The error of the shim; "" for any other state.
        hint: What its hint says; "" if it has none.
        environment: The distributions that its build environment contained, normalised names and
            versions; empty if it was not filled.
        wheel: Path of the wheel; "" for any other state.
        seconds: How long it took.
    """

    table: Table
    state: str
    failure: Failure | None = None
    refusal: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    wheel: str = ""
    seconds: float = 0.0
    hint: str = ""


@dataclass(frozen=True)
class Imported:
    """Whether a wheel that was built can be imported.

    Attributes:
        works: Whether it can, or nothing in it had to be tried.
        failure: Why it cannot; its step is ``import``.
        reason: The same in a few words; or why it could not be tried.
    """

    works: bool
    failure: Failure | None = None
    reason: str = ""


class TimeIsUp(Exception):
    """The limit of a search is reached, or its user has interrupted it."""


class Workbench(Protocol):
    """Builds one package, and answers what a search has to know. Nothing is built twice.

    Each method raises ``TimeIsUp``; a search ends with what is known by then.
    """

    def build(self, table: Table, purpose: str) -> Attempt:
        """Build the package under some rules.

        Args:
            table: The rules for the package, in addition to those that are in force anyway.
            purpose: What the attempt is to find out, in a few words that the user sees, such as
                ``with cython<3.1``.
        """

    def imported(self, attempt: Attempt) -> Imported:
        """Import what was built, in a process of its own, with what the command would install."""

    def releases(self, name: str) -> Sequence[Release]:
        """Return the releases of a distribution that pip finds, the oldest first."""

    def in_target(self, name: str) -> bool:
        """Return whether a distribution is installed in the environment that the command is for."""

    def generator(self) -> tuple[str, str] | None:
        """Return the tool that built the wheel of the same release, and its version, if it says so."""
