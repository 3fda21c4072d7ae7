"""Build environments that are kept below pip's cache."""

from __future__ import annotations

import os
import shutil
import stat
import time
from pathlib import Path
from typing import Callable

import pytest

from pip_build_override.in_pip.builds import compiled, environment_files
from pip_build_override.in_pip.builds.environment_files import Files
from pip_build_override.in_pip.builds.member import Member, Origin
from pip_build_override.in_pip.state import kept_environments
from pip_build_override.in_pip.state.kept_environments import KeptEnvironments, Pinned, store_below

PINNED = Pinned(
    "key",
    (Member("x", "1.0", False, ""),),
    (Origin("x", "1.0", "https://h/x.whl", "ab"),),
)
SOURCE = "lib/x.py"


class Room:
    """A cache, and environments that pips fill."""

    def __init__(self, room: Path) -> None:
        self.room = room
        self.store = Path(store_below(str(room / "cache")))
        self.made = 0

    def pip(self) -> KeptEnvironments:
        return KeptEnvironments(str(self.store))

    def place(self) -> Path:
        self.made += 1
        root = self.room / f"pip-build-env-{self.made:08}"
        root.mkdir()
        return root / "overlay"

    def filled(self, text: str = "X = 1\n") -> tuple[Files, Path]:
        place = self.place()
        (place / "lib").mkdir(parents=True)
        (place / SOURCE).write_text(text, encoding="utf-8")
        files = environment_files.put_there(
            str(place.parent), str(place), {}, environment_files.listing(str(place))
        )
        assert files is not None
        return files, place

    def keep(self, pip: KeptEnvironments, key: str = "key", text: str = "X = 1\n") -> Path:
        files, place = self.filled(text)
        pip.keep(key, files, str(place))
        return place

    def copy(self, pip: KeptEnvironments, key: str = "key") -> str | None:
        place = self.place()
        if not pip.copy(key, str(place), str(place.parent)):
            assert not place.exists()
            return None
        return (place / SOURCE).read_text(encoding="utf-8")

    def kept(self) -> list[str]:
        return sorted(path.name for path in self.store.iterdir())


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_another_pip_copies_what_one_has_kept(room: Room) -> None:
    assert room.copy(room.pip()) is None
    room.keep(room.pip())
    assert room.copy(room.pip()) == "X = 1\n"
    assert room.copy(room.pip(), "other") is None


def test_what_is_kept_stays_as_it_is(room: Room) -> None:
    pip = room.pip()
    place = room.keep(pip)
    (place / SOURCE).write_text("X = 2\n", encoding="utf-8")
    assert room.copy(pip) == "X = 1\n"
    room.keep(pip, text="X = 3\n")
    assert room.copy(pip) == "X = 1\n"


def test_what_was_changed_before_is_not_kept(room: Room) -> None:
    files, place = room.filled()
    (place / SOURCE).write_text("X = 2\n", encoding="utf-8")
    room.pip().keep("key", files, str(place))
    assert room.kept() == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes().replace(b"X = 1", b"X = 2")),
        lambda path: path.write_bytes(path.read_bytes()[:-40]),
        lambda path: path.write_bytes(b""),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: shutil.copy(path.with_name("other"), path),
    ],
)
def test_what_was_damaged_is_kept_again(room: Room, damage: Callable[[Path], object]) -> None:
    room.keep(room.pip(), "other", "X = 9\n")
    room.keep(room.pip())
    damage(room.store / "key")
    assert room.copy(room.pip()) is None
    assert room.kept() == ["other"]
    room.keep(room.pip())
    assert room.copy(room.pip()) == "X = 1\n"


def _imported(place: Path, name: str = "x") -> None:
    (place / "lib" / "__pycache__").mkdir(exist_ok=True)
    path = place / compiled.path_for(environment_files.File(f"lib/{name}.py", "", 0))
    path.write_bytes(b"what a build has put there")


def test_modules_are_compiled_from_what_is_kept(room: Room) -> None:
    first = room.pip()
    place = room.keep(first)
    assert first.modules("key") == []
    _imported(place)
    (place / SOURCE).write_text("X = 2\n", encoding="utf-8")
    first.compile_modules()
    (module,) = room.pip().modules("key")
    other = room.filled()[1]
    compiled.put(str(other), [module])
    (fresh,) = compiled.compile_modules(
        str(other),
        room.filled()[0].files,
        environment_files.contents_in(str(other)),
        {},
    )
    assert module.path == fresh.path
    # The digest of the source that Python compares (PEP 552).
    assert module.content[:16] == fresh.content[:16]
    # Nothing new was imported.
    before = (room.store / "key-modules").stat().st_ino
    first.compile_modules()
    assert (room.store / "key-modules").stat().st_ino == before


def test_modules_that_were_damaged_are_not_used(room: Room) -> None:
    pip = room.pip()
    _imported(room.keep(pip))
    pip.compile_modules()
    path = room.store / "key-modules"
    whole = path.read_bytes()
    path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    assert pip.modules("key") == []
    assert not path.exists()
    pip.compile_modules()
    assert len(pip.modules("key")) == 1


def test_what_the_rules_leave_no_choice_about(room: Room) -> None:
    assert room.pip().pinned("pinned") is None
    room.pip().note_pinned("pinned", PINNED)
    assert room.pip().pinned("pinned") == PINNED
    path = room.store / "pinned-pinned"
    path.write_bytes(path.read_bytes().replace(b"1.0", b"1.1"))
    assert room.pip().pinned("pinned") is None
    assert not path.exists()


def test_little_is_kept_for_long(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        room.keep(room.pip(), f"key{number}")
        old = time.time() - 1000 * (3 - number)
        os.utime(room.store / f"key{number}", (old, old))
    size = (room.store / "key0").stat().st_size
    # What is used counts as new.
    assert room.copy(room.pip(), "key0") is not None
    monkeypatch.setattr(kept_environments, "LIMIT", 3 * size)
    room.keep(room.pip(), "key3")
    assert room.kept() == ["key0", "key2", "key3"]
    monkeypatch.setattr(kept_environments, "AGE", 500.0)
    abandoned = room.store / ".pip-build-override-1"
    abandoned.touch()
    os.utime(abandoned, (0, 0))
    (room.store / ".pip-build-override-2").touch()
    room.keep(room.pip(), "key4")
    assert room.kept() == [".pip-build-override-2", "key0", "key3", "key4"]


def test_what_is_too_large_is_not_kept(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_environments, "_LARGEST", 3)
    room.keep(room.pip())
    assert room.kept() == []


def test_a_cache_that_cannot_be_used(room: Room) -> None:
    (room.room / "cache").touch()
    pip = room.pip()
    _imported(room.keep(pip))
    pip.note_pinned("pinned", PINNED)
    pip.compile_modules()
    assert pip.pinned("pinned") is None
    assert pip.modules("key") == []
    assert room.copy(pip) is None


def test_what_another_pip_has_purged(room: Room) -> None:
    pip = room.pip()
    _imported(room.keep(pip))
    shutil.rmtree(room.store)
    pip.compile_modules()
    assert room.copy(pip) is None
    room.keep(pip)
    assert room.copy(pip) == "X = 1\n"
    assert stat.S_ISREG((room.store / "key").lstat().st_mode)
