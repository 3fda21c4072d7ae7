"""``install``: add the shim to an environment's start-up; the variable switches it on."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from .. import switch
from ..errors import OverrideError
from ..startup import block, routes, writing
from ..startup import target as targets
from . import options, startup_files

SUMMARY = "add the shim to an environment's start-up"
DESCRIPTION = f"""Add the shim to the start-up of an environment, so that setting {switch.SWITCH}
puts an override in force in every pip there.

The start-up hook, a few marked lines, is added to sitecustomize.py of the environment, or, if another
sitecustomize.py is loaded before that one, three files of its own are written: a .pth file with one
import line, a .start file, which Python 3.15 reads instead, and the module that both name. Nothing else
is installed: the hook refers to this copy of pip-build-override by its path. The interpreter is then
started to check that the shim loads; if it does not, every file is restored. While the variable is not
set, nothing changes."""
EXAMPLE = "pip-build-override install --python .venv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_python(parser)


def main(args: argparse.Namespace) -> int:
    """Install the hook.

    Returns:
        The exit status: 0, even if the hook was already installed.

    Raises:
        OverrideError: If it cannot be written or does not load; everything is then as it was before.
    """
    target = targets.describe(args.python)
    with startup_files.alone(target):
        # Asked again: another run may have changed the files before this one got the lock.
        target = targets.describe(args.python)
        plan = routes.to_install(target, startup_files.PACKAGE)
        try:
            answer = _carry_out(target, plan)
        except OverrideError:
            if plan.route == block.PTH:
                raise
            plan = routes.to_install(target, startup_files.PACKAGE, route=block.PTH)
            answer = _carry_out(target, plan)
    verb = "installed" if plan.changes else "already installed"
    where = routes.files_of(target, plan.route)
    print(f"{target.shown}: {verb} in {', '.join(where)}")
    startup_files.print_removed(target, [each for each in plan.changes if each.path not in where])
    print(f"start-up hook: {plan.route}, because {plan.reason}")
    pip = answer["pip"]
    print(f"checked: the shim loads{' into pip ' + pip['version'] if pip else '; no pip is installed'}")
    if answer.get("problem"):
        print(f"warning: {startup_files.first_error(answer).shown}", file=sys.stderr)
    print(f"It does nothing until {switch.SWITCH} names an overrides file.")
    return 0


def _carry_out(target: targets.Target, plan: routes.Plan) -> dict[str, Any]:
    writing.carry_out(plan.changes)
    try:
        return startup_files.prove(target, startup_files.PACKAGE)
    except BaseException:
        writing.undo(plan.changes)
        raise
