"""The pips that a build backend starts while one of its hooks runs.

pip removes the user's ``PYTHONPATH`` for backends, and its own start-up file hides the one of the
environment, so few of the ways to load the shim into such a pip remain. What it overrides becomes part
of the wheel that the backend builds, even if no rule is about that wheel itself.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterator

from ... import switch
from ...errors import OverrideError
from ...files import Json, read_json, write_json
from ...rules.tables import AS_OF
from ..builds.member import Member
from ..state.left_word import BUILT, USED, BuiltWord
from ..state.limit_below_backend import FILE as LIMIT_BELOW
from ..state.run_directory import RUN_AGAIN

if TYPE_CHECKING:
    from typing import MutableMapping

    from ..builds.package_build import PackageBuild
    from ..state.ledger import Ledger
    from ..state.rules_in_force import RulesInForce
    from ..state.run_directory import RunDirectory


class PipsBelowBackend:
    """Puts the pips that a build backend starts under the same rules.

    Args:
        rules_in_force: the rules in force.
        ledger: the builds of this command.
        run_directory: the directory that the pips of this run share.
    """

    def __init__(
        self,
        rules_in_force: RulesInForce,
        ledger: Ledger,
        run_directory: RunDirectory,
    ) -> None:
        self._rules = rules_in_force
        self._ledger = ledger
        self._run_directory = run_directory

    @contextmanager
    def followed(
        self, build: PackageBuild, environ: MutableMapping[str, str] = os.environ
    ) -> Iterator[None]:
        """Put the pips that are started in the context under the same rules.

        Args:
            build: the build.
            environ: the environment variables with which its build backend is started.

        Raises:
            OverrideError: if one of them did not load the shim, or refused to go on, or did not keep
                to the moment up to which files are candidates.
        """
        # The same one for each hook of a build, so that all of them see the same variables.
        directory = self._run_directory.file(f"below-{build.below_backend}")
        os.mkdir(directory)
        limit = build.limit_of_uploads
        if limit is not None:
            write_json(os.path.join(directory, LIMIT_BELOW), limit.to_json())
        changed = dict(environ)
        users_log = changed.get(switch.PIP_LOG, "")
        switch.watch_by_log(changed, directory)
        changed["PYTHONPATH"] = switch.with_injected(changed)
        changed[switch.BELOW_BACKEND] = directory
        names = {name for name in {*changed, *environ} if changed.get(name) != environ.get(name)}
        try:
            with switch.Changed({name: changed.get(name) for name in names}, environ):
                yield
        finally:
            without_shim = switch.was_written_without_shim(directory, users_log)
            words = {name: name.partition("-")[0] for name in sorted(os.listdir(directory))}
            built = [
                read_json(os.path.join(directory, name))
                for name, word in words.items()
                if word in (BUILT, USED)
            ]
            shutil.rmtree(directory)
        for document in built:
            self._take(build, document)
        if "refused" in words.values():
            raise self._error(
                build, "stopped with an error", "see its message above, or run the command with pip -v"
            )
        if limit is not None and "isolated" in words.values():
            raise self._error(
                build,
                f"ran with --isolated, so {AS_OF} was not in force in it",
                "change the backend so that it starts pip without --isolated",
            )
        if without_shim or "outer" in words.values():
            raise self._error(
                build,
                "did not load pip-build-override, so the override was not in force in it",
                "change the backend so that it starts pip without -I, -E and -S, and passes PYTHONPATH"
                " and the PIP_ variables on",
            )

    def _error(self, build: PackageBuild, what: str, hint: str) -> OverrideError:
        return OverrideError(
            f"a pip that the build backend of {build.label or build.original} started {what}",
            kind="backend-installs",
            where=self._rules.shown,
            hint=hint,
        )

    def _take(self, build: PackageBuild, document: Json | None) -> None:
        try:
            word = BuiltWord.from_json(document)
        except ValueError:
            raise self._error(
                build,
                "left no valid report of what it built",
                RUN_AGAIN,
            ) from None
        self._ledger.take(word.used, word.overridden, (), word.built)
        for label in word.overridden:
            build.ran_overridden_pips = True
            name, _, version = label.partition(" ")
            # What a backend asks such a pip for is unknown until the backend runs again.
            build.members.append(Member(name, version, source=True, rules=None))
