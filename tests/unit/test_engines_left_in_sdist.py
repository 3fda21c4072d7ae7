"""Compiled files that an earlier build left, in the sdist of which all cells are built."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

import pytest

from pip_build_override.engines.left_in_sdist import refuse_left
from pip_build_override.matrix.build_failure import NotBuilt
from pip_build_override.matrix.results import NOT_BUILT

from ..support.hints import follows

MODULE = "src/m/_c.cpython-311-x86_64-linux-gnu.so"


def project(tmp_path: Path, *files: str) -> Path:
    root = tmp_path / "m-1.0"
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return root


def sdist(root: Path) -> Path:
    path = root.with_suffix(".tar.gz")
    with tarfile.open(path, "w:gz") as archive:
        archive.add(root, "m-1.0", filter=lambda member: None if ".git" in member.name else member)
    return path


def refused(root: Path) -> NotBuilt:
    with pytest.raises(NotBuilt) as caught:
        refuse_left(sdist(root), str(root))
    assert caught.value.state == NOT_BUILT
    return caught.value


@pytest.mark.parametrize(
    "left",
    [
        MODULE,
        "src/m/_c.abi3.so",
        "src/m/_c.pyd",
        "src/m/_c.o",
        "build/temp.linux-x86_64-3.11/a.o",
    ],
)
def test_left_by_a_build(tmp_path: Path, left: str) -> None:
    root = project(tmp_path, "src/m/_c.c", left)
    error = refused(root)
    assert error.reason.endswith(f"an earlier build left in the project: {left}")
    follows("remove these files from the project, or exclude them from the sdist", error.hints[0])
    (root / left).unlink()
    refuse_left(sdist(root), str(root))


def test_shipped(tmp_path: Path) -> None:
    root = project(tmp_path, "src/m/_c.c", "src/m/blob.o", "src/m/libdata.so", "src/m/model.obj")
    refuse_left(sdist(root), str(root))


def test_tracked(tmp_path: Path) -> None:
    root = project(tmp_path, "src/m/_c.c", MODULE, "src/m/blob.o")
    for command in ("init", "add ."):
        subprocess.run(["git", *command.split()], cwd=root, check=True, capture_output=True)
    refuse_left(sdist(root), str(root))
    (root / "src/m/other.o").touch()
    assert refused(root).reason.endswith(": src/m/other.o")


def test_no_sdist(tmp_path: Path) -> None:
    path = tmp_path / "m-1.0.tar.gz"
    path.write_bytes(b"")
    refuse_left(path, str(tmp_path))
