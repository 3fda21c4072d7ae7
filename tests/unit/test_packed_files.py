"""The files of a build environment in one file: all of it is as it was written, or nothing is used."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Callable, Iterator

import pytest

from pip_build_override.in_pip.builds import environment_files, packed_files
from pip_build_override.in_pip.builds.environment_files import File, Files, Unfit

CONTENTS = {"lib/x.py": b"X = 1\n", "lib/empty": b"", "bin/x": b"#!/python\n" * 50}
FILES = Files(
    "/tmp/pip-build-env-abcdefgh",
    tuple(File(path, hashlib.sha256(text).hexdigest(), 0o644) for path, text in CONTENTS.items()),
    (("bin", 0o755), ("lib", 0o700)),
)


def _contents(file: File) -> Iterator[bytes]:
    return iter((CONTENTS[file.path],))


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    packed_files.write(str(tmp_path / "packed"), "name", FILES, _contents, 1 << 20)
    return tmp_path / "packed"


def _read(path: Path) -> tuple[Files, dict[str, bytes]]:
    with packed_files.opened(str(path), "name") as (files, contents):
        return files, {file.path: b"".join(contents(file)) for file in files.files}


@pytest.mark.parametrize("small", [environment_files.SMALL, 7])
def test_what_is_written_is_read(packed: Path, small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_files, "SMALL", small)
    assert _read(packed) == (FILES, CONTENTS)


def test_every_byte_counts(packed: Path, tmp_path: Path) -> None:
    whole = packed.read_bytes()
    for position in {*range(0, len(whole), 23), *range(len(whole) - 40, len(whole))}:
        packed.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        with pytest.raises(Unfit), packed_files.opened(str(packed), "name") as (files, contents):
            environment_files.copy(files, contents, str(tmp_path / "copy"), files.root)
        assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("cut", [lambda whole: whole[:-1], lambda whole: whole[3:], lambda _: b""])
def test_a_part_of_one(packed: Path, cut: Callable[[bytes], bytes]) -> None:
    packed.write_bytes(cut(packed.read_bytes()))
    with pytest.raises(Unfit), packed_files.opened(str(packed), "name") as (files, contents):
        environment_files.copy(files, contents, str(packed.parent / "copy"), files.root)


def test_one_of_another_format(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_files, "_FORMAT", 99)
    with pytest.raises(Unfit, match="not of format 99"):
        _read(packed)


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="too large"):
        packed_files.write(str(tmp_path / "packed"), "name", FILES, _contents, 400)
    with pytest.raises(Unfit, match=r"lib/x\.py was changed"):
        packed_files.write(str(tmp_path / "packed"), "name", FILES, lambda file: iter((b"",)), 1 << 20)


def test_the_file_of_another_one(packed: Path) -> None:
    with pytest.raises(Unfit, match="it is the one of name"), packed_files.opened(str(packed), "other"):
        pass


def test_something_else_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="not a file"):
        _read(Path(os.devnull))
    if hasattr(os, "mkfifo"):
        # Nobody writes to it.
        os.mkfifo(tmp_path / "packed")
        with pytest.raises(Unfit, match="not a file"):
            _read(tmp_path / "packed")
