"""What every engine does in the environment of a cell: it checks what is there, and writes the result.

A cell has passed only if its environment has the planned versions and the wheel of the cell, both when
the tests start and after they ended, if the compiled modules of that wheel can be imported, and if the
tests succeeded. Anything that could not be seen is not claimed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Iterable, Mapping, Sequence

from ..files import shown_path, write_json
from ..matrix.cells import Cell
from ..matrix.results import (
    BUILT_OTHERWISE,
    NOT_BUILT,
    NOT_IMPORTED,
    NOT_INSTALLED,
    PASSED,
    SKIPPED,
    TESTS_FAILED,
    Result,
    is_same,
)
from ..matrix.versions import CONTRADICTION
from ..verifying.imports import FAILED, Failure, import_all, package_fails
from ..verifying.messages import is_no_module, meaning
from . import installed
from .watching import Watching

STORE = "pip-build-override"
"""Name of the directory, below that of the engine, with the plan, the results and the wheels."""

_IMPORT_SECONDS = 60
# What pip prints if requirements exclude each other, since 20.3.
_RESOLUTION = "ResolutionImpossible"


def results_in(store: str) -> str:
    """Return the directory with the results of all cells."""
    return os.path.join(store, "cells")


def result_path(store: str, cell: Cell) -> str:
    """Return the path of the document with the result of a cell."""
    return os.path.join(results_in(store), f"{cell.name}.json")


class CellRun:
    """One run of a cell, and the result that it has so far.

    Args:
        store: The directory with the results and the logs.
        cell: The cell.
    """

    def __init__(self, store: str, cell: Cell) -> None:
        self.cell = cell
        self.store = store
        self.result: Result | None = None
        self._wheel = ""
        self._built_with: Mapping[str, str] = {}
        self._reused = False
        self._tested = True
        self._watching: Watching | None = None
        self._others: Mapping[str, str] = {}

    def begin(self) -> None:
        """Remove the result of an earlier run, so that it is not taken for that of this one."""
        self.result = None
        os.makedirs(results_in(self.store), exist_ok=True)
        try:
            os.unlink(self._path)
        except FileNotFoundError:
            pass

    def has_wheel(self, path: str, built_with: Mapping[str, str], *, reused: bool) -> None:
        """Note the wheel that is installed in this cell.

        Args:
            path: The wheel.
            built_with: The version of each distribution that was in its build environment.
            reused: Whether the wheel was there before this run.
        """
        # An environment that is made again asks again for the wheel that was built for it.
        built_before = path == self._wheel and not self._reused
        self._wheel, self._built_with = path, dict(built_with)
        self._reused = reused and not built_before

    def ends(
        self,
        state: str,
        reason: str = "",
        *,
        hints: Sequence[str] = (),
        log: str = "",
        ran_with: Mapping[str, str] | None = None,
        milliseconds: int = 0,
    ) -> Result:
        """Write the result of the cell.

        Args:
            state: The state, one of those in ``matrix.results``.
            reason: The reason for it, in one line.
            hints: What to do about it.
            log: The output of what failed.
            ran_with: The versions of the varied names.
            milliseconds: How long the tests took.
        """
        self.result = Result(
            self.cell.name,
            state,
            " ".join(reason.split()),
            tuple(hints),
            self._built_with,
            dict(ran_with or {}),
            os.path.basename(self._wheel),
            self._reused,
            log,
            milliseconds,
            self._tested,
        )
        write_json(self._path, self.result.to_json())
        return self.result

    def not_installed(self, output: str, status: int) -> Result:
        """Write that pip could not install what the cell needs.

        Args:
            output: Everything that pip printed, which is kept.
            status: Its exit status.
        """
        log = self.keep_log("install", output)
        errors = [line for line in output.splitlines() if line.startswith("ERROR: ")]
        if _RESOLUTION in output:
            reason = next((line for line in errors if "Cannot install" in line), "")
            reason = reason[len("ERROR: ") :] or "pip found no versions that fit together"
            hints = (_resolution_hint(log),)
            return self.ends(CONTRADICTION, reason, hints=hints, log=log)
        reason = (errors or ["ERROR: "])[-1][len("ERROR: ") :] or f"pip ended with status {status}"
        return self.ends(NOT_INSTALLED, reason, hints=(_output_hint(log),), log=log)

    def no_sdist(self, why: str, output: str) -> Result:
        """Write that there is no sdist of the project to build.

        Args:
            why: Why not, in one line; "" if only the output says it, in its first line.
            output: What the engine and the build backend say, which is kept.
        """
        log = self.keep_log("sdist", output)
        why = why or next(iter(output.strip().splitlines()), "it is not known why")
        reason = f"the sdist cannot be made: {why}"
        return self.ends(NOT_BUILT, reason, hints=(_sdist_hint(why, shown_path(log)),), log=log)

    def keep_log(self, what: str, output: str) -> str:
        """Keep some output of this cell, and return the path of the file.

        Args:
            what: What printed it, in one word.
            output: The output.
        """
        directory = os.path.join(self.store, "logs")
        os.makedirs(directory, exist_ok=True)
        path = os.path.join(directory, f"{self.cell.name}-{what}.log")
        Path(path).write_text(output, encoding="utf-8", errors="replace")
        return path

    def before_tests(
        self, root: str, python: str, variables: Mapping[str, str], *, tested: bool = True
    ) -> Result | None:
        """Check the environment in which the tests are about to start.

        Args:
            root: The directory of the environment.
            python: Its interpreter.
            variables: The environment variables for it.
            tested: Whether a command tests the wheel; if not, it is at least imported, even if nothing
                in it is compiled.

        Returns:
            The result, which is written; None if the tests can start.
        """
        self._tested = tested
        packages, modules = installed.modules_of(self._wheel)
        names = installed.names_of(self._wheel)
        found = self._misfit(root, self._versions(root), "is installed") or self._not_imported(
            root, python, dict(variables), packages, modules if modules or tested else names
        )
        if found is None and tested:
            sites = installed.site_directories(root, self.cell.python)
            self._others = {
                each: name
                for name, _ in self.cell.runs
                for each in installed.names_in(root, self.cell.python, name)
                if each not in names
            }
            self._watching = Watching(root, sites, names, tuple(self._others))
            self._watching.begin()
        return found

    def other_than_planned(self, root: str) -> str:
        """Return what is installed instead of what was planned, in words; "" if nothing is.

        Args:
            root: The directory of the environment.
        """
        found = self._difference(root, self._versions(root))
        return found[1] if found else ""

    def check_versions(self, root: str) -> Result | None:
        """Check again what is installed, after something else ran before the tests.

        Args:
            root: The directory of the environment.

        Returns:
            The result, which is written; None if the tests can start.
        """
        return self._misfit(root, self._versions(root), "is installed when the tests start")

    def after_tests(self, root: str, status: int, milliseconds: int, output: str = "") -> Result:
        """Write what came of the tests.

        Args:
            root: The directory of the environment.
            status: The exit status of the tests.
            milliseconds: How long they took.
            output: What they printed, which is kept if they failed; "" if the engine has not kept it.
        """
        versions = self._versions(root)
        misfit = self._misfit(root, versions, "is installed after the tests", milliseconds)
        if misfit is not None:
            return misfit
        ran_with = self._ran_with(versions)
        if status:
            return self.ends(
                TESTS_FAILED,
                f"the tests ended with status {status}",
                log=self.keep_log("tests", output) if output else "",
                ran_with=ran_with,
                milliseconds=milliseconds,
            )
        wheel = os.path.basename(self._wheel)
        imported, other = self._watching.elsewhere() if self._watching else ("", "")
        if imported in self._others:
            name = self._others[imported]
            return self.ends(
                CONTRADICTION,
                f"{name} {dict(self.cell.runs)[name]} was to run, but the tests imported {imported}"
                f" from {shown_path(other)}",
                hints=(_other_path_hint(imported),),
                milliseconds=milliseconds,
            )
        if other:
            return self.ends(
                BUILT_OTHERWISE,
                f"the tests imported {shown_path(other)}, not {wheel}",
                hints=(_elsewhere_hint(),),
                ran_with=ran_with,
                milliseconds=milliseconds,
            )
        if self._watching and not self._watching.anything():
            return self.ends(
                TESTS_FAILED,
                f"the command imported nothing of {wheel}",
                hints=(_nothing_hint(),),
                ran_with=ran_with,
                milliseconds=milliseconds,
            )
        return self.ends(PASSED, ran_with=ran_with, milliseconds=milliseconds)

    def not_tested(self, reason: str) -> Result:
        """Write that the cell was prepared, but not tested.

        Args:
            reason: Why, in words.
        """
        return self.ends(SKIPPED, reason)

    @property
    def _path(self) -> str:
        return result_path(self.store, self.cell)

    def _ran_with(self, versions: Mapping[str, str]) -> dict[str, str]:
        return {name: versions[name] for name, _ in self.cell.runs if name in versions}

    def _versions(self, root: str) -> dict[str, str]:
        return installed.versions(root, self.cell.python)

    def _misfit(
        self, root: str, versions: Mapping[str, str], when: str, milliseconds: int = 0
    ) -> Result | None:
        """Return the result of an environment that is not that of the cell; None if it is."""
        found = self._difference(root, versions)
        if found is None:
            return None
        state, reason = found
        ran_with = self._ran_with(versions)
        return self.ends(state, f"{reason} {when}", ran_with=ran_with, milliseconds=milliseconds)

    def _difference(self, root: str, versions: Mapping[str, str]) -> tuple[str, str] | None:
        """Return the state for what is installed instead of what was planned, and that in words."""
        for name, version in self.cell.runs:
            if not is_same(versions.get(name, ""), version):
                there = f"{name} {versions[name]}" if name in versions else "none"
                return CONTRADICTION, f"{name} {version} was to run, but {there}"
        other = installed.differs_from(root, self.cell.python, self._wheel)
        if other:
            return BUILT_OTHERWISE, f"{os.path.basename(self._wheel)} was to be tested, but {other}"
        return None

    def _not_imported(
        self,
        root: str,
        python: str,
        variables: dict[str, str],
        packages: Sequence[str],
        modules: Sequence[str],
    ) -> Result | None:
        """Return the result of a wheel whose modules cannot be imported; None if they can be."""
        for failure in import_all(python, modules, variables, _IMPORT_SECONDS):
            said = f"{failure.said}\n{failure.text}"
            known = meaning(said)
            if known is None and is_no_module(said):
                continue
            if known is None and failure.kind == FAILED:
                package = _package_of(failure.module, packages)
                if not package_fails(python, package, variables, _IMPORT_SECONDS):
                    # A part of it that needs something else, which this environment need not have.
                    continue
            return self.ends(
                NOT_IMPORTED,
                self._why(failure, "" if known is None else known.wants),
                log=self.keep_log("import", said),
                ran_with=self._ran_with(self._versions(root)),
            )
        return None

    def _why(self, failure: Failure, wants: str) -> str:
        first = (failure.text.strip().splitlines() or ["no message"])[0].rstrip(".")
        reason = f"{failure.module}: {first}"
        if wants:
            runs = dict(self.cell.runs)
            pairs = [
                f"it was built with {name} {version}, and runs with {runs[name]}"
                for name, version in self._built_with.items()
                if name in runs
            ]
            reason = "; ".join([reason, f"it needs {wants}", *pairs])
        return reason


def _resolution_hint(log: str) -> str:
    return f"see what requires another version: {shown_path(log)}"


def _output_hint(log: str) -> str:
    return f"see the output of pip: {shown_path(log)}"


def _sdist_hint(why: str, log: str) -> str:
    module = re.search(r"No module named '([^']+)'", why)
    if module is not None:
        return f"add what has the module {module[1]} to requires under [build-system] of pyproject.toml"
    return f"see what the build backend printed: {log}"


def _nothing_hint() -> str:
    return "let it run tests that import the project, by the python of the environment"


def _elsewhere_hint() -> str:
    return "remove what an earlier build has left there, or move the sources into a directory src"


def _other_path_hint(name: str) -> str:
    return f"let PYTHONPATH, and what the tests add to sys.path, contain no {name}"


def _package_of(module: str, packages: Iterable[str]) -> str:
    """Return the package of a module, or "" if it is in none."""
    parent = module.rpartition(".")[0]
    known = set(packages)
    while parent and parent not in known:
        parent = parent.rpartition(".")[0]
    return parent
