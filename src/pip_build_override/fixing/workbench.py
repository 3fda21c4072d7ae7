"""The workbench that builds a package with the pip of a command, in child processes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Iterator, Protocol, Sequence
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ..build_steps import KNOWN
from ..diagnosis import Failure, known_failures
from ..diagnosis.bounds import Contradiction
from ..diagnosis.failed_command import FailedCommand
from ..diagnosis.known_failures import KnownFailure, KnownFailures
from ..errors import OverrideError
from ..files import replace_whole, write_json
from ..releases import Release
from ..rules import parse_overrides, read_file
from ..rules.lines import name_of
from ..rules.standards import NAME, normalise
from ..rules.written import Table
from . import attempt_rules, found_rules, outcome_of_pip, pip_variables
from .attempts import BUILT, FAILED, REFUSED, Attempt, Imported
from .clock import Clock
from .kept_limits import with_limits
from .tables import key_of
from .workplace import Workplace, no_room_hint

_BY_NAME = re.compile(rf"{NAME}(?:\[.*\])?==")
_IS_INSTALLED = "import importlib.metadata, sys; importlib.metadata.version(sys.argv[1])"
_NOT_LOADED = "pip has built it without the rules: the Python that it runs on ignores PYTHONPATH"


class Journal(Protocol):
    """What is told about the attempts while they are made."""

    def begin(self, package: str, purpose: str) -> None:
        """Tell that an attempt begins."""

    def end(self, attempt: Attempt) -> None:
        """Tell what came of it."""

    def imported(self, package: str, result: Imported) -> None:
        """Tell whether what was built can be imported."""


class PipWorkbench:
    """Builds one package with the pip of a command in which it failed, and imports what was built.

    An attempt has the options, variables and settings that the build had in the command. What it builds
    goes into pip's cache with a mark by which only a pip of this search that would build the same uses
    it: ``in_pip/state/attempts.py``.

    Args:
        command: The command.
        failure: The failure of the package.
        place: Where to work.
        overrides: Absolute path of the overrides file in force; "" if there is none.
        clock: The time that the search has.
        journal: Who is told about it.
    """

    def __init__(
        self,
        command: FailedCommand,
        failure: Failure,
        place: Workplace,
        overrides: str,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._command = command
        self._failure = failure
        self._place = place
        self._overrides = overrides
        self._clock = clock
        self._journal = journal
        self._built: dict[str, Attempt] = {}
        # By what the rules say that does not show in the contents of a build environment.
        self._failed: dict[str, list[Failure]] = {}
        self._imported: dict[str, Imported] = {}
        self._releases: dict[str, tuple[Release, ...]] = {}
        self._in_target: dict[str, bool] = {}
        self._sources = ""
        # The directory that was built, and the one of the user that it was copied from.
        self._copied: dict[str, str] = {}
        self._rules_of: dict[str, str] = {}

    def build(self, table: Table, purpose: str) -> Attempt:
        """Build the package under some rules, as ``Workbench.build`` says."""
        self._clock.check()
        key = key_of(table)
        known = self._built.get(key)
        if known is not None:
            return replace(known, table=table)
        self._journal.begin(self._failure.label, purpose)
        began = time.monotonic()
        with self._usable():
            attempt = self._attempt(table)
        attempt = replace(attempt, seconds=time.monotonic() - began)
        self._built[key] = attempt
        self._journal.end(attempt)
        return attempt

    def imported(self, attempt: Attempt) -> Imported:
        """Import what was built, as ``Workbench.imported`` says."""
        from .importing import import_wheel  # a search that builds nothing does not need it

        self._clock.check()
        result = self._imported.get(attempt.wheel)
        if result is None:
            rules = self._rules_of[attempt.wheel]
            with self._usable():
                result = import_wheel(
                    self._command, self._failure, attempt, rules, self._place, self._clock
                )
            self._imported[attempt.wheel] = result
            self._journal.imported(self._failure.label, result)
        return result

    def releases(self, name: str) -> Sequence[Release]:
        """Return the releases of a distribution that pip finds, the oldest first."""
        from .asking import releases_of  # most searches end before they need it

        self._clock.check()
        key = normalise(name)
        if key not in self._releases:
            try:
                found = releases_of(self._command, [key])
            except OverrideError:
                # What is not known cannot be tried; the attempts themselves say more.
                found = {}
            self._releases[key] = found.get(key, ())
        return self._releases[key]

    def in_target(self, name: str) -> bool:
        """Return whether a distribution is installed there, as ``Workbench.in_target`` says."""
        key = normalise(name)
        if key not in self._in_target:
            words = [self._command.python, "-c", _IS_INSTALLED, key]
            log = self._place.new("log")
            with self._usable():
                variables, directory = self._command.variables, self._command.directory
                status = self._place.run(words, variables, log, self._clock, directory)
            self._in_target[key] = status == 0
        return self._in_target[key]

    def generator(self) -> tuple[str, str] | None:
        """Return the tool that built the wheel of the release, as ``Workbench.generator`` says."""
        from .release_wheel import generator_of_release  # hardly any search comes that far

        with self._usable():
            return generator_of_release(self._command, self._failure, self._place, self._clock)

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """A context in which files are written; without the room for them, no attempt tells anything.

        Raises:
            OverrideError: If they cannot be written.
        """
        try:
            yield
        except OSError as error:
            # copytree() collects what it cannot copy.
            several = error.args[0] if isinstance(error, shutil.Error) else ()
            said = several[0][2] if several else error.strerror or str(error)
            raise OverrideError(
                f"what is needed to build it again cannot be written: {said}",
                kind="unwritable-file",
                where=os.path.dirname(self._place.path),
                hint=no_room_hint(),
            ) from None

    def _attempt(self, table: Table) -> Attempt:
        name, place = self._failure.name, self._place
        wheels, left, log = place.new("wheels"), place.new("left"), place.new("log")
        # The record of what is built names the file.
        name_of_file = f"{Path(self._overrides or found_rules.NAME).stem}.toml"
        report, rules = place.new("report"), os.path.join(place.new("rules"), name_of_file)
        os.mkdir(os.path.dirname(rules))
        os.mkdir(wheels)
        os.mkdir(left)
        failed = self._failed.setdefault(attempt_rules.identity_of_others(table), [])
        _write_known(failed, left)
        user = self._overrides
        content = read_file(user) if user else b""
        kept = table
        if user:
            try:
                kept = with_limits(table, name, parse_overrides(content, path=user))
            except Contradiction as found:
                why = f'{found.wanted} contradicts a limit on it for all packages, in [package."*"]'
                return Attempt(table, REFUSED, refusal=why)
        text = attempt_rules.rules_of_attempt(name, kept, user, content)
        # Whatever the umask is: a file that everybody may write to is refused.
        replace_whole(rules, text.encode(), mode=0o600)
        variables = pip_variables.for_pip(self._command.variables, rules, report, left)
        with self._requirement() as requirement:
            command = [self._command.python, self._command.pip, "wheel", "--no-deps"]
            command += ["--wheel-dir", wheels, *self._command.options_for(self._failure)]
            if _BY_NAME.match(requirement):
                # A release may have a wheel too, which is not what failed. It is the last such option,
                # since pip lets one that is for all packages take back those before it.
                command += ["--no-binary", name_of(requirement)]
            command += self._exact(requirement)
            status = place.run(command, variables, log, self._clock, self._command.directory)
        built = sorted(Path(wheels).glob("*.whl"))
        environment = outcome_of_pip.environment_of(report, name)
        if status == 0 and len(built) == 1:
            if not outcome_of_pip.was_loaded(left):
                return Attempt(table, REFUSED, refusal=_NOT_LOADED)
            self._rules_of[str(built[0])] = rules
            # A wheel of an earlier run may have no record of it.
            return Attempt(table, BUILT, environment=environment or {}, wheel=str(built[0]))
        refused, hint = outcome_of_pip.refusal(log, status)
        if refused:
            refused, hint = self._shown(refused, rules), self._shown(hint, rules)
            return Attempt(table, REFUSED, refusal=refused, hint=hint)
        failure = outcome_of_pip.failure_of(left, log, self._failure)
        # What asks for it is a rule of this attempt, or one of the user.
        failure = replace(failure, asked_in=self._shown(failure.asked_in, rules))
        if failure.step == KNOWN:
            failure = next((each for each in failed if _same_contents(each, failure)), failure)
        elif failure.filled and failure.environment is not None:
            failed.append(failure)
        return Attempt(table, FAILED, failure, environment=dict(failure.environment or {}))

    def _exact(self, requirement: str) -> list[str]:
        """Return what gives pip a requirement, with the hashes and the settings that the user gives it.

        Another index may offer another file of the same name, and a build runs what is in it.
        """
        failure = self._failure
        if not failure.hashes and failure.settings == self._command.settings:
            return [requirement]
        # https://pip.pypa.io/en/stable/topics/secure-installs/: hashes are in such files only. And pip
        # gives settings of the command line, of a variable or of its configuration to what is on the
        # command line, but not to what is in a file.
        path = f"{self._place.new('requirement')}.txt"
        options = [f"--hash={each}" for each in failure.hashes]
        options += [f"--config-settings={shlex.quote(each)}" for each in failure.settings]
        replace_whole(path, f"{' '.join([requirement, *options])}\n".encode(), mode=0o600)
        return ["--requirement", path]

    def _shown(self, text: str, rules: str) -> str:
        """Return a message without the paths of what the user has not written."""
        path = os.path.relpath(rules, os.path.realpath(self._command.directory))
        for copy, directory in self._copied.items():
            text = text.replace(Path(copy).as_uri(), Path(directory).as_uri())
            text = text.replace(copy, directory)
        return text.replace(f"{rules}: ", "").replace(f"{path}: ", "")

    @contextmanager
    def _requirement(self) -> Iterator[str]:
        """A context with what pip is given to build the package."""
        failure = self._failure
        requirement = failure.requirement or failure.source or f"{failure.name}=={failure.version}"
        directory = _directory(requirement)
        if not directory:
            yield requirement
            return
        # A build may write into the tree, and finds what an earlier one has left there. The tree of the
        # user, who may go on working in it, is read once.
        name = os.path.basename(directory)
        if not self._sources:
            sources = os.path.join(self._place.new("sources"), name)
            self._copy(directory, sources)
            self._sources = sources
        copy = os.path.join(self._place.new("source"), name)
        self._copy(self._sources, copy)
        self._copied = {copy: directory}
        try:
            # Some sources say their name only when they are built. Rules need it before.
            yield f"{failure.name} @ {Path(copy).as_uri()}" if failure.name else copy
        finally:
            shutil.rmtree(os.path.dirname(copy), ignore_errors=True)

    def _copy(self, directory: str, copy: str) -> None:
        def leave_out(folder: str, names: list[str]) -> list[str]:
            self._clock.check()
            # The temporary directory may be in the tree, and nobody can copy a pipe or a socket.
            paths = {name: os.path.join(folder, name) for name in names}
            return [
                name
                for name, path in paths.items()
                if path == self._place.path or not _can_be_copied(path)
            ]

        shutil.copytree(directory, copy, symlinks=True, ignore=leave_out)


def _can_be_copied(path: str) -> bool:
    return os.path.islink(path) or os.path.isdir(path) or os.path.isfile(path)


def _write_known(failed: Sequence[Failure], directory: str) -> None:
    """Write for pip in which build environments the package has failed."""
    known = tuple(KnownFailure(each.environment or {}, each.filled) for each in failed)
    write_json(os.path.join(directory, known_failures.FILE), KnownFailures(known).to_json())


def _same_contents(one: Failure, other: Failure) -> bool:
    return (one.environment, one.filled) == (other.environment, other.filled)


def _directory(requirement: str) -> str:
    """Return the local directory that a requirement stands for; "" if it is anything else."""
    parts = urlsplit(requirement)
    path = url2pathname(parts.path) if parts.scheme == "file" else requirement
    return os.path.realpath(path) if os.path.isabs(path) and os.path.isdir(path) else ""
