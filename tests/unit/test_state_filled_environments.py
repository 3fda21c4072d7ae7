"""Environments that were filled in a run, and which of them others are filled from by copies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import switch
from pip_build_override.in_pip.builds import environment_files
from pip_build_override.in_pip.builds.member import Origin
from pip_build_override.in_pip.state.environments import Environments, Filling
from pip_build_override.in_pip.state.filled_environments import FilledEnvironments
from pip_build_override.in_pip.state.run_directory import RunDirectory

from .fakes import member

KEY = "a" * 64
INSTALLED = "installed"


class Room:
    """Pips of one run, and their environments."""

    def __init__(self, room: Path) -> None:
        self.room = room
        (room / "run").mkdir()
        self.made = 0

    def pip(self, outermost: bool = True) -> FilledEnvironments:
        run = RunDirectory(str(self.room / "run"))
        return FilledEnvironments(run, Environments(Filling(), outermost))

    def environment(self) -> Path:
        self.made += 1
        environment = self.room / f"pip-build-env-{self.made:08}"
        environment.mkdir()
        return environment

    def fill(self, pip: FilledEnvironments, *members: Any, origin: str = "") -> Path:
        place = self.environment() / "overlay"
        place.mkdir()
        (place / "x.py").write_text("X = 1", encoding="utf-8")
        filling = Filling(depth=1)
        filling.note_members(members or [member("x")])
        filling.note_distributions([Origin("x", "1.0", origin)])
        files = environment_files.put_there(
            str(place.parent), str(place), {}, environment_files.listing(str(place))
        )
        assert files is not None
        pip.note(KEY, filling, files, str(place))
        return place

    def copies(self, pip: FilledEnvironments) -> bool:
        """Whether an environment can be filled by copies; if not, nothing is left in it."""
        environment = self.environment()
        filled = pip.copy(KEY, str(environment / "overlay"), str(environment))
        if filled is not None:
            assert [one.name for one in filled.members] == ["x"]
        found = [path.read_text(encoding="utf-8") for path in environment.rglob("*.py")]
        assert found == ([] if filled is None else ["X = 1"])
        return filled is not None


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_nothing_to_copy_from(room: Room) -> None:
    assert not room.copies(room.pip())


def test_every_pip_of_the_run_copies_it(room: Room) -> None:
    pip = room.pip()
    room.fill(pip)
    assert room.copies(pip)
    assert room.copies(room.pip(outermost=False))


def test_a_nested_pip_leaves_a_copy(room: Room) -> None:
    place = room.fill(room.pip(outermost=False))
    (place / "x.py").unlink()
    assert room.copies(room.pip())


def test_a_copy_is_kept_once_the_first_was_changed(room: Room) -> None:
    pip = room.pip()
    for first in (True, False):
        place = room.fill(pip)
        (place / "x.py").write_text("X = 2", encoding="utf-8")
        assert room.copies(pip) is not first


def test_a_copy_that_was_changed_is_not_used_or_made_again(room: Room) -> None:
    pip = room.pip(outermost=False)
    room.fill(pip)
    (kept,) = (room.room / "run").glob("kept-*")
    (kept / "x.py").write_text("X = 2", encoding="utf-8")
    assert not room.copies(pip)
    room.fill(pip)
    assert not room.copies(pip)
    assert not room.copies(room.pip())


@pytest.mark.parametrize("text", ["", "{}", "[" * 100_000])
def test_a_document_that_is_damaged(room: Room, text: str) -> None:
    room.fill(room.pip())
    (document,) = (room.room / "run").glob("filled-*.json")
    document.write_text(text, encoding="utf-8")
    assert not room.copies(room.pip())


def test_builds_that_cannot_be_told_apart(room: Room) -> None:
    pip = room.pip()
    room.fill(pip, member("x", source=True, rules=None))
    assert not room.copies(pip)


@pytest.mark.parametrize("source", [False, True])
def test_a_report_lists_each_build(room: Room, source: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(switch.REPORT, "report.json")
    pip = room.pip()
    room.fill(pip, member("x", source=source))
    assert room.copies(pip) is not source


def test_a_file_that_only_another_distribution_names(room: Room) -> None:
    wheel = room.room / "x-1.0-py3-none-any.whl"
    pip = room.pip()
    room.fill(pip, origin=wheel.as_uri())
    assert not room.copies(pip)
    wheel.write_text("1", encoding="utf-8")
    room.fill(pip, origin=wheel.as_uri())
    assert room.copies(pip)
    # The same size and time.
    before = wheel.stat()
    wheel.write_text("2", encoding="utf-8")
    os.utime(wheel, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not room.copies(pip)
    wheel.unlink()
    assert not room.copies(pip)


def test_directories_and_repositories(room: Room) -> None:
    pip = room.pip()
    for origin in (room.room.as_uri(), "git+https://h/x@0123456789abcdef0123456789abcdef01234567"):
        room.fill(pip, origin=origin)
        assert not room.copies(pip)


def test_an_environment_that_a_hook_has_changed(room: Room) -> None:
    pip = room.pip()
    place = room.fill(pip)
    root = str(place.parent)

    def keys() -> tuple[str, str] | None:
        return pip.keys_if_unchanged(root, environment_files.listing(root))

    assert keys() is None
    pip.note_state(root, KEY, INSTALLED, environment_files.listing(root))
    (place / "__pycache__").mkdir()
    assert keys() == (KEY, INSTALLED)
    pip.note_state(root, KEY, INSTALLED, environment_files.listing(root))
    (place / "x.py").write_text("X = 2", encoding="utf-8")
    assert keys() is None
    pip.note_state(root, KEY, INSTALLED, environment_files.listing(root))
    pip.forget_state(root)
    assert keys() is None


def test_when_environments_are_not_reused(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(switch.NO_REUSE, "")
    assert room.pip().wanted
    monkeypatch.setenv(switch.NO_REUSE, "1")
    assert not room.pip().wanted
