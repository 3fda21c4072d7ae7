"""Filling the build environment of a project: the command of the installer, and what it reports."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Callable

from .. import switch
from ..errors import OverrideError
from ..files import unique
from ..in_pip.builds import contents
from . import seams

if TYPE_CHECKING:
    from ..in_pip.state.environments import Filling
    from ..in_pip.state.rules_in_force import RulesInForce
    from ..in_pip.state.run_directory import RunDirectory
    from .front_end import FrontEnd
    from .project import ProjectBuild

# Runs pip with the shim in an interpreter that ignores PYTHONPATH.
_RUN_PIP = os.path.join(os.path.dirname(switch.INJECTED), "run_pip.py")
PIP = "pip"
"""The installer that follows the rules itself."""

_UV = "uv"
# The exit status with which a pip refuses.
_REFUSED = 2


class EnvironmentFilling:
    """One installation into the build environment of a project.

    Args:
        build: the build of the project.
        rules_in_force: the rules in force.
        filling: what a nested pip is told.
        run_directory: the directory that this process shares with the pips that it starts.
        warn: emits a warning.
        front_end: the front end.

    Attributes:
        installer: the installer that the front end has started; "" before.
        has_reported: whether a pip with the shim has reported what it did.
    """

    def __init__(
        self,
        build: ProjectBuild,
        rules_in_force: RulesInForce,
        filling: Filling,
        run_directory: RunDirectory,
        warn: Callable[[OverrideError], None],
        front_end: FrontEnd,
    ) -> None:
        self._build = build
        self._rules = rules_in_force
        self._filling = filling
        self._run_directory = run_directory
        self._warn = warn
        self._front_end = front_end
        self.installer = ""
        self.has_reported = False

    def command(self, words: list[str]) -> list[str]:
        """Return the command of an installer with which the rules are in force.

        Args:
            words: the command that ``build`` would run.

        Raises:
            OverrideError: if a rule cannot be in force in that installer, or it is not known.
        """
        if words[1:3] == ["-m", PIP]:
            # Loads the shim from PYTHONPATH, and hands it on to the interpreter after --python.
            self.installer = PIP
            return words
        if words[1:3] == ["-Im", PIP]:
            # A Python with -I ignores PYTHONPATH.
            self.installer = PIP
            return [words[0], "-I", _RUN_PIP, *words[3:]]
        if words[1:2] == [PIP] and "install" in words:
            self.installer = _UV
            return [*words, *self._of_uv()]
        return seams.refuse_bypass(f"build.env: starts an unknown installer ({' '.join(words[:3])})")

    def _of_uv(self) -> list[str]:
        beyond = self._build.files_not_for(_UV)
        if beyond:
            tables = self._build.plan.selection.tables if self._build.plan is not None else ()
            raise OverrideError(
                f"uv, which fills the build environment of {self._build.label}, cannot be told"
                f" {beyond}",
                kind="unsupported-rule",
                where=self._rules.overrides.where(*(table.where for table in tables)),
                hint="run build without --installer uv",
            )
        options = []
        if self._filling.constraints:
            # In a file of requirements, because uv splits the path after --constraint at each space.
            name = f"for-uv-{unique()[:8]}"
            self._write(f"{name}-constraints.txt", [text for text, _ in self._filling.constraints])
            options += ["--requirement", self._write(f"{name}.txt", [f"-c {name}-constraints.txt"])]
        if self.others:
            # uv would build them without their rules, or take what it has built before from its cache.
            options += ["--no-build", "--no-cache"]
        return options

    def _write(self, name: str, lines: list[str]) -> str:
        path = self._run_directory.file(name)
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        return path

    @property
    def others(self) -> list[str]:
        """The tables that may apply to what an installer builds for this project."""
        own = self._build.package.name
        return [
            table.where
            for table in self._rules.overrides.tables
            if table.name != own and (table.builds or table.has_settings or table.no_binary)
        ]

    def refusal_after(self, status: int) -> OverrideError | None:
        """Return the refusal with which an installer has ended; None if it has failed otherwise.

        Args:
            status: its exit status.
        """
        if self._filling.refusal is not None:
            return self._filling.refusal
        if self.installer == PIP and status == _REFUSED and not self.has_reported:
            return OverrideError(
                f"the pip that fills the build environment of {self._build.label} has stopped before it"
                " followed any rule; its output is above",
                kind="shim-not-loaded",
                where=self._rules.shown,
                hint=self._front_end.not_loaded_hint(),
            )
        if self.installer == _UV and self.others:
            return OverrideError(
                f"uv could not fill the build environment of {self._build.label} from ready-made"
                " wheels, and what it builds itself would not be under the rules",
                kind="not-reached",
                where=self._rules.overrides.where(*self.others[:1]),
                hint="run build without --installer uv, if uv says above that a wheel is missing",
            )
        return None

    def check(self, complete: bool) -> None:
        """Check what the installer has done.

        Args:
            complete: whether this was the last installation.

        Raises:
            OverrideError: if the environment is not as the rules require.
        """
        if not self.installer:
            self._front_end.refuse_bypass("it installs in an unknown way")
        if self.installer == PIP and not self._filling.resolved:
            raise OverrideError(
                f"the pip that fills the build environment of {self._build.label} has not loaded"
                " pip-build-override, so no override would be in force in it",
                kind="shim-not-loaded",
                where=self._rules.shown,
                hint=self._front_end.not_loaded_hint(),
            )
        look_into(self._build, complete)
        if self.installer == _UV:
            self._check_wheels_of_uv()

    def _check_wheels_of_uv(self) -> None:
        """Check the packages with tables of their own, which uv has installed from wheels."""
        for table in self._rules.named_tables:
            version = self._build.environment.get(table.name)
            if version is None or table.name == self._build.package.name:
                continue
            where = self._rules.overrides.where(table.where)
            if table.name in self._rules.no_binary_names:
                raise OverrideError(
                    f"uv has installed a ready-made wheel of {table.name} {version}, which must be"
                    " built from source",
                    kind="ready-made-wheel",
                    where=where,
                    hint="run build without --installer uv",
                )
            self._warn(
                OverrideError(
                    f"uv uses a ready-made wheel of {table.name} {version}, so nothing is overridden"
                    " in it",
                    kind="ready-made-wheel",
                    where=where,
                    hint="run build without --installer uv, and set no-binary = true in a table"
                    f" package.{table.name} to build it from source",
                )
            )


def look_into(build: ProjectBuild, complete: bool) -> None:
    """Take what a build environment contains, and compare it with the plan.

    Args:
        build: the build whose environment it is.
        complete: whether nothing more will be installed in it.

    Raises:
        OverrideError: if it is not as the rules require.
    """
    contents.take(build, build.directories)
    contents.check(build, complete=complete)
