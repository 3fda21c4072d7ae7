"""Build environments that this pip fills itself, if another pip would do just the same.

Starting another pip takes longer than filling most build environments. This one resolves and
installs ready-made wheels as that one would. Whatever else happens is undone, and left to the
other pip.
"""

from __future__ import annotations

import os
import shutil
from contextlib import nullcontext
from typing import TYPE_CHECKING, ContextManager

from ..internals import filling_options, in_process

if TYPE_CHECKING:
    from ..builds.build import Build
    from ..internals.protocols import BuildEnvironment, PackageFinder
    from ..internals.seams import Call
    from ..state.environments import Environments, Filling
    from ..state.filled_environments import FilledEnvironments
    from ..state.messages import Messages
    from ..state.outcome import Outcome


class FillInProcess:
    """Fills build environments in this process.

    Args:
        environments: the environments that this pip fills.
        outcome: the outcome of the command.
        messages: emits warnings.
        filled_environments: says whether pip may be spared another pip.
    """

    def __init__(
        self,
        environments: Environments,
        outcome: Outcome,
        messages: Messages,
        filled_environments: FilledEnvironments,
    ) -> None:
        self._environments = environments
        self._outcome = outcome
        self._messages = messages
        self._filled = filled_environments
        self._failed = False
        self._finders: list[PackageFinder] = []

    def offered(self, call: Call, build: Build, filling: Filling) -> ContextManager[None]:
        """Return a context in which pip may fill an environment in this process.

        Args:
            call: the call of pip's function that fills an environment.
            build: the build that the environment is for.
            filling: the environment.
        """
        name = call["prefix_as_string"]
        places = filling_options.places_of_pass(call["self"], name)
        if places is None or not self._may_be_same(build, filling):
            return nullcontext()
        _, place = places
        return in_process.offered(
            call["self"],
            name,
            self._finders_of(call["self"]),
            lambda fill: self._attempt(fill, filling, place),
        )

    def _finders_of(self, environment: BuildEnvironment) -> list[PackageFinder]:
        """Return the finders of this run that looked for files as one for an environment does.

        That of what the environment is filled for is under no limit either, because none is filled
        apart here. Nor is any filled for ``explain``, which leaves out other wheels for each package.
        """
        finder = filling_options.finder_of(environment)
        if finder is not None and finder not in self._finders:
            self._finders.append(finder)
        return self._finders

    def _may_be_same(self, build: Build, filling: Filling) -> bool:
        """Return whether rules ask for nothing that pip's installer in this process might not do."""
        return (
            self._filled.wanted
            and not self._failed
            and build.seen is None
            and not (filling.hashes or filling.stand_ins)
            and filling.upload_limit is None
            and not self._environments.limited_apart
        )

    def _attempt(self, fill: in_process.Fill, filling: Filling, place: str) -> bool:
        if os.path.lexists(place):
            return False
        trial = filling.trial()
        try:
            with self._messages.all_or_nothing(), self._outcome.all_or_nothing():
                with self._environments.entered(trial):
                    fill()
                if self._outcome.refusal is not None or not trial.resolved:
                    raise in_process.Unfinished
        # Any: the other pip then says what is wrong, with all that is known of its output.
        except Exception:
            # The next environment would most likely need the same.
            self._failed = True
            if os.path.lexists(place):
                shutil.rmtree(place)
            return False
        filling.take(trial)
        return True
