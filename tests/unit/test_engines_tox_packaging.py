"""What tox builds itself, with stand-ins for its environment, its pip and its backend."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from packaging.requirements import Requirement
from tox.tox_env.errors import Fail, Recreate

from pip_build_override import rules, switch
from pip_build_override.engines import tox_packaging, tox_without_plugin
from pip_build_override.engines.tox_packaging import Packaging
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.state import nested_report
from pip_build_override.in_pip.state.nested_report import Report

from ..support.stampbackend import write_wheel
from .fake_build import PYPROJECT, nested

RULE = '[package.x]\nreplace.ingredient = "ingredient==2.0"\n'


class Executor:
    """tox's, with a process that has ended."""

    def __init__(self) -> None:
        self.env = {"PATH": "/env/bin"}
        self.closed = 0
        self._local_execute: Any = None

    def close(self) -> None:
        self.closed += 1


class Frontend:
    """The object through which tox calls hooks."""

    def __init__(self, env: World) -> None:
        self._tox_env = env
        self._root = env.root
        self._backend_paths: tuple[Path, ...] = (env.root / "in-tree",)
        self._backend_executor_: Executor | None = None
        self.requires = [Requirement("ingredient"), Requirement("mint")]

    @property
    def backend_executor(self) -> Executor:
        if self._backend_executor_ is None:
            self._backend_executor_ = Executor()
        return self._backend_executor_


class World:
    """A packaging environment, its backend and its pip."""

    def __init__(self, room: Path, text: str = RULE, **builds: list[Any]) -> None:
        self.name = ".pkg"
        self.env_dir = room / "env"
        self.site = room / "env" / "site"
        self.site.mkdir(parents=True)
        self.builds = builds or {"wheel": [object()]}
        self.root = room / "x"
        self.root.mkdir()
        (self.root / "pyproject.toml").write_text(PYPROJECT.format("x"), encoding="utf-8")
        self._frontend = Frontend(self)
        self.environment_variables: dict[str, str] = {}
        self.commands = 0
        self.installed: list[list[str]] = []
        self.returns = ["flavour"]
        self.status = 0
        self.report: Report | None = Report(resolved=True)
        self.hooks: list[tuple[str, Any, dict[str, str]]] = []
        path = room / "o.toml"
        path.write_text(text, encoding="utf-8")
        self.overrides = rules.load_overrides(str(path))
        self.packaging = self.made()

    def env_python(self) -> str:
        return sys.executable

    def made(self) -> Packaging:
        packaging = Packaging(self, self.overrides, b"")  # type: ignore[arg-type]
        facts = {"markers": rules.standards.marker_environment(), "interpreter": ["CPython 3", "os"]}
        packaging._facts = {**facts, "directories": [str(self.site)] * 2}
        return packaging

    def static(self) -> list[str]:
        return list(map(str, self.packaging.static(self._frontend.requires)))

    def install(self, of_type: str, *wanted: str, there: bool = False) -> None:
        def install() -> None:
            if there or not wanted:
                return
            self.commands += 1
            self.installed.append(list(wanted))
            directory = self.environment_variables.get(switch.ENVIRONMENT_DIRECTORY, "")
            if self.report is not None and directory:
                nested_report._write(directory, self.report)
            if self.status:
                raise SystemExit(self.status)
            for text in wanted:
                name, _, version = text.partition("==")
                metadata = self.site / f"{name}-{version or '1.0'}.dist-info"
                metadata.mkdir(exist_ok=True)
                (metadata / "METADATA").write_text(
                    f"Metadata-Version: 2.1\nName: {name}\nVersion: {version or '1.0'}\n", "utf-8"
                )

        arguments = list(map(Requirement, wanted))
        self.packaging.install(arguments, of_type, install, lambda: self.commands)

    def send(self, cmd: str, **kwargs: Any) -> Any:
        def send(**given: Any) -> tuple[Any, str, str]:
            variables = dict(self._frontend.backend_executor.env)
            self.hooks.append((cmd, given.get("config_settings"), variables))
            if cmd.startswith("get_requires"):
                return list(self.returns), "out", "err"
            if cmd == "build_wheel":
                place = given["wheel_directory"]
                return write_wheel(place, "x", "1.0", {"x.py": ""}), "out", "err"
            if cmd == "build_sdist":
                Path(given["sdist_directory"], "x-1.0.tar.gz").touch()
                return "x-1.0.tar.gz", "out", "err"
            return None, "out", "err"

        return self.packaging.send(self._frontend, cmd, kwargs, send)

    def build(self, *, there: bool = False) -> Any:
        self.install("requires", *self.static(), there=there)
        found, *_ = self.send("get_requires_for_build_wheel", config_settings=None)
        self.install("requires_for_build_wheel", *found, there=there)
        return self.send("build_wheel", wheel_directory=str(self.root.parent), config_settings={})


def test_a_wheel(tmp_path: Path) -> None:
    world = World(tmp_path, f'{RULE}env = {{ FLAG = "1" }}\nconfig-settings = {{ a = "b" }}\n')
    world.report = nested("mint")
    assert tox_packaging.is_in_force(world._frontend)
    name, out, err = world.build()
    assert (name, out, err) == ("x-1.0-py3-none-any.whl", "out", "err")
    assert world.installed == [["ingredient==2.0", "mint"], ["flavour"]]
    for _, settings, variables in world.hooks:
        assert settings == {"a": "b"}
        assert variables["FLAG"] == "1"
        assert switch.INJECTED in variables["PYTHONPATH"].split(os.pathsep)
    assert switch.ENVIRONMENT_DIRECTORY not in world.environment_variables
    # A later process finds all of it there, and knows how it came there.
    world.packaging.end()
    assert not tox_packaging.is_in_force(world._frontend)
    world._frontend._backend_executor_ = None
    world.packaging = world.made()
    world.build(there=True)
    assert len(world.installed) == 2
    (build, *_) = world.packaging._building.builds
    assert [member.name for member in build.members] == ["mint", "mint"]


def test_other_lists_than_before(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.build()
    world.packaging.end()
    world.packaging = world.made()
    world._frontend.requires.append(Requirement("spice"))
    with pytest.raises(Recreate, match="its build requirements are not what"):
        world.install("requires", *world.static(), there=True)


def test_a_pip_that_fails_or_does_not_follow(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.status = 1
    with pytest.raises(SystemExit) as ended:
        world.install("requires", *world.static())
    assert ended.value.code == 1
    world.status, world.report = 0, None
    with pytest.raises(OverrideError, match="has not loaded pip-build-override"):
        world.install("requires", *world.static())


def test_what_is_not_installed_for_the_project(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.install("deps", "a")
    assert world.installed == [["a"]]
    # A backend without a hook returns nothing.
    world.install("requires", *world.static())
    world.install("requires_for_build_wheel")
    world.send("build_wheel", wheel_directory=str(tmp_path), config_settings=None)
    with pytest.raises(Fail, match="its build backend|asked what a"):
        world.send("build_sdist", sdist_directory=str(tmp_path), config_settings=None)


def test_an_sdist_alone(tmp_path: Path) -> None:
    text = (
        '[package.x]\nreplace.ingredient = { from = "target" }\nregenerate = true\nas-of = "release"\n'
    )
    world = World(tmp_path, text, sdist=[object()])
    assert world.static() == ["ingredient", "mint"]
    world.install("requires", "ingredient", "mint")
    assert world.send("_optional_hooks")[0] is None
    world.send("get_requires_for_build_sdist", config_settings=None)
    world.install("requires_for_build_sdist", "flavour")
    name, *_ = world.send("build_sdist", sdist_directory=str(tmp_path), config_settings=None)
    assert name == "x-1.0.tar.gz"
    # A wheel needs the answers.
    (tmp_path / "other").mkdir()
    other = World(tmp_path / "other", text)
    with pytest.raises(Fail, match="cannot answer"):
        other.static()


def test_a_copy_of_the_sources(tmp_path: Path) -> None:
    world = World(tmp_path)
    left = world.root / "build" / "temp.linux"
    left.mkdir(parents=True)
    (left / "x.o").write_bytes(b"")
    world.build()
    copy = world._frontend._root
    assert copy != world.root
    assert not (copy / "build" / "temp.linux").exists()
    assert world._frontend._backend_paths == (copy / "in-tree",)
    assert str(copy / "in-tree") in world.hooks[-1][2]["PYTHONPATH"].split(os.pathsep)


def test_bypasses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path)
    for hook in ("_optional_hooks", "build_wheel"):
        with pytest.raises(Fail, match="the static requirements were not installed"):
            world.send(hook, config_settings=None)
    world._facts = None  # type: ignore[attr-defined]
    world.packaging._facts = {}
    failed = SimpleNamespace(stdout="", stderr="no", returncode=1)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(Fail, match="cannot be run: no"):
        world.static()


def test_seeds_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path)
    metadata = world.site / "wheel-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: wheel\nVersion: 1.0\n", "utf-8")
    status = 1
    commands: list[list[str]] = []

    def run(command: list[str], **given: Any) -> Any:
        commands.append(command)
        assert not [name for name in given["env"] if name.startswith("PIP_BUILD")]
        return SimpleNamespace(returncode=status, stderr="no")

    world.environment_variables[switch.SWITCH] = "o.toml"
    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(OverrideError, match="cannot remove wheel from"):
        world.install("requires", *world.static())
    assert commands[0][-2:] == ["--yes", "wheel"]


def test_the_facts_of_an_interpreter(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.packaging._facts = {}
    facts = world.packaging._asked()
    markers = rules.standards.marker_environment()
    assert {name: markers[name] for name in facts["markers"]} == facts["markers"]
    assert set(facts["markers"]) == set(markers) - {"extra"}


def test_without_the_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[object] = []

    class Plugin:
        def __init__(self, *known: object) -> None:
            self.manager = SimpleNamespace(get_plugins=lambda: known, register=registered.append)

        def _register_plugins(self, inline: object) -> None:
            """Register those of tox."""

    module: Any = SimpleNamespace(__name__="tox.plugin.manager", Plugin=Plugin)
    assert tox_without_plugin.engage(module) is True
    Plugin(SimpleNamespace(__name__="pip_build_override.engines.tox_plugin"))._register_plugins(None)
    assert registered == []
    Plugin(SimpleNamespace(__name__="other"))._register_plugins(None)
    (ours,) = registered
    assert isinstance(ours, tox_without_plugin.OfRun)
    called: list[str] = []
    attached = SimpleNamespace(check=lambda: called.append("check"), end=lambda: called.append("end"))
    from pip_build_override.engines import tox_override

    monkeypatch.setattr(tox_override, "register", lambda conf, state: called.append("register"))
    monkeypatch.setattr(tox_override, "attach", lambda env: called.append("attach"))
    monkeypatch.setattr(tox_override, "attached", lambda env: attached)
    env: Any = None
    ours.tox_add_env_config(env, env)
    ours.tox_on_install(env)
    ours.tox_before_run_commands(env)
    ours.tox_after_run_commands(env, 1, [])
    ours.tox_after_run_commands(env, 0, [])
    ours.tox_env_teardown(env)
    assert called == ["register", "attach", "attach", "check", "end"]
    with pytest.raises(ImportError, match="_register_plugins is missing"):
        tox_without_plugin.engage(SimpleNamespace(__name__="m"))  # type: ignore[arg-type]
