"""Questions that the pip of an interpreter, with the shim in it, answers without building anything."""

from __future__ import annotations

import os
import subprocess
import tempfile
from typing import Mapping, Sequence

from . import switch
from .errors import OverrideError
from .files import Json, read_json

_ERROR = "ERROR: "


class PipFailed(OverrideError):
    """A pip that ended with an error of its own, not with one of ours.

    Args:
        message: What pip has said.
        hint: What to do about it.
        answer: The document that it has written nevertheless; None if there is none.
    """

    def __init__(self, message: str, *, hint: str, answer: Json | None) -> None:
        super().__init__(message, hint=hint)
        self.answer = answer


def ask(
    python: str,
    arguments: Sequence[str],
    *,
    hint: str,
    overrides: str = "",
    variables: Mapping[str, str] | None = None,
) -> Json | None:
    """Return the document with which a pip answers a ``pip download`` of some requirements.

    Args:
        python: Path of the interpreter.
        arguments: The requirements, and options of ``pip download``.
        hint: What to do if pip ends with an error of its own.
        overrides: Absolute path of the overrides file; "" if there is none.
        variables: More environment variables, which say what is asked.

    Returns:
        The document; None if there is none.

    Raises:
        OverrideError: If the interpreter cannot be run, or the pip refuses a rule.
        PipFailed: If pip ends with any other error.
    """
    # A report must not contain any of this, because none of it is a build.
    environment = {name: value for name, value in os.environ.items() if name != switch.REPORT}
    with tempfile.TemporaryDirectory(prefix="pip-build-override-explain-") as directory:
        answer = os.path.join(directory, "answer.json")
        environment.update(
            {
                switch.SWITCH: overrides or _no_rules(directory),
                switch.EXPLAIN: answer,
                "PYTHONPATH": switch.with_injected(environment),
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                **(variables or {}),
            }
        )
        command = [python, "-m", "pip", "download", "-q", "--no-deps", "-d", directory]
        done = _run([*command, *arguments], environment)
        found = read_json(answer)
    if done.returncode == 0:
        return found
    said = done.stderr.decode(errors="replace").strip()
    _, ours, refusal = said.rpartition("pip-build-override: error: ")
    if ours:
        message, _, hint = refusal.partition("\nhint: ")
        raise OverrideError(message, hint=hint)
    errors = [line[len(_ERROR) :] for line in said.splitlines() if line.startswith(_ERROR)]
    # If the backend fails, one line from pip is not enough.
    message = f"pip could not find the answer: {errors[0] if len(errors) == 1 else said}"
    raise PipFailed(message, hint=hint, answer=found)


def _no_rules(directory: str) -> str:
    # The switch needs a file even if no file is given. The same as below ``run``.
    path = os.path.join(directory, switch.RULES_OF_RUN)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    return path


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(command, env=environment, capture_output=True, check=False)
    except OSError as error:
        raise OverrideError(
            f"{command[0]} cannot be run: {error.strerror}", hint="name an interpreter with --python"
        ) from None
