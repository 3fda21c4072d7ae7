"""What a build backend has written to a source tree."""

from __future__ import annotations

from pathlib import Path

from pip_build_override.in_pip.builds.tree_state import TreeState

from .test_leftovers import _write


def test_changes(tmp_path: Path) -> None:
    _write(tmp_path, "setup.py", "src/x/__init__.py", "gone", "x.egg-info/PKG-INFO", "empty/file")
    (tmp_path / "empty" / "file").unlink()
    state = TreeState(str(tmp_path))
    assert state.changes() == ((), ())
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
