"""The commands of the README, typed in their order into one shell on a machine that has only Python."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..support.interpreters import find_interpreter
from .real import pip_environment, shared_downloads

pytestmark = pytest.mark.network

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TIMEOUT_SECONDS = 3600
MARK = "=== README: exit status"

# What is typed instead, and why.
REPLACED = {
    # There is no release yet: README gives this as the command for a checkout.
    "pip install pip-build-override": f"pip install {shlex.quote(str(ROOT))}",
    "pip install 'pip-build-override[matrix]'": f"pip install {shlex.quote(f'{ROOT}[matrix]')}",
    # The test may not write there.
    "/etc/build-overrides.toml": '"$HOME"/etc-build-overrides.toml',
}
DEMO = "pip-build-override demo"
FIX = "pip-build-override fix -- pip install PyYAML==5.4.1"
FIXED = (
    "pip-build-override run --overrides build-overrides.toml"
    " -- pip install --force-reinstall PyYAML==5.4.1"
)
# What is not typed, and why.
NOT_TYPED = {
    "bash .ci/prepare && .venv/bin/python -m pytest -n 2": "it runs these tests, for half an hour",
    "pip-build-override matrix --vary numpy=oldest,latest -- pytest": "it is for another directory, and"
    " test_matrix.py runs a matrix there",
    "FROM python:3.12": "without docker, a new virtual environment takes the place of the image",
}


@dataclass(frozen=True)
class Case:
    """The README on the Python of one minor version.

    Attributes:
        python: The minor version.
        seconds: What it takes on two slow cores.
        left_out: Commands that are not typed.
    """

    python: str
    seconds: int
    left_out: tuple[str, ...] = ()


CASES = [
    # For each change of the sources. Of the demo, there is a test of its own, and what fix is shown to
    # find is for Pythons that Cython 0.29 supports.
    Case("3.13", seconds=80, left_out=(DEMO, FIX, FIXED)),
    Case("3.11", seconds=130),
]


@dataclass(frozen=True)
class Step:
    """A command of the README, and the lines that it shows below."""

    command: str
    shown: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        return any("Error" in line for line in self.shown)


def steps(text: str) -> list[Step]:
    """Return all that is typed; a Dockerfile becomes commands in an environment of its own."""
    found = []
    block_of_commands = re.compile(r"^```(console|dockerfile)\n(.*?)^```", re.DOTALL | re.MULTILINE)
    for kind, block in block_of_commands.findall(text):
        if kind == "dockerfile":
            found += [Step("python3 -m venv image"), Step(". image/bin/activate")]
            found += [Step(_in_a_shell(line)) for line in block.splitlines()]
            found += [Step("deactivate"), Step(". .venv/bin/activate")]
            found += [Step("unset PIP_BUILD_REQUIREMENTS_OVERRIDE")]
            continue
        for entry in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *shown = entry.splitlines()
            found.append(Step(command, tuple(shown)))
    return found


def _in_a_shell(line: str) -> str:
    instruction, _, rest = line.partition(" ")
    return {"RUN": "", "ENV": "export ", "COPY": "cp "}.get(instruction, f"{instruction} ") + rest


def test_what_is_not_typed_as_it_is_written_is_in_the_readme() -> None:
    assert all(text in README for text in (*REPLACED, *NOT_TYPED, DEMO, FIX, FIXED))
    assert any(not case.left_out for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.python)
def test_every_command_works(case: Case, tmp_path: Path, downloads: Path) -> None:
    left_out = {*NOT_TYPED, *case.left_out}
    typed = [step for step in steps(README) if step.command not in left_out]
    assert len(typed) >= 20
    for step, (status, output) in zip(typed, _type(typed, case.python, tmp_path, downloads)):
        assert (status != 0) == step.fails, step.command
        _check_shown(step, output)


def _type(typed: list[Step], python: str, room: Path, downloads: Path) -> list[tuple[int, str]]:
    """Return the exit status and the output of each command."""
    shared_downloads(room / "cache", downloads)
    environment = pip_environment(room / "cache")
    environment["HOME"] = str(room)
    # Not a link: from what it finds beside itself, an interpreter concludes where it is.
    (room / "path").mkdir()
    python3 = room / "path" / "python3"
    python3.write_text(f'#!/bin/sh\nexec {shlex.quote(str(find_interpreter(python)))} "$@"\n')
    python3.chmod(0o755)
    environment["PATH"] = f"{python3.parent}:{environment['PATH']}"
    (room / "home").mkdir()
    # With pipefail, a command that fails is seen through the tee that keeps its output.
    script = ["set -o pipefail", "exec 2>&1"]
    for step in typed:
        command = step.command
        for written, instead in REPLACED.items():
            command = command.replace(written, instead)
        script += [f"printf '$ %s\\n' {shlex.quote(command)}", command, f'echo "{MARK} $?, $SECONDS s"']
    log = room / "output"
    try:
        with open(log, "wb") as output:
            subprocess.run(
                ["bash", "-c", "\n".join(script)],
                cwd=room / "home",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
    finally:
        # Also of what did not end in time.
        printed = log.read_text(encoding="utf-8", errors="replace")
        print(printed)
    parts = re.split(rf"^{MARK} (\d+), \d+ s\n", printed, flags=re.MULTILINE)
    outcomes = [(int(status), text) for text, status in zip(parts[0::2], parts[1::2])]
    assert len(outcomes) == len(typed)
    return outcomes


def _check_shown(step: Step, output: str) -> None:
    """Check that the lines shown are printed, in their order; "…" is anything that was left out."""
    printed = iter(line.strip() for line in output.splitlines())
    for line in step.shown:
        pattern = ".*".join(map(re.escape, line.strip().split("…")))
        if line != "…":
            assert any(re.fullmatch(pattern, one) for one in printed), (step.command, line)
