"""Files that are read or replaced whole."""

from __future__ import annotations

import hashlib
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


def test_nothing_is_left_of_what_could_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.json, "dump", full)
    with pytest.raises(OSError, match="No space"):
        files.write_json(str(tmp_path / "a.json"), {})
    assert list(tmp_path.iterdir()) == []
