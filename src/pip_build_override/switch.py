"""The environment variables: the switch that users set, and those that our own processes hand on.

Standard library only; imported inside pip, by the commands and by nothing while the switch is off.
"""

from __future__ import annotations

import os

SWITCH = "PIP_BUILD_REQUIREMENTS_OVERRIDE"
"""Path of the overrides file; unset or empty is off."""

OVERRIDDEN_COMMANDS = ("install", "wheel", "download", "lock")
"""The pip commands that it acts on."""

REPORT = "PIP_BUILD_REQUIREMENTS_OVERRIDE_REPORT"
"""File to which every pip of a run adds what it builds; unset or empty is none."""

# Two names that begin as pip's own do: tools such as tox pass on PIP_* and hardly anything else.
WATCH = "PIP_BUILD_REQUIREMENTS_OVERRIDE_WATCH"
"""Directory in which every pip that meets the shim leaves word for ``run``."""

COMMAND_LINE = "PIP_BUILD_REQUIREMENTS_OVERRIDE_COMMAND_LINE"
"""The rules given on the command line of ``run``, as ``rules.CommandLine`` writes them."""

EXPLAIN = "_PIP_BUILD_OVERRIDE_EXPLAIN"
"""File to write to for ``explain``: pip then plans, and builds nothing."""

EXPLAIN_HOOKS = "_PIP_BUILD_OVERRIDE_EXPLAIN_HOOKS"
"""Set where ``explain`` is to ask the build backend too."""

RUN_DIRECTORY = "_PIP_BUILD_OVERRIDE_RUN"
"""Directory of one outermost pip run, shared by the pips that it starts."""

ENVIRONMENT_DIRECTORY = "_PIP_BUILD_OVERRIDE_ENVIRONMENT"
"""Directory of the build environment that a nested pip is about to fill."""

FOLLOWED = "_PIP_BUILD_OVERRIDE_FOLLOWED"
"""Set by every pip with the shim for all that it starts: none of those is below a pip without."""

TRACKED = "_PIP_BUILD_OVERRIDE_TRACKED"
"""The build tracker that a program with the shim has made, without any pip command."""

BUILD_TRACKERS = ("PIP_BUILD_TRACKER", "PIP_REQ_TRACKER")
"""pip's own: set by a pip that builds for those that it starts (the second up to 22.0)."""

CHANGED_BY_A_COMMAND = (SWITCH, REPORT, FOLLOWED, "PIP_LOG")
"""What a pip command sets or unsets for what it starts, and leaves as it was when it ends."""

LOG = "pips-without-shim.log"
"""Name, in the directory of ``WATCH``, of the log that only pips without the shim write."""


def give_back(variables: dict[str, str | None]) -> None:
    """Set environment variables to what they were.

    Args:
        variables: name to value; None for one that was not set.
    """
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def stop_watching_by_log() -> None:
    """Take the log away from this pip, which has loaded the shim, and from those below it."""
    log = os.environ.get("PIP_LOG", "")
    if log and log == os.path.join(os.environ.get(WATCH, ""), LOG):
        del os.environ["PIP_LOG"]


def tell_watcher(word: str) -> None:
    """Leave word for ``run`` of what became of the shim in this pip.

    Args:
        word: ``loaded``, ``judged`` once its rules are read, ``isolated``, ``refused``, ``outer`` for
            one below a pip without it, or ``program`` if a program that runs no pip command fills a
            build environment by pip's modules.
    """
    directory = os.environ.get(WATCH)
    if directory and os.path.isdir(directory):
        name = f"{word}-{os.getpid()}-{os.urandom(16).hex()}"
        with open(os.path.join(directory, name), "w", encoding="utf-8"):
            pass
