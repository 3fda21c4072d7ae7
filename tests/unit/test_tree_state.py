"""What a build backend has written to a source tree."""

from __future__ import annotations

import os
from pathlib import Path

from pip_build_override.in_pip.builds.tree_state import TreeState

from .test_leftovers import _write


def test_changes(tmp_path: Path) -> None:
    _write(tmp_path, "setup.py", "src/x/__init__.py", "gone", "x.egg-info/PKG-INFO", "empty/file")
    (tmp_path / "empty" / "file").unlink()
    state = TreeState(str(tmp_path))
    assert state.changes() == ((), (), (), ())
    _write(tmp_path, "new/deep/file", "src/x/_version.py", "empty/now", "y.egg-info/PKG-INFO")
    _write(tmp_path, "src/__pycache__/x.pyc", ".git/index", "x.egg-info/new")
    _write(tmp_path, "x.egg-info/PKG-INFO", "src/x/__init__.py", content=b"changed")
    (tmp_path / "gone").unlink()
    changes = state.changes()
    assert changes.new == (
        "empty/now",
        "new",
        "src/x/_version.py",
        "x.egg-info",
        "x.egg-info/new",
        "y.egg-info",
    )
    assert changes.changed == ("gone", "src/x/__init__.py")


def write_unseen(path: Path) -> None:
    """Change a file, and give it its former size and modification time."""
    before = os.stat(path)
    path.write_bytes(b"!" * before.st_size)
    # The clock of a file system may tick a few times in a hundredth of a second only.
    while os.stat(path).st_ctime_ns == before.st_ctime_ns:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_what_only_the_change_time_shows(tmp_path: Path) -> None:
    _write(tmp_path, "kept", "written")
    state = TreeState(str(tmp_path))
    write_unseen(tmp_path / "written")
    assert state.changes() == ((), (), ("written",), ())


def test_another_link_to_a_file(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    _write(tree, "kept", "shared")
    state = TreeState(str(tree))
    os.link(tree / "shared", tmp_path / "link")
    assert state.changes() == ((), (), (), ("shared",))
