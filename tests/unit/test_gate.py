"""Where pip's command line meets us, and programs that use pip's modules without it."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Callable, Iterator

import pytest

from pip_build_override import switch
from pip_build_override.in_pip import command as pip_command
from pip_build_override.in_pip import gate
from pip_build_override.in_pip.internals import other_python, patches

from ..support.hints import follows


@pytest.fixture(autouse=True)
def _room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*switch.CHANGED_BY_A_COMMAND, switch.WATCH, switch.TRACKED, *switch.BUILD_TRACKERS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(switch.SWITCH, str(tmp_path / "o.toml"))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What is left for ``run``."""
    watch = tmp_path / "watch"
    watch.mkdir()
    monkeypatch.setenv(switch.WATCH, str(watch))
    return lambda: sorted(name.partition("-")[0] for name in os.listdir(watch))


def test_what_a_table_sets_for_a_backend_is_not_for_a_pip_that_it_starts(
    monkeypatch: pytest.MonkeyPatch, put_under: list[Any]
) -> None:
    monkeypatch.setenv("FLAG", "of the table")
    monkeypatch.delenv("GONE", raising=False)
    monkeypatch.setenv(switch.OUTSIDE, '{"FLAG": null, "GONE": "1"}')
    command = create("install", by_pip=False)
    assert command.run() == 0
    assert put_under == [command]
    assert "FLAG" not in command.seen
    assert command.seen["GONE"] == "1"
    assert switch.OUTSIDE not in command.seen
    # They are in force again after it, for a program that runs pip.
    assert os.environ["FLAG"] == "of the table"
    assert "GONE" not in os.environ
    assert switch.OUTSIDE in os.environ
    # Not for a command that builds nothing.
    assert create("list").main() == 0
    assert os.environ["FLAG"] == "of the table"


class Command:
    """A pip command that looks at what it is run with."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}

    def parse_args(self) -> str:
        self.seen = dict(os.environ)
        return "parsed"

    def run(self) -> int:
        self.seen = dict(os.environ)
        return 0

    def main(self) -> int:
        return self.run()


def create(name: str, *, by_pip: bool = True, **kwargs: Any) -> Any:
    """Make a command as pip's own main function does, or as a program."""
    wrapped: Any = gate._create_command(lambda name, **kwargs: Command())  # type: ignore[arg-type,return-value]
    module = "pip._internal.cli.main" if by_pip else "piptools"
    values: dict[str, Any] = {"__name__": module, "make": lambda: None, "wrapped": wrapped}
    exec("def make(name, kwargs): return wrapped(name, **kwargs)", values)
    return values["make"](name, kwargs)


@pytest.fixture
def put_under(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The commands that were put under the override."""
    found: list[Any] = []
    monkeypatch.setattr(pip_command, "overridden", lambda command: found.append(command) or command)
    return found


@pytest.mark.parametrize(("name", "ours"), [("install", True), ("lock", True), ("list", False)])
def test_which_commands_are_overridden(name: str, ours: bool, put_under: list[Any]) -> None:
    sys.meta_path.insert(0, gate._GUARD)
    command = create(name)
    assert put_under == ([command] if ours else [])
    assert gate._GUARD not in sys.meta_path
    before = dict(os.environ)
    os.environ.pop(switch.FOLLOWED, None)
    assert command.main() == 0
    os.environ.update(before)


def test_a_command_gives_the_environment_back(put_under: list[Any]) -> None:
    before = dict(os.environ)
    command = create("install")
    assert os.environ[switch.FOLLOWED] == "1"
    command.main()
    assert command.seen[switch.FOLLOWED] == "1"
    assert dict(os.environ) == before


def test_without_the_switch(put_under: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(switch.SWITCH, "")
    create("install")
    assert put_under == []


def test_isolated(put_under: list[Any], words: Callable[[], list[str]]) -> None:
    command = create("install", isolated=True)
    assert put_under == []
    assert words() == ["isolated"]
    command.main()
    # Off for the pips that it starts as well.
    assert switch.SWITCH not in command.seen
    assert switch.SWITCH in os.environ


@pytest.mark.parametrize("how", ["followed", "tracked", "without"])
def test_below_another_pip(
    put_under: list[Any],
    how: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(switch.BUILD_TRACKERS[0], "/tracker")
    if how == "followed":
        monkeypatch.setenv(switch.FOLLOWED, "1")
    elif how == "tracked":
        # A program with the shim has made it, and no pip.
        monkeypatch.setenv(switch.TRACKED, "/tracker")
    if how != "without":
        assert create("install") in put_under
        return
    with pytest.raises(SystemExit) as caught:
        create("install")
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("pip-build-override: error: ")
    # With an outer pip that loads it, as in the first of these cases.
    follows(
        "start the outer pip without Python's -S; pip-build-override status --python PYTHON says"
        " whether its interpreter loads pip-build-override",
        error,
    )


def test_below_another_pip_and_run(
    put_under: list[Any], words: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(switch.BUILD_TRACKERS[0], "/tracker")
    create("install")
    assert put_under == []
    assert words() == ["outer"]
    assert switch.SWITCH not in os.environ


def test_a_shim_that_cannot_be_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr(pip_command, "overridden")
    with pytest.raises(SystemExit):
        create("install")
    follows("reinstall pip-build-override, or unset {}", capsys.readouterr().err)
    monkeypatch.delenv(switch.SWITCH)
    assert create("install").main() == 0


# A command that a program makes


def test_a_command_for_its_options_alone(
    put_under: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(switch.PIP_LOG, str(tmp_path / switch.LOG))
    command = create("install", by_pip=False)
    assert put_under == []
    assert command.parse_args() == "parsed"
    # Its own log is not one that betrays a pip without the shim.
    assert switch.PIP_LOG not in command.seen
    assert switch.PIP_LOG in os.environ
    assert switch.FOLLOWED not in os.environ


@pytest.mark.parametrize("name", ["main", "run"])
def test_a_command_that_a_program_runs(put_under: list[Any], name: str) -> None:
    before = dict(os.environ)
    command = create("install", by_pip=False)
    for times in (1, 2):
        assert getattr(command, name)() == 0
        assert len(put_under) == times
        assert command.seen[switch.FOLLOWED] == "1"
        assert dict(os.environ) == before


def test_a_command_that_a_program_runs_isolated(put_under: list[Any]) -> None:
    command = create("install", by_pip=False, isolated=True)
    assert command.run() == 0
    assert put_under == []


# Without a gate


def test_a_command_that_is_loaded_past_the_gate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    guard = gate._CommandGuard()
    name = "pip._internal.commands.install"
    monkeypatch.setattr(sys, "argv", ["pip", "list"])
    by_pip: dict[str, Any] = {"__name__": "pip._internal.commands", "find": guard.find_spec}
    exec("def load(name): return find(name)", by_pip)
    by_pip["load"](name)
    monkeypatch.setattr(sys, "argv", ["pip", "install"])
    by_pip["load"]("pip._internal.commands.list")
    by_pip["load"]("json")
    with pytest.raises(SystemExit):
        by_pip["load"](name)
    assert "create_command" in capsys.readouterr().err


@pytest.mark.parametrize("problem", ["no module", "no function"])
@pytest.mark.parametrize("asked", ["install", "list"])
def test_a_pip_without_a_gate(
    problem: str, asked: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(name: str) -> Any:
        if problem == "no module":
            raise ImportError("gone")
        return ModuleType(name)

    monkeypatch.setattr(gate, "import_module", load)
    monkeypatch.setattr(sys, "argv", ["pip", asked])
    if asked == "list":
        assert gate.engage()
        return
    with pytest.raises(SystemExit):
        gate.engage()
    assert "create_command" in capsys.readouterr().err


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A package of commands, of which the gate is engaged."""
    module: Any = ModuleType("pip._internal.commands")
    module.create_command = lambda name, **kwargs: Command()
    monkeypatch.setattr(gate, "import_module", lambda name: module)
    monkeypatch.setattr(gate, "_GUARDS_OF_PROGRAMS", {"json.tool": lambda module: None})
    monkeypatch.setattr(other_python, "hand_on", lambda: None)
    return module


def test_the_gate(
    commands: Any, words: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded = []
    monkeypatch.setattr(gate, "_GUARDS_OF_PROGRAMS", {"json": guarded.append})
    before = commands.create_command
    assert gate.engage()
    assert commands.create_command is not before
    assert gate._GUARD in sys.meta_path
    # Loaded by then.
    assert guarded == [sys.modules["json"]]
    assert words() == ["loaded"]


@pytest.mark.parametrize("asked", ["install", "list"])
def test_a_pip_that_starts_another_one_in_an_unknown_way(
    commands: Any, asked: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(other_python, "hand_on", lambda: "main_parser: not there")
    monkeypatch.setattr(sys, "argv", ["pip", asked])
    if asked == "list":
        assert gate.engage()
        return
    with pytest.raises(SystemExit):
        gate.engage()
    assert "main_parser" in capsys.readouterr().err


def test_pip_for_another_python(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = SimpleNamespace(identify_python_interpreter=lambda python: python)
    monkeypatch.setattr(other_python, "import_module", lambda name: module)
    monkeypatch.setenv("PYTHONPATH", "/mine")
    assert other_python.hand_on() is None
    assert module.identify_python_interpreter("/python") == "/python"
    assert os.environ["PYTHONPATH"].split(os.pathsep) == [switch.INJECTED, "/mine"]
    # Before 22.3 pip has no such option.
    monkeypatch.setattr(other_python, "import_module", lambda name: SimpleNamespace())
    assert other_python.hand_on() is None
    monkeypatch.setattr(other_python, "import_module", lambda name: SimpleNamespace(subprocess=1))
    assert "identify_python_interpreter" in (other_python.hand_on() or "")

    def gone(name: str) -> Any:
        raise ImportError("gone")

    monkeypatch.setattr(other_python, "import_module", gone)
    assert "gone" in (other_python.hand_on() or "")


# Programs


def test_a_module_is_guarded_once_it_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "guarded_module.py").write_text("value = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    guarded: list[Any] = []
    monkeypatch.setattr(gate, "_GUARDS_OF_PROGRAMS", {"guarded_module": guarded.append, "none": None})
    sys.meta_path.insert(0, gate._ProgramGuard())
    monkeypatch.delitem(sys.modules, "guarded_module", raising=False)
    module = __import__("guarded_module")
    assert guarded == [module]
    assert module.value == 1
    assert module.__spec__ is not None
    assert module.__spec__.loader is module.__loader__
    assert type(module.__loader__).__name__ == "SourceFileLoader"
    monkeypatch.delitem(sys.modules, "guarded_module")
    assert gate._ProgramGuard().find_spec("none") is None
    assert gate._ProgramGuard().find_spec("json") is None


ALL = "[package.'*']\nadd = ['a']\n"


class Environment:
    """pip's."""

    def install_requirements(self, asked: str) -> Any:
        return asked, os.environ.get(switch.SWITCH)


@contextmanager
def tracker() -> Iterator[Any]:
    os.environ[switch.BUILD_TRACKERS[0]] = "/tracker"
    try:
        yield "tracker"
    finally:
        del os.environ[switch.BUILD_TRACKERS[0]]


def environments() -> Any:
    module: Any = ModuleType("pip._internal.build_env")
    module.Environment = type("Environment", (Environment,), dict(vars(Environment)))
    module.Derived = type("Derived", (module.Environment,), {})
    module.value = 1
    gate._guard_environments(module)
    assert "install_requirements" not in vars(module.Derived)
    return module


def test_a_program_that_fills_an_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "o.toml"
    path.write_text("[package.x]\nadd = ['a']\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["/bin/piptools/__main__.py"])
    module, before = environments(), dict(os.environ)
    with pytest.raises(SystemExit) as ended:
        module.Environment().install_requirements("a")
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert "error: piptools fills build environments" in error
    assert f"{path}: package.x would not be in force" in error
    follows("let pip itself do that: pip lock, or {}; or unset {}", error)
    # Without a table, it is built as without the override, in the pips below it, too.
    path.write_text("", encoding="utf-8")
    assert module.Environment().install_requirements("a") == ("a", None)
    assert dict(os.environ) == before
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("content", "refused"),
    [("", False), ("[package.x]\nno-binary = true\n", True), ("mine", True), (ALL, True)],
)
def test_rules_that_are_not_in_force(
    tmp_path: Path,
    content: str,
    refused: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "o.toml").write_text(content, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", [""])
    with pytest.raises(SystemExit) if refused else nullcontext():
        environments().Environment().install_requirements("a")
    assert ("pip-build-override: error: " in capsys.readouterr().err) is refused


def test_run_says_it(words: Callable[[], list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    environments().Environment().install_requirements("a")
    assert words() == ["program"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("how", ["a command", "switched off"])
def test_a_pip_command_fills_by_itself(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = environments()
    if how == "switched off":
        monkeypatch.delenv(switch.SWITCH)
        assert module.Environment().install_requirements("a") == ("a", None)
    else:
        with patches.in_force(SimpleNamespace()):  # type: ignore[arg-type]
            found = module.Environment().install_requirements("a")
        assert found == ("a", os.environ[switch.SWITCH])


def test_a_tracker_of_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("pip._internal.operations.build.build_tracker")
    module.get_build_tracker = tracker
    gate._guard_trackers(module)
    before = dict(os.environ)
    with module.get_build_tracker() as made:
        assert made == "tracker"
        # A pip below a backend knows that it is not below a pip without the shim.
        assert os.environ[switch.TRACKED] == "/tracker"
        assert not gate._below_pip_without_shim()
    assert dict(os.environ) == before


def test_a_program_that_imports_build_after_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    from pip_build_override.in_build import gate as of_build

    engaged: list[ModuleType] = []
    module = ModuleType("build")
    monkeypatch.setattr(of_build, "engage", lambda found: engaged.append(found) or True)
    gate._GUARDS_OF_PROGRAMS["build"](module)
    assert engaged == [module]
    monkeypatch.setattr(of_build, "engage", lambda found: None)
    with pytest.raises(ImportError, match="in_build.gate is incomplete"):
        gate._GUARDS_OF_PROGRAMS["build"](module)
