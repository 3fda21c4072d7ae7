"""``demo`` shows all builds on every Python that it is for, and leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from pip_build_override.cli.demo import FIXED_FOR
from pip_build_override.cli.demo_python import OLDER_NUMPY

from ..support.interpreters import find_interpreter
from .real import pip_environment

pytestmark = pytest.mark.network


@dataclass(frozen=True)
class Demo:
    """The demo on the Python of one minor version."""

    python: str
    seconds: int = 60


DEMOS = [
    Demo(f"{python[0]}.{python[1]}", seconds=130 if python in FIXED_FOR else 60)
    for python in OLDER_NUMPY
]


def demo_command(python: str) -> list[str]:
    demo = [sys.executable, "-m", "pip_build_override", "demo"]
    return [*demo, "--python", str(find_interpreter(python))]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "tmp").mkdir()
    return dict(pip_environment(tmp_path / "cache"), TMPDIR=str(tmp_path / "tmp"))


@pytest.mark.parametrize("case", DEMOS, ids=lambda case: case.python)
def test_shows_a_wrong_build_and_a_right_one(
    case: Demo, environment: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        demo_command(case.python),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env=environment,
        timeout=600,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0
    python = tuple(map(int, case.python.split(".")))
    older = OLDER_NUMPY[python]  # type: ignore[index]
    wrong, right = done.stdout.split(". The same with an override")
    if python in FIXED_FOR:
        fixed, _, wrong = wrong.partition("\n3. ")
        assert "[package.pyyaml]" in fixed
        assert 'constrain = ["cython<3"]' in fixed.splitlines()[-2]
    assert "multiarray failed to import" in wrong
    assert f"demo-sumsq 1.0: numpy -> numpy=={older}" in right
    assert "14.0" in right.splitlines()[-3]
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("case", [Demo("3.11", seconds=20)], ids=["3.11"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_cleans_up_when_it_is_interrupted(
    case: Demo, number: int, environment: dict[str, str], tmp_path: Path
) -> None:
    with subprocess.Popen(
        demo_command(case.python),
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
        # Where these tests run in the background, a shell may have told them to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            if line.startswith("2. "):
                break
        time.sleep(1)
        demo.send_signal(number)
        demo.stdout.read()
    assert demo.returncode == 128 + number
    assert list((tmp_path / "tmp").iterdir()) == []
