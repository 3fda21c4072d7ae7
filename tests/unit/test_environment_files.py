"""Files of build environments: what pip has put there is copied as it was, or not at all."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
from pathlib import Path
from typing import Callable

import pytest

from pip_build_override.frozen import replace
from pip_build_override.in_pip.builds import environment_files
from pip_build_override.in_pip.builds.environment_files import Files, Unfit

SITE = "lib/python3/site-packages"


class Room:
    """An environment that pip has filled, and a place for another one."""

    def __init__(self, room: Path) -> None:
        self.root = room / "pip-build-env-aaaaaaaa"
        self.other = room / "pip-build-env-bbbbbbbb"
        self.other.mkdir()
        self.source, self.target = self.root / "overlay", self.other / "overlay"
        self.write(f"{SITE}/x/__init__.py", b"X = 1")
        self.write("bin/x", f"#!{self.root}/bin/python\nrun()".encode(), 0o755)
        rows = f"../../../bin/x,{self.digest('bin/x')},9\n"
        rows += f"x/__init__.py,{self.digest(f'{SITE}/x/__init__.py')},5\n"
        self.write(f"{SITE}/x-1.dist-info/RECORD", f"{rows}x-1.dist-info/RECORD,,\n".encode())

    def write(self, path: str, content: bytes, mode: int = 0o644) -> None:
        file = self.source / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(mode)

    def digest(self, path: str, at: Path | None = None) -> str:
        content = ((at or self.source) / path).read_bytes()
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
        return f"sha256={digest.decode()}"

    def files(self) -> Files | None:
        listing = environment_files.listing(str(self.source))
        return environment_files.put_there(str(self.root), str(self.source), {}, listing)

    def copy(self, files: Files) -> None:
        contents = environment_files.contents_in(str(self.source))
        environment_files.copy(files, contents, str(self.target), str(self.other))


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def _taken(room: Room) -> Files:
    files = room.files()
    assert files is not None
    return files


def test_a_copy_is_what_pip_would_have_put_there(room: Room) -> None:
    room.copy(_taken(room))
    before = environment_files.listing(str(room.source))
    after = environment_files.listing(str(room.target))
    assert {path: seen.st_mode for path, seen in before.items()} == {
        path: seen.st_mode for path, seen in after.items()
    }
    assert (room.target / SITE / "x" / "__init__.py").read_bytes() == b"X = 1"
    script = (room.target / "bin" / "x").read_text(encoding="utf-8")
    assert script.splitlines()[0] == f"#!{room.other}/bin/python"
    record = (room.target / SITE / "x-1.dist-info" / "RECORD").read_text(encoding="utf-8")
    assert room.digest("bin/x", room.target) in record
    assert room.digest("bin/x") not in record
    # No name of the copy leads to a file of the original.
    assert all(seen.st_nlink == 1 for seen in after.values() if stat.S_ISREG(seen.st_mode))


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"#")


def _same_size(path: Path) -> None:
    status = path.stat()
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _link(path: Path) -> None:
    moved = path.with_name("moved")
    path.rename(moved)
    path.symlink_to(moved)


def _directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    if hasattr(os, "mkfifo"):
        # Without anything that will ever write to it.
        os.mkfifo(path)


CHANGES = [_append, _same_size, Path.unlink, _link, _directory, _pipe]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    "path", [f"{SITE}/x/__init__.py", "bin/x", f"{SITE}/x-1.dist-info/RECORD", "large"]
)
def test_what_a_build_has_changed(
    room: Room, path: str, change: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    room.write("large", bytes(range(256)) * 4)
    monkeypatch.setattr(environment_files, "SMALL", 512)
    files = _taken(room)
    change(room.source / path)
    with pytest.raises(Unfit):
        room.copy(files)
    assert list(room.other.iterdir()) == []


def test_what_a_build_has_added_or_allowed_is_not_copied(room: Room) -> None:
    files = _taken(room)
    room.write(f"{SITE}/sitecustomize.py", b"bad")
    (room.source / SITE / "x" / "__init__.py").chmod(0o777)
    room.copy(files)
    assert not (room.target / SITE / "sitecustomize.py").exists()
    assert stat.S_IMODE((room.target / SITE / "x" / "__init__.py").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (f"{SITE}/x.pth", "{root}/lib"),
        ("bin/y", "#!{root}/bin/python\n\0"),
        ("bin/y", "no script {root}"),
        ("bin/y", "#!{root}\n{name}"),
        (f"{SITE}/x.json", "file:///tmp/{name}"),
    ],
)
@pytest.mark.parametrize("small", [1 << 20, 5])
def test_a_path_in_an_unknown_place(
    room: Room, path: str, content: str, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment_files, "SMALL", small)
    room.write(path, content.format(root=room.root, name=room.root.name).encode())
    with pytest.raises(Unfit, match="path of its environment"):
        room.copy(_taken(room))


def test_an_environment_with_a_path_of_another_length(room: Room) -> None:
    files = replace(_taken(room), root=f"{room.root}x")
    with pytest.raises(Unfit, match="is not like"):
        room.copy(files)


def test_a_file_that_is_there_already(room: Room) -> None:
    (room.target / "bin").mkdir(parents=True)
    (room.target / "bin" / "x").write_bytes(b"mine")
    with pytest.raises(Unfit):
        room.copy(_taken(room))
    assert [path.name for path in room.target.rglob("*")] == ["bin", "x"]
    assert (room.target / "bin" / "x").read_bytes() == b"mine"


def test_a_copy_that_is_kept_gets_the_directories_that_were_there(room: Room) -> None:
    before = environment_files.listing(str(room.source))
    room.write(f"{SITE}/y.py", b"Y")
    after = environment_files.listing(str(room.source))
    files = environment_files.put_there(str(room.root), str(room.source), before, after)
    assert files is not None
    contents = environment_files.contents_in(str(room.source))
    environment_files.copy(files, contents, str(room.root / "kept"), str(room.root))
    copied = [path for path in (room.root / "kept").rglob("*") if path.is_file()]
    assert copied == [room.root / "kept" / SITE / "y.py"]


def test_a_pass_that_does_more_than_to_add_files(room: Room) -> None:
    before = environment_files.listing(str(room.source))
    _append(room.source / SITE / "x" / "__init__.py")
    after = environment_files.listing(str(room.source))
    assert environment_files.put_there(str(room.root), str(room.source), before, after) is None
    assert not environment_files.is_unchanged(before, after)
    (room.source / SITE / "x" / "__init__.py").unlink()
    after = environment_files.listing(str(room.source))
    assert environment_files.put_there(str(room.root), str(room.source), before, after) is None


def test_what_is_not_copied_at_all(room: Room) -> None:
    room.write(f"{SITE}/__pycache__/x.pyc", b"compiled")
    assert room.files() is None
    listing = environment_files.listing(str(room.source))
    assert not any("__pycache__" in path for path in environment_files.without_compiled(listing))
    (room.source / SITE / "__pycache__" / "x.pyc").unlink()
    (room.source / SITE / "__pycache__").rmdir()
    (room.source / "link").symlink_to("bin")
    assert room.files() is None


def test_a_record_that_cannot_be_read(room: Room) -> None:
    room.write(f"{SITE}/x-1.dist-info/RECORD", b"x,sha256=?\n\xff\n")
    room.copy(_taken(room))


def test_no_directory(tmp_path: Path) -> None:
    assert environment_files.listing(str(tmp_path / "none")) == {}
