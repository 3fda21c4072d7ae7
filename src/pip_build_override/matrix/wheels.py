"""The wheels of a matrix: each is built once for an interpreter and what is built against, and kept."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Sequence

from .. import rules
from ..command_line import CommandLine
from ..errors import OverrideError
from ..files import replace_whole, shown_path
from . import build_variables
from .asking import NIGHTLY_INDEX
from .build_failure import Builder, NotBuilt, failure_in
from .build_key import key_of
from .build_rules import rules_of_build
from .cells import Cell
from .interpreter_facts import Facts, facts_of
from .kept_wheels import KeptWheels, NotedFailure
from .plan import Interpreter, Plan
from .read_back import read_back
from .results import NOT_BUILT
from .sdist import read_sdist

__all__ = ["BuiltWheel", "NotBuilt", "wheel_of"]


@dataclass(frozen=True)
class BuiltWheel:
    """A wheel of the project.

    Attributes:
        path: Where it is. It stays there for at least a day.
        built_with: The version of each distribution that was in the build environment, by its
            normalised name, as the record in the wheel says.
        reused: Whether it was there before.
    """

    path: Path
    built_with: Mapping[str, str]
    reused: bool


def wheel_of(
    store: Path,
    sdist: Path,
    interpreter: Interpreter,
    cell: Cell,
    plan: Plan,
    *,
    environment: Mapping[str, str] | None = None,
    run: str = "",
) -> BuiltWheel:
    """Return the wheel of a cell, built against the versions that the cell names.

    If it names none, the wheel is built under the user's overrides file alone.

    Args:
        store: The directory in which wheels are kept; it is made if it does not exist.
        sdist: The sdist of the project.
        interpreter: The interpreter of the cell.
        cell: The cell.
        plan: The plan that it is in.
        environment: The environment variables of the user; by default those of this process.
        run: A name for the present run. If it is given, a build that has failed is not tried again in
            the same run.

    Raises:
        NotBuilt: If there is no such wheel.
        OverrideError: If the sdist, the interpreter, the overrides file or the store cannot be used.
    """
    nightly = tuple(name for name, _ in cell.built if name in cell.nightly)
    asked = _Asked(cell.built, nightly, plan.overrides)
    try:
        return _Build(store, sdist, interpreter, asked, environment, run).wheel()
    except OSError as error:
        raise OverrideError(
            f"{error.filename or 'a file in it'} cannot be written: {error.strerror or error}",
            kind="unwritable-file",
            where=shown_path(str(store)),
            hint="make room on the disk and the directory writable, or remove it",
        ) from None


@dataclass(frozen=True)
class _Asked:
    """What a wheel is to be built with.

    Attributes:
        built: Names and versions to build against.
        nightly: Which of these names come from the index of nightly builds.
        overrides: Absolute path of the overrides file of the user; "" if there is none.
    """

    built: tuple[tuple[str, str], ...]
    nightly: tuple[str, ...]
    overrides: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.built)


class _Build:
    """One build."""

    def __init__(
        self,
        store: Path,
        sdist: Path,
        interpreter: Interpreter,
        asked: _Asked,
        environment: Mapping[str, str] | None,
        run: str,
    ) -> None:
        self._kept = KeptWheels(Path(os.path.abspath(store)))
        self._interpreter = interpreter
        self._asked = asked
        self._environment = dict(os.environ if environment is None else environment)
        self._run = run
        self._sdist = read_sdist(sdist)
        self._facts: Facts = facts_of(interpreter, build_variables.plain(self._environment))
        self._rules: CommandLine = build_variables.rules_above(
            self._environment, self._sdist.name, asked.names
        )

    def wheel(self) -> BuiltWheel:
        """Return the wheel, which may have been built before."""
        asked = self._asked
        overrides = rules.load_overrides(asked.overrides) if asked.overrides else rules.EMPTY
        key = key_of(
            self._sdist,
            self._facts,
            asked.built,
            asked.nightly,
            overrides,
            self._rules,
            self._environment,
            self._run,
        )
        with self._kept.locked(key):
            found = self._kept.find(key)
            if found is not None:
                return BuiltWheel(found, self._read_back(found), reused=True)
            failed = self._kept.failure(key, self._run)
            if failed is not None:
                raise NotBuilt(failed.state, failed.reason, failed.hints, failed.log)
            try:
                built = self._built(key)
            except NotBuilt as error:
                document_of = NotedFailure(self._run, error.state, error.reason, error.hints, error.log)
                self._kept.note_failure(key, document_of)
                raise
        self._kept.remove_old()
        return built

    def _built(self, key: str) -> BuiltWheel:
        log = self._kept.log(self._label, key)
        with self._kept.scratch() as scratch:
            directory = scratch / "wheel"
            directory.mkdir()
            rules_file = self._kept.rules(self._label, key)
            command, variables = self._command(scratch, directory, rules_file)
            status = _run(command, variables, log)
            wheels = sorted(directory.glob("*.whl"))
            if status or len(wheels) != 1:
                asked = self._asked
                build = Builder(self._sdist.name, rules_file, asked.names, asked.overrides)
                raise failure_in(log, status, build)
            built_with = self._read_back(wheels[0], str(log))
            return BuiltWheel(self._kept.keep(key, wheels[0]), built_with, reused=False)

    def _read_back(self, wheel: Path, log: str = "") -> dict[str, str]:
        return read_back(wheel, self._asked.built, self._interpreter, log)

    @property
    def _label(self) -> str:
        """What the user recognises the build by."""
        words = [self._sdist.name, f"py{self._interpreter.minor.replace('.', '')}"]
        return "-".join([*words, *(f"{name}{version}" for name, version in self._asked.built)])

    def _command(
        self, scratch: Path, directory: Path, rules_file: Path
    ) -> tuple[list[str], dict[str, str]]:
        """Return the command that builds the wheel, and its environment variables."""
        # pip would keep what it builds from NAME-VERSION.tar.gz under the path of that, and so find it
        # again if the file has other content.
        copy = scratch / "sdist.tar.gz"
        shutil.copyfile(self._sdist.path, copy)
        if read_sdist(copy).digest != self._sdist.digest:
            raise OverrideError(
                "the sdist has changed since it was read",
                kind="file-changed",
                where=shown_path(str(self._sdist.path)),
                hint="run the matrix again, and let nothing else make the sdist meanwhile",
            )
        user = self._asked.overrides
        text = rules_of_build(
            self._sdist.project,
            self._facts.markers,
            self._asked.built,
            user,
            rules.read_file(user) if user else b"",
        )
        # Whatever the umask is: a file that everybody may write to is refused.
        replace_whole(str(rules_file), text.encode(), mode=0o600)
        command = [self._interpreter.path, "-m", "pip", "wheel", "--no-deps"]
        command += ["--wheel-dir", str(directory)]
        if self._asked.nightly:
            # As an option it is added to the indexes of the user, which a variable would replace.
            command += ["--extra-index-url", NIGHTLY_INDEX]
        command.append(f"{self._sdist.name} @ {copy.as_uri()}")
        return command, build_variables.for_build(self._environment, str(rules_file), self._rules)


def _run(command: Sequence[str], variables: Mapping[str, str], log: Path) -> int:
    """Run a command, with all that it prints in a file, and return its exit status.

    Raises:
        NotBuilt: If it cannot be run.
        OSError: If the file cannot be written.
    """
    with open(log, "wb") as file:
        try:
            return subprocess.run(
                list(command),
                env=dict(variables),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
        except OSError as error:
            said = f"{command[0]} cannot be run: {error.strerror}"
            raise NotBuilt(NOT_BUILT, said, (), str(log)) from None
