"""What is asked of a pip by a dry run, and what its report says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import asking_pip, switch
from pip_build_override.asking_pip import Content, ask_for_contents
from pip_build_override.errors import OverrideError


def item(name: str, version: str, url: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "version": version}, "download_info": {"url": url}}


class Pip:
    """A pip that leaves a report, and remembers how it was started."""

    def __init__(self, report: object, returncode: int = 0, said: str = "") -> None:
        self.report = report
        self.returncode = returncode
        self.said = said

    def run(
        self, command: list[str], environment: dict[str, str], directory: str | None
    ) -> subprocess.CompletedProcess[bytes]:
        self.command, self.environment = command, environment
        self.limits = Path(command[command.index("-c") + 1]).read_text(encoding="utf-8")
        place = Path(command[command.index("--report") + 1])
        if self.report is not None:
            place.write_text(json.dumps(self.report), encoding="utf-8")
        return subprocess.CompletedProcess(command, self.returncode, b"", self.said.encode())


def test_what_is_in_an_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (switch.REPORT, switch.FIX, switch.EXPLAIN):
        monkeypatch.setenv(name, "of another run")
    pip = Pip(
        {
            "install": [
                item("NumPy", "2.1", "https://x.example/numpy-2.1-cp311-cp311-linux_x86_64.whl"),
                item("a.b", "1", "https://x.example/a.b-1.tar.gz#sha256=0"),
                item("c", "1", "file:///c-1-py3-none-any.WHL#sha256=0"),
            ]
        }
    )
    monkeypatch.setattr(asking_pip, "_run", pip.run)
    found = ask_for_contents("python3", ["numpy", "a.b<2"], ["numpy<3", "c"], overrides="/o.toml")
    assert found == (Content("NumPy", "2.1"), Content("a.b", "1", True), Content("c", "1"))
    assert pip.command[:4] == ["python3", "-m", "pip", "install"]
    assert {"--dry-run", "--ignore-installed"} < set(pip.command)
    assert pip.command[-3:] == ["--", "numpy", "a.b<2"]
    assert pip.limits == "numpy<3\nc\n"
    assert pip.environment[switch.SWITCH] == "/o.toml"
    assert switch.INJECTED in pip.environment["PYTHONPATH"]
    assert not {switch.REPORT, switch.FIX, switch.EXPLAIN} & pip.environment.keys()


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Pip({}), "its report cannot be read"),
        (Pip({"install": [{}]}), "its report cannot be read"),
        (Pip(None), "its report cannot be read"),
        (Pip(None, 2, "Usage:\n\nno such option: --dry-run\n"), "no such option: --dry-run"),
        (Pip(None, 1, "WARNING: a\nERROR: no a\nERROR: no b"), "ERROR: no a"),
        (Pip(None, 1), "it gave no reason"),
    ],
)
def test_a_pip_without_an_answer(answer: Pip, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking_pip, "_run", answer.run)
    with pytest.raises(OverrideError) as caught:
        ask_for_contents("python3", ["a"], [], overrides="/o.toml")
    assert caught.value.message == f"a dry run of pip gave no answer: {problem}"
