"""What a Python below ``run`` reports about builds that no pip with the shim makes."""

from __future__ import annotations

import importlib
import json
import os
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
    monkeypatch.chdir(tmp_path)
    yield directory
    for name in hook.FRONT_ENDS:
        sys.modules.pop(name, None)
    os.environ.pop(FRONT_ENDS, None)


def told(watch: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(watch.glob("elsewhere-*"))]


CALLER = """
class {name}:
    def __init__(self):
        self.{attribute} = "{directory}"
    def build_sdist(self):
        return "sdist"
    def build_wheel(self):
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
    ("parent", "by"),
    [("uv", "uv"), ("sh", "a Python program"), (None, "uv")],
)
def test_who_calls_hooks_as_uv_does(
    parent: str | None, by: str, watch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    comm = tmp_path / "comm"
    if parent is not None:
        comm.write_text(f"{parent}\n", encoding="utf-8")

    def there(path: str, **how: str) -> Any:
        assert path == f"/proc/{os.getppid()}/comm"
        return open(comm, **how)

    monkeypatch.setattr(front_ends, "open", there, raising=False)
    assert front_ends._parent() == (parent or "")
    monkeypatch.setattr(front_ends, "_parent", lambda: parent or "")
    monkeypatch.delattr(front_ends, "open")
    front_ends.tell_of_uv()
    assert [facts["by"] for facts in told(watch)] == [by]


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
    monkeypatch.setattr(front_ends, "_parent", lambda: "uv")
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
