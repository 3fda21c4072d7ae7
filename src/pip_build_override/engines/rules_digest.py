"""The rules that a program is under which starts pips, and a digest by which it knows its builds."""

from __future__ import annotations

import hashlib
import os

from .. import rules, switch
from ..files import sha256_of_file


def read(path: str) -> rules.Overrides:
    """Read the rules of a file, with those of the command line of ``run``.

    Args:
        path: the path of the overrides file.

    Raises:
        OverrideError: if it cannot be used.
    """
    overrides = rules.load_overrides(path)
    command_line = os.environ.get(switch.COMMAND_LINE, "")
    if not command_line:
        return overrides
    return rules.with_command_line(overrides, rules.CommandLine.load(command_line))


def digest(path: str, overrides: rules.Overrides) -> str:
    """Return a digest of the rules.

    Args:
        path: the path of the overrides file.
        overrides: what ``read`` has returned for it.
    """
    contents = [sha256_of_file(path), *(sha256 for _, sha256 in overrides.included)]
    contents.append(os.environ.get(switch.COMMAND_LINE, ""))
    return hashlib.sha256(" ".join(contents).encode()).hexdigest()
