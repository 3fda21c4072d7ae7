"""The command that installs an editable which is rebuilt when it is imported, so that it can be."""

from __future__ import annotations

import os
import shlex
from typing import Iterable


def reinstall(python: str, build_requirements: Iterable[str], url: str) -> str:
    """Return a command that installs build requirements for good, and then an editable with them.

    Args:
        python: The interpreter of the environment.
        build_requirements: What the environment lacks of what the editable is built with.
        url: URL or directory of the sources.
    """
    pip = [python, "-m", "pip", "install"]
    commands = []
    pins = list(build_requirements)
    if pins:
        commands.append(_joined([*pip, *pins]))
    editable = _joined([*pip, "--no-build-isolation", "--no-deps", "--editable", url])
    scripts = os.path.dirname(python)
    if scripts and os.name == "posix":
        # The backend looks for programs such as meson and ninja on PATH.
        editable = f'PATH={shlex.quote(scripts)}:"$PATH" {editable}'
    return " && ".join([*commands, editable])


def _joined(words: Iterable[str]) -> str:
    return " ".join(map(shlex.quote, words))
