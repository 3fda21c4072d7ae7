"""The report of a nested pip to the pip that started it: ``report.json``."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from ...errors import OverrideError
from ...files import Json, read_json, write_json
from ...frozen import Frozen, replace
from .outcome import FailedBuild

if TYPE_CHECKING:
    from ..builds.member import Matched, Member, Origin
    from .environments import Environments, Filling
    from .ledger import Ledger
    from .messages import Messages
    from .outcome import Outcome

FORMAT = 6
"""Increase this if a field is added or removed, or changes its meaning."""

_FILE = "report.json"


class Report(Frozen):
    """What one pip did.

    Args:
        resolved: whether its resolver called us.
        members: how each distribution was made.
        distributions: the origin of each distribution.
        matched: what was built to match the environment, and with which versions.
        lines: the messages to emit, each with its logging level.
        used: positions in the file of the tables that were used in a build.
        done: labels of the packages that were built under rules.
        cached: labels of the packages that were built under the same rules before.
        built: name and version of each package that was built, now or before.
        failed: whether a build failed under an override.
        failures: what is known of each build that failed.
        refusal: why it refused to go on; None if it did not.
        left_out: names of distributions with files that its limit on uploads has left out.
        installed: the key of what it has installed; "" if it is not known.
    """

    resolved: bool = False
    members: tuple[Member, ...] = ()
    distributions: tuple[Origin, ...] = ()
    matched: tuple[Matched, ...] = ()
    lines: tuple[tuple[int, str], ...] = ()
    used: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    cached: tuple[str, ...] = ()
    built: tuple[tuple[str, str], ...] = ()
    failed: bool = False
    failures: tuple[FailedBuild, ...] = ()
    refusal: OverrideError | None = None
    left_out: tuple[str, ...] = ()
    installed: str = ""

    def to_json(self) -> Json:
        """Return a document that ``from_json`` accepts."""
        return {
            **vars(self),
            "format": FORMAT,
            "members": [member.to_json() for member in self.members],
            "distributions": [origin.to_json() for origin in self.distributions],
            "matched": [matched.to_json() for matched in self.matched],
            "failures": [failed.to_json() for failed in self.failures],
            "refusal": None if self.refusal is None else self.refusal.to_json(),
        }

    @classmethod
    def from_json(cls, document: object) -> Report:
        """Read a document.

        Raises:
            ValueError: if it is not a valid document, or has another format number.
        """
        from ...documents import fields_of_format, flag, number, optional, pair_of, read, text, tuple_of
        from ..builds.member import Matched, Member, Origin

        return read(
            cls,
            fields_of_format(document, FORMAT),
            {
                "resolved": flag,
                "members": tuple_of(Member.from_json),
                "distributions": tuple_of(Origin.from_json),
                "matched": tuple_of(Matched.from_json),
                "lines": tuple_of(pair_of(number, text)),
                "used": tuple_of(text),
                "done": tuple_of(text),
                "cached": tuple_of(text),
                "built": tuple_of(pair_of(text, text)),
                "failed": flag,
                "failures": tuple_of(FailedBuild.from_json),
                "refusal": optional(OverrideError.from_json),
                "left_out": tuple_of(text),
                "installed": text,
            },
        )


class NestedReport:
    """Writes the report of this pip, and takes over the reports of the pips below it.

    Args:
        environments: the environments of this pip; it was started for their root.
        ledger: the ledger of this pip.
        messages: the messages of this pip.
        outcome: the outcome of this pip.
    """

    def __init__(
        self, environments: Environments, ledger: Ledger, messages: Messages, outcome: Outcome
    ) -> None:
        self._environments = environments
        self._ledger = ledger
        self._messages = messages
        self._outcome = outcome

    def take(self, report: Report, filling: Filling) -> None:
        """Take over the report of a nested pip.

        Args:
            report: the report, as ``read`` returns it.
            filling: the environment that the nested pip filled.
        """
        if report.resolved:
            filling.note_resolved()
        filling.take_contents(
            report.members, report.distributions, report.installed, report.matched, report.left_out
        )
        filling.note_refusal(report.refusal)
        self._ledger.take(report.used, report.done, report.cached, report.built)
        self._outcome.take(report.failed, report.failures)
        for level, text in report.lines:
            self._messages.say(level, text)

    def write(self, directory: str) -> None:
        """Write the report of this pip.

        Args:
            directory: the directory that the outer pip created for the report.

        Raises:
            OSError: if the report cannot be written.
        """
        root, ledger, outcome = self._environments.root, self._ledger, self._outcome
        root.note_matched_builds(ledger.chosen)
        report = Report(
            resolved=root.resolved,
            members=tuple(root.members),
            distributions=tuple(root.distributions),
            matched=tuple(root.matched),
            lines=tuple(self._messages.lines),
            used=tuple(sorted(ledger.used)),
            done=tuple(ledger.done),
            cached=tuple(ledger.from_cache),
            built=tuple(ledger.built),
            failed=outcome.failed_overridden,
            failures=tuple(outcome.failures),
            refusal=outcome.refusal,
            left_out=tuple(sorted(root.left_out)),
            installed=root.installed,
        )
        _write(directory, report)


def hand_up_refusal(error: OverrideError, directory: str) -> bool:
    """Report a refusal of a pip that has no session yet.

    Args:
        error: why it refuses.
        directory: the directory that the outer pip created for the report; "" for the outermost pip.

    Returns:
        whether this is a nested pip, so that the outer pip prints the refusal.
    """
    if not directory or not os.path.isdir(directory):
        return False
    _write(directory, Report(refusal=error))
    return True


def read(directory: str) -> Report | None:
    """Read the report of a nested pip; None if it wrote none, or none that is valid."""
    document = read_json(os.path.join(directory, _FILE))
    if document is None:
        return None
    try:
        return Report.from_json(document)
    except (ValueError, RecursionError):
        return None


def keep(directory: str, place: str) -> None:
    """Keep the report of a nested pip in another directory, if it has written one."""
    with suppress(OSError):
        shutil.copyfile(os.path.join(directory, _FILE), os.path.join(place, _FILE))


def of_an_earlier_run(report: Report) -> Report:
    """Return what a report says about an environment, for a run that finds this environment there."""
    return replace(
        report,
        lines=(),
        done=(),
        cached=(*report.done, *report.cached),
        built=(),
        failed=False,
        failures=(),
    )


def _write(directory: str, report: Report) -> None:
    write_json(os.path.join(directory, _FILE), report.to_json())
