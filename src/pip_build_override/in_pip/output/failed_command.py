"""The end of a command in which builds failed: what it says, and what it leaves for other commands."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Collection

from ... import switch
from ...diagnosis import failed_command
from ...diagnosis.failed_command import FailedCommand
from ...errors import OverrideError, named
from ...files import replace_whole, unique
from . import diagnosis

if TYPE_CHECKING:
    from ..state.environments import Environments
    from ..state.explained import Explained
    from ..state.outcome import Outcome
    from ..state.pip_command import PipCommand
    from ..state.rules_in_force import RulesInForce


def end(
    command: PipCommand,
    rules_in_force: RulesInForce,
    environments: Environments,
    explained: Explained,
    outcome: Outcome,
    used: Collection[str],
) -> list[str]:
    """Leave for ``fix`` and ``explain`` what is known of the builds that failed.

    Args:
        command: the pip command that ends.
        rules_in_force: the rules that it ran under.
        environments: the environments that this pip has filled.
        explained: what ``explain`` asks for.
        outcome: the outcome, with what is known of the failures.
        used: the tables that builds have used, as in messages.

    Returns:
        the lines to be printed after pip's own output.
    """
    place = os.environ.get(switch.FIX)
    # A pip that a build backend has started is part of the build that fails then.
    if place and not explained.wanted and not os.environ.get(switch.BELOW_BACKEND):
        try:
            _leave(place, command, environments, outcome)
        except OverrideError as error:
            outcome.refuse(error)
    if outcome.refusal is not None:
        return []
    if explained.wanted:
        explained.fail(diagnosis.failures_of(command, outcome))
        return []
    return diagnosis.lines_for_the_end(command, rules_in_force, outcome, used)


def _leave(directory: str, command: PipCommand, environments: Environments, outcome: Outcome) -> None:
    """Write into a directory of ``fix`` what is known, and how another pip does the same.

    Raises:
        OverrideError: if this pip does not reveal how it finds files.
    """
    from ..internals import same_options

    left = FailedCommand(
        python=sys.executable,
        pip=same_options.runnable_pip(),
        options=same_options.words(command.options, environments.root.target.finder),
        failures=tuple(diagnosis.failures_of(command, outcome)),
        directory=os.getcwd(),
        limits=environments.root.target.plain_limits,
        settings=same_options.settings(command.options),
        variables=command.variables,
    )
    name = f"{failed_command.PREFIX}{os.getpid()}-{unique()}.json"
    try:
        # URLs of indexes may contain passwords, which another pip needs as well.
        replace_whole(os.path.join(directory, name), json.dumps(left.to_json()).encode(), mode=0o600)
    except OSError as error:
        # pip has failed anyway, and fix says that it knows nothing of it.
        said = named(f"{directory} cannot be written: {error.strerror}", "unwritable-file")
        sys.stderr.write(f"pip-build-override: {said}\n")
