"""The plugin for tox with commands that are not run. The integration tests have real pips."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable
from unittest import mock

import pytest
from pyproject_api import BackendFailed
from tox.execute.request import ExecuteRequest
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
from tox.tox_env.api import ToxEnv
from tox.tox_env.python.package import SdistPackage
from tox.tox_env.python.virtual_env.package.pyproject import ToxBackendFailed

from pip_build_override import switch
from pip_build_override.engines import (
    installed,
    tox_cells,
    tox_matrix,
    tox_override,
    tox_packaging,
    tox_plugin,
)
from pip_build_override.errors import OverrideError
from pip_build_override.matrix.cells import Cell
from pip_build_override.matrix.plan import Interpreter, Plan
from pip_build_override.matrix.results import NOT_BUILT, Result
from pip_build_override.matrix.wheels import BuiltWheel, NotBuilt

from ..support.hints import follows
from .test_engines_cell import FILES, install, install_wheel, wheel

MINOR = ".".join(map(str, sys.version_info[:2]))
PY = f"py{MINOR.replace('.', '')}"
NAME = f"{PY}-numpy1.26"
CELL = Cell(MINOR, (("numpy", "1.26.4"),), (("numpy", "2.0.0"),), name=NAME)
OTHER = Cell(MINOR, (("numpy", "1.20.0"),), (), "impossible", "too old", name=f"{PY}-numpy1.20")
TOX = """
[testenv]
build_requirements_override = build-overrides.toml
skip_install = true
deps = something
commands = python -c 1
[testenv:one]
"""
OVERRIDES = '[package.p]\nadd = ["x"]\n'
PROJECT = '[project]\nname = "p"\nversion = "1"\n'


@pytest.fixture(autouse=True)
def _no_variables(
    check_os_environ_stable: None,  # noqa: F811 - its check comes after this has been undone
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in (switch.SWITCH, switch.WATCH, switch.MATRIX_PLAN, switch.MATRIX_COMMAND):
        monkeypatch.delenv(name, raising=False)
    # On a continuous integration service tox also lists what is installed.
    monkeypatch.setattr("tox.config.cli.parser.is_ci", lambda: False)


@pytest.fixture
def project(tox_project: ToxProjectCreator) -> ToxProject:
    return tox_project(
        {"tox.ini": TOX, "build-overrides.toml": OVERRIDES, "pyproject.toml": PROJECT, "p.tar.gz": ""}
    )


def leave(request: ExecuteRequest, *names: str) -> int:
    """Do what a pip with the shim does."""
    for name in names:
        Path(request.env[switch.WATCH], f"{name}-1-x{os.urandom(4).hex()}").write_text("", "utf-8")
    return 0


def loaded(request: ExecuteRequest) -> int:
    return leave(request, "loaded", "judged")


def refused(project: ToxProject, pip: Callable[[ExecuteRequest], int]) -> str:
    with mock.patch.object(project, "current", pip, create=True):
        # It can be patched once only.
        if not hasattr(ToxEnv._execute_call, "mock_calls"):
            project.patch_execute(lambda request: vars(project)["current"](request))
        outcome = project.run("run", "-e", "one")
    outcome.assert_failed()
    assert "pip-build-override: error: " in outcome.out
    return outcome.out


def test_what_is_set(project: ToxProject) -> None:
    seen: list[ExecuteRequest] = []
    project.patch_execute(lambda request: seen.append(request) or loaded(request))  # type: ignore[func-returns-value]
    project.run("run", "-e", "one").assert_success()
    assert [request.run_id for request in seen] == ["install_deps", "commands[0]"]
    for request in seen:
        assert request.env[switch.SWITCH] == str(project.path / "build-overrides.toml")
        assert request.env[switch.PIP_LOG].endswith(switch.LOG)
        assert "PYTHONPATH" not in request.env
        # It is removed at the end.
        assert not os.path.exists(request.env[switch.WATCH])
    (hook,) = (project.path / ".tox" / "one").rglob("pip_build_override_startup.pth")
    before = hook.stat().st_mtime_ns
    seen.clear()
    project.run("run", "-e", "one").assert_success()
    assert [request.run_id for request in seen] == ["commands[0]"]
    assert hook.stat().st_mtime_ns == before


def test_what_was_not_in_force(project: ToxProject) -> None:
    said = refused(project, lambda _: 0)
    follows("let install_command and the commands run the pip of the environment: {}", said)
    said = refused(project, lambda request: leave(request, "loaded", "isolated"))
    assert "recreate env because an installation did not end" in said
    follows("remove --isolated from install_command, or from the commands", said)

    def plain(request: ExecuteRequest) -> int:
        Path(request.env[switch.PIP_LOG]).write_text("Installing collected packages: x", "utf-8")
        return loaded(request)

    assert "a pip of another environment" in refused(project, plain)

    def elsewhere(request: ExecuteRequest) -> int:
        facts = {"by": "uv", "directory": "", "files": {}}
        path = Path(request.env[switch.WATCH], "elsewhere-1-x")
        path.write_text(json.dumps(facts), encoding="utf-8")
        return loaded(request)

    said = refused(project, elsewhere)
    assert "uv built a package itself" in said
    assert "--allow-unused" not in said


def test_tables_that_nothing_used(project: ToxProject) -> None:
    used: dict[str, list[str]] = {"used": []}

    def built(request: ExecuteRequest) -> int:
        if request.run_id.startswith("install"):
            word: dict[str, Any] = {"format": 1, "shown": "o.toml", "overridden": [], **used}
            word.update(tables=[["package.p", "p"]], built=[["q", "1"]])
            path = Path(request.env[switch.WATCH], "built-1-x")
            path.write_text(json.dumps(word), encoding="utf-8")
        return loaded(request)

    project.patch_execute(built)
    assert "no table for a named package was used" in project.run("run", "-e", "one").out
    used["used"] = ["package.p"]
    assert "warning" not in project.run("run", "-r", "-e", "one").out
    # What used them is there, and need not be built again.
    used["used"] = []
    (project.path / "tox.ini").write_text(TOX.replace("something", "something\n  more"), "utf-8")
    assert "warning" not in project.run("run", "-e", "one").out


def test_below_run_it_watches(
    project: ToxProject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(switch.WATCH, str(tmp_path))
    monkeypatch.setenv(switch.SWITCH, str(project.path / "build-overrides.toml"))
    seen: list[ExecuteRequest] = []
    project.patch_execute(lambda request: seen.append(request) or 0)  # type: ignore[func-returns-value]
    project.run("run", "-e", "one").assert_success()
    assert {request.env[switch.WATCH] for request in seen} == {str(tmp_path)}
    assert switch.PIP_LOG not in seen[0].env
    assert list((project.path / ".tox" / "one").rglob("pip_build_override_startup.pth"))


def test_builds_by_tox(project: ToxProject, monkeypatch: pytest.MonkeyPatch) -> None:
    text = TOX.replace("skip_install = true", "package = wheel")
    (project.path / "tox.ini").write_text(text, encoding="utf-8")
    # A pip that reports nothing to the process that has started it.
    said = refused(project, loaded)
    assert "the pip that fills the build environment of p 1 has not loaded" in said
    hint = follows("let install_command in [testenv:{}] run the pip of the environment: {}", said)
    assert "[testenv:.pkg]" in hint
    # A tox with other internals.
    monkeypatch.setattr(tox_packaging, "problems", lambda: ["Frontend._send: missing"])
    said = refused(project, loaded)
    assert "in a way that pip-build-override does not know (Frontend._send: missing)" in said
    follows("set package = sdist in [testenv], use a tox that {}", said)


def test_two_files_and_other_installers(project: ToxProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(switch.SWITCH, "other.toml")
    follows("unset {}, or remove {}", refused(project, loaded))
    monkeypatch.delenv(switch.SWITCH)
    monkeypatch.setattr(tox_override, "Pip", type(None))
    follows("set runner = virtualenv in [testenv]", refused(project, loaded))


class Cells:
    """A project with a plan, and a pip that installs what it is told."""

    def __init__(self, project: ToxProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.project = project
        self.error: Exception | None = None
        self.numpy = "1.26.4"
        self.status = 0
        self.seen: list[ExecuteRequest] = []
        self.wheel = wheel(tmp_path, FILES)
        sdist = SdistPackage(project.path / "p.tar.gz", [])
        monkeypatch.setattr(tox_cells.CellRunner, "_build_packages", lambda _: [sdist])
        monkeypatch.setattr(tox_cells, "wheel_of", self._wheel_of)
        monkeypatch.setattr(installed, "modules_of", lambda _: ([], []))
        project.patch_execute(self._execute)
        self._monkeypatch = monkeypatch
        self.plan()

    def plan(self, **more: Any) -> None:
        interpreter = Interpreter(MINOR, "", sys.executable)
        plan = Plan("p", (interpreter,), (CELL, OTHER), command=("python", "-c", "2"), **more)
        path = self.project.path / "plan.json"
        path.write_text(json.dumps(plan.to_json()), encoding="utf-8")
        self._monkeypatch.setenv(switch.MATRIX_PLAN, str(path))

    def _wheel_of(self, *_: object, **__: object) -> BuiltWheel:
        if self.error is not None:
            raise self.error
        return BuiltWheel(Path(self.wheel), {"numpy": "2.0.0"}, reused=True)

    def _execute(self, request: ExecuteRequest) -> int:
        self.seen.append(request)
        root = self.project.path / ".tox" / NAME
        if request.run_id == "install_package":
            install_wheel(root)
            install(root, "numpy", self.numpy)
            if switch.WATCH in request.env:
                loaded(request)
            return self.status
        directory = root / "pip-build-override-imports"
        site = installed.site_directories(str(root), MINOR)[0]
        if directory.is_dir():
            (directory / "1").write_text(f"m\n{site}/m/__init__.py", encoding="utf-8")
        return 0

    def run(self, *words: str) -> tuple[str, Result]:
        outcome = self.project.run(*words or ("run", "-e", NAME))
        path = self.project.path / ".tox" / "pip-build-override" / "cells" / f"{NAME}.json"
        return outcome.out, Result.from_json(json.loads(path.read_text("utf-8")))


@pytest.fixture
def cells(project: ToxProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cells:
    (project.path / "tox.ini").write_text("[testenv:own]\n", encoding="utf-8")
    return Cells(project, tmp_path, monkeypatch)


def test_a_cell(cells: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = cells.project.run("list").out
    assert f"{NAME}   -> " in listed or f"{NAME} -> " in listed
    assert "impossible: too old" in listed
    said, result = cells.run("run")
    assert result.state == "passed", said
    assert f"{OTHER.name}: SKIP" in said
    install_command = list(map(str, cells.seen[0].cmd))
    assert install_command[-3:] == ["--no-compile", "numpy==1.26.4", cells.wheel]
    assert switch.SWITCH not in cells.seen[0].env
    assert cells.seen[1].cmd[-1] == "2"

    # What is there is used again, unless something has changed it.
    cells.seen.clear()
    assert cells.run()[1].state == "passed"
    assert [request.run_id for request in cells.seen] == ["commands[0]"]
    install(cells.project.path / ".tox" / NAME, "numpy", "1.0")
    said, result = cells.run()
    assert "recreate env because it is not what the cell needs now" in said
    assert result.state == "passed"
    assert cells.run("run", "-e", NAME, "--notest")[1].reason == "notest"
    result = cells.run("run", "-e", NAME, "--skip-pkg-install")[1]
    assert result.reason == "the package was not installed"

    # With what the matrix and the project want for the tests, under an overrides file.
    (cells.project.path / "pyproject.toml").write_text(
        f'{PROJECT}[project.optional-dependencies]\ne = []\n[dependency-groups]\ntest = ["pytest"]\n'
    )
    overrides = str(cells.project.path / "build-overrides.toml")
    cells.plan(groups=("test",), extras=("e",), overrides=overrides)
    (cells.project.path / "tox.ini").write_text(
        "[testenv]\nconstraints = c.txt\ndeps = d\ncommands_pre = python -c 3\n", encoding="utf-8"
    )
    (cells.project.path / "c.txt").write_text("x<2\n", encoding="utf-8")
    cells.seen.clear()
    assert cells.run()[1].state == "passed"
    words = " ".join(map(str, cells.seen[0].cmd))
    assert "d " in words
    assert "c.txt" in words
    assert words.endswith(f" pytest numpy==1.26.4 {cells.wheel}[e]")
    assert cells.seen[0].env[switch.SWITCH].endswith("build-overrides.toml")
    monkeypatch.setenv(switch.MATRIX_COMMAND, "1")
    cells.plan(overrides=str(cells.project.path / "none.toml"))
    said, result = cells.run()
    assert result.state == "not installed"
    assert "none.toml" in result.reason


def test_a_name_made_of_the_factors_of_cells(cells: Cells) -> None:
    # tox would make an environment of it that tests nothing, and succeed.
    outcome = cells.project.run("run", "-e", f"{NAME}-numpy1.20")
    outcome.assert_failed()
    assert f"error: {NAME}-numpy1.20 is not a cell of the matrix" in outcome.out
    follows("did you mean {}? tox list shows all cells", outcome.out)
    assert not cells.seen
    name = "-".join([PY, *3 * ["numpy1.20", "numpy1.26"]])
    said = cells.project.run("run", "-e", f"{NAME},{name}").out
    assert not cells.seen
    # That environment is the project's own if its configuration has it.
    hint = follows("tox list shows all cells; an environment of your own needs a section {}", said)
    ini = cells.project.path / "tox.ini"
    section = hint.rpartition(" ")[2]
    ini.write_text(f"{section}\nskip_install = true\ncommands = python -c 4\n", encoding="utf-8")
    cells.project.run("run", "-e", name).assert_success()
    assert [request.cmd[-1] for request in cells.seen] == ["4"]


def test_cells_that_do_not_pass(cells: Cells) -> None:
    cells.error = NotBuilt(NOT_BUILT, "no compiler", ("install one",), "log")
    said, result = cells.run()
    assert (result.state, result.reason) == ("does not build", "no compiler")
    assert result.hints == ("install one",)
    assert "hint: install one" in said
    cells.error = OverrideError("the store is full", kind="usage", hint="make room")
    assert cells.run()[1].state == "not installed"
    cells.error = None
    cells.status = 1
    assert cells.run()[1].reason == "pip ended with status 1"
    cells.status, cells.numpy = 0, "9"
    _, result = cells.run()
    assert result.reason == "numpy 1.26.4 was to run, but numpy 9 is installed"


def test_an_interpreter_that_virtualenv_does_not_support(
    cells: Cells, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tox_cells.CellRunner, "_get_python", lambda *_: None)
    said, result = cells.run()
    assert result.state == "not installed"
    assert result.reason == f"virtualenv makes no environment for {sys.executable}"
    hint = follows(
        "see why: {} -m virtualenv --python {} DIRECTORY; an older release of virtualenv may support"
        " it",
        said,
    )
    words = shlex.split(hint.partition("; ")[0].partition(": ")[2])[:-1]
    where = cells.project.path / "env"
    done = subprocess.run([*words, "--without-pip", where], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_sdist(cells: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(exc_type: str, exc_msg: str) -> None:
        def no_packages(_: object) -> None:
            result = {"code": 1, "exc_type": exc_type, "exc_msg": exc_msg}
            raise ToxBackendFailed(BackendFailed(result, "Traceback …\n", "more\n"))

        monkeypatch.setattr(tox_cells.CellRunner, "_build_packages", no_packages)

    fails("ModuleNotFoundError", "No module named 'numpy'")
    said, result = cells.run()
    assert result.state == "does not build"
    assert result.reason == ("the sdist cannot be made: ModuleNotFoundError: No module named 'numpy'")
    assert Path(result.log).read_text("utf-8") == "Traceback …\nmore\n"
    hint = follows(
        "add what has the module {} to requires under [build-system] of pyproject.toml", said
    )
    assert "module numpy to" in hint
    fails("", "")
    said, result = cells.run()
    assert result.reason == "the sdist cannot be made: the build backend failed"
    assert follows("see what the build backend printed: {}", said).count(f"{NAME}-sdist.log") == 1


def test_plans(project: ToxProject, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.path / "tox.ini").write_text("[testenv:own]\n", encoding="utf-8")
    # Without a table nothing is planned.
    monkeypatch.setattr(tox_matrix, "plan_here", None)
    assert project.run("list", "--no-desc").out.split() == ["py", "own"]
    table = '[tool.pip-build-override.matrix]\nvary.numpy = ["latest"]\n'
    (project.path / "pyproject.toml").write_text(PROJECT + table, encoding="utf-8")
    interpreter = Interpreter(MINOR, "", sys.executable)
    plans: list[object] = []

    def plan_here(waiting: Any, *, overrides: object) -> Plan:
        with waiting("asking pip"):
            plans.append(overrides)
        return Plan("p", (interpreter,), (CELL, OTHER), notes=("a note",))

    monkeypatch.setattr(tox_matrix, "plan_here", plan_here)
    for _ in range(2):
        assert NAME in project.run("list", "--no-desc").out.split()
    assert plans == [None]
    (project.path / "tox.ini").write_text(TOX, encoding="utf-8")
    project.run("list")
    assert plans == [None, str(project.path / "build-overrides.toml")]

    # A plan that cannot be made is an error, unless no cell can be meant.
    def no_plan(*_: object, **__: object) -> Plan:
        raise OverrideError("no index", kind="usage", hint="check the network")

    monkeypatch.setattr(tox_matrix, "plan_here", no_plan)
    monkeypatch.setenv(switch.SWITCH, str(project.path / "build-overrides.toml"))
    (project.path / "tox.ini").write_text("[testenv:own]\nskip_install = true\n", encoding="utf-8")
    outcome = project.run("list")
    outcome.assert_failed()
    assert "pip-build-override: error: no index [usage]\nhint: check the network" in outcome.out
    project.patch_execute(loaded)
    project.run("run", "-e", "own").assert_success()

    # A plan of another version, and a tox without environments from plugins.
    (project.path / "plan.json").write_text("{}", encoding="utf-8")
    monkeypatch.setenv(switch.MATRIX_PLAN, str(project.path / "plan.json"))
    follows(
        "start tox without pip-build-override matrix, or install the same version for both",
        project.run("list").out,
    )
    monkeypatch.setattr(tox_matrix, "can_add_environments", lambda: False)
    follows("pip install 'pip-build-override[matrix]'", project.run("list").out)
    monkeypatch.delenv(switch.MATRIX_PLAN)
    assert "own" in project.run("list").out
    assert list(tox_plugin.tox_extend_envs()) == []
