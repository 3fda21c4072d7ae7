"""The rules that one pip run follows: read from the file by the outermost pip, and by no other one."""

from __future__ import annotations

import os
from typing import Callable

from ... import rules, switch
from ...errors import OverrideError
from ...rules import handed
from .run_directory import RunDirectory


def read_file(
    cwd: str, run: RunDirectory, warn: Callable[[str], None]
) -> tuple[bytes, rules.Overrides]:
    """Read the overrides file, and let the pips that this one starts follow what stands in it now.

    Args:
        cwd: where a relative path is taken from.
        run: what this pip shares with those.
        warn: told who else may write to the file.

    Returns:
        the content of the file, empty without one, and the rules.

    Raises:
        OverrideError: if the file cannot be read, if it may not be trusted, or if it is wrong.
    """
    if not os.environ.get(switch.EXPLAIN):
        _check_those_of_run()
    path, content = os.environ.get(switch.SWITCH, ""), b""
    if path:
        from ...rules import permissions

        path = os.path.join(cwd, path)
        content, warnings = permissions.read_trusted(path)
        for warning in warnings:
            warn(warning)
        # pips that pip or a build backend starts elsewhere must find the same file.
        os.environ[switch.SWITCH] = path
    overrides = _judged_by_run(content, path) or _judge(content, path)
    switch.tell_watcher("judged")
    run.furnish = lambda: handed.write(run.file(handed.FILE), overrides, handed.IN_THIS_RUN)
    return content, overrides


def _check_those_of_run() -> None:
    changed = switch.changed_below_run()
    if changed:
        value = os.environ.get(changed, "")
        done = f"has set {changed} to {value}" if value else f"has unset {changed}"
        raise OverrideError(
            f"something below pip-build-override run {done}, which would set aside what run was given",
            hint="take that out of what starts this pip (tox.ini, say, or a script), or leave run out",
        )


def _judged_by_run(content: bytes, path: str) -> rules.Overrides | None:
    watch = os.environ.get(switch.WATCH)
    if not watch:
        return None
    key = handed.key(content, path, os.environ.get(switch.COMMAND_LINE, ""))
    return handed.read(os.path.join(watch, handed.FILE), key)


def _judge(content: bytes, path: str) -> rules.Overrides:
    overrides = rules.parse_overrides(content, path=path, shown=os.path.basename(path))
    command_line = os.environ.get(switch.COMMAND_LINE, "")
    if not command_line:
        return overrides
    return rules.with_command_line(overrides, rules.CommandLine.load(command_line))


def read_handed(run: RunDirectory) -> rules.Overrides:
    """Read the rules that the outermost pip follows.

    Raises:
        OverrideError: if they are not there.
    """
    overrides = handed.read(run.file(handed.FILE), handed.IN_THIS_RUN)
    if overrides is None:
        raise OverrideError(
            "the pip that started this one has left no rules for it, so no override would be in force",
            hint="run it again, and let nothing remove its temporary files meanwhile",
        )
    return overrides
