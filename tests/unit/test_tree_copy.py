"""Copies of source trees: without what is left there, and otherwise the same from inside."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds import git_checkout, leftovers, tree_copy

from ..support.hints import follows
from .test_leftovers import _commit, _git, _write


def _asked(directory: Path, *arguments: str) -> str:
    git = shutil.which("git")
    assert git, "git is needed for these tests"
    done = subprocess.run(
        [git, "-C", str(directory), *arguments], check=True, capture_output=True, encoding="utf-8"
    )
    return done.stdout.strip()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project, with something beside it."""
    tree = tmp_path / "work" / "tree"
    _write(tree, "setup.py", "src/x/__init__.py", content=b"")
    _write(tree, "build/temp.linux/x.o", "src/x/fast.so")
    _write(tmp_path / "work", "beside/VERSION", content=b"1.0")
    return tree


def _copied(tree: Path, tmp_path: Path, *leave_out: str) -> Path:
    return Path(tree_copy.copy(str(tree), str(tmp_path / "run" / "sources"), leave_out))


def _all(tree: Path) -> list[str]:
    return sorted(path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file())


def test_left_out(tree: Path, tmp_path: Path) -> None:
    os.utime(tree / "setup.py", (1, 1))
    (tree / "src").chmod(0o555)
    try:
        new = _copied(tree, tmp_path, "build", "src/x/fast.so")
    finally:
        (tree / "src").chmod(0o755)
    assert new.name == "tree"
    assert _all(new) == ["setup.py", "src/x/__init__.py"]
    assert (new / "setup.py").stat().st_mtime == 1
    assert (new / ".." / "beside" / "VERSION").read_text(encoding="utf-8") == "1.0"
    tree_copy.discard(str(tmp_path / "run" / "sources"))
    assert not (tmp_path / "run" / "sources").exists()
    assert (tmp_path / "work" / "beside" / "VERSION").exists()


def test_links(tree: Path, tmp_path: Path) -> None:
    (tree / "inside").symlink_to(tree / "src")
    (tree / "beside").symlink_to("../beside")
    (tree / "dangling").symlink_to("nowhere")
    deep = tmp_path / "deep" / "a" / "b" / "c" / "d"
    shutil.copytree(tree, deep / "tree", symlinks=True)
    (deep / "tree" / "far").symlink_to(os.path.join(*[".."] * 6, "work", "beside"))
    new = _copied(deep / "tree", tmp_path)
    assert (new / "far" / "VERSION").is_file()
    new = Path(tree_copy.copy(str(tree), str(tmp_path / "run" / "other"), ()))
    assert (new / "inside").resolve() == new / "src"
    assert (new / "beside" / "VERSION").is_file()
    assert os.readlink(new / "dangling") == "nowhere"


def test_no_environments_and_no_pipes(tree: Path, tmp_path: Path) -> None:
    _write(tree, ".venv/pyvenv.cfg", ".tox/py/x")
    os.mkfifo(tree / "pipe")
    assert {path.name for path in _copied(tree, tmp_path).iterdir()} == {"setup.py", "src", "build"}


def test_into_the_tree_itself(tree: Path) -> None:
    place = tree / "tmp" / "run" / "sources"
    new = Path(tree_copy.copy(str(tree), str(place), ("build",)))
    assert "setup.py" in _all(new)
    assert not (new / "tmp" / "run").exists()


def test_a_checkout(tree: Path, tmp_path: Path) -> None:
    shutil.rmtree(tree / "build")
    (tree / "src" / "x" / "fast.so").unlink()
    _commit(tree)
    _git(tree, "tag", "-a", "-m", "A release", "v1.0")
    _write(tree, "build/temp.linux/x.o")
    index = (tree / ".git" / "index").read_bytes()
    new = _copied(tree, tmp_path, "build")
    assert _asked(new, "describe", "--dirty", "--tags") == "v1.0"
    assert _asked(new, "rev-parse", "--show-toplevel") == str(new)
    (new / "setup.py").write_text("#", encoding="utf-8")
    assert _asked(new, "describe", "--dirty", "--tags") == "v1.0-dirty"
    assert (tree / ".git" / "index").read_bytes() == index


def test_a_project_in_a_checkout(tree: Path, tmp_path: Path) -> None:
    repository = tree.parent
    _write(repository, "scripts/tool.py", ".gitignore", content=b"")
    _commit(repository)
    _git(repository, "tag", "-a", "-m", "A release", "v2.0")
    _write(repository, "data/large", "beside/new", "beside/x.o", content=b"")
    new = _copied(tree, tmp_path, "build")
    assert new.name == "tree"
    # build is tracked here, and left out: git sees that, and nothing else.
    assert _asked(new, "status", "--porcelain", "--untracked-files=no") == "D tree/build/temp.linux/x.o"
    assert (new.parent / "data").is_symlink()
    assert (new.parent / "beside" / "new").is_symlink()
    assert not (new.parent / "beside" / "x.o").exists()
    assert not (new.parent / "beside").is_symlink()


def test_another_working_tree(tree: Path, tmp_path: Path) -> None:
    _commit(tree)
    _git(tree, "tag", "-a", "-m", "A release", "v1.0")
    other = tmp_path / "other"
    _git(tree, "worktree", "add", "-q", str(other))
    assert (other / ".git").is_file()
    new = _copied(other, tmp_path)
    assert _asked(new, "describe", "--dirty", "--tags") == "v1.0"
    assert _asked(new, "rev-parse", "--show-toplevel") == str(new)


def test_a_submodule(tree: Path, tmp_path: Path) -> None:
    _commit(tree)
    whole = tmp_path / "whole"
    _write(whole, "README", content=b"")
    _commit(whole)
    _git(whole, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(tree), "part")
    _git(whole, "commit", "-q", "-m", "A part")
    _git(whole / "part", "tag", "-a", "-m", "A release", "v3.0")
    part = Path(tree_copy.copy(str(whole / "part"), str(tmp_path / "run" / "part"), ()))
    assert _asked(part, "describe", "--dirty", "--tags") == "v3.0"
    assert _asked(part, "rev-parse", "--show-toplevel") == str(part)
    new = Path(tree_copy.copy(str(whole), str(tmp_path / "run" / "whole"), ()))
    assert _asked(new, "status", "--porcelain") == ""
    assert _asked(new / "part", "describe", "--tags") == "v3.0"


@pytest.mark.parametrize("version", ["2", "4"])
def test_tracked_files(tree: Path, version: str) -> None:
    _write(tree, "src/x/" + "long" * 40 + "/name", "umlaut-ä", content=b"")
    _commit(tree)
    _git(tree, "update-index", "--index-version", version)
    repository = git_checkout.around(str(tree / "src" / "x"))
    assert repository is not None
    assert repository.top == str(tree)
    tracked = git_checkout.tracked_files(repository)
    assert tracked == {path for path in _all(tree) if not path.startswith(".git/")}


def test_an_index_that_is_not_known(tree: Path) -> None:
    _commit(tree)
    repository = git_checkout.at(str(tree))
    assert repository is not None
    _git(tree, "update-index", "--split-index")
    assert git_checkout.tracked_files(repository) is None
    (tree / ".git" / "index").write_bytes(b"DIRC")
    assert git_checkout.tracked_files(repository) is None


def test_what_is_no_checkout(tree: Path) -> None:
    assert git_checkout.at(str(tree)) is None
    (tree / ".git").write_text("something else", encoding="utf-8")
    assert git_checkout.at(str(tree)) is None


def test_a_file_that_cannot_be_read(tree: Path, tmp_path: Path) -> None:
    # Root may read all, so a directory takes the place of what is to be copied.
    place = tmp_path / "run" / "sources"
    place.mkdir(parents=True)
    with pytest.raises(OverrideError, match="cannot copy") as caught:
        tree_copy.copy(str(tree), str(place), ("build",))
    said = follows(
        "remove the results of earlier builds there ({}), so that no copy is needed", str(caught.value)
    )
    # Then there is nothing to leave out, and so nothing to copy.
    name = said.partition("(")[2].partition(")")[0]
    shutil.rmtree(tree / name)
    assert leftovers.find(str(tree)).paths == ("src/x/fast.so",)


def test_room_for_a_copy(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(tree_copy._Copying, "directory", full)
        with pytest.raises(OverrideError, match="cannot copy") as caught:
            tree_copy.copy(str(tree), str(tmp_path / "run" / "sources"), ("build",))
    follows("; or set TMPDIR to a directory with more room", str(caught.value))
    tree_copy.copy(str(tree), str(tmp_path / "other" / "sources"), ("build",))


def test_what_cannot_be_taken_out_of_a_copy(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", fail)
        with pytest.raises(OverrideError, match="cannot remove") as caught:
            tree_copy.remove(str(tree), ("build",))
    said = follows("remove {} from the original sources", str(caught.value))
    shutil.rmtree(tree / said.split()[1])
    tree_copy.remove(str(tree), ("build",))


def test_taken_out_of_a_copy(tree: Path) -> None:
    tree_copy.remove(str(tree), ("build", "src/x/fast.so", "not-there"))
    assert _all(tree) == ["setup.py", "src/x/__init__.py"]
