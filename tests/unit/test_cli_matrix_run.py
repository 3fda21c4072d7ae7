"""``matrix``: what it prints, writes and ends with, whatever tox does. A script stands in for tox."""

from __future__ import annotations

import importlib.metadata
import io
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Iterator, Sequence

import pytest
from filelock import FileLock

from pip_build_override import switch
from pip_build_override.cli import matrix_files, matrix_run, tox_here
from pip_build_override.cli.main import main
from pip_build_override.cli.matrix_progress import Progress
from pip_build_override.errors import OverrideError
from pip_build_override.matrix import project_plan
from pip_build_override.matrix.making import Answers
from pip_build_override.matrix.plan import Interpreter, Plan
from pip_build_override.matrix.results import (
    NOT_BUILT,
    NOT_INSTALLED,
    PASSED,
    SKIPPED,
    TESTS_FAILED,
    Result,
)
from pip_build_override.matrix.table import Matrix
from pip_build_override.releases import Available

from ..support.hints import follows
from .matrices import cell, interpreters, numpy

Capture = pytest.CaptureFixture[str]

PROJECT = """
[build-system]
requires = ["setuptools", "numpy>=2.0"]

[project]
name = "p"
requires-python = ">=3.9"
dependencies = ["numpy>=1.26"]
"""
CELLS = ("py39-numpy1.26", "py39-numpy2.0", "py312-numpy1.26", "py312-numpy2.4")
RUN = ["--vary", "numpy=oldest,latest", "--python", "3.9,3.12"]
# What stands in for tox: it writes what "results" has of the cells that it is asked for.
TOX = """
import json, os, pathlib, signal, sys, time

def run():
    here = pathlib.Path.cwd()
    plan = pathlib.Path(os.environ["_PIP_BUILD_OVERRIDE_MATRIX_PLAN"])
    json.loads(plan.read_text())
    (here / "arguments").write_text(json.dumps(sys.argv[1:]))
    print("tox prints this")
    print("and this", file=sys.stderr, flush=True)
    for name in sys.argv[sys.argv.index("-e") + 1].split(","):
        result = here / "results" / name
        if result.exists():
            written = plan.parent / "cells" / (name + ".json")
            # As files.write_json does: a reader sees all of it or nothing.
            scratch = written.with_suffix(".tmp")
            scratch.write_text(result.read_text())
            scratch.replace(written)
    ending = (here / "ending").read_text()
    if ending == "wait":
        (here / "started").touch()
        time.sleep(60)
    sys.exit(int(ending))
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    (root / "results").mkdir(parents=True)
    tox = tmp_path / "standin" / "tox"
    tox.mkdir(parents=True)
    (tox / "__init__.py").touch()
    (tox / "run.py").write_text(TOX, encoding="utf-8")
    monkeypatch.chdir(root)
    monkeypatch.setenv("PYTHONPATH", str(tox.parent))
    for name in (switch.SWITCH, matrix_files.SUMMARY, "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(project_plan.interpreters, "find", _find)
    monkeypatch.setattr(project_plan.asking, "answers", _answers)
    monkeypatch.setattr(tox_here, "check", lambda: None)
    Path("pyproject.toml").write_text(PROJECT, encoding="utf-8")
    tox_ends_with(0)
    return root


def _find(wanted: Sequence[str] | None) -> list[Interpreter]:
    return interpreters("3.9", "3.12", "3.13")


def _answers(table: Matrix, chosen: Sequence[Interpreter]) -> dict[str, Answers]:
    return {
        each.minor: Answers(Available({"python_version": each.minor}, {"numpy": numpy(each.minor)}, ()))
        for each in chosen
    }


def tox_ends_with(status: int | str) -> None:
    Path("ending").write_text(str(status), encoding="utf-8")


def comes(name: str, state: str = PASSED, **more: Any) -> None:
    """Have tox come to a cell, with what comes of it."""
    facts: dict[str, Any] = {}
    if state in (PASSED, TESTS_FAILED):
        minor = name.partition("numpy")[2]
        runs = {"1.22": "1.22.0", "1.26": "1.26.0", "2.0": "2.0.2", "2.4": "2.4.6"}[minor]
        built = "2.0.2" if name.startswith("py39") else "2.4.6"
        facts = {"ran_with": {"numpy": runs}, "built_with": {"numpy": built}, "wheel": "p.whl"}
    result = Result(name, state, **{**facts, **more})
    Path("results", name).write_text(json.dumps(result.to_json()), encoding="utf-8")


def ran(capsys: Capture, *arguments: str, status: int = 0) -> tuple[str, str]:
    assert main(["matrix", *RUN, *arguments]) == status
    return capsys.readouterr()


def refused(capsys: Capture, *arguments: str) -> str:
    return ran(capsys, *arguments, status=2)[1]


def all_pass() -> None:
    for name in CELLS:
        comes(name)


# What came of the cells


def test_all_cells_pass(capsys: Capture) -> None:
    all_pass()
    out, err = ran(capsys, "--", "pytest", "-q")
    assert out.splitlines() == [
        "runs with     Python 3.9                Python 3.12",
        "numpy 1.26.0  passed, built with 2.0.2  passed, built with 2.4.6",
        "numpy 2.0.2   passed, built with 2.0.2  -",
        "numpy 2.4.6   -                         passed, built with 2.4.6",
        "",
        "4 cells: 4 passed; 2 wheels",
        "the oldest numpy that works is 1.26.0, as pyproject.toml declares: numpy>=1.26",
    ]
    assert "pip-build-override: 4 cells" in err
    for name in CELLS:
        assert f"/4] {name}: passed, built with " in err
    # What tox prints is kept, and not shown.
    assert "tox prints this" not in out + err
    log = Path(".tox/pip-build-override/logs/tox.log").read_text(encoding="utf-8")
    assert log == "tox prints this\nand this\n"
    plan = Plan.from_json(json.loads(Path(".tox/pip-build-override/plan.json").read_text("utf-8")))
    assert [cell.name for cell in plan.planned] == [*CELLS]
    assert plan.command == ("pytest", "-q")


def test_without_a_command_nothing_passes_but_imports(capsys: Capture) -> None:
    all_pass()
    out, err = ran(capsys)
    assert "no COMMAND is given, so those that [testenv] has no commands for are only imported" in err
    assert "4 passed" in out
    for name in CELLS[1:]:
        comes(name, tested=False)
    out, err = ran(capsys)
    assert "4 cells: 1 passed, 3 imported" in out
    assert "py312-numpy2.4: imported, built with 2.4.6" in err
    # The table's own command, if there is one, and the one of the command line instead of it.
    Path("pyproject.toml").write_text(
        f"{PROJECT}[tool.pip-build-override.matrix]\nvary.numpy = ['latest']\ncommand = ['pytest']\n",
        encoding="utf-8",
    )
    assert "only imported" not in ran(capsys)[1]


def test_a_cell_that_does_not_pass(capsys: Capture, tmp_path: Path) -> None:
    all_pass()
    log = tmp_path / "build.log"
    log.write_bytes(b"\n".join([b"line %d" % number for number in range(100)]) + b"\xff\x1b end")
    facts = {"reason": "numpy/arrayobject.h", "hints": ("write this",), "log": str(log)}
    for name in CELLS[:2]:
        comes(name, NOT_BUILT, **facts)
    tox_ends_with(1)
    out, err = ran(capsys, "--", "pytest", status=1)
    assert "py39-numpy1.26: does not build (2.0.2): numpy/arrayobject.h" in err
    # The output is shown once, and its end only.
    assert out.count("py39-numpy1.26, py39-numpy2.0: does not build\n  […]\n") == 1
    assert out.count("line 99") == 1
    assert "line 39" not in out
    assert f"(from {log})" in out
    table = out[out.index("runs with") :].splitlines()
    assert "does not build: numpy/arrayobject.h (py39-numpy1.26, py39-numpy2.0)" in table
    assert "hint: write this" in table
    assert "4 cells: 2 passed, 2 does not build; 1 wheel" in table
    assert table[-1].startswith("the oldest numpy that works")


@pytest.mark.parametrize("log", ["/none/x.log", ""])
def test_an_output_that_is_not_there(log: str, capsys: Capture) -> None:
    all_pass()
    comes(CELLS[0], TESTS_FAILED, reason="status 1", log=log)
    out, _ = ran(capsys, "--", "pytest", status=1)
    assert out.startswith("runs with")


@pytest.mark.parametrize("state", [NOT_INSTALLED, SKIPPED])
def test_a_cell_that_could_not_be_run(state: str, capsys: Capture) -> None:
    all_pass()
    comes(CELLS[0], state, reason="no network")
    comes(CELLS[1], TESTS_FAILED, reason="status 1")
    out, _ = ran(capsys, "--", "pytest", status=2)
    assert f"{state}: no network (py39-numpy1.26)" in out


def test_cells_that_cannot_be_run_are_no_failure(capsys: Capture) -> None:
    for name in ("py312-numpy1.26", "py312-numpy2.4"):
        comes(name)
    arguments = ["--vary", "numpy=1.26.*,latest", "--python", "3.12,3.13"]
    comes("py313-numpy2.4")
    assert main(["matrix", *arguments, "--", "pytest"]) == 2
    capsys.readouterr()
    comes("py312-numpy1.26", ran_with={"numpy": "1.26.4"})
    comes("py313-numpy2.4")
    assert main(["matrix", *arguments, "--", "pytest"]) == 0
    assert "4 cells: 3 passed, 1 no wheel" in capsys.readouterr().out


def test_no_cell_can_be_run(capsys: Capture) -> None:
    assert main(["matrix", "--vary", "numpy=1.26.*", "--python", "3.13", "--", "pytest"]) == 2
    out, err = capsys.readouterr()
    assert "no wheel: numpy 1.26.* has no wheel for this Python" in out
    assert "no cell of the matrix can be run" in err
    assert not Path(".tox").exists()


def test_what_an_earlier_run_has_left_is_not_taken(capsys: Capture) -> None:
    all_pass()
    ran(capsys)
    Path("results", CELLS[3]).unlink()
    out, err = ran(capsys, status=2)
    assert "skipped: it was not run (py312-numpy2.4)" in out
    assert (
        "tox ended with status 0, and 1 of 4 cells have no result: [program-failed]\n  tox prints this"
        in err
    )


def test_tox_fails_by_itself(capsys: Capture) -> None:
    tox_ends_with(3)
    out, err = ran(capsys, status=2)
    assert "4 cells: 4 skipped" in out
    assert "tox ended with status 3, and 4 of 4 cells have no result:" in err
    hint = follows("all that tox printed is in {}; if requires in", err)
    assert Path(hint.split(" is in ")[1].partition(";")[0]).read_text("utf-8").startswith("tox prints")
    # Nobody knows why, so nobody may say that everything is well.
    all_pass()
    assert "tox ended with status 3, and each cell has passed:" in refused(capsys)
    comes(CELLS[0], TESTS_FAILED)
    ran(capsys, status=1)


def test_a_result_that_cannot_be_read(capsys: Capture) -> None:
    all_pass()
    for text in ("{", "[]", '{"format": 99}'):
        Path("results", CELLS[0]).write_text(text, encoding="utf-8")
        out, err = ran(capsys, status=2)
        assert "skipped: it was not run (py39-numpy1.26)" in out
        assert "1 of 4 cells have no result" in err


def test_the_command_that_narrows_it(capsys: Capture) -> None:
    Path("pyproject.toml").write_text(PROJECT.replace(">=1.26", ">=1.22"), encoding="utf-8")
    comes("py39-numpy1.22", TESTS_FAILED, reason="status 1")
    comes("py39-numpy2.0")
    tox_ends_with(1)
    arguments = ["--vary", "numpy=oldest,latest", "--python", "3.9", "--build", "latest"]
    command = ["--", "pytest", "-k", "a b"]
    assert main(["matrix", *arguments, *command]) == 1
    out = capsys.readouterr().out
    (line,) = [line for line in out.splitlines() if "this narrows it: " in line]
    words = shlex.split(line.partition("this narrows it: ")[2])
    assert words[:4] == ["pip-build-override", "matrix", "--build", "latest"]
    assert words[-4:] == command
    # It runs as it is, and leaves nothing to narrow.
    before, (cut, *_) = words[1:], [words.index("--") - 1]
    assert main([*before[:1], "list", *before[1:cut], "--format", "json"]) == 0
    plan = Plan.from_json(json.loads(capsys.readouterr().out))
    minors = [dict(cell.runs)["numpy"][:4] for cell in plan.planned]
    assert minors == [
        "1.22",
        "1.23",
        "1.24",
        "1.25",
        "1.26",
    ]


# How tox is started


def arguments() -> list[str]:
    found: list[str] = json.loads(Path("arguments").read_text(encoding="utf-8"))
    return found


def test_jobs(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    all_pass()
    monkeypatch.setattr(matrix_run, "_processors", lambda: 2)
    _, err = ran(capsys)
    assert arguments()[:4] == ["run-parallel", "--parallel", "2", "--parallel-no-spinner"]
    assert "4 cells, 2 at a time" in err
    ran(capsys, "--jobs", "99")
    assert arguments()[2] == "4"
    ran(capsys, "--jobs", "1")
    work = ["--workdir", os.path.abspath(".tox")]
    assert arguments() == ["run", "--colored", "no", *work, "-e", ",".join(CELLS)]
    for wrong in ("0", "-1", "two", "1.5", "²"):
        said = refused(capsys, f"--jobs={wrong}")
        assert "--jobs: " in said
        assert "is not a number from 1 on" in said
        option = follows("write --jobs {}", said).split()[1:]
        ran(capsys, *option)
    assert matrix_run._processors() >= 1


def test_modules_of_the_project_do_not_hide_those_of_tox(capsys: Capture) -> None:
    all_pass()
    Path("tox.py").write_text("raise SystemExit(9)", encoding="utf-8")
    Path("json.py").write_text("raise SystemExit(9)", encoding="utf-8")
    ran(capsys)


def test_another_run_in_the_same_project(capsys: Capture) -> None:
    all_pass()
    Path(".tox/pip-build-override").mkdir(parents=True)
    with FileLock(".tox/pip-build-override/lock"):
        said = refused(capsys)
        assert "another pip-build-override matrix runs in" in said
        assert "or end it, and try again" in said
    ran(capsys)


def test_a_directory_that_cannot_be_written_to(capsys: Capture) -> None:
    all_pass()
    Path(".tox").touch()
    said = refused(capsys)
    assert ".tox" in said
    assert follows("run this as the user who owns the project, or remove .tox", said)
    Path(".tox").unlink()
    ran(capsys)
    Path(".tox/pip-build-override/plan.json").unlink()
    Path(".tox/pip-build-override/plan.json").mkdir()
    assert "plan.json cannot be written: it is not a regular file" in refused(capsys)
    Path(".tox/pip-build-override/plan.json").rmdir()
    Path(".tox/pip-build-override/logs/tox.log").unlink()
    Path(".tox/pip-build-override/logs/tox.log").mkdir()
    assert "tox.log cannot be written" in refused(capsys)


# Files


def test_files(capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    all_pass()
    comes(CELLS[0], TESTS_FAILED, reason="a | b")
    monkeypatch.setenv(matrix_files.SUMMARY, str(tmp_path / "summary"))
    (tmp_path / "summary").write_text("before\n", encoding="utf-8")
    for _ in range(2):
        ran(capsys, "--report", "r.json", "--junit", "j.xml", "--", "pytest", status=1)
    document = json.loads(Path("r.json").read_text(encoding="utf-8"))
    assert [cell["state"] for cell in document["cells"]] == [TESTS_FAILED, *3 * [PASSED]]
    (floor,) = document["floors"]
    assert (floor["name"], floor["oldest"], floor["needed"]) == ("numpy", "1.26.0", [])
    assert floor["pythons"][0]["fails"] == ["1.26.0"]
    assert '<failure type="tests failed"' in Path("j.xml").read_text(encoding="utf-8")
    text = (tmp_path / "summary").read_text(encoding="utf-8")
    assert text.startswith("before\n### Matrix of p\n")
    assert text.count("- tests failed: a \\| b (py39-numpy1.26)") == 2


def test_a_summary_that_cannot_be_written(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    all_pass()
    monkeypatch.setenv(matrix_files.SUMMARY, "/none/summary")
    assert "warning: GITHUB_STEP_SUMMARY: /none/summary cannot be written" in ran(capsys)[1]


@pytest.mark.parametrize("option", ["--report", "--junit"])
def test_a_file_that_cannot_be_written(option: str, capsys: Capture) -> None:
    all_pass()
    said = refused(capsys, option, "a/b c/x")
    assert f"{option} a/b c/x: there is no directory a/b c" in said
    subprocess.run(shlex.split(follows("make it: mkdir -p {}", said).partition(": ")[2]), check=True)
    Path("l").symlink_to("m")
    Path("other").write_text("<svg/>", encoding="utf-8")
    for path, why in (("a", "it is a directory"), ("l", "it is a link, to m"), ("", "it has no name")):
        assert f"cannot be written: {why}" in refused(capsys, option, path)
    assert f"{option} other: this file is not a " in refused(capsys, option, "other")
    # Nothing was changed, and nothing was run.
    assert not Path(".tox").exists()
    assert Path("other").read_text(encoding="utf-8") == "<svg/>"
    ran(capsys, option, "a/b c/x")
    assert Path("a/b c/x").exists()


def test_one_file_for_two(capsys: Capture) -> None:
    all_pass()
    said = refused(capsys, "--report", "x", "--junit", "./x")
    assert "--report and --junit are both x" in said
    assert follows("name two files", said)
    ran(capsys, "--report", "x", "--junit", "y")


def test_a_directory_without_permission(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    all_pass()
    monkeypatch.setattr(matrix_files.os, "access", lambda path, mode: False)
    said = refused(capsys, "--report", "x")
    assert "--report x cannot be written: files cannot be created in ." in said


def test_a_file_that_can_no_longer_be_written(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    all_pass()

    def full(path: str, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(matrix_files, "replace_whole", full)
    out, err = ran(capsys, "--report", "x", status=2)
    assert "4 cells: 4 passed" in out
    assert "--report x cannot be written: No space left on device" in err


# tox itself


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Return the versions of what is installed, to be changed."""
    monkeypatch.undo()
    monkeypatch.setattr(sys, "version_info", (3, 9, 0))
    versions = {"tox": "4.30"}

    def version(name: str) -> str:
        if name not in versions:
            raise importlib.metadata.PackageNotFoundError(name)
        return versions[name]

    def requires(name: str) -> list[str]:
        if name not in versions:
            raise importlib.metadata.PackageNotFoundError(name)
        return ["packaging", "tox>=4.20; extra == 'matrix'", "tox>=1; extra == 'test'"]

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(importlib.metadata, "requires", requires)
    versions["pip-build-override"] = "1"
    return versions


def test_tox_is_there(installed: dict[str, str]) -> None:
    tox_here.check()
    # Without metadata nobody knows which one it must be.
    del installed["pip-build-override"]
    installed["tox"] = "3.1"
    tox_here.check()


def test_tox_is_missing(
    installed: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    for version, said in ((None, "is not installed for"), ("4.19", "it must be tox>=4.20")):
        installed.pop("tox", None)
        if version:
            installed["tox"] = version
        with pytest.raises(OverrideError, match=said) as error:
            tox_here.check()
        text = f"hint: {error.value.hint}"
        words = shlex.split(
            follows("install it there: {} -m pip install '{}'", text).partition(": ")[2]
        )
        assert words == [sys.executable, "-m", "pip", "install", "pip-build-override[matrix]"]
    (tmp_path / "uv-receipt.toml").touch()
    with pytest.raises(OverrideError) as error:
        tox_here.check()
    assert follows("install it there: uv tool install '{}'", f"hint: {error.value.hint}")
    (tmp_path / "pipx_metadata.json").touch()
    with pytest.raises(OverrideError) as error:
        tox_here.check()
    assert follows("install it there: pipx install --force '{}'", f"hint: {error.value.hint}")


def test_an_old_python(
    installed: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 20))
    with pytest.raises(OverrideError, match="they need Python 3.9 or later") as error:
        tox_here.check()
    assert follows("for a later Python; the cells may have older ones", f"hint: {error.value.hint}")
    monkeypatch.setattr(sys, "version_info", (3, 9, 0))
    tox_here.check()


# Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def a_plan(*names: str) -> Plan:
    return Plan("p", tuple(interpreters("3.9")), tuple(cell("3.9", name) for name in names))


def written(store: Path, result: Result) -> None:
    path = store / "cells" / "py39-numpy1.json"
    path.parent.mkdir()
    path.write_text(json.dumps(result.to_json()), encoding="utf-8")


def test_a_spinner_on_a_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    clock = iter(range(0, 10_000, 61))
    progress = Progress(a_plan("1", "2", "3"), str(tmp_path), lambda: next(clock))
    progress._show_life()
    assert terminal.getvalue() == "\r\x1b[K3 cells left after 1:01"
    failed = Result("x", TESTS_FAILED, "status\x1b 1")
    written(tmp_path, failed)
    progress.look()
    said = "[1/3] py39-numpy1: \x1b[31mtests failed (2.0.2)\x1b[0m: status  1\n"
    assert terminal.getvalue().endswith(f"\r\x1b[K{said}")
    progress._show_life()
    assert "py39-numpy2, py39-numpy3 left after " in terminal.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")


def test_a_sign_of_life_in_a_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    times = [0.0]
    progress = Progress(a_plan("1"), str(tmp_path), lambda: times[0])
    progress._show_life()
    assert log.getvalue() == ""
    times[0] = 60.0
    progress._show_life()
    progress._show_life()
    assert log.getvalue() == "py39-numpy1 left after 1:00\n"
    passed = Result(
        "x", PASSED, ran_with={"numpy": "1"}, built_with={"numpy": "2.0.2"}, milliseconds=1234
    )
    written(tmp_path, passed)
    with progress:
        pass
    assert log.getvalue().endswith("[1/1] py39-numpy1: passed, built with 2.0.2 (1.2 s)\n")


# Interrupted

START = """
import signal, sys
# A job in the background of a shell ignores it.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {tests!r})
from tests.unit import test_cli_matrix_run as here
from pip_build_override.cli.main import main
here.project_plan.interpreters.find = here._find
here.project_plan.asking.answers = here._answers
here.tox_here.check = lambda: None
sys.exit(main(["matrix", *here.RUN, "--report", "r.json", "--", "pytest"]))
"""


if os.name != "nt":

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_interrupted(number: signal.Signals, tmp_path: Path) -> None:
        comes(CELLS[0])
        tox_ends_with("wait")
        script = tmp_path / "start.py"
        root = str(Path(__file__).parents[2])
        script.write_text(START.format(tests=root), encoding="utf-8")
        run = subprocess.Popen(
            [sys.executable, str(script)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        for _ in range(2400):
            if Path("started").exists():
                break
            time.sleep(0.05)
        # A terminal interrupts all processes in front of it; a service manager asks one to end.
        if number == signal.SIGINT:
            os.killpg(run.pid, number)
        else:
            run.send_signal(number)
        out, err = run.communicate(timeout=120)
        # The status of a shell, or the end by the signal that a shell makes it from.
        assert run.returncode in (128 + number, -number)
        assert "4 cells: 1 passed, 3 skipped" in out
        assert f"skipped: interrupted ({', '.join(CELLS[1:])})" in out
        assert "Traceback" not in err
        document = json.loads(Path("r.json").read_text(encoding="utf-8"))
        assert [cell["state"] for cell in document["cells"]] == [PASSED, *3 * [SKIPPED]]
