"""What the outermost pip of a command leaves for ``fix`` if builds failed in it."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from ...diagnosis import failed_command
from ...diagnosis.failed_command import FailedCommand
from ...files import replace_whole, unique
from ..internals import same_options
from . import diagnosis

if TYPE_CHECKING:
    from ..state.environments import Environments
    from ..state.outcome import Outcome
    from ..state.pip_command import PipCommand


def leave(directory: str, command: PipCommand, environments: Environments, outcome: Outcome) -> None:
    """Write what is known of the builds that failed, and how another pip does the same.

    Args:
        directory: the directory that ``fix`` has made.
        command: the pip command that ends.
        environments: the environments that this pip has filled.
        outcome: the outcome, with what is known of the failures.

    Raises:
        OverrideError: if this pip does not reveal how it finds files.
    """
    left = FailedCommand(
        python=sys.executable,
        pip=same_options.runnable_pip(),
        options=same_options.words(command.options, environments.root.target.finder),
        failures=tuple(diagnosis.failures_of(command, outcome)),
        directory=os.getcwd(),
    )
    name = f"{failed_command.PREFIX}{os.getpid()}-{unique()}.json"
    try:
        # URLs of indexes may contain passwords, which another pip needs as well.
        replace_whole(os.path.join(directory, name), json.dumps(left.to_json()).encode(), mode=0o600)
    except OSError as error:
        # pip has failed anyway, and fix says that it knows nothing of it.
        sys.stderr.write(f"pip-build-override: {directory} cannot be written: {error.strerror}\n")
