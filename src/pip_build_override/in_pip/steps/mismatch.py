"""Finds wheels that do not fit the versions they will run with, before they are installed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Iterable, Iterator

from ... import records, rules, switch
from ...errors import OverrideError
from ...rules.lines import name_of, parts_of
from ..builds import wheel_record
from ..internals import specifiers
from ..internals.objects import link_of, normal_name, source_directory

if TYPE_CHECKING:
    from ...verifying import remedy
    from ..builds.prepared import Prepared
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
        if self._explained.wanted or not self._command.builds_wheels:
            return
        for req in chosen:
            self._warn_of_editable(req)
            if self._rules.overrides.mismatch == "ignore":
                continue
            record = self._record(req)
            if record is None:
                continue
            build = self._ledger.build_of(req)
            prepared = build.prepared if build is not None else None
            for error in self._misfits(record, dict.fromkeys(_needed(req)), prepared):
                if self._rules.overrides.mismatch == "error":
                    raise error
                self._environments.current.note_misfit(normal_name(req), error)
                self._messages.warn_if_succeeded(error)

    def _warn_of_editable(self, req: InstallRequirement) -> None:
        """Warn if an editable installation needs its build environment, which pip deletes."""
        build = self._ledger.build_of(req) if req.editable else None
        if build is None or not build.has_environment:
            return
        from ...verifying import editable
        from ..builds import editables

        backend = editables.rebuilding_backend(build)
        if backend:
            pins = [
                f"{name}=={version}"
                for name, version in sorted(build.environment.items())
                if build.uses(name)
            ]
            command = editable.reinstall(sys.executable, pins, source_directory(req))
            self._messages.warn_if_succeeded(
                OverrideError(
                    f"{build.label} is installed as editable, and {backend} rebuilds it when it is"
                    " imported, with the build environment that pip deletes when it ends, so the import"
                    " will fail",
                    kind="editable-rebuild",
                    hint="install what it is built with in this environment, and then the editable with"
                    f" it, without the override: {command}",
                )
            )

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

    def _misfits(
        self, record: records.Record, names: Iterable[str], prepared: Prepared | None
    ) -> Iterator[OverrideError]:
        """Yield what does not fit, and what is not known to fit."""
        messages, wanted = {}, {}
        for name in names:
            held = record.held(name)
            if held is None or not records.has_abi(name, held.linkable):
                continue
            try:
                expected = self._environments.current.target.expected(name)
            except OverrideError as unclear:
                yield OverrideError(
                    f"it is not known whether {record.label} fits what it will run with:"
                    f" {unclear.message}",
                    kind="abi-mismatch",
                    hint=unclear.hint,
                )
                continue
            if expected is None:
                continue
            verdict = records.fits(name, held.version, expected.version)
            if not verdict.fits:
                wanted[name] = expected.version
                messages[name] = (
                    f"{record.label} is built against {name} {held.version}, and will run with {name}"
                    f" {expected.version}: {verdict.reason}"
                )
        for name, hint in (self._hints(record, wanted, prepared) if wanted else {}).items():
            yield OverrideError(messages[name], kind="abi-mismatch", hint=hint)

    def _hints(
        self, record: records.Record, wanted: dict[str, str], prepared: Prepared | None
    ) -> dict[str, str]:
        """Return a hint for each name; one table fixes all that can be fixed.

        Nothing is installed into an environment that exists already, whatever a table asks for.
        """
        pins = [f"{name}=={version}" for name, version in wanted.items()]
        install = prepared.install(*pins) if prepared is not None else ""
        if install and not any(_excludes(record, *each) for each in wanted.items()):
            return dict.fromkeys(wanted, _install_hint(install))
        from ...verifying import remedy
        from ...verifying.trial import Misfit

        target = self._environments.current.target

        def version_of(other: str) -> str | None:
            try:
                expected = target.expected(other)
            except OverrideError:
                return None
            return expected.version if expected is not None else None

        file, shown = self._file(), self._rules.shown
        misfit = Misfit(record, self._rules.environment, version_of)
        found, problems = remedy.find_for_all(misfit, wanted, file)
        hints = {
            name: _no_remedy_hint(record, name, wanted[name], problem)
            for name, problem in problems.items()
        }
        if found is not None:
            whole = f"{found.instruction(shown if file.path else '')}\n{found.text}"
            if install:
                whole = f"{install}; and {whole}"
            hints.update({name: whole for name in wanted if name not in problems})
        return hints

    def _file(self) -> remedy.File:
        from ...verifying import remedy

        overrides, content = self._rules.overrides, self._rules.file_content
        path = overrides.path
        # Under run with only --set or --constrain, the file is a temporary one.
        if not path or os.path.dirname(path) == os.environ.get(switch.WATCH):
            path, content = "", b""
        elif not content and os.path.isfile(path):
            # Only the outermost pip has kept the content.
            content = rules.read_file(path)
        given = rules.CommandLine.load(os.environ.get(switch.COMMAND_LINE, ""))
        return remedy.File(content, path, overrides.shown, given)


def _excludes(record: records.Record, name: str, version: str) -> bool:
    """Return whether what a package is built with by its rules excludes a version."""
    lines = map(parts_of, (*record.effective, *record.effective_asked, *record.constraints))
    return any(
        line.name == name and (line.url or not specifiers.satisfies(version, line.specifier))
        for line in lines
    )


def _install_hint(command: str) -> str:
    return (
        f"{command}, because it is built in that environment; or name another one in build-environment"
    )


def _no_remedy_hint(record: records.Record, name: str, version: str, problem: str) -> str:
    return (
        f"change the rules by hand so that {record.name} is built against {name}=={version}, or"
        f" install the {name} that it was built against; no change to its table does that: {problem}"
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
