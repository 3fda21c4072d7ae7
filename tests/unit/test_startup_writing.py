"""Files are changed whole or not at all, and changed back where a later one fails."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import files
from pip_build_override.startup import writing
from pip_build_override.startup.routes import Change


@pytest.fixture
def changes(tmp_path: Path) -> list[Change]:
    """Return one change of each kind."""
    (tmp_path / "sitecustomize.py").write_bytes(b"old")
    (tmp_path / "gone.pth").write_bytes(b"gone")
    return [
        Change(str(tmp_path / "made.py"), None, b"made"),
        Change(str(tmp_path / "sitecustomize.py"), b"old", b"new"),
        Change(str(tmp_path / "gone.pth"), b"gone", None),
    ]


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def test_carried_out_and_undone(changes: list[Change], tmp_path: Path) -> None:
    before = contents(tmp_path)
    writing.carry_out(changes)
    assert contents(tmp_path) == {"made.py": b"made", "sitecustomize.py": b"new"}
    writing.undo(changes)
    assert contents(tmp_path) == before
    writing.undo(changes)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("step", ["open", "fsync", "chmod", "replace", "unlink"])
@pytest.mark.parametrize("count", range(4))
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_fault_at_any_step(
    step: str,
    count: int,
    error: type[BaseException],
    changes: list[Change],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = contents(tmp_path)
    calls = []
    original = open if step == "open" else getattr(os, step)

    def faulty(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        if len(calls) == count + 1:
            raise error
        return original(*args, **kwargs)

    if step == "open":
        monkeypatch.setattr(files, "open", faulty, raising=False)
    else:
        monkeypatch.setattr(os, step, faulty)
    try:
        writing.carry_out(changes)
    except error:
        assert contents(tmp_path) == before
    else:
        assert contents(tmp_path) == {"made.py": b"made", "sitecustomize.py": b"new"}
        assert len(calls) <= count


def test_keeps_mode_and_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sitecustomize.py"
    file.write_bytes(b"old")
    file.chmod(0o640)
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "chown", lambda path, user, group: given.append((user, group)))
    writing.carry_out([Change(str(file), b"old", b"new")])
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert given == []

    standing = os.stat_result((0o100640, 0, 0, 1, 4321, 4322, 0, 0, 0, 0))
    made = file.stat()
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", lambda path: standing if path == "theirs" else made)
        files._take_over("theirs", str(file))
        assert given == [(4321, 4322)]
        patch.delattr(os, "chown")
        files._take_over("theirs", str(file))


@pytest.mark.parametrize(("directory", "mode"), [(0o755, 0o644), (0o700, 0o600), (0o775, 0o644)])
def test_a_new_file_is_readable_to_those_who_can_reach_it(
    directory: int, mode: int, tmp_path: Path
) -> None:
    place = tmp_path / "site-packages"
    place.mkdir()
    place.chmod(directory)
    before = os.umask(0o077)
    try:
        writing.carry_out([Change(str(place / "new.pth"), None, b"new")])
    finally:
        os.umask(before)
    assert stat.S_IMODE((place / "new.pth").stat().st_mode) == mode


def compiled(directory: Path, *names: str) -> Path:
    cache = directory / "__pycache__"
    cache.mkdir()
    for name in names:
        (cache / name).touch()
    return cache


def test_compiled_code_goes(tmp_path: Path) -> None:
    file = tmp_path / "sitecustomize.py"
    cache = compiled(tmp_path, "sitecustomize.cpython-311.pyc", "other.cpython-311.pyc")
    writing.carry_out([Change(str(file), None, b"new")])
    assert [path.name for path in cache.iterdir()] == ["other.cpython-311.pyc"]
    (cache / "other.cpython-311.pyc").rename(cache / "sitecustomize.cpython-311.pyc")
    writing.carry_out([Change(str(file), b"new", None)])
    assert not cache.exists()


def test_compiled_code_that_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise PermissionError

    compiled(tmp_path, "sitecustomize.cpython-311.pyc")
    monkeypatch.setattr(os, "unlink", refuse)
    writing.carry_out([Change(str(tmp_path / "sitecustomize.py"), None, b"new")])
    assert (tmp_path / "sitecustomize.py").read_bytes() == b"new"


def test_what_a_killed_run_has_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sitecustomize.py"
    file.write_bytes(b"old")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "unlink", killed)
    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        writing.carry_out([Change(str(file), b"old", b"new")])
    monkeypatch.undo()
    assert len(contents(tmp_path)) == 2
    writing.sweep(str(tmp_path))
    assert contents(tmp_path) == {"sitecustomize.py": b"old"}
