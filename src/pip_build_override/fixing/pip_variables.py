"""The environment variables of the pips that a search starts."""

from __future__ import annotations

from typing import Mapping

from .. import switch
from ..matrix import build_variables

# What a build may see of the user's environment, though a matrix takes them from each interpreter.
_KEPT = (
    *("PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT"),
    switch.COMMAND_LINE,
)


def for_pip(
    environment: Mapping[str, str], overrides: str, report: str = "", left: str = ""
) -> dict[str, str]:
    """Return the environment variables of a pip with the shim.

    Options of pip for what it installs, and where to, are left out.

    Args:
        environment: The environment variables that the command ran with, without our own.
        overrides: Absolute path of the overrides file.
        report: Path of the report of its builds; "" for none.
        left: The directory in which it leaves what is known of failed builds, and that the shim was
            loaded; "" for none.
    """
    variables = build_variables.plain(environment)
    variables.update({name: environment[name] for name in _KEPT if environment.get(name)})
    variables[switch.SWITCH] = overrides
    variables["PIP_NO_INPUT"] = "1"
    variables["PYTHONPATH"] = switch.with_injected(variables)
    for name, value in ((switch.REPORT, report), (switch.FIX, left), (switch.WATCH, left)):
        if value:
            variables[name] = value
    return variables
