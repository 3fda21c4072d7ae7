"""What a Python below ``run`` reports about builds that no pip with the shim makes."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Iterator

import pytest

from pip_build_override import switch
from pip_build_override.startup import front_ends

from ..support.hints import follows

hook: Any = importlib.import_module("pip_build_override.startup.inject.pip_build_override_hook")
PACKAGE = os.path.dirname(os.path.dirname(switch.INJECTED))
FRONT_ENDS = "PIP_BUILD_REQUIREMENTS_OVERRIDE_FRONT_ENDS"
TOLD = front_ends.TOLD
FOLLOWED = {"_PIP_BUILD_OVERRIDE_FOLLOWED": "1"}
IN_BACKEND = (
    "_PYPROJECT_HOOKS_BUILD_BACKEND",
    "PEP517_BUILD_BACKEND",
    "_PIP_BUILD_OVERRIDE_IN_BACKEND",
)


@pytest.fixture(autouse=True)
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the directory that ``run`` watches."""
    directory = tmp_path / "watch"
    directory.mkdir()
    monkeypatch.setenv("PIP_BUILD_REQUIREMENTS_OVERRIDE_WATCH", str(directory))
    monkeypatch.setenv("PIP_BUILD_REQUIREMENTS_OVERRIDE", "o.toml")
    monkeypatch.delenv(FRONT_ENDS, raising=False)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "argv", ["program"])
    monkeypatch.setattr(subprocess.Popen, "__init__", subprocess.Popen.__init__)
    for name in IN_BACKEND:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    yield directory
    for name in hook.FRONT_ENDS:
        sys.modules.pop(name, None)
    for name in (FRONT_ENDS, TOLD, *IN_BACKEND):
        os.environ.pop(name, None)


def told(watch: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(watch.glob("elsewhere-*"))]


CALLER = """\
import os
class {name}:
    def __init__(self):
        self.{attribute} = "{directory}"
    def build_sdist(self):
        return "sdist"
    def build_wheel(self):
        self.told = os.environ.get("_PIP_BUILD_OVERRIDE_TOLD")
        return "wheel"
    def build_editable(self):
        return "editable"
    def prepare_metadata_for_build_wheel(self):
        return "metadata"
"""


def library(directory: Path, name: str, class_name: str, attribute: str) -> None:
    values = {"name": class_name, "attribute": attribute, "directory": directory / "source"}
    (directory / f"{name}.py").write_text(CALLER.format(**values), encoding="utf-8")
    (directory / "source").mkdir()
    (directory / "source" / "setup.py").write_text("setup(name='x')\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "class_name", "attribute", "counted"),
    [
        ("pyproject_hooks", "BuildBackendHookCaller", "source_dir", 4),
        ("pep517", "Pep517HookCaller", "source_dir", 4),
        ("pyproject_api", "Frontend", "_root", 2),
    ],
)
def test_each_build_is_told(
    name: str,
    class_name: str,
    attribute: str,
    counted: int,
    tmp_path: Path,
    watch: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library(tmp_path, name, class_name, attribute)
    hook.watch(PACKAGE, {})
    module = importlib.import_module(name)
    # As if nothing were there, but for the methods.
    assert type(module.__loader__).__name__ == "SourceFileLoader"
    assert os.environ[FRONT_ENDS] == name
    assert told(watch) == []
    caller = getattr(module, class_name)()
    monkeypatch.setattr(sys, "argv", ["/env/bin/front-end"])
    results = [
        getattr(caller, method)()
        for method in (
            "build_sdist",
            "build_wheel",
            "build_editable",
            "prepare_metadata_for_build_wheel",
        )
    ]
    assert results == ["sdist", "wheel", "editable", "metadata"]
    facts = told(watch)
    assert len(facts) == counted
    assert facts[0]["by"] == "front-end"
    assert facts[0]["directory"] == str(tmp_path / "source")
    assert facts[0]["files"]["setup.py"] == "setup(name='x')\n"
    assert facts[0]["files"]["PKG-INFO"] is None
    # For the process of the backend only.
    assert (caller.told, os.environ.get(TOLD)) == ("1", None)


@pytest.mark.parametrize("name", ["pyproject_hooks", "pep517"])
def test_a_program_that_uses_the_modules_of_pip(
    name: str, tmp_path: Path, watch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class_name = front_ends._CALLERS[name][0]
    library(tmp_path, name, class_name, "source_dir")
    module = importlib.import_module(name)
    module.__name__ = f"pip._vendor.{name}"
    front_ends.watch(module)
    assert FRONT_ENDS not in os.environ
    caller = getattr(module, class_name)()
    patches = ModuleType("pip_build_override.in_pip.internals.patches")
    monkeypatch.setitem(sys.modules, patches.__name__, patches)
    for given, runs, known in (("", False, 0), ("o.toml", True, 0), ("o.toml", False, 1)):
        monkeypatch.setenv("PIP_BUILD_REQUIREMENTS_OVERRIDE", given)
        monkeypatch.setattr(patches, "command_runs", lambda runs=runs: runs, raising=False)
        assert caller.build_wheel() == "wheel"
        assert len(told(watch)) == known


def test_pypa_build_under_the_override_tells_nothing(
    tmp_path: Path, watch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library(tmp_path, "pyproject_hooks", "BuildBackendHookCaller", "source_dir")
    module: Any = importlib.import_module("pyproject_hooks")
    front_ends.watch(module)
    gate: Any = ModuleType("pip_build_override.in_build.gate")
    monkeypatch.setitem(sys.modules, gate.__name__, gate)
    for builds, known in ((True, 0), (False, 1)):
        gate.builds = lambda builds=builds: builds
        assert module.BuildBackendHookCaller().build_wheel() == "wheel"
        assert len(told(watch)) == known


def test_tox_under_the_override_tells_nothing(
    tmp_path: Path, watch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library(tmp_path, "pyproject_api", "Frontend", "_root")
    module: Any = importlib.import_module("pyproject_api")
    front_ends.watch(module)
    packaging: Any = ModuleType("pip_build_override.engines.tox_packaging")
    monkeypatch.setitem(sys.modules, packaging.__name__, packaging)
    caller = module.Frontend()
    for in_force, known in ((True, 0), (False, 1)):
        packaging.is_in_force = lambda asked, in_force=in_force: asked is caller and in_force
        assert caller.build_wheel() == "wheel"
        assert len(told(watch)) == known


def test_a_vendored_library_that_is_not_as_known_is_for_pip_to_probe(watch: Path) -> None:
    front_ends.watch(ModuleType("pip._vendor.pyproject_hooks"))
    assert list(watch.iterdir()) == []


def test_a_library_that_is_not_as_known(tmp_path: Path, watch: Path) -> None:
    (tmp_path / "pyproject_hooks.py").write_text("class Other: pass\n", encoding="utf-8")
    hook.watch(PACKAGE, {})
    importlib.import_module("pyproject_hooks")
    assert [facts["by"] for facts in told(watch)] == ["pyproject_hooks"]
    assert FRONT_ENDS not in os.environ


def test_all_other_modules_pass(watch: Path) -> None:
    hook.watch(PACKAGE, {})
    (finder,) = [finder for finder in sys.meta_path if type(finder).__name__ == "_FrontEnds"]
    assert finder.find_spec("json") is None
    assert finder.find_spec("pep517") is None
    # Nor does it go round in circles beside a finder that asks all others.
    finder.finding = True
    assert finder.find_spec("pyproject_hooks") is None
    finder.finding = False

    class Spec:
        loader = object()

    class Finder:
        def find_spec(self, *_: object) -> Any:
            return Spec()

    # What the older protocol loads is run by nobody today, and left alone.
    sys.meta_path[:] = [finder, Finder()]  # type: ignore[list-item]
    assert finder.find_spec("pyproject_hooks").loader is Spec.loader


def test_the_loader_answers_for_the_real_one() -> None:
    class Real:
        def create_module(self, spec: object) -> str:
            return f"for {spec}"

        def get_source(self) -> str:
            return "source"

    loader = hook._Loader(Real(), None)
    assert loader.get_source() == "source"
    assert loader.create_module("it") == "for it"


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["/env/lib/build/__main__.py"], "build"),
        (["/env/bin/tox"], "tox"),
        ([], "a Python program"),
        ([""], "a Python program"),
        (["-c"], "a Python program"),
    ],
)
def test_programs(argv: list[str], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", argv)
    assert front_ends.program() == name


@pytest.mark.parametrize("tracker", ["PIP_BUILD_TRACKER", "PIP_REQ_TRACKER"])
def test_below_a_pip_without_the_shim(tracker: str, watch: Path) -> None:
    hook.watch(PACKAGE, {tracker: "/t", "_PIP_BUILD_OVERRIDE_FOLLOWED": "1"})
    assert list(watch.iterdir()) == []
    hook.watch(PACKAGE, {tracker: "/t"})
    assert [path.name.partition("-")[0] for path in watch.iterdir()] == ["outer"]


@pytest.mark.parametrize(
    ("above", "by", "through"),
    [
        (["uv", "sh", "pipx", "sh"], "uv", "pipx"),
        (["uv", "bash"], "uv", ""),
        (["sh", "pipx"], "a Python program", ""),
        # The system does not tell.
        ([], "uv", ""),
    ],
)
def test_who_calls_hooks_as_uv_does(
    above: list[str], by: str, through: str, watch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front_ends, "_ancestors", lambda: above)
    front_ends.tell_of_uv()
    assert [(facts["by"], facts["through"]) for facts in told(watch)] == [(by, through)]


def test_the_processes_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parents = {f"/proc/{os.getppid()}/stat": "5 (uv) S 9 1\n", "/proc/9/stat": "9 (a (b) c) R 1 1\n"}

    def there(path: str, **how: str) -> Any:
        if path not in parents:
            raise FileNotFoundError(path)
        file = tmp_path / "stat"
        file.write_text(parents[path], encoding="utf-8")
        return open(file, **how)

    monkeypatch.setattr(front_ends, "open", there, raising=False)
    assert front_ends._ancestors() == ["uv", "a (b) c"]
    parents["/proc/9/stat"] = "9 (x) R 7 1\n"
    assert front_ends._ancestors() == ["uv", "x"]
    parents["/proc/9/stat"] = "9 (x) R 9 1\n"
    assert len(front_ends._ancestors()) == 8


def test_the_module_above(monkeypatch: pytest.MonkeyPatch) -> None:
    for command, name in (
        ("python\0-I\0-m\0build\0--wheel\0", "python -m build"),
        ("python\0script.py\0", ""),
        (None, ""),
    ):
        monkeypatch.setattr(front_ends, "_content", {f"/proc/{os.getppid()}/cmdline": command}.get)
        assert front_ends._module_above() == name


BACKEND = """
class {name}:
    {attribute} = "source"
    def build(self):
        return "built"
    def run_command(self, command):
        return command
"""


@pytest.mark.parametrize("name", sorted(hook.BACKENDS))
def test_a_backend_in_the_process_that_imports_it(
    name: str, tmp_path: Path, watch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in ``python -m hatchling build``, ``poetry build``, ``flit build`` and ``setup.py build``."""
    kind, attribute, methods = front_ends._BACKENDS.get(name, front_ends._HOOKS)
    module: Any = ModuleType(name)
    if kind:
        code = BACKEND.format(name=kind, attribute=attribute or "nothing")
    else:
        code = "def build_wheel(directory):\n    return directory\n"
    exec(code, vars(module))
    front_ends.watch(module)
    assert FRONT_ENDS not in os.environ
    above = ["sh", "uv", "hatch", "tox"]
    monkeypatch.setattr(front_ends, "_ancestors", lambda: above)
    called = getattr(module, kind)() if kind else module
    for program, by in (("hatchling", "hatch"), ("poetry", "poetry"), ("setup.py", "setup.py")):
        monkeypatch.setattr(sys, "argv", [f"/bin/{program}"])
        if by == "setup.py":
            above.remove("hatch")
        if methods == ("run_command",):
            for command in ("egg_info", "build"):
                assert called.run_command(command) == command
        elif kind:
            assert called.build() == "built"
        else:
            assert called.build_wheel("x") == "x"
        facts = told(watch)
        # Programs other than setup.py build something else with setuptools.
        expected = [] if methods == ("run_command",) and by != "setup.py" else [by]
        assert [one["by"] for one in facts] == expected
        directory = tmp_path / "source" if attribute else tmp_path
        assert {one["directory"] for one in facts} <= {str(directory)}
        for file in watch.iterdir():
            file.unlink()
    monkeypatch.setenv("PIP_BUILD_REQUIREMENTS_OVERRIDE", "")
    getattr(called, methods[0] if kind else "build_wheel")(*(() if attribute else ("build",)))
    assert told(watch) == []


@pytest.mark.parametrize("variable", ["", *IN_BACKEND])
def test_backends_are_not_watched_where_a_front_end_runs_them(variable: str) -> None:
    hook.watch(PACKAGE, {variable: "x"} if variable else {})
    names = sys.meta_path[0].names  # type: ignore[union-attr]
    assert ("hatchling.build" in names) is (not variable)
    assert "pyproject_hooks" in names
    hook.watch(PACKAGE, {"PIP_BUILD_TRACKER": "/t", **FOLLOWED})
    assert "hatchling.build" not in sys.meta_path[0].names  # type: ignore[union-attr]


def test_the_backend_process_of_tox(watch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/x/pyproject_api/_backend.py", "True", "hatchling.build"])
    environment: dict[str, str] = {}
    hook.watch(PACKAGE, environment)
    assert list(environment) == ["_PIP_BUILD_OVERRIDE_IN_BACKEND"]
    assert told(watch) == []


@pytest.mark.parametrize(
    ("words", "more", "known"),
    [
        (["build_wheel", "/c"], {}, True),
        (["prepare_metadata_for_build_wheel", "/c"], {}, True),
        (["get_requires_for_build_wheel", "/c"], {}, False),
        # Started by a backend.
        ([], {}, False),
        (["build_wheel", "/c"], {TOLD: "1"}, False),
        (
            ["build_wheel", "/c"],
            {"PIP_BUILD_TRACKER": "/t", "_PIP_BUILD_OVERRIDE_FOLLOWED": "1"},
            False,
        ),
    ],
)
def test_hooks_that_a_program_without_the_shim_calls(
    words: list[str], more: dict[str, str], known: bool, watch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """hatch runs a copy of the script of pyproject_hooks, and ``python -I -m build`` has no shim."""
    monkeypatch.setattr(sys, "argv", ["/tmp/script.py", *words])
    for above, by in ((["python", "hatch"], "hatch"), (["python"], "a Python program")):
        monkeypatch.setattr(front_ends, "_ancestors", lambda above=above: above)
        monkeypatch.setattr(front_ends, "_module_above", lambda: "")
        for variable in IN_BACKEND[:2]:
            hook.watch(PACKAGE, {variable: "x", **more})
        assert [one["by"] for one in told(watch)] == [by] * 2 * known
        for file in watch.iterdir():
            file.unlink()


@pytest.mark.parametrize(
    ("command", "followed"),
    [
        (["/x/bin/uv", "pip", "install", "y"], True),
        (("UVX.exe", "y"), True),
        ("uv pip install y", True),
        (["python", "-m", "uv", "build"], True),
        (["/x/bin/poetry", "build"], True),
        ([Path("hatch"), "build"], True),
        (["python", "-m", "pip", "install", "uv"], False),
        (["pip", "install", "uv"], False),
        (["python", "-m"], False),
        ([], False),
        (b"uv", False),
    ],
)
def test_what_tells_of_builds_reaches_children_that_build_without_pip(
    command: Any, followed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pipx and tox remove it for what they start."""
    started: list[Any] = []

    class Popen:
        def __init__(self, args: Any, bufsize: int = -1, env: Any = None) -> None:
            started.append(env)

    module: Any = ModuleType("subprocess")
    module.Popen = Popen
    hook.watch_children(module)
    given = {"HOME": "/h"}
    Popen(command, env=given)
    Popen(args=command, env={"PYTHONPATH": f"/mine{os.pathsep}{switch.INJECTED}"})
    # Off, or all of it.
    Popen(command, env={"PIP_BUILD_REQUIREMENTS_OVERRIDE": "", **given})
    Popen(command)
    off = [{"PIP_BUILD_REQUIREMENTS_OVERRIDE": "", **given}, None]
    assert given == {"HOME": "/h"}
    assert started[2:] == off
    if not followed:
        assert started[:2] == [given, {"PYTHONPATH": f"/mine{os.pathsep}{switch.INJECTED}"}]
        return
    assert started[0]["HOME"] == "/h"
    assert started[0]["PYTHONPATH"] == switch.INJECTED
    assert started[0]["PIP_BUILD_REQUIREMENTS_OVERRIDE"] == "o.toml"
    assert started[0]["PIP_BUILD_REQUIREMENTS_OVERRIDE_WATCH"]
    assert started[1]["PYTHONPATH"] == f"{switch.INJECTED}{os.pathsep}/mine"
    assert list(inspect.signature(Popen.__init__).parameters) == ["self", "args", "bufsize", "env"]


def test_children_are_watched_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    before = subprocess.Popen.__init__
    hook.watch(PACKAGE, {})
    assert subprocess.Popen.__init__ is not before
    monkeypatch.setattr(subprocess.Popen, "__init__", before)
    monkeypatch.delitem(sys.modules, "subprocess")
    hook.watch(PACKAGE, {})
    later = importlib.import_module("subprocess")
    assert later.Popen.__init__.__wrapped__
    assert later.run([sys.executable, "-c", "pass"], env=dict(os.environ)).returncode == 0


@pytest.mark.parametrize(
    ("prefix", "command", "uv"),
    [
        ("/cache/uv/builds-v0/.tmpX", ["python", "-c", "backend.build_wheel('x')"], True),
        # That of uv run.
        ("/cache/uv/builds-v0/.tmpX", ["python", "-m", "pytest"], False),
        ("/env", ["python", "-c", "backend.build_wheel('x')"], True),
        ("/env", ["python", "-c", "getattr(backend, 'prepare_metadata_for_build_wheel')"], True),
        ("/env", ["python", "backend.build_wheel"], False),
        ("/env", ["python", "-c", "pass"], False),
        ("/env", [], False),
    ],
)
def test_hooks_of_uv(
    prefix: str, command: list[str], uv: bool, watch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", prefix)
    monkeypatch.setattr(sys, "orig_argv", command, raising=False)
    monkeypatch.setattr(front_ends, "_ancestors", lambda: ["uv"])
    hook.watch(PACKAGE, {})
    assert [facts["by"] for facts in told(watch)] == ["uv"] * uv
    # The hooks that pip calls are under its own eyes.
    hook.watch(PACKAGE, {"PIP_BUILD_TRACKER": "/t", "_PIP_BUILD_OVERRIDE_FOLLOWED": "1"})
    assert len(told(watch)) == uv


def test_hooks_of_uv_before_python_3_10(
    watch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(sys, "orig_argv", raising=False)
    monkeypatch.setattr(sys, "prefix", "/env")
    hook.watch(PACKAGE, {})
    assert told(watch) == []
    monkeypatch.setattr(sys, "prefix", "/cache/uv/builds-v0/.tmpX")
    # These tests are no hook of uv's.
    command = tmp_path / "cmdline"
    monkeypatch.setattr(hook, "open", lambda *_: command.open("rb"), raising=False)
    hook.watch(PACKAGE, {})
    assert len(told(watch)) == 1
    command.write_bytes(b"python\0-c\0pass\0")
    hook.watch(PACKAGE, {})
    assert len(told(watch)) == 1
    command.write_bytes(b"python\0-c\0backend.build_wheel('')\0")
    hook.watch(PACKAGE, {})
    assert len(told(watch)) == 2


def test_old_pythons_are_left_alone(watch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(sys.meta_path)
    monkeypatch.setattr(sys, "version_info", (3, 7, 16, "final", 0))
    hook.watch(PACKAGE, {"PIP_BUILD_TRACKER": "/t"})
    assert sys.meta_path == before
    assert list(watch.iterdir()) == []


def test_a_word_that_cannot_be_left_stops_the_front_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(front_ends.switch, "tell_watcher", fail)
    with pytest.raises(SystemExit) as stopped:
        front_ends.tell("build", "/src")
    assert stopped.value.code == 2
    assert "no space left" in capsys.readouterr().err


def test_a_broken_shim_stops_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(package: str) -> ModuleType:
        raise ImportError("half of it")

    monkeypatch.setattr(hook, "_import_package", fail)
    with pytest.raises(SystemExit) as stopped:
        hook.watch(PACKAGE, {"PIP_BUILD_TRACKER": "/t"})
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert "half of it" in error
    said = follows("reinstall the pip-build-override in {}", error)
    assert said.endswith(f" {PACKAGE}")
    # With the package that is there, the front end goes on.
    monkeypatch.undo()
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    hook.watch(PACKAGE, {})
