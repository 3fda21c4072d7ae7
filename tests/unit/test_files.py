"""Files that are read or replaced whole."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from pip_build_override import files


def test_digest(tmp_path: Path) -> None:
    data = b"0123456789" * 300_000
    (tmp_path / "large").write_bytes(data)
    assert files.sha256_of_file(str(tmp_path / "large")) == hashlib.sha256(data).hexdigest()


def test_a_document_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "document.json"
    files.write_json(str(path), {"a": [1, "\u00e9"]})
    files.write_json(str(path), {"b": None})
    assert files.read_json(str(path)) == {"b": None}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"1", b"\xff"])
def test_what_is_no_document(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "document.json"
    path.write_bytes(content)
    assert files.read_json(str(path)) is None
    assert files.read_json(str(tmp_path / "missing.json")) is None


def test_names_are_unique() -> None:
    assert len({files.unique() for _ in range(100)}) == 100


def test_a_missing_file_has_no_content(tmp_path: Path) -> None:
    assert files.read_whole(str(tmp_path / "missing")) is None
    (tmp_path / "there").write_bytes(b"1")
    assert files.read_whole(str(tmp_path / "there")) == b"1"


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("step", ["writer", "fsync", "chmod", "replace"])
def test_nothing_is_left_of_what_could_not_be_written(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    content: files.Content = b"new"
    if step == "writer":
        content = full
    else:
        monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space"):
        files.replace_whole(str(path), content, mode=0o600, lasting=True)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"a": b"old"}


def test_what_is_written_by_a_function(tmp_path: Path) -> None:
    path = tmp_path / "a"

    def write(scratch: str) -> None:
        assert Path(scratch).parent == tmp_path
        Path(scratch).write_bytes(b"new")

    files.replace_whole(str(path), write, mode=0o640)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files.replace_whole("a", b"new", lasting=True)
    assert (tmp_path / "a").read_bytes() == b"new"


def test_a_link_is_replaced_only_if_it_may_be(tmp_path: Path) -> None:
    theirs, link = tmp_path / "theirs", tmp_path / "link"
    theirs.write_bytes(b"theirs")
    link.symlink_to(theirs)
    with pytest.raises(OSError, match="it is a link, to "):
        files.replace_whole(str(link), b"new")
    assert link.is_symlink()
    files.replace_whole(str(link), b"new", over_link=True)
    assert (link.is_symlink(), link.read_bytes(), theirs.read_bytes()) == (False, b"new", b"theirs")
    with pytest.raises(OSError, match="not a regular file"):
        files.replace_whole(str(tmp_path), b"new", over_link=True)


def test_the_digests_of_a_record(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"content")
    digest = files.record_digest(b"content")
    assert digest == "7XACtDnprIRfIjV9giusFERzD722AW0-yUMil7nsn3M"
    assert files.is_as_recorded(str(path), f"sha256={digest}")
    assert files.is_as_recorded(str(path), f"sha256={digest}=")
    other = files.record_digest(b"other")
    for recorded in ("", "sha256=", "sha256", f"md6={digest}", "shake_128=", f"sha256={other}"):
        assert not files.is_as_recorded(str(path), recorded)
    assert not files.is_as_recorded(str(tmp_path / "missing"), f"sha256={digest}")
