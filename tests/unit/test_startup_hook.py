"""The import hook: it waits for pip, brings the shim in, and stops pip where it cannot."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import os
import pkgutil  # noqa: F401 - imported by runpy, and later there is no path to find it on
import runpy
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Iterator

import pytest

from pip_build_override import switch
from pip_build_override.in_pip import gate

from ..support.waiting import wait

hook: Any = importlib.import_module("pip_build_override.startup.inject.pip_build_override_hook")
PACKAGE = os.path.dirname(os.path.dirname(switch.INJECTED))
SITECUSTOMIZE = os.path.join(switch.INJECTED, "sitecustomize.py")
WATCHED = "pip._internal"
SWITCH = "PIP_BUILD_REQUIREMENTS_OVERRIDE"


@pytest.fixture(autouse=True)
def _own_import_state(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    modules = dict(sys.modules)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setattr(sys, "path", [*sys.path])
    # The hook as the start-up files import it, yet this very module: it is the one that is measured.
    monkeypatch.setitem(sys.modules, "pip_build_override_hook", hook)
    yield
    sys.modules.clear()
    sys.modules.update(modules)


@pytest.fixture
def internals(tmp_path: Path) -> list[str]:
    """The path of a pip whose internals print what they are."""
    package = tmp_path / "pip"
    (package / "_internal").mkdir(parents=True)
    (package / "_internal" / "__init__.py").write_text("RAN = __spec__.loader\n", encoding="utf-8")
    return [str(package)]


def waiting() -> list[Any]:
    return [finder for finder in sys.meta_path if getattr(finder, "pip_build_override", False)]


def load(spec: Any) -> ModuleType:
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> None:
    said = capsys.readouterr().err
    first, second, *more = said.splitlines()
    assert first.startswith("pip-build-override: error: ")
    assert second.startswith("hint: ")
    assert not more
    assert all(word in said for word in words), said


# The hook


def test_lets_all_but_pip_pass() -> None:
    hook.arm(PACKAGE, "PYTHONPATH")
    (finder,) = waiting()
    assert finder.find_spec("json") is None
    assert finder.find_spec("pip") is None
    assert finder.find_module("json") is None


@pytest.mark.parametrize(
    ("routes", "kept"),
    [
        (["sitecustomize", ".pth"], "sitecustomize"),
        ([".pth", "PYTHONPATH"], "PYTHONPATH"),
        (["PYTHONPATH", ".pth"], "PYTHONPATH"),
    ],
)
def test_armed_once(routes: list[str], kept: str) -> None:
    armed = [hook.arm(f"/{route}/pip_build_override", route) for route in routes]
    (finder,) = waiting()
    assert finder is armed[-1]
    assert sys.meta_path[0] is finder
    assert (finder.package, finder.route) == (f"/{kept}/pip_build_override", kept)


def test_of_two_injected_copies_the_first_stays() -> None:
    hook.arm("/one", "PYTHONPATH")
    hook.arm("/two", "PYTHONPATH")
    assert [finder.package for finder in waiting()] == ["/one"]


def test_brings_the_shim_in(internals: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    engaged = []
    monkeypatch.setattr(gate, "engage", lambda: engaged.append(1) or True)
    hook.arm(PACKAGE, "PYTHONPATH")
    spec = sys.meta_path[0].find_spec(WATCHED, internals)
    assert spec is not None
    # Whoever asks the loader for something else gets the real one's answer.
    assert spec.loader.get_source(WATCHED).startswith("RAN")  # type: ignore[union-attr]
    module = load(spec)
    assert isinstance(module.RAN, importlib.machinery.SourceFileLoader)
    assert module.__loader__ is module.RAN
    assert engaged == [1]
    assert waiting() == []


def test_beside_a_finder_that_asks_all_the_others(
    internals: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Watchdog:
        asking = False

        def find_spec(self, name: str, path: Any, target: Any) -> Any:
            if self.asking:
                return None
            self.asking = True
            specs = (finder.find_spec(name, path, target) for finder in sys.meta_path)
            spec = next(filter(None, specs), None)
            self.asking = False
            return spec

    engaged = []
    monkeypatch.setattr(gate, "engage", lambda: engaged.append(1) or True)
    for insert in (sys.meta_path.append, lambda finder: sys.meta_path.insert(0, finder)):
        insert(Watchdog())
        hook.arm(PACKAGE, "PYTHONPATH")
        load(sys.meta_path[0].find_spec(WATCHED, internals, None))
        assert waiting() == []
        sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder) is not Watchdog]
    assert engaged == [1, 1]


def test_without_pip() -> None:
    hook.arm(PACKAGE, "PYTHONPATH")
    sys.meta_path.insert(1, object())  # type: ignore[arg-type]  # a finder of the older protocol
    assert sys.meta_path[0].find_spec(WATCHED, []) is None
    assert len(waiting()) == 1


def test_loader_of_the_older_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    class Zip:
        def get_code(self, name: str) -> Any:
            return compile("RAN = __spec__.loader", name, "exec")

    class Finder:
        def find_spec(self, name: str, path: Any, target: Any) -> Any:
            if name != WATCHED:
                return None
            return importlib.machinery.ModuleSpec(name, Zip())  # type: ignore[arg-type]

    monkeypatch.setattr(gate, "engage", lambda: True)
    sys.meta_path.insert(0, Finder())
    hook.arm(PACKAGE, "PYTHONPATH")
    assert isinstance(load(sys.meta_path[0].find_spec(WATCHED, None)).RAN, Zip)


def test_as_a_package_that_is_not_imported_yet(internals: list[str]) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "pip_build_override"]:
        del sys.modules[name]
    commands: Any = ModuleType("pip._internal.commands")
    commands.create_command = original = lambda name: None
    sys.modules["pip._internal.commands"] = commands
    sys.modules["pip._internal.cli.main_parser"] = ModuleType("pip._internal.cli.main_parser")
    hook.arm(PACKAGE, "PYTHONPATH")
    path = list(sys.path)
    load(sys.meta_path[0].find_spec(WATCHED, internals))
    assert sys.modules["pip_build_override"].__path__ == [PACKAGE]
    assert sys.modules["pip_build_override.in_pip.gate"] is not gate
    assert commands.create_command is not original
    assert sys.path == path


@pytest.mark.parametrize("problem", ["raises", "does nothing"])
def test_stops_pip_where_the_shim_fails(
    problem: str,
    internals: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def engage() -> None:
        if problem == "raises":
            raise SyntaxError("half of it")

    monkeypatch.setattr(gate, "engage", engage)
    hook.arm(PACKAGE, "PYTHONPATH")
    # A pip that is imported again after a failure meets it again.
    for _ in range(2):
        spec = sys.meta_path[0].find_spec(WATCHED, internals)
        with pytest.raises(SystemExit) as stopped:
            load(spec)
        assert stopped.value.code == 2
        refused(capsys, "half of it" if problem == "raises" else "incomplete")


def test_old_pythons(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    hook.arm(PACKAGE, "PYTHONPATH")
    monkeypatch.setattr(sys, "version_info", (3, 7, 16, "final", 0))
    for find in (sys.meta_path[0].find_spec, waiting()[0].find_module):
        with pytest.raises(SystemExit) as stopped:
            find(WATCHED, None)
        assert stopped.value.code == 2
        refused(capsys, "Python 3.7")


# What is written into start-up files


def test_entry_waits_without_importing(internals: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    modules = set(sys.modules)
    path = list(sys.path)
    finder = wait(PACKAGE, "sitecustomize")
    assert finder.find_spec("json") is None
    assert finder.find_spec("pip") is None
    assert set(sys.modules) == modules
    engaged = []
    monkeypatch.setattr(gate, "engage", lambda: engaged.append(1) or True)
    load(finder.find_spec(WATCHED, internals))
    assert engaged == [1]
    assert waiting() == []
    assert sys.path == path


def test_entry_leaves_the_work_to_a_copy_that_run_brings() -> None:
    wait("/gone", "sitecustomize")
    hook.arm(PACKAGE, "PYTHONPATH")
    assert [finder.package for finder in waiting()] == [PACKAGE]


@pytest.mark.parametrize("asked", [0, 1, 2])
def test_of_many_that_wait_one_acts(
    asked: int, internals: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of ``run``, of a sitecustomize and of a .pth file, in whichever order they came."""
    engaged = []
    monkeypatch.setattr(gate, "engage", lambda: engaged.append(1) or True)
    hook.arm(PACKAGE, "PYTHONPATH")
    sys.meta_path.insert(0, importlib.machinery.BuiltinImporter)
    wait("/gone", ".pth")
    wait("/gone", "sitecustomize")
    sys.meta_path[0], sys.meta_path[asked] = sys.meta_path[asked], sys.meta_path[0]
    spec = next(
        filter(None, (f.find_spec(WATCHED, internals) for f in list(sys.meta_path) if f in waiting()))
    )
    assert [(finder.package, finder.route) for finder in waiting()] == [(PACKAGE, "PYTHONPATH")]
    load(spec)
    assert engaged == [1]
    assert waiting() == []


@pytest.mark.parametrize("problem", ["missing", "half", "of another version", "arms nothing"])
def test_entry_stops_pip_without_what_is_behind_it(
    problem: str, tmp_path: Path, internals: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    del sys.modules["pip_build_override_hook"]
    texts = {"half": "def arm(", "of another version": "def arm(): pass"}
    if problem != "missing":
        file = tmp_path / "startup" / "inject" / "pip_build_override_hook.py"
        file.parent.mkdir(parents=True)
        file.write_text(texts.get(problem, "def arm(package, route): pass"), encoding="utf-8")
    finder = wait(str(tmp_path), "sitecustomize")
    path = list(sys.path)
    for _ in range(2):
        assert sys.meta_path[0] is finder
        assert finder.find_spec("json", None) is None
        with pytest.raises(SystemExit) as stopped:
            finder.find_spec(WATCHED, internals)
        assert stopped.value.code == 2
        refused(capsys, str(tmp_path), "uninstall")
    assert sys.path == path


# What ``run`` puts on PYTHONPATH


def run_sitecustomize() -> None:
    # Named so that it is measured as a part of the package.
    runpy.run_path(SITECUSTOMIZE, run_name="pip_build_override.startup.inject.sitecustomize")


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize("value", ["any.toml", "", None])
def test_injected(
    value: str | None, watched: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.setenv(f"{SWITCH}_WATCH", str(tmp_path) if watched else "")
    if value is not None:
        monkeypatch.setenv(SWITCH, value)
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.theirs = True\n", encoding="utf-8")
    ours = ModuleType("sitecustomize")
    sys.modules["sitecustomize"] = ours
    sys.path[:] = [switch.INJECTED, "", str(tmp_path), *sys.path]
    monkeypatch.setattr(sys, "theirs", False, raising=False)
    run_sitecustomize()
    assert sys.theirs  # type: ignore[attr-defined]
    assert sys.modules["sitecustomize"] is not ours
    assert switch.INJECTED not in sys.path
    assert sys.path[0] == ""
    assert [(finder.package, finder.route) for finder in waiting()] == (
        [(PACKAGE, "PYTHONPATH")] if value else []
    )
    watching = [finder for finder in sys.meta_path if type(finder).__name__ == "_FrontEnds"]
    assert len(watching) == bool(value and watched)


def test_injected_where_nothing_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SWITCH, raising=False)
    sys.path[:] = [switch.INJECTED]
    sys.modules.pop("sitecustomize", None)
    run_sitecustomize()
    ours = sys.modules["sitecustomize"] = ModuleType("sitecustomize")
    run_sitecustomize()
    assert sys.modules["sitecustomize"] is ours


def test_injected_where_what_is_hidden_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SWITCH, raising=False)
    (tmp_path / "sitecustomize.py").write_text("import no_such_module\n", encoding="utf-8")
    sys.path[:] = [switch.INJECTED, str(tmp_path)]
    sys.modules.pop("sitecustomize", None)
    with pytest.raises(ImportError, match="no_such_module"):
        run_sitecustomize()


@pytest.mark.parametrize("kind", ["pypa", "a directory", "a module of the user"])
def test_brings_the_shim_into_build(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "build", raising=False)
    monkeypatch.delitem(sys.modules, "build.env", raising=False)
    importlib.invalidate_caches()
    package = tmp_path / "build"
    package.mkdir()
    if kind != "a directory":
        (package / "__init__.py").write_text("X = 1\n", encoding="utf-8")
    if kind == "pypa":
        (package / "env.py").write_text("", encoding="utf-8")
    engaged: list[object] = []
    gate = importlib.import_module("pip_build_override.in_build.gate")
    monkeypatch.setattr(gate, "engage", lambda module: engaged.append(module) or True)
    finder = hook.arm(PACKAGE, "sitecustomize")
    # Without the one that is installed here, which would precede a directory.
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    module = importlib.import_module("build")
    monkeypatch.delitem(sys.modules, "build")
    assert engaged == ([module] if kind == "pypa" else [])
    # It still waits for pip.
    assert finder in sys.meta_path


def test_a_truncated_shim_stops_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "build", raising=False)
    importlib.invalidate_caches()
    for name in ("__init__", "env"):
        path = tmp_path / "build" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("", encoding="utf-8")
    gate = importlib.import_module("pip_build_override.in_build.gate")
    monkeypatch.setattr(gate, "engage", lambda module: None)
    hook.arm(PACKAGE, "sitecustomize")
    with pytest.raises(SystemExit):
        importlib.import_module("build")
    assert "the shim could not be loaded into build" in capsys.readouterr().err
    monkeypatch.setattr(sys, "version_info", (3, 7, 0))
    with pytest.raises(SystemExit):
        importlib.import_module("build")
    assert "Python 3.7 is older than 3.8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "module", "program"),
    [
        ("tox.plugin.manager", "engines.tox_without_plugin", "tox"),
        ("asv.environment", "engines.asv", "asv"),
    ],
)
def test_brings_the_shim_into_a_program_that_starts_pips(
    name: str,
    module: str,
    program: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    parts = name.split(".")
    names = [".".join(parts[: end + 1]) for end in range(len(parts))]
    # The program that is installed here stays what others have imported.
    for each in [known for known in sys.modules if known.partition(".")[0] == parts[0]]:
        monkeypatch.delitem(sys.modules, each)
    importlib.invalidate_caches()
    place = tmp_path.joinpath(*parts[:-1])
    place.mkdir(parents=True)
    for directory in (place, *place.parents):
        if directory != tmp_path and tmp_path in directory.parents:
            (directory / "__init__.py").touch()
    (place / f"{parts[-1]}.py").write_text("X = 1\n", encoding="utf-8")
    engaged: list[object] = []
    with monkeypatch.context() as patcher:
        patcher.setitem(sys.modules, f"pip_build_override.{module}", ModuleType(module))
        ours = sys.modules[f"pip_build_override.{module}"]
        finder = hook.arm(PACKAGE, "sitecustomize")
        patcher.setattr(sys, "path", [str(tmp_path), *sys.path])
        for complete in (True, False):
            vars(ours)["engage"] = lambda found, complete=complete: engaged.append(found) or complete
            for each in names:
                sys.modules.pop(each, None)
            if complete:
                found = importlib.import_module(name)
                assert engaged == [found]
                # It still waits for pip.
                assert finder in sys.meta_path
            else:
                with pytest.raises(SystemExit):
                    importlib.import_module(name)
                said = capsys.readouterr().err
                assert f"the shim could not be loaded into {program}" in said
        for each in names:
            sys.modules.pop(each, None)
