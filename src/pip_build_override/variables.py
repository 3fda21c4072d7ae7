"""The environment variables of processes that no rules are in force in."""

from __future__ import annotations

import os
from typing import Mapping

from . import switch

_OURS = ("PIP_BUILD_REQUIREMENTS_OVERRIDE_", "_PIP_BUILD_OVERRIDE_")


def without_rules(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return environment variables without the one that names an overrides file.

    Args:
        environment: The variables; None for those of this process.
    """
    variables = os.environ if environment is None else environment
    return {name: value for name, value in variables.items() if name != switch.SWITCH}


def of_user() -> dict[str, str]:
    """Return the environment variables of this process without what ``run`` or the shim has set.

    The one that names an overrides file stays, since users set it too, and so do the rules that were
    given to a ``run``.
    """
    left_out = switch.BUILD_TRACKERS
    variables = {
        name: value
        for name, value in os.environ.items()
        if name not in left_out
        and ((name == switch.COMMAND_LINE and value) or not name.startswith(_OURS))
    }
    path = variables.pop("PYTHONPATH", "")
    others = [each for each in path.split(os.pathsep) if each != switch.INJECTED]
    if path and others:
        variables["PYTHONPATH"] = os.pathsep.join(others)
    return variables
