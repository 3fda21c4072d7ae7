"""The messages with which ``run`` ends if the override was not in force throughout."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from ..engines import watched
from ..errors import OverrideError
from ..switch import OVERRIDDEN_COMMANDS, RULES_OF_RUN

if TYPE_CHECKING:
    from .options import Given


class Complaint:
    """A reason why the override was not in force throughout.

    Args:
        error: What is wrong, and where.
        fatal: Whether it is an error even with ``--allow-unused``.
        about_builds: Whether it is a warning with that option.
    """

    def __init__(
        self, error: OverrideError, *, fatal: bool = False, about_builds: bool = False
    ) -> None:
        self.error = error
        self.fatal = fatal
        self.about_builds = about_builds


_ALLOW = "or accept this with --allow-unused"
_RECIPE = (
    "start pip without -I, -E and -S, and pass PYTHONPATH on to it; for tox, in [testenv] and [pkgenv]:"
    " pass_env = PYTHONPATH and install_command = python -m pip install {opts} {packages};"
    f" {_ALLOW}"
)
_NO_PIP = (
    f"run a command that starts one of pip {', pip '.join(OVERRIDDEN_COMMANDS)}, and that passes its"
    f" environment variables on to it; {_ALLOW}"
)
_PIPX = (
    "install the start-up hook into the pip of pipx: pipx upgrade-shared && pip-build-override install"
    f' --python "$(pipx environment --value PIPX_SHARED_LIBS)"; {_ALLOW}'
)
# They build without pip, and have settings that ``export`` writes.
_EXPORTED = {"uv": "uv", "uvx": "uv", "poetry": "poetry"}


def choose(
    words: set[str], watch: str, command: list[str], given: Given, *, failed: bool = False
) -> Complaint | None:
    """Return the most important complaint.

    A build that bypassed pip comes before a pip without the override, and unused tables come last.

    Args:
        words: The messages that the child processes have left (see ``switch.tell_watcher``).
        watch: The directory with the messages.
        command: The command that was run.
        given: The rules of this run.
        failed: Whether the command itself failed, so that nothing makes this run succeed.

    Returns:
        The complaint, or None if the override was in force.

    Raises:
        OverrideError: If the rules can no longer be read.
    """
    complaint = _most_important(words, watch, command, given)
    if complaint is not None and failed:
        complaint.error.hint = complaint.error.hint.replace(f"; {_ALLOW}", "").replace(
            f", {_ALLOW}", ""
        )
    return complaint


def _most_important(words: set[str], watch: str, command: list[str], given: Given) -> Complaint | None:
    complaint = _about_pips(words, command, given)
    if words & {"built", "elsewhere"}:
        said = watched.built_elsewhere(watch, given.overrides)
        if said is None and complaint is None:
            said = watched.no_table_used(watch)
        if said is not None:
            complaint = Complaint(said, about_builds=True)
    if not given.judged and not words & {"judged", "refused"}:
        # No pip below has read the file, so nothing else would report a mistake in it.
        complaint = _mistake(given, watch) or complaint
    if complaint is None and "program" in words and _has_rules(given):
        return _complaint(
            f"a program below {command[0]} installed build requirements with pip's modules and without"
            " a pip command, so the override was not in force in what it built",
            kind="not-reached",
            hint=f"build the package with pip itself (pip wheel), {_ALLOW}",
        )
    return complaint


def _has_rules(given: Given) -> bool:
    """Return whether any rule can have a part in a build."""
    return any(table.builds or table.no_binary or table.as_of for table in given.overrides().tables)


def _mistake(given: Given, watch: str) -> Complaint | None:
    try:
        given.judge(watch)
    except OverrideError as error:
        return Complaint(error, fatal=True)
    return None


def _about_pips(words: set[str], command: list[str], given: Given) -> Complaint | None:
    program = os.path.basename(command[0])
    recipe = _PIPX if program == "pipx" else _RECIPE
    if not words & {"loaded", "refused"}:
        return _complaint(
            f"no pip below {command[0]} loaded the shim, so no override was in force",
            kind="shim-not-loaded",
            # A pip without the shim is known by its log. Without one, no pip has built anything.
            hint=recipe if "outer" in words else _no_pip_hint(_EXPORTED.get(program, ""), given.path),
        )
    if "isolated" in words:
        return _complaint(
            f"a pip below {command[0]} was run with --isolated, which ignores all PIP_ variables, and"
            " so the override",
            kind="isolated-pip",
            hint=f"remove --isolated, {_ALLOW}",
        )
    if "outer" in words:
        return _complaint(
            f"a pip below {command[0]} ran without the shim, so the override was not in force in it",
            kind="shim-not-loaded",
            hint=recipe,
        )
    return None


def _complaint(message: str, *, kind: str, hint: str) -> Complaint:
    return Complaint(OverrideError(message, kind=kind, hint=hint))


def _no_pip_hint(front_end: str, file: str) -> str:
    if front_end and os.path.basename(file) != RULES_OF_RUN:
        return (
            f"add to pyproject.toml what pip-build-override export --to {front_end} {shlex.quote(file)}"
            f" prints, and run {front_end} by itself; {_ALLOW}"
        )
    return _NO_PIP
