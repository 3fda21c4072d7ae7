"""Generating C and C++ files again, with the Cython of the build environment, before a build."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ...errors import OverrideError
from ...files import unique, write_json
from ...rules.tables import REGENERATE
from ..builds import git_checkout, regeneration
from ..builds.regeneration import Regeneration
from ..internals import objects, subprocesses

if TYPE_CHECKING:
    from ...rules import Selection
    from ..builds.build import Build
    from ..state.explained import Explained
    from ..state.rules_in_force import RulesInForce
    from ..state.run_directory import RunDirectory

_BUILDING = ("build_wheel", "build_editable")
_BEFORE_ENVIRONMENT_IS_COMPLETE = ("get_requires_for_build_wheel", "get_requires_for_build_editable")


class Regenerate:
    """Has Cython generate files again.

    Args:
        rules_in_force: the rules in force.
        explained: what ``explain`` asks for.
        run_directory: the directory that the pips of this run share.
    """

    def __init__(
        self, rules_in_force: RulesInForce, explained: Explained, run_directory: RunDirectory
    ) -> None:
        self._rules = rules_in_force
        self._explained = explained
        self._run_directory = run_directory

    def check(self, build: Build, selection: Selection) -> None:
        """Check that a build has a copy of the sources, before anything is done in it.

        Raises:
            OverrideError: if pip builds it where its sources are, or cannot run Cython as it runs a
                build backend.
        """
        subprocesses.runner("")
        if build.in_place:
            how = "editable" if build.req.editable else "a directory that pip builds in place"
            raise OverrideError(
                f"{build.label} is {how}, and regenerate does not change the files in {build.original}",
                kind="regenerate-failed",
                where=self._where(selection),
                hint="build it from an sdist or from its repository (NAME @ git+URL), or remove"
                " regenerate",
            )

    def find(self, build: Build, selection: Selection) -> None:
        """Find the files that are to be generated again, before anything is built."""
        if build.regeneration is not None:
            build.regeneration.begin_again()
        else:
            build.regeneration = Regeneration(self._where(selection), build.source_directory)

    def before_hook(self, build: Build, hook: str) -> None:
        """Generate the files again, as soon as the project has had its turn to do that with Cython.

        Args:
            build: the build; this process has the environment variables of its build environment.
            hook: the hook of the build backend that pip calls next.

        Raises:
            OverrideError: if there is no Cython in the complete build environment, or its result is
                not what is expected.
        """
        again = build.regeneration
        if again is None or not again.files or self._explained.here:
            return
        cython = build.environment.get(regeneration.CYTHON, "")
        if not cython:
            if hook in _BEFORE_ENVIRONMENT_IS_COMPLETE:
                return
            plan = build.plan
            raise again.lacking(build.label, plan is not None and bool(plan.selection.of("requires")))
        if cython == again.cython:
            return
        if hook in _BEFORE_ENVIRONMENT_IS_COMPLETE:
            again.give_project_its_turn(cython)
        else:
            self._generate(build, again, cython)
            again.finish(build.label, cython)
        self._accept(build, again)

    def _generate(self, build: Build, again: Regeneration, cython: str) -> None:
        """Have Cython generate what the project has not generated itself."""
        files = again.left_to_us(cython)
        if not files:
            return
        jobs = self._run_directory.file(f"cython-{unique()}.json")
        write_json(jobs, {"jobs": [list(file.arguments) for file in files]})
        command = [objects.interpreter_of(build.req.pep517_backend), regeneration.SCRIPT, jobs]
        # The start is one that is known from other steps of a build in the output of pip.
        run = subprocesses.runner(f"Preparing generated sources with Cython {cython}")
        run(command, build.source_directory)
        os.unlink(jobs)

    def after_hook(self, build: Build, hook: str, wheel: str) -> None:
        """Accept what a hook has generated again, and check it once the wheel is built.

        Args:
            build: the build.
            hook: the hook of the build backend that pip has called.
            wheel: the path of the wheel, if that is what the hook has built.

        Raises:
            OverrideError: if a file is not from the Cython of the build environment.
        """
        again = build.regeneration
        if again is None or not again.files or self._explained.here:
            return
        if hook in _BUILDING:
            again.check_built(build.label, wheel)
        self._accept(build, again)

    def after_failure(self, build: Build) -> None:
        """Tell if a hook has failed because of a file that could not be generated again.

        Raises:
            OverrideError: if there is such a file.
        """
        again = build.regeneration
        problem = again.problem_of_failure(build.label) if again is not None else None
        if problem is not None:
            raise problem from None

    @staticmethod
    def _accept(build: Build, again: Regeneration) -> None:
        """Keep the new files from being taken for changes of a checkout, or for those of a hook."""
        root = objects.source_directory(build.req)
        full = (os.path.join(again.directory, path) for path in again.paths)
        paths = [os.path.relpath(path, root).replace(os.sep, "/") for path in full]
        if build.tree_before is not None:
            build.tree_before.accept(paths)
        repository = git_checkout.at(root)
        if repository is not None:
            # The version may be taken from its commit.
            git_checkout.overlook(repository, paths)

    def _where(self, selection: Selection) -> str:
        tables = (one.where for one in selection.settings if one.key == REGENERATE)
        return self._rules.overrides.where(*tables)
