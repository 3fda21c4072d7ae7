"""Commands that pip runs as it runs build backends: with a spinner, and the output if they fail."""

from __future__ import annotations

from typing import Callable, Sequence

from .unknown_pip import unknown_pip

_NAME = "runner_with_spinner_message"


def runner(message: str) -> Callable[[Sequence[str], str], None]:
    """Return a function that runs a command in a directory, and raises pip's own error if it fails.

    Args:
        message: What is shown of it.

    Raises:
        OverrideError: If this pip has no such function.
    """
    # Every pip that builds has loaded this module already.
    from pip._internal.utils import subprocess

    make = getattr(subprocess, _NAME, None)
    if make is None:
        raise unknown_pip([f"{subprocess.__name__}.{_NAME}: missing"])
    run: Callable[..., None] = make(message)

    def run_in(command: Sequence[str], directory: str) -> None:
        run(list(command), cwd=directory)

    return run_in
