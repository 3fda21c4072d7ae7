"""Finds wheels that do not fit the versions they will run with, before they are installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, Iterator

from ... import records
from ...errors import OverrideError
from ...rules.lines import name_of
from ..builds import wheel_record
from ..internals.objects import link_of, normal_name

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement
    from ..state.cached_wheels import CachedWheels
    from ..state.environments import Environments
    from ..state.explained import Explained
    from ..state.ledger import Ledger
    from ..state.messages import Messages
    from ..state.pip_command import PipCommand
    from ..state.rules_in_force import RulesInForce


class Mismatch:
    """Compares builds with the versions that they will run with.

    Args:
        rules_in_force: the rules in force.
        ledger: the builds of this command.
        environments: the environments that this pip fills.
        messages: emits warnings.
        cached_wheels: the cached wheels that this command finds.
        command: the pip command.
        explained: what ``explain`` asks for.
    """

    def __init__(
        self,
        rules_in_force: RulesInForce,
        ledger: Ledger,
        environments: Environments,
        messages: Messages,
        cached_wheels: CachedWheels,
        command: PipCommand,
        explained: Explained,
    ) -> None:
        self._rules = rules_in_force
        self._ledger = ledger
        self._environments = environments
        self._messages = messages
        self._cached_wheels = cached_wheels
        self._command = command
        self._explained = explained

    def check(self, chosen: Iterable[InstallRequirement]) -> None:
        """Compare what was built, now or before, with what the target will contain.

        Args:
            chosen: the requirements that pip's resolver chose.

        Raises:
            OverrideError: if something does not fit, and ``[settings] mismatch`` is "error".
        """
        # pip download and lock prepare metadata only, and build no wheel.
        builds = self._command.builds_wheels
        if self._rules.overrides.mismatch == "ignore" or self._explained.wanted or not builds:
            return
        for req in chosen:
            record = self._record(req)
            if record is None:
                continue
            for name in _needed(req):
                try:
                    error = self._misfit(record, name)
                except OverrideError as unclear:
                    # The version in the target is unknown.
                    error = OverrideError(
                        f"whether {record.label} fits what it will run with cannot be told:"
                        f" {unclear.message}",
                        hint=unclear.hint,
                    )
                if error is None:
                    continue
                if self._rules.overrides.mismatch == "error":
                    raise error
                self._environments.current.note_misfit(normal_name(req), error)
                self._messages.warn_if_succeeded(str(error))

    def _record(self, req: InstallRequirement) -> records.Record | None:
        build = self._ledger.build_of(req)
        if build is not None:
            complete = build.has_environment and build.environment
            return wheel_record.record_of(build, self._rules.shown) if complete else None
        record = self._cached_wheels.record_of(req.link)
        approved = self._cached_wheels.approved(req.link)
        if record is None and approved is not None and approved.stored.beside is not None:
            # A wheel without a record: its record was kept beside it.
            try:
                return records.from_json(approved.stored.beside)
            except ValueError:
                return None
        return record

    def _misfit(self, record: records.Record, name: str) -> OverrideError | None:
        held = record.held(name)
        standing = self._environments.current.target.standing(name)
        if held is None or standing is None:
            return None
        verdict = records.fits(name, held.version, standing.version)
        if verdict.fits:
            return None
        prefix = "tool.pip-build-override." if self._rules.overrides.form == "pyproject" else ""
        mend = records.mend(record, name, standing.version, prefix)
        return OverrideError(
            f"{record.label} is built against {name} {held.version}, and will run with {name}"
            f" {standing.version}: {verdict.reason}",
            hint=f"put this into {self._rules.shown or 'an overrides file'} ({mend.reason}):\n"
            f"{mend.text}",
        )


def _needed(req: InstallRequirement) -> Iterator[str]:
    """Yield the names of what a package needs at run time, by the metadata that pip has."""
    link = link_of(req)
    if link.is_wheel:
        lines = records.requirements_of_wheel(link.file_path)
    else:
        lines = req.metadata.get_all("Requires-Dist") or []
    for text in wheel_record.applying(lines, req.extras):
        yield name_of(text)
