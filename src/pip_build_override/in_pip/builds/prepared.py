"""An environment that exists already, in which a package is built instead of an isolated one."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING, ContextManager, Iterable, Mapping

from ... import switch
from ...errors import OverrideError
from ...rules.tables import TARGET
from ...startup.target import interpreter_in
from ..target import installed, interpreter
from ..target.fulfilled import fulfilment

if TYPE_CHECKING:
    from ..target.installed import Copy
    from ..target.interpreter import Interpreter

# What decides on the modules that Python imports. pip sets two of them for isolated builds; on macOS,
# Python itself sets the last one, for the interpreter that runs pip.
_OF_PYTHON = ("PYTHONPATH", "PYTHONNOUSERSITE", "__PYVENV_LAUNCHER__")


class Prepared:
    """The environment in which one package is built.

    Args:
        value: The value of ``build-environment``.
        where: The table that it is in, for messages.
        outside: The environment variables outside of pip's build environment.

    Raises:
        OverrideError: If it has no interpreter, or another one than that which runs pip.
    """

    def __init__(self, value: str, where: str, outside: Mapping[str, str]) -> None:
        self.is_target = value == TARGET
        self.where = where
        self.used: frozenset[str] = frozenset()
        self._variables = dict(outside)
        # Nothing tells which modules there are on it.
        self._variables.pop("PYTHONPATH", None)
        if not self.is_target:
            for name in _OF_PYTHON:
                self._variables.pop(name, None)
            self._variables["PYTHONNOUSERSITE"] = "1"
        self.interpreter = self._ask(value)
        self.name = "the target environment" if self.is_target else value
        self.directories = installed.library_directories(
            self.interpreter.path, self.interpreter.standard
        )

    def _ask(self, value: str) -> Interpreter:
        python = sys.executable if self.is_target else interpreter_in(value)
        if not python:
            raise OverrideError(
                f"{value} is not an environment: it has no interpreter",
                kind="unusable-environment",
                where=self.where,
                hint="name a directory that contains bin/python, as"
                f" {sys.executable} -m venv creates it",
            )
        try:
            found = interpreter.ask(python, self._variables)
            if self.is_target:
                return found
            own = interpreter.ask(sys.executable, self._variables)
        except ValueError as error:
            raise OverrideError(
                f"the interpreter of {value}, {python}, cannot be run: {error}",
                kind="unusable-environment",
                where=self.where,
                hint=f"create that environment again, with {sys.executable} -m venv",
            ) from None
        if not found.builds_alike(own):
            raise OverrideError(
                f"{value} is an environment of {_told_apart(found, own)}, but pip installs for"
                f" {_told_apart(own, found)}",
                kind="unusable-environment",
                where=self.where,
                hint=f"create it with {sys.executable} -m venv, or run pip with {python}",
            )
        return found

    def entered(self, variables: Mapping[str, str | None]) -> ContextManager[None]:
        """Return a context with the environment variables of this environment, and not with pip's.

        Args:
            variables: The environment variables that tables set.
        """
        changes: dict[str, str | None] = {name: self._variables.get(name) for name in _OF_PYTHON}
        path = variables.get("PATH", self._variables.get("PATH")) or ""
        if not self.is_target:
            path = os.pathsep.join(filter(None, [self.interpreter.scripts, path]))
        changes["PATH"] = path or None
        return switch.Changed(changes)

    def copies(self) -> dict[str, Copy]:
        """Return the distributions in the environment, except for those that cannot be told apart."""
        return installed.told_apart(installed.copies(self.directories))

    def check(self, label: str, requirements: Iterable[str]) -> None:
        """Check that the environment satisfies requirements, and note which distributions they use.

        Args:
            label: The label of the package that is built.
            requirements: Its effective requirements.

        Raises:
            OverrideError: If it does not; the message lists those that it lacks.
        """
        found = fulfilment(requirements, self.copies())
        self.used |= found.used
        if found.lacking:
            wanted = dict.fromkeys(one.requirement for one in found.lacking)
            raise OverrideError(
                f"{label} is built in {self.name}, into which nothing is installed, and which lacks"
                f" {', '.join(one.shown for one in found.lacking)}",
                kind="unusable-environment",
                where=self.where,
                hint=f"{self.install(*wanted)}; or remove build-environment",
            )

    def install(self, *requirements: str) -> str:
        """Return the command that installs requirements there."""
        words = [self.interpreter.python, "-m", "pip"]
        if "pip" not in installed.copies(self.directories):
            words = [sys.executable, "-m", "pip", "--python", self.interpreter.python]
        return " ".join(map(shlex.quote, [*words, "install", *requirements]))


def _told_apart(one: Interpreter, other: Interpreter) -> str:
    """Return an interpreter as shown next to another one, with what the two differ in."""
    if one.shown != other.shown:
        return one.shown
    return f"{one.shown} ({', '.join(str(part) for part in one.abi if part not in other.abi)})"
