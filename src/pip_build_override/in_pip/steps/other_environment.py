"""Builds that do not only use what pip installs for them.

With ``system-site-packages``, the isolated environment of a build also sees what the target has
installed. With ``build-environment``, an environment that exists already replaces it.
"""

from __future__ import annotations

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING, ContextManager, Iterable

from ...errors import OverrideError
from ...rules.tables import ENVIRONMENT, SEES_TARGET, TARGET

if TYPE_CHECKING:
    from ..builds.build import Build
    from ..internals.seams import Original
    from ..state.environments import Environments
    from ..state.rules_in_force import RulesInForce
    from ..state.run_directory import RunDirectory


class OtherEnvironment:
    """Finds what a build uses in addition to, or instead of, what pip installs for it.

    Args:
        rules_in_force: the rules in force.
        environments: the environments that this pip fills.
        run_directory: the directory that the pips of this run share.
    """

    def __init__(
        self,
        rules_in_force: RulesInForce,
        environments: Environments,
        run_directory: RunDirectory,
    ) -> None:
        self._rules = rules_in_force
        self._environments = environments
        self._run_directory = run_directory

    def find(self, build: Build) -> None:
        """Find what the rules of a build name, before pip creates its build environment.

        Raises:
            OverrideError: if there is no such environment, or it is not one for this interpreter.
        """
        plan = build.plan
        for setting in plan.selection.settings if plan is not None else ():
            where = self._rules.overrides.where(setting.where)
            if setting.key == SEES_TARGET:
                from ..builds.seen import Seen

                room = self._run_directory.file("seen")
                build.seen = Seen(build.target.directories, room, where)
            elif setting.key == ENVIRONMENT:
                self._check_for_user(build, setting.value, where)
                from ..builds.prepared import Prepared

                build.prepared = Prepared(setting.value, where, os.environ)

    def _check_for_user(self, build: Build, value: str, where: str) -> None:
        built_for = self._environments.current.built_for
        if value == TARGET and built_for:
            raise OverrideError(
                f"{build.label} is a build requirement of {built_for[-1]}, so its target is a build"
                " environment that is not complete yet, and nothing can be built in it",
                kind="unusable-environment",
                where=where,
                hint='name an environment by its path, as in build-environment = "PATH"',
            )

    @staticmethod
    def entered(build: Build) -> ContextManager[None]:
        """Return a context in which the hooks of a build run."""
        if build.prepared is not None:
            return build.prepared.entered(build.variables)
        if build.seen is not None:
            return build.seen.entered(build.label, build.source_directory)
        return nullcontext()


def check_of(build: Build) -> Original:
    """Return what pip calls to compare requirements with a build environment.

    pip installs what that function calls missing, and warns of or refuses what is missing otherwise.

    Args:
        build: a build that uses what pip does not install.
    """

    def wrap(original: Original) -> Original:
        def check_requirements(reqs: Iterable[str]) -> tuple[set[tuple[str, str]], set[str]]:
            if build.prepared is not None:
                return set(), set()
            conflicting, missing = original(reqs)
            seen = build.seen
            if seen is None or (build.hook_asked and not build.second_pass_done):
                # It is to choose from what is seen, too, with all dependencies.
                return conflicting, missing
            return conflicting, {text for text in missing if not seen.satisfies(text)}

        return check_requirements

    return wrap
