"""Whether a change of a lent file is found out, however it is covered up."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import Callable

import pytest

from pip_build_override.in_pip.lending.snapshot import Lent

CONTENT = b"\0" * 100


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A file that is lent."""
    path = tmp_path / "site" / "larder" / "core.so"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    return path


def _lent(library: Path, *, recorded: bytes = CONTENT, algorithm: str = "sha256") -> Lent:
    digest = base64.urlsafe_b64encode(hashlib.new(algorithm, recorded).digest()).rstrip(b"=").decode()
    site = library.parent.parent
    lent = Lent(str(site), ["larder/core.so"], {"larder/core.so": f"{algorithm}={digest}"})
    lent.watch("larder/core.so")
    assert lent.changed() == ""
    return lent


def _write(path: Path) -> None:
    with open(path, "r+b") as file:
        file.write(b"other")


def _truncate(path: Path) -> None:
    os.truncate(path, 0)
    os.truncate(path, len(CONTENT))
    with open(path, "r+b") as file:
        file.write(b"\1" * len(CONTENT))


def _map(path: Path) -> None:
    import mmap

    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        mapped[0] = 1


def _replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(CONTENT)
    os.replace(other, path)


@pytest.mark.parametrize(
    "change",
    [_write, _truncate, _map, _replace, lambda path: path.chmod(0o777), Path.unlink],
    ids=["writes", "truncates", "maps", "replaces", "changes the mode", "deletes"],
)
def test_a_change_of_which_the_time_is_set_back(library: Path, change: Callable[[Path], None]) -> None:
    lent = _lent(library)
    status = library.stat()
    change(library)
    if library.exists():
        os.utime(library, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert lent.changed() == str(library)
    # Found once, it stays found.
    assert lent.changed() == str(library)


def test_another_link_is_no_change(library: Path) -> None:
    lent = _lent(library)
    os.link(library, library.parent.parent / "linked")
    assert lent.changed() == ""
    assert lent.changed() == ""


@pytest.mark.parametrize("algorithm", ["sha256", "sha512", "md5"])
def test_another_link_of_what_is_not_as_recorded(library: Path, algorithm: str) -> None:
    lent = _lent(library, recorded=CONTENT if algorithm == "md5" else b"more", algorithm=algorithm)
    os.link(library, library.parent.parent / "linked")
    assert lent.changed() == str(library)


def test_our_own_link_is_no_change(library: Path) -> None:
    lent = _lent(library, recorded=b"more")
    os.link(library, library.parent.parent / "linked")
    lent.note_own_link("larder/core.so")
    assert lent.changed() == ""
    _write(library)
    lent.note_own_link("larder/core.so")
    assert lent.changed() == str(library)


def test_an_extended_attribute(library: Path) -> None:
    setxattr = getattr(os, "setxattr", None)
    lent = _lent(library)
    if setxattr is None:
        return
    setxattr(library, "user.note", b"other")
    assert lent.changed() == str(library)


def test_a_library_beside_the_distribution(library: Path) -> None:
    lent = _lent(library)
    other = library.parent.parent.parent / "libother.so"
    other.write_bytes(CONTENT)
    lent.watch(str(other))
    assert lent.changed() == ""
    status = other.stat()
    _write(other)
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert lent.changed() == str(other)
