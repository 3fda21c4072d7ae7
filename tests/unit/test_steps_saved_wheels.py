"""Wheels of other rules in the directory of ``pip wheel``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds.manifest import Manifest
from pip_build_override.in_pip.state.cached_wheels import Approved, CachedWheels
from pip_build_override.in_pip.steps.saved_wheels import replace_stale

from ..support.hints import follows
from .fakes import Link, Options, Requirement

NAME = "x-1.0-py3-none-any.whl"


class Room:
    """A cached wheel of some content, and the directory of ``pip wheel``."""

    def __init__(self, room: Path) -> None:
        self.stored, self.directory = room / "cache" / NAME, room / "wheels"
        for path in (self.stored.parent, self.directory):
            path.mkdir()
        self.stored.write_bytes(b"these rules")
        self.saved = self.directory / NAME
        self.cached = CachedWheels()

    def approve(self) -> None:
        stored = Manifest("r")
        self.cached.approve(str(self.stored), Approved("r", stored, Link()))  # type: ignore[arg-type]

    def replace(self, directory: Path | None) -> None:
        options: Any = Options(wheel_dir=str(directory) if directory else None)
        link = Link(f"file://{self.stored}")
        replace_stale(options, [Requirement("x", link)], self.cached)  # type: ignore[list-item]


def test_a_wheel_of_other_rules(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.saved.write_bytes(b"other rules")
    # pip may find it without us.
    room.replace(room.directory)
    assert room.saved.read_bytes() == b"other rules"
    room.approve()
    # pip install has no such directory.
    room.replace(None)
    assert room.saved.read_bytes() == b"other rules"
    room.replace(room.directory)
    assert room.saved.read_bytes() == b"these rules"
    before = room.saved.stat().st_ino
    room.replace(room.directory)
    assert room.saved.stat().st_ino == before


def test_pip_copies_what_is_not_there(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.approve()
    room.replace(room.directory)
    assert not room.saved.exists()


def test_what_cannot_be_replaced(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.approve()
    room.saved.mkdir()
    (room.saved / "file").touch()
    with pytest.raises(OverrideError, match="was built under other rules") as caught:
        room.replace(room.directory)
    path = follows("remove it first: {}", str(caught.value)).partition(": ")[2]
    (Path(path) / "file").unlink()
    Path(path).rmdir()
    room.replace(room.directory)
