"""The environment variables: the switch that users set, and those that our own processes hand on.

Standard library only; imported inside pip, by the commands and by nothing while the switch is off.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import MutableMapping

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

USERS_LOG = "PIP_BUILD_REQUIREMENTS_OVERRIDE_USERS_LOG"
"""The log that the user wants of every pip, if the one of ``LOG`` takes its place for now."""

FRONT_ENDS = "PIP_BUILD_REQUIREMENTS_OVERRIDE_FRONT_ENDS"
"""Modules by which a process above builds, and tells ``run`` of each build itself."""

BELOW_BACKEND = "PIP_BUILD_REQUIREMENTS_OVERRIDE_BELOW_BACKEND"
"""Directory in which a pip that a build backend starts leaves word for the pip that builds."""

GIVEN = "given"
"""Name of the file in which ``run`` keeps what it gives to all pips below."""

_GIVEN = (SWITCH, COMMAND_LINE, REPORT)

PIP_LOG = "PIP_LOG"
PIP_REPORT = "PIP_REPORT"

CHANGED_BY_A_COMMAND = (SWITCH, REPORT, FOLLOWED, PIP_LOG, PIP_REPORT, USERS_LOG, BELOW_BACKEND)
"""What a pip command sets or unsets for what it starts, and leaves as it was when it ends."""

LOG = "pips-without-shim.log"
"""Name of the log that only pips without the shim write."""

INSTALLED = "pips-without-shim.json"
"""Name of the report that only pips without the shim write (pip install, from 22.2 on)."""

# Other spellings of --log; pip makes no difference between large and small letters in such names.
_LOG_OPTIONS = ("log", "log_file", "local_log")

# What every pip writes to its log when it installs, or builds. One that only downloads wheels, as
# virtualenv has one do behind its back, does neither.
_LOGGED = ("Installing collected packages: ", "Using pip ", " to build tracker ")


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


def note_given(environment: MutableMapping[str, str], directory: str) -> None:
    """Keep the rules and the report that a ``run`` gives, for pips to compare theirs with.

    Args:
        environment: what is started with them.
        directory: of that ``run``.
    """
    given = "\0".join([environment.get(name, "") for name in _GIVEN])
    # Without what Python's own files cost: ``run`` has to start as cheaply as can be.
    descriptor = os.open(os.path.join(directory, GIVEN), os.O_CREAT | os.O_WRONLY, 0o600)
    os.write(descriptor, given.encode("utf-8", "surrogateescape"))
    os.close(descriptor)


def changed_below_run() -> str:
    """Return the variable that something between ``run`` and this pip has changed, "" if none is."""
    try:
        path = os.path.join(os.environ.get(WATCH, ""), GIVEN)
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            given = file.read().split("\0")
    except OSError:
        # Not below a ``run``, or one that has ended by now.
        return ""
    ours = [os.environ.get(name, "") for name in _GIVEN]
    return next((name for name, one, other in zip(_GIVEN, given, ours) if one != other), "")


def watch_by_log(environment: MutableMapping[str, str], directory: str) -> None:
    """Have the pips that the shim does not reach betray themselves.

    A Python started with -I drops PYTHONPATH, but pip below it still reads PIP_LOG. A pip that has
    loaded the shim writes where the user wants it, so what is written there comes from the others.

    Args:
        environment: what those pips are started with.
        directory: for the log.
    """
    for name in [name for name in environment if _is_log(name)]:
        environment[USERS_LOG] = environment.pop(name)
    environment[PIP_LOG] = os.path.join(directory, LOG)


def _is_log(name: str) -> bool:
    return name[:4].upper() == "PIP_" and name[4:].lower().replace("-", "_") in _LOG_OPTIONS


def stop_watching() -> None:
    """Let this pip, which has loaded the shim, and those below it log and report as the user wants."""
    if os.path.basename(os.environ.get(PIP_LOG, "")) == LOG:
        del os.environ[PIP_LOG]
        log = os.environ.pop(USERS_LOG, "")
        if log:
            os.environ[PIP_LOG] = log
    if os.path.basename(os.environ.get(PIP_REPORT, "")) == INSTALLED:
        del os.environ[PIP_REPORT]


def was_written_without_shim(directory: str, users_log: str = "") -> bool:
    """Whether a pip that the shim did not reach has installed or built something.

    Args:
        directory: given to ``watch_by_log``.
        users_log: to which what such pips have logged is added, if the user wants one.
    """
    try:
        with open(os.path.join(directory, LOG), encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return os.path.exists(os.path.join(directory, INSTALLED))
    if users_log:
        try:
            with open(os.path.expanduser(users_log), "a", encoding="utf-8") as file:
                file.write(text)
        except OSError:
            # A pip that writes to it itself says so.
            pass
    return any(said in text for said in _LOGGED) or os.path.exists(os.path.join(directory, INSTALLED))


def tell_watcher(word: str, facts: dict[str, object] | None = None) -> None:
    """Leave word of what became of the shim in this pip, for ``run`` and for a pip above a backend.

    Args:
        word: ``loaded``, ``judged`` once its rules are read, ``isolated``, ``refused``, or ``outer``
            for one below a pip without it; ``built`` at its end, if anything was; ``filled`` if it
            fills an environment in which another front end builds; ``elsewhere`` from such a front
            end; ``program`` if a program that runs no pip command fills a build environment by pip's
            modules.
    """
    for directory in filter(os.path.isdir, filter(None, map(os.environ.get, (WATCH, BELOW_BACKEND)))):
        text = ""
        if facts is not None:
            import json  # most words say all by themselves

            text = json.dumps(facts)
        path = os.path.join(directory, f"{word}-{os.getpid()}-{os.urandom(16).hex()}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
