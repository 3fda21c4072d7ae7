"""``uninstall``: remove the shim, and nothing else, from an environment's start-up."""

from __future__ import annotations

import argparse

from ..startup import routes, writing
from ..startup import target as targets
from . import options, startup_files

SUMMARY = "remove the shim from an environment's start-up"
DESCRIPTION = """Remove the shim from the start-up of an environment, and leave everything else as it
is, byte for byte.

It does not matter which version of pip-build-override added it, or from which environment."""
EXAMPLE = "pip-build-override uninstall --python .venv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_python(parser)


def main(args: argparse.Namespace) -> int:
    """Remove the hook.

    Returns:
        The exit status: 0, even if there was no hook.

    Raises:
        OverrideError: If the files cannot be written, or our part of them cannot be identified.
    """
    target = targets.describe(args.python)
    with startup_files.alone(target):
        plan = routes.to_uninstall(target)
        writing.carry_out(plan.changes)
    startup_files.print_removed(target, plan.changes)
    if not plan.changes:
        print(f"{target.shown}: nothing to remove")
    return 0
