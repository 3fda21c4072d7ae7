"""Environment variables: the switch that users set, and those that our processes set for each other.

Standard library only; imported by the commands and inside pip, and not at all while the switch is off.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping, MutableMapping

INJECTED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "startup", "inject")
"""Directory that, on PYTHONPATH, loads the hook into every Python started with it."""

SWITCH = "PIP_BUILD_REQUIREMENTS_OVERRIDE"
"""Path of the overrides file; unset or empty means off."""

OVERRIDDEN_COMMANDS = ("install", "wheel", "download", "lock")
"""The pip commands that are overridden."""

REPORT = "PIP_BUILD_REQUIREMENTS_OVERRIDE_REPORT"
"""File to which every pip of a run adds its builds; unset or empty means none."""

NO_REUSE = "PIP_BUILD_REQUIREMENTS_OVERRIDE_NO_REUSE"
"""Set to fill each build environment by itself, and to import setuptools for each hook of a build."""

KEEP_ENVIRONMENTS = "PIP_BUILD_REQUIREMENTS_OVERRIDE_KEEP_ENVIRONMENTS"
"""Set to keep build environments for later runs."""

# Two names that begin like pip's own: tools such as tox pass on PIP_* and little else.
WATCH = "PIP_BUILD_REQUIREMENTS_OVERRIDE_WATCH"
"""Directory in which every pip with the shim leaves messages for ``run``."""

COMMAND_LINE = "PIP_BUILD_REQUIREMENTS_OVERRIDE_COMMAND_LINE"
"""The rules given on the command line of ``run``, as written by ``CommandLine.dump``."""

FIX = "PIP_BUILD_REQUIREMENTS_OVERRIDE_FIX"
"""Directory in which a pip leaves for ``fix`` what is known of the builds that failed in it."""

EXPLAIN = "_PIP_BUILD_OVERRIDE_EXPLAIN"
"""File to which pip writes its plans for ``explain``; if set, pip builds nothing."""

EXPLAIN_HOOKS = "_PIP_BUILD_OVERRIDE_EXPLAIN_HOOKS"
"""Set if ``explain`` also asks the build backend."""

RELEASES = "_PIP_BUILD_OVERRIDE_RELEASES"
"""Set if ``EXPLAIN`` is for the releases that pip finds, and for no plans."""

MATRIX_PLAN = "_PIP_BUILD_OVERRIDE_MATRIX_PLAN"
"""The plan of ``matrix``, a file that the engine carries out instead of a table of the project."""

MATRIX_COMMAND = "_PIP_BUILD_OVERRIDE_MATRIX_COMMAND"
"""Set if the command of that plan is the user's own, and wins over that of the project."""

RUN_DIRECTORY = "_PIP_BUILD_OVERRIDE_RUN"
"""Directory of an outermost pip run, shared with the pips that it starts."""

ENVIRONMENT_DIRECTORY = "_PIP_BUILD_OVERRIDE_ENVIRONMENT"
"""Directory of the build environment that a nested pip installs into."""

FOLLOWED = "_PIP_BUILD_OVERRIDE_FOLLOWED"
"""Set by every pip with the shim for its child processes: they are not below a pip without it."""

TRACKED = "_PIP_BUILD_OVERRIDE_TRACKED"
"""The build tracker of a program with the shim that runs no pip command."""

BUILD_TRACKERS = ("PIP_BUILD_TRACKER", "PIP_REQ_TRACKER")
"""pip's own variables: set by a pip that builds for its child processes (the second up to 22.0)."""

USERS_LOG = "PIP_BUILD_REQUIREMENTS_OVERRIDE_USERS_LOG"
"""The log that the user has asked for, while ``LOG`` is used instead."""

FRONT_ENDS = "PIP_BUILD_REQUIREMENTS_OVERRIDE_FRONT_ENDS"
"""Modules with which a parent process builds, and reports each build to ``run`` itself."""

BELOW_BACKEND = "PIP_BUILD_REQUIREMENTS_OVERRIDE_BELOW_BACKEND"
"""Directory in which a pip started by a build backend leaves messages for the pip that builds."""

RULES_OF_RUN = "command line"
"""Name of the empty overrides file that ``run`` passes on if it is given rules, but no file."""

GIVEN = "given"
"""Name of the file in which ``run`` stores the variables that it sets for all pips below it."""

_GIVEN = (SWITCH, COMMAND_LINE, REPORT)

PIP_LOG = "PIP_LOG"
PIP_REPORT = "PIP_REPORT"

OUTSIDE = "_PIP_BUILD_OVERRIDE_OUTSIDE"
"""What the variables that tables set for a build backend were before, as a JSON object."""

CHANGED_BY_A_COMMAND = (
    *(SWITCH, REPORT, FOLLOWED, PIP_LOG, PIP_REPORT, USERS_LOG),
    *(BELOW_BACKEND, OUTSIDE),
)
"""The variables that a pip command changes for its child processes, and restores when it ends."""

LOG = "pips-without-shim.log"
"""Name of the log that only pips without the shim write to."""

INSTALLED = "pips-without-shim.json"
"""Name of the report that only pips without the shim write (pip install, from 22.2 on)."""

# Other spellings of --log; pip ignores case in such names.
_LOG_OPTIONS = ("log", "log_file", "local_log")

# What every pip logs if it installs or builds. A pip that only downloads wheels, such as the one that
# virtualenv runs in the background, logs neither.
_LOGGED = ("Installing collected packages: ", "Using pip ", " to build tracker ")


def give_back(variables: dict[str, str | None], environ: MutableMapping[str, str] = os.environ) -> None:
    """Restore environment variables.

    Args:
        variables: The value of each variable by name; None if it was not set.
        environ: The variables that are changed.
    """
    for name, value in variables.items():
        if value is None:
            environ.pop(name, None)
        else:
            environ[name] = value


class Changed:
    """A context in which some environment variables have other values.

    Args:
        variables: The value of each variable by name; None to unset it.
        environ: The variables that are changed; by default those of this process.
    """

    def __init__(
        self, variables: Mapping[str, str | None], environ: MutableMapping[str, str] = os.environ
    ) -> None:
        self._variables = dict(variables)
        self._environ = environ
        self._before: dict[str, str | None] = {}

    def __enter__(self) -> None:
        self._before = {name: self._environ.get(name) for name in self._variables}
        give_back(self._variables, self._environ)

    def __exit__(self, *_: object) -> None:
        give_back(self._before, self._environ)


def with_injected(environment: Mapping[str, str]) -> str:
    """Return the PYTHONPATH that loads the hook, and keeps what the variable has.

    Args:
        environment: The environment variables; they are not changed.
    """
    return os.pathsep.join(filter(None, [INJECTED, environment.get("PYTHONPATH", "")]))


def note_given(environment: MutableMapping[str, str], directory: str) -> None:
    """Store the rules and the report of a ``run``, so that pips can compare theirs with them.

    Args:
        environment: The environment variables of the command.
        directory: The directory of that ``run``.
    """
    given = "\0".join([environment.get(name, "") for name in _GIVEN])
    # Cheaper than open(): ``run`` has to start as fast as possible.
    descriptor = os.open(os.path.join(directory, GIVEN), os.O_CREAT | os.O_WRONLY, 0o600)
    os.write(descriptor, given.encode("utf-8", "surrogateescape"))
    os.close(descriptor)


def changed_below_run() -> str:
    """Return the variable that something between ``run`` and this pip has changed, or "" if none is."""
    try:
        path = os.path.join(os.environ.get(WATCH, ""), GIVEN)
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            given = file.read().split("\0")
    except OSError:
        # Not below a ``run``, or it has already ended.
        return ""
    ours = [os.environ.get(name, "") for name in _GIVEN]
    return next((name for name, one, other in zip(_GIVEN, given, ours) if one != other), "")


def watch_by_log(environment: MutableMapping[str, str], directory: str) -> None:
    """Set PIP_LOG so that pips without the shim can be detected.

    A Python started with -I ignores PYTHONPATH, but its pip still reads PIP_LOG. A pip that has loaded
    the shim logs where the user wants it to, so this log is written only by the others.

    Args:
        environment: The environment variables of those pips, which are changed.
        directory: The directory for the log.
    """
    for name in [name for name in environment if _is_log(name)]:
        environment[USERS_LOG] = environment.pop(name)
    environment[PIP_LOG] = os.path.join(directory, LOG)


def _is_log(name: str) -> bool:
    return name[:4].upper() == "PIP_" and name[4:].lower().replace("-", "_") in _LOG_OPTIONS


def stop_watching() -> None:
    """Let this pip, which has loaded the shim, and its child processes log and report as usual."""
    if os.path.basename(os.environ.get(PIP_LOG, "")) == LOG:
        del os.environ[PIP_LOG]
        log = os.environ.pop(USERS_LOG, "")
        if log:
            os.environ[PIP_LOG] = log
    if os.path.basename(os.environ.get(PIP_REPORT, "")) == INSTALLED:
        del os.environ[PIP_REPORT]


def was_written_without_shim(directory: str, users_log: str = "") -> bool:
    """Return whether a pip without the shim has installed or built something.

    Args:
        directory: The directory passed to ``watch_by_log``.
        users_log: The log that the user has asked for, to which the output of such pips is appended;
            "" if there is none.
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
            # A pip that writes to it reports this itself.
            pass
    return any(said in text for said in _LOGGED) or os.path.exists(os.path.join(directory, INSTALLED))


def tell_watcher(word: str, facts: dict[str, object] | None = None) -> None:
    """Leave a message about the shim in this process, for ``run`` and for a pip above a backend.

    Args:
        word: ``loaded``; ``judged`` after the rules are read; ``isolated``; ``refused``; ``outer`` for
            a pip below one without the shim; ``built`` or ``used`` at the end, if anything was built
            (see ``left_word``); ``filled`` if the pip fills an environment in which another front end
            builds; ``elsewhere`` from such a front end; ``program`` if a program that runs no pip
            command fills a build environment with pip's modules.
        facts: The content of the message, if it has any.
    """
    for directory in filter(os.path.isdir, filter(None, map(os.environ.get, (WATCH, BELOW_BACKEND)))):
        text = ""
        if facts is not None:
            import json  # most messages have no content

            text = json.dumps(facts)
        path = os.path.join(directory, f"{word}-{os.getpid()}-{os.urandom(16).hex()}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
