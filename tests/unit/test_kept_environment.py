"""The key of a build environment that is kept: all that decides what pip installs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pip._internal import locations

from pip_build_override.in_pip.builds import kept_environment
from pip_build_override.in_pip.builds.kept_environment import Keeping
from pip_build_override.in_pip.internals import installing
from pip_build_override.in_pip.internals.seams import INSTALLATION_ORDER, Call
from pip_build_override.in_pip.state.environments import Environments, Filling
from pip_build_override.in_pip.state.kept_environments import KeptEnvironments
from pip_build_override.in_pip.steps.kept_environments import CopyKeptEnvironments


class Room:
    """A build environment, and wheels that are about to be installed there."""

    def __init__(self, room: Path) -> None:
        self.room = room
        self.root = room / "pip-build-env-abcdefgh"
        self.place = self.root / "overlay"
        self.place.mkdir(parents=True)

    def keeping(self, root: str = "", place: str = "overlay") -> Keeping:
        root = root or str(self.root)
        return Keeping(str(self.room / "store"), root, os.path.join(root, place))

    def wheel(self, name: str = "x", content: bytes = b"1", **changes: Any) -> Any:
        path = self.room / f"{name}-{content.decode()}.whl"
        path.write_bytes(content)
        return SimpleNamespace(
            **{
                "req": SimpleNamespace(name=name),
                "user_supplied": True,
                "original_link": None,
                "editable": False,
                "should_reinstall": False,
                "is_wheel": True,
                "local_file_path": str(path),
                **changes,
            }
        )

    def key(self, *chosen: Any, keeping: Keeping | None = None, into: str = "lib") -> str:
        keeping = keeping or self.keeping()
        return kept_environment.key_of(
            chosen or (self.wheel(),), keeping, [os.path.join(keeping.place, into)]
        )


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_what_decides(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = room.wheel("x"), room.wheel("y")
    found = [
        room.key(x),
        room.key(y),
        room.key(x, y),
        room.key(y, x),
        room.key(room.wheel("x", b"2")),
        room.key(room.wheel("x", user_supplied=False)),
        room.key(x, into="lib64"),
        room.key(x, keeping=room.keeping(place="normal")),
        room.key(x, keeping=room.keeping(root=f"{room.root}-longer")),
        room.key(x, keeping=room.keeping(root=str(room.root).replace("-", " "))),
    ]
    (room.place / "there").touch()
    found.append(room.key(x))
    (room.place / "there").unlink()
    umask = os.umask(0o077)
    try:
        found.append(room.key(x))
    finally:
        os.umask(umask)
    for owner, name, value in (
        (sys, "executable", "/other/python"),
        (sys, "version", "3.99"),
        (kept_environment, "pip_version", "99"),
        (installing, "own_code", lambda: "changed"),
        (installing, "places_below", lambda _: ["lib64"]),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, value)
            found.append(room.key(x))
    assert "" not in found
    assert len(set(found)) == len(found)
    assert room.key(x) == found[0]


def test_what_does_not_decide(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    key = room.key()
    (room.place / "__pycache__").mkdir()
    monkeypatch.setenv("HOME", "/elsewhere")
    assert room.key() == key
    root = room.root.with_name("pip-build-env-ijklmnop")
    assert room.key(keeping=room.keeping(str(root))) == key
    # The interpreter of the environment itself.
    monkeypatch.setattr(sys, "executable", f"{room.root}/bin/python")
    own = room.key()
    monkeypatch.setattr(sys, "executable", f"{root}/bin/python")
    assert room.key(keeping=room.keeping(str(root))) == own


@pytest.mark.parametrize(
    "changes",
    [
        {"user_supplied": None},
        {"original_link": "file:///x.whl"},
        {"editable": True},
        {"should_reinstall": True},
        {"is_wheel": False},
        {"local_file_path": None},
        {"local_file_path": "/nowhere/x.whl"},
        {"req": None},
    ],
)
def test_what_is_installed_in_another_way(room: Room, changes: dict[str, Any]) -> None:
    assert room.key(room.wheel("x"), room.wheel("y", **changes)) == ""


class Step:
    """The step that is called when pip asks what to install."""

    def __init__(self, room: Room, keeping: Keeping | None) -> None:
        self.room = room
        self.filling = Filling(depth=1, keeping=keeping)
        self.kept = KeptEnvironments(str(room.room / "store"))
        environments = Environments(Filling(), outermost=True)
        self._entered = environments.entered(self.filling)
        self._entered.__enter__()
        self.step = CopyKeptEnvironments(environments, self.kept)

    def order(self, *chosen: Any) -> object:
        def get_installation_order(self: object, req_set: list[Any]) -> list[Any]:
            return req_set

        call = Call(get_installation_order, (None, list(chosen)), {})
        return self.step.get_installation_order(get_installation_order, call)


def test_pip_installs_what_is_not_kept(room: Room) -> None:
    step = Step(room, room.keeping())
    wheel = room.wheel()
    assert step.order(wheel) == [wheel]
    assert step.filling.installed == kept_environment.key_of([wheel], room.keeping(), ())
    assert step.order(room.wheel(editable=True)) != []
    assert step.filling.installed == ""


def test_pip_installs_nothing_if_it_is_kept(room: Room) -> None:
    from pip_build_override.in_pip.builds import environment_files

    step = Step(room, room.keeping())
    wheel = room.wheel()
    step.order(wheel)
    (room.place / "x.py").write_text("X = 1\n", encoding="utf-8")
    files = environment_files.put_there(
        str(room.root), str(room.place), {}, environment_files.listing(str(room.place))
    )
    assert files is not None
    step.kept.keep(step.filling.installed, files, str(room.place))
    (room.place / "x.py").unlink()
    assert step.order(wheel) == []
    assert (room.place / "x.py").read_text(encoding="utf-8") == "X = 1\n"


def test_an_environment_that_is_not_to_be_kept(room: Room) -> None:
    step = Step(room, None)
    wheel = room.wheel()
    assert step.order(wheel) == [wheel]
    assert step.filling.installed == ""


def test_the_function_is_in_this_pip() -> None:
    from pip_build_override.in_pip.internals import seams

    assert seams.find(INSTALLATION_ORDER) is not None


def test_an_installation_to_other_places(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    found = installing.places_below(str(room.place))
    assert found is not None
    assert any(place.endswith("site-packages") for place in found)
    scheme = SimpleNamespace(purelib="/else", platlib="/else", headers="/h", scripts="/s", data="/d")
    monkeypatch.setattr(locations, "get_scheme", lambda *_, **__: scheme)
    assert installing.places_below(str(room.place)) is None
    assert room.key() == ""


def test_a_pip_whose_code_cannot_be_read(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(installing.own_code()) == len(installing.accepted_tags()) == 64
    installing.own_code.cache_clear()
    module = sys.modules["pip._internal.operations.install.wheel"]
    monkeypatch.setattr(module, "__file__", "/nowhere/wheel.py")
    assert room.key() == ""
    installing.own_code.cache_clear()
