"""What a nested pip hands back to the pip that has started it: ``report.json``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ...errors import OverrideError
from ...files import Json, read_json, write_json

if TYPE_CHECKING:
    from .environments import Environments, Filling
    from .ledger import Ledger
    from .messages import Messages
    from .outcome import Outcome

FORMAT = 1
"""To be counted up if a field is added, removed, or gets another meaning."""


class NestedReport:
    """Puts together what this pip hands back, and takes over what those below it do.

    Args:
        environments: of which the root is what this pip was started for.
        ledger: of this pip.
        messages: of this pip.
        outcome: of this pip.
    """

    def __init__(
        self, environments: Environments, ledger: Ledger, messages: Messages, outcome: Outcome
    ) -> None:
        self._environments = environments
        self._ledger = ledger
        self._messages = messages
        self._outcome = outcome

    def take(self, report: Json, filling: Filling) -> None:
        """Take over what a nested pip handed back.

        Args:
            report: as ``read`` returns it.
            filling: the environment that it filled.
        """
        filling.take(report)
        self._ledger.take(report)
        self._outcome.take(report)
        for level, text in report["lines"]:
            self._messages.say(level, text)

    def write(self, directory: str) -> None:
        """Hand back what this pip did.

        Args:
            directory: the one that the outer pip has made for it.

        Raises:
            OSError: if there is no room for it.
        """
        root, ledger, outcome = self._environments.root, self._ledger, self._outcome
        root.note_matched_builds(ledger.chosen)
        _write(
            directory,
            {
                **_blank(outcome.refusal),
                "resolved": root.resolved,
                "members": root.members,
                "distributions": root.distributions,
                "matched": root.matched,
                "lines": self._messages.lines,
                "used": sorted(ledger.used),
                "done": ledger.done,
                "cached": ledger.from_cache,
                "built": ledger.built,
                "failed": outcome.failed_overridden,
                "failures": outcome.failures,
            },
        )


def hand_up_refusal(error: OverrideError, directory: str) -> bool:
    """Report a refusal that comes before this pip has a session of its own.

    Args:
        error: why it refuses.
        directory: the one that the outer pip has made for it; "" for the outermost pip.

    Returns:
        whether this is a nested pip, whose outer pip then says it.
    """
    if not directory or not os.path.isdir(directory):
        return False
    _write(directory, _blank(error))
    return True


def read(directory: str) -> Json | None:
    """Read what a nested pip handed back; None if it never got so far, or wrote something else."""
    report = read_json(os.path.join(directory, "report.json"))
    if report is None or report.get("format") != FORMAT or not _blank(None).keys() <= report.keys():
        return None
    return report


def _blank(refusal: OverrideError | None) -> Json:
    return {
        "format": FORMAT,
        "resolved": False,
        "members": [],
        "distributions": [],
        "matched": [],
        "lines": [],
        "used": [],
        "done": [],
        "cached": [],
        "built": [],
        "failed": False,
        "failures": [],
        "refusal": dict(vars(refusal)) if refusal else None,
    }


def _write(directory: str, report: Json) -> None:
    write_json(os.path.join(directory, "report.json"), report)
