"""Questions that the pip of an interpreter, with the shim in it, answers without building anything."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from typing import Iterable, Mapping, NamedTuple, Sequence

from . import switch
from .errors import OverrideError
from .files import Json, read_json
from .kinds import read_printed
from .releases import Available

_ERROR = "ERROR: "
_NO_ANSWER = "no-answer"

_OWN = ("-m", "pip")


class Content(NamedTuple):
    """A distribution that a pip would install.

    Attributes:
        name: Its name, in any spelling.
        version: Its version.
        built: Whether it is built from source for that.
    """

    name: str
    version: str
    built: bool = False


class PipFailed(OverrideError):
    """A pip that ended with an error of its own, not with one of ours.

    Args:
        message: What pip has said.
        hint: What to do about it.
        answer: The document that it has written nevertheless; None if there is none.
    """

    def __init__(self, message: str, *, hint: str, answer: Json | None) -> None:
        super().__init__(message, kind=_NO_ANSWER, hint=hint)
        self.answer = answer


def ask(
    python: str,
    arguments: Sequence[str],
    *,
    hint: str,
    overrides: str = "",
    variables: Mapping[str, str] | None = None,
    pip: Sequence[str] = _OWN,
    directory: str | None = None,
) -> Json | None:
    """Return the document with which a pip answers a ``pip download`` of some requirements.

    Args:
        python: Path of the interpreter.
        arguments: The requirements, and options of ``pip download``.
        hint: What to do if pip ends with an error of its own.
        overrides: Absolute path of the overrides file; "" if there is none.
        variables: More environment variables, which say what is asked.
        pip: What the interpreter has to be given to run the pip.
        directory: The directory to start it in; by default the current one.

    Returns:
        The document; None if there is none.

    Raises:
        OverrideError: If the interpreter cannot be run, or the pip refuses a rule.
        PipFailed: If pip ends with any other error.
    """
    # A report must not contain any of this, because none of it is a build.
    environment = {
        name: value for name, value in os.environ.items() if name not in (switch.REPORT, switch.FIX)
    }
    with tempfile.TemporaryDirectory(prefix="pip-build-override-explain-") as place:
        answer = os.path.join(place, "answer.json")
        environment.update(
            {
                switch.SWITCH: overrides or _no_rules(place),
                switch.EXPLAIN: answer,
                "PYTHONPATH": switch.with_injected(environment),
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                **(variables or {}),
            }
        )
        command = [python, *pip, "download", "-q", "--no-deps", "-d", place]
        done = _run([*command, *arguments], environment, directory)
        found = read_json(answer)
    if done.returncode == 0:
        return found
    said = done.stderr.decode(errors="replace").strip()
    _, ours, refusal = said.rpartition("pip-build-override: error: ")
    if ours:
        raise read_printed(refusal, otherwise=_NO_ANSWER)
    errors = [line[len(_ERROR) :] for line in said.splitlines() if line.startswith(_ERROR)]
    # If the backend fails, one line from pip is not enough.
    message = f"pip could not find the answer: {errors[0] if len(errors) == 1 else said}"
    raise PipFailed(message, hint=hint, answer=found)


def ask_for_releases(
    python: str,
    names: Iterable[str],
    *,
    variables: Mapping[str, str] | None = None,
    options: Sequence[str] = (),
    pip: Sequence[str] = _OWN,
    directory: str | None = None,
) -> Available:
    """Return the releases of distributions that a pip finds, none of a name that its index has not.

    Args:
        python: Path of the interpreter.
        names: The names of the distributions.
        variables: More environment variables, which say where it looks for them.
        options: Options of ``pip download``, which say the same.
        pip: What the interpreter has to be given to run the pip.
        directory: The directory to start it in; by default the current one.

    Raises:
        OverrideError: If the pip has no answer.
    """
    # It installs nothing, so it need not be in a virtual environment.
    given = {switch.RELEASES: "1", "PIP_REQUIRE_VIRTUALENV": "0", **(variables or {})}
    document = ask(
        python,
        [*options, "--", *names],
        variables=given,
        hint="check the network, and the index that pip uses: pip config list",
        pip=pip,
        directory=directory,
    )
    try:
        return Available.from_json(document)
    except ValueError:
        shown = " ".join(map(shlex.quote, [python, *pip]))
        raise OverrideError(
            "pip gave no answer",
            kind=_NO_ANSWER,
            hint=f"see what it prints: {shown} download {' '.join(names)}",
        ) from None


def ask_for_contents(
    python: str, requirements: Iterable[str], limits: Iterable[str], *, overrides: str
) -> tuple[Content, ...]:
    """Return what a pip would install into a new environment, by the report of a dry run.

    The metadata of what has no wheel is prepared under the rules, as in a real run. pip has such a
    report from 22.2 on: https://pip.pypa.io/en/stable/reference/installation-report/

    Args:
        python: Path of the interpreter.
        requirements: The requirements.
        limits: Lines of a constraints file.
        overrides: Absolute path of the overrides file.

    Raises:
        OverrideError: If the pip has no answer.
    """
    # It is no run of the user's.
    unset = (switch.REPORT, switch.FIX, switch.EXPLAIN)
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    with tempfile.TemporaryDirectory(prefix="pip-build-override-contents-") as place:
        report, constraints = os.path.join(place, "report.json"), os.path.join(place, "limits.txt")
        with open(constraints, "w", encoding="utf-8") as file:
            file.writelines(f"{limit}\n" for limit in limits)
        environment.update(
            {
                switch.SWITCH: overrides,
                "PYTHONPATH": switch.with_injected(environment),
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                "PIP_REQUIRE_VIRTUALENV": "0",
            }
        )
        command = [python, *_OWN, "install", "-q", "--dry-run", "--ignore-installed"]
        command += ["--report", report, "-c", constraints, "--", *requirements]
        done = _run(command, environment, None)
        found = read_json(report)
    try:
        if done.returncode == 0:
            # What is not a report of pip is caught below.
            return tuple(map(_content, found["install"]))  # type: ignore[index]
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["it gave no reason"]
        problem = next((line for line in said if _ERROR in line.upper()), said[-1])
    except (KeyError, TypeError):
        problem = "its report cannot be read"
    raise OverrideError(f"a dry run of pip gave no answer: {problem}", kind="no-answer")


def _content(item: Mapping[str, Mapping[str, str]]) -> Content:
    """Return one entry of pip's installation report."""
    metadata, url = item["metadata"], item["download_info"]["url"]
    built = not url.partition("#")[0].lower().endswith(".whl")
    return Content(metadata["name"], metadata["version"], built)


def _no_rules(directory: str) -> str:
    # The switch needs a file even if no file is given. The same as below ``run``.
    path = os.path.join(directory, switch.RULES_OF_RUN)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    return path


def _run(
    command: list[str], environment: dict[str, str], directory: str | None
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(command, env=environment, cwd=directory, capture_output=True, check=False)
    except OSError as error:
        raise OverrideError(
            f"{command[0]} cannot be run: {error.strerror}",
            kind="unusable-python",
            hint="name an interpreter with --python",
        ) from None
