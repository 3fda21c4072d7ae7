"""The cells of a matrix as environments of tox: what they install, what is checked, what is written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Mapping

import pytest
from tox.pytest import (  # noqa: F401 - fixtures
    ToxProject,
    ToxProjectCreator,
    _disable_root_tox_py,
    check_os_environ_stable,
    enable_pep517_backend_coverage,
    ensure_logging_framework_not_altered,
    init_fixture,
    no_color,
)

from pip_build_override import switch
from pip_build_override.engines import tox_matrix
from pip_build_override.matrix.cells import Cell
from pip_build_override.matrix.plan import Interpreter, Plan
from pip_build_override.matrix.results import Result
from pip_build_override.matrix.versions import CONTRADICTION

from ..support.hints import follows
from ..support.stampbackend import write_wheel
from ..support.virtualenvs import only_local

pytestmark = pytest.mark.seam("none")

MINOR = ".".join(map(str, sys.version_info[:2]))
PY = f"py{MINOR.replace('.', '')}"
PROJECT = f"""
[build-system]
requires = ["stampbackend", "ingredient"]
build-backend = "stampbackend"

[project]
name = "m"
version = "1.0"
requires-python = ">=3.8"
dependencies = ["ingredient"]

[dependency-groups]
test = ["mint"]

[tool.pip-build-override.matrix]
vary.ingredient = ["1.0", "2.0", "latest"]
build = "2.0"
python = ["{MINOR}"]
groups = ["test"]
command = ["python", "-c", "import m, ingredient, mint; print('STAMP', m.STAMP, ingredient.VERSION)"]
"""


@pytest.fixture(autouse=True)
def _local_index(
    check_os_environ_stable: None,  # noqa: F811 - its check comes after this has been undone
    index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only_local(monkeypatch, tmp_path / "cache", index)


def results(project: ToxProject) -> Mapping[str, Result]:
    directory = project.path / ".tox" / "pip-build-override" / "cells"
    documents = [json.loads(each.read_text("utf-8")) for each in sorted(directory.glob("*.json"))]
    return {found.cell: found for found in map(Result.from_json, documents)}


def plan_file(project: ToxProject, *cells: Cell, **more: Any) -> str:
    """Write a plan as ``matrix`` does."""
    interpreter = Interpreter(MINOR, "", sys.executable)
    path = project.path / "plan.json"
    path.write_text(json.dumps(Plan("m", (interpreter,), cells, **more).to_json()), encoding="utf-8")
    return str(path)


def cell(version: str, built: str = "2.0", **more: Any) -> Cell:
    name = f"{PY}-ingredient{version}"
    return Cell(MINOR, (("ingredient", version),), (("ingredient", built),), name=name, **more)


@pytest.mark.quick
def test_a_table_is_enough(
    tox_project: ToxProjectCreator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    ini = "[testenv:other]\nskip_install = true\n"
    project = tox_project({"pyproject.toml": PROJECT, "tox.ini": ini})
    listed = project.run("list")
    listed.assert_success()
    first, second, third = (f"{PY}-ingredient{version}" for version in ("1.0", "2.0", "3.0"))
    assert f"{first} -> impossible: " in listed.out
    assert f"{second} -> Python {MINOR} with ingredient 2.0, built with ingredient 2.0" in listed.out
    assert "other" in listed.out

    # The plan is kept, and an environment that cannot be a cell needs none.
    monkeypatch.setattr(tox_matrix, "plan_here", None)
    json_file = tmp_path / "result.json"
    outcome = project.run("run-parallel", "-p", "2", "--result-json", str(json_file))
    outcome.assert_success()
    assert f"{first}: SKIP" in outcome.out
    assert {name: each.state for name, each in results(project).items()} == {
        second: "passed",
        third: "passed",
    }
    found = results(project)[third]
    assert found.ran_with == {"ingredient": "3.0"}
    assert found.built_with["ingredient"] == "2.0"
    assert found.wheel == "m-1.0-py3-none-any.whl"
    report = json.loads(json_file.read_text("utf-8"))["testenvs"]
    assert report[third]["installpkg"]["basename"] == found.wheel
    assert any("ingredient==3.0" in each for each in report[third]["installed_packages"])
    assert not [each for each in report[second]["installed_packages"] if "ingredient==3" in each]

    # Nothing is installed again.
    again = project.run("run", "-f", "ingredient3.0")
    again.assert_success()
    assert "install_package" not in again.out
    assert "STAMP {'ingredient': '2.0', 'stampbackend': '1.0'} 3.0" in again.out
    assert results(project)[third].reused
    (project.path / "pyproject.toml").write_text(PROJECT.replace('"2.0"', '"9"'), encoding="utf-8")
    project.run("run", "-e", "other", "--notest").assert_success()


def test_settings_of_the_project(
    tox_project: ToxProjectCreator, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tox_project(
        {
            "pyproject.toml": PROJECT,
            "tox.ini": """
            [tox]
            env_list = own
            [testenv]
            description = text
            set_env = OWN = value
            deps = flavour
            package = editable
            commands_pre = python -c "print('before')"
            commands = python -c "import flavour, m, os; print(os.getenv('OWN'), m.STAMP['ingredient'])"
            """,
        }
    )
    monkeypatch.setenv(switch.MATRIX_PLAN, plan_file(project, cell("3.0")))
    name = f"{PY}-ingredient3.0"
    assert f"{name}" in project.run("list").out
    assert "own" in project.run("list", "-d", "--no-desc").out
    notest = project.run("run", "-m", "matrix", "--notest")
    notest.assert_success()
    assert results(project)[name].state == "skipped"
    assert results(project)[name].reason == "notest"
    outcome = project.run("run", "-e", name)
    outcome.assert_success()
    assert "before\n" in outcome.out
    assert "value 2.0\n" in outcome.out
    # What the user types after matrix -- is used instead of the project's own command.
    plan = plan_file(project, cell("3.0"), command=("python", "-c", "import m; print('typed')"))
    monkeypatch.setenv(switch.MATRIX_PLAN, plan)
    assert "value 2.0\n" in project.run("run", "-e", name).out
    monkeypatch.setenv(switch.MATRIX_COMMAND, "1")
    assert "typed\n" in project.run("run", "-e", name).out


def test_what_a_cell_must_not_claim(
    tox_project: ToxProjectCreator, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tox_project({"pyproject.toml": PROJECT, "tox.ini": ""})

    def run(text: str, *cells: Cell, **more: Any) -> tuple[str, Result]:
        (project.path / "tox.ini").write_text(f"[testenv]\n{text}\n", encoding="utf-8")
        monkeypatch.setenv(switch.MATRIX_PLAN, plan_file(project, *cells, **more))
        outcome = project.run("run", "-e", cells[0].name)
        outcome.assert_failed()
        return outcome.out, results(project)[cells[0].name]

    # The tests may change what they run with.
    pip = "python -m pip install ingredient==1.0"
    _, result = run(f"commands = python -c 'import m'\n  {pip}", cell("3.0"))
    assert result.state == CONTRADICTION
    assert result.reason == (
        "ingredient 3.0 was to run, but ingredient 1.0 is installed after the tests"
    )
    # The next run does not start with that.
    _, result = run(f"commands_pre = {pip}\ncommands = python -c 'print(7)'", cell("3.0"))
    assert result.reason == (
        "ingredient 3.0 was to run, but ingredient 1.0 is installed when the tests start"
    )

    # What is not imported is not tested, and neither is what is imported from the sources.
    said, result = run("commands = python -c 'print(7)'", cell("3.0"))
    assert result.reason == "the command imported nothing of m-1.0-py3-none-any.whl"
    follows("let it run tests that import the project, by the python of the environment", said)
    module = project.path / "m.py"
    module.write_text("", encoding="utf-8")
    said, result = run("commands = python -c 'import m'", cell("3.0"))
    assert result.state == "built with something else"
    assert result.reason == "the tests imported m.py, not m-1.0-py3-none-any.whl"
    follows("remove what an earlier build has left there, or move the sources into {}", said)
    module.unlink()
    project.run("run", "-e", f"{PY}-ingredient3.0").assert_success()

    # The project may have no sdist.
    pyproject = project.path / "pyproject.toml"
    pyproject.write_text(PROJECT + '[tool.stamp]\nfail-in = "build_sdist"\n', encoding="utf-8")
    said, result = run("", cell("3.0"))
    assert result.state == "does not build"
    assert result.reason.startswith("the sdist cannot be made: ")
    assert "told to fail in build_sdist" in result.reason
    assert "Traceback" not in result.reason
    hint = follows("see what the build backend printed: {}", said)
    log = project.path / hint.partition(": ")[2].splitlines()[0]
    assert log == Path(result.log)
    assert "Traceback" in log.read_text("utf-8")


# Sleeps in the build of the project that a file names, once.
SLOW = """
import os, sys, time

held = {held!r}
if "build_wheel" in sys.argv and os.path.exists(held):
    with open(held) as file, open("pyproject.toml") as sources:
        held_up = file.read() in sources.read()
    if held_up:
        os.unlink(held)
        time.sleep(600)
"""
SLOWLY = '\n[tool.stamp]\nimports = ["slow"]\n'
DEPENDENCY = '[build-system]\nrequires = ["stampbackend", "slow"]\nbuild-backend = "stampbackend"\n'
DEPENDENCY += '[project]\nname = "dependency"\nversion = "1.0"\n'


def test_interruptions(
    tox_project: ToxProjectCreator, monkeypatch: pytest.MonkeyPatch, index: Path, tmp_path: Path
) -> None:
    held = tmp_path / "held"
    more = tmp_path / "more"
    more.mkdir()
    write_wheel(str(more), "slow", "1.0", {"slow.py": SLOW.format(held=str(held))})
    monkeypatch.setenv("PIP_FIND_LINKS", f"{index} {more}")
    project = tox_project(
        {
            "pyproject.toml": PROJECT.replace('"ingredient"]\nbuild', '"ingredient", "slow"]\nbuild')
            + SLOWLY,
            "dependency": {"pyproject.toml": DEPENDENCY + SLOWLY},
            "build-overrides.toml": "",
            "tox.ini": """
            [testenv]
            build_requirements_override = build-overrides.toml
            deps = ./dependency
            commands = python -c "import m"
            [testenv:own]
            """,
        }
    )
    monkeypatch.setenv(switch.MATRIX_PLAN, plan_file(project, cell("3.0")))
    name = f"{PY}-ingredient3.0"
    groups: list[int] = []

    def interrupt(environment: str, built: str, *, group: bool) -> None:
        """Kill tox, alone or with all that it has started, while a package is built."""
        held.write_text(f'name = "{built}"', encoding="utf-8")
        command = [sys.executable, "-m", "tox", "run", "-e", environment]
        output = subprocess.DEVNULL
        begun = subprocess.Popen(
            command, cwd=project.path, stdout=output, stderr=output, start_new_session=True
        )
        groups.append(begun.pid)
        try:
            deadline = time.monotonic() + 300
            while held.exists():
                assert begun.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
        finally:
            (os.killpg if group else os.kill)(begun.pid, signal.SIGKILL)
            begun.wait()
        assert results(project) == {}

    try:
        for built in ("m", "dependency"):
            # What goes on alone is still there when the next one starts.
            interrupt(name, built, group=False)
            interrupt(name, built, group=True)
        interrupt("own", "dependency", group=True)
        for environment in (name, "own"):
            left = project.path / ".tox" / environment / "left"
            left.write_text("")
            outcome = project.run("run", "-e", environment)
            outcome.assert_success()
            assert "recreate env because an installation did not end" in outcome.out
            assert not left.exists()
    finally:
        for pid in groups:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
    found = results(project)[name]
    assert (found.state, found.ran_with) == ("passed", {"ingredient": "3.0"})
    assert found.built_with["ingredient"] == "2.0"


LEAVES = """
import os, tarfile
from stampbackend import *
from stampbackend import build_sdist as its_own

def build_sdist(sdist_directory, config_settings=None):
    name = its_own(sdist_directory, config_settings)
    path = os.path.join(sdist_directory, name)
    with tarfile.open(path) as archive:
        archive.extractall("unpacked")
    with tarfile.open(path, "w:gz") as archive:
        archive.add("unpacked/m-1.0", "m-1.0")
        archive.add("m.abi3.so", "m-1.0/m.abi3.so")
    return name
"""


def test_left_by_an_earlier_build(tox_project: ToxProjectCreator) -> None:
    own = 'build-backend = "leaves"\nbackend-path = ["."]'
    text = PROJECT.replace('build-backend = "stampbackend"', own)
    project = tox_project({"pyproject.toml": text, "leaves.py": LEAVES, "m.abi3.so": ""})
    project.run("run", "-e", f"{PY}-ingredient3.0").assert_failed()
    (found,) = results(project).values()
    assert found.state == "does not build"
    assert found.reason.endswith(": m.abi3.so")
