"""A pip that another front end starts to fill the environment in which it builds a package.

Such a pip gets a list of build requirements without the package that they belong to. No table can be
chosen, so the environment gets the declared requirements.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from .. import switch
from ..errors import OverrideError
from .internals import objects

if TYPE_CHECKING:
    from .internals.protocols import Options
    from .state.messages import Messages
    from .state.pip_command import PipCommand
    from .state.rules_in_force import RulesInForce

# pypa/build writes the list to a file with such a name.
_LISTS_OF_BUILD = ("build-reqs-", "build-requirements-")


def check(command: PipCommand, rules_in_force: RulesInForce, messages: Messages) -> None:
    """Warn if this pip fills an environment for another front end, and a rule may apply to its build.

    Args:
        command: the pip command.
        rules_in_force: the rules in force.
        messages: emits the warning.
    """
    overrides = rules_in_force.overrides
    if command.name != "install" or not any(
        table.builds or table.has_settings for table in overrides.tables
    ):
        return
    name, module = _front_end(command.options)
    if not name or module in os.environ.get(switch.FRONT_ENDS, "").split():
        # A front end that reports its builds itself knows what it builds.
        return
    if os.path.isdir(os.environ.get(switch.WATCH, "")):
        switch.tell_watcher("elsewhere", {"by": name, "directory": "", "files": {}})
        return
    messages.warn(
        OverrideError(
            f"{name} builds a package in the environment that this pip fills, and pip does not know"
            " which one, so no table is in force in that build",
            kind="not-reached",
            where=overrides.shown,
            hint="build the package with pip: pip wheel --no-deps DIRECTORY",
        )
    )


def _front_end(options: Options) -> tuple[str, str]:
    """Return the front end that started this pip and its module that calls backends, or two ""."""
    for file in objects.requirement_files(options):
        if os.path.basename(file).startswith(_LISTS_OF_BUILD) and objects.uses_pep517(options):
            return "python -m build", "pyproject_hooks"
    if _is_packaging_environment_of_tox():
        return "tox", "pyproject_api"
    return "", ""


def _is_packaging_environment_of_tox() -> bool:
    if "TOX_ENV_NAME" not in os.environ:
        return False
    try:
        with open(os.path.join(sys.prefix, ".tox-info.json"), encoding="utf-8") as file:
            return "Packag" in json.load(file)["ToxEnv"]["type"]
    except (OSError, ValueError, KeyError, TypeError):
        return os.environ["TOX_ENV_NAME"].startswith(".pkg")
