"""What is imported after a run of pip that does not put all that it resolves into effect."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from pip_build_override.in_pip.target.installed import Copy, Unclear
from pip_build_override.in_pip.target.placement import Placement
from pip_build_override.in_pip.target.target import installed

from .test_installed import NAME, files, put, write

MODULE = {f"{NAME}.py": "2"}


def wheel(directory: Path, contents: dict[str, str]) -> str:
    path = directory / f"{NAME}-2.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**contents, f"{NAME}-2.0.dist-info/METADATA": ""}.items():
            archive.writestr(name, text)
    return str(path)


def copies(*sites: Path) -> list[Copy]:
    return installed.copies(map(str, sites)).get(NAME, [])


def stays(placement: Placement, found: list[Copy], *sites: Path, wheel: str = "") -> str | None:
    copy = placement.stays(NAME, "2.0", wheel, found, list(map(str, sites)))
    return copy.version if copy is not None else None


@pytest.mark.parametrize("at_hand", [True, False])
def test_a_target_directory_without_upgrade(tmp_path: Path, at_hand: bool) -> None:
    there = tmp_path / "there"
    put(there, "1.0", files("1.0"))
    coming = wheel(tmp_path, files("2.0")) if at_hand else ""
    without, with_upgrade = Placement(target=str(there)), Placement(target=str(there), upgrade=True)
    assert stays(without, copies(there), wheel=coming) == "1.0"
    assert stays(with_upgrade, copies(there), wheel=coming) is None
    anyway = without.stays_anyway(copies(there), [str(there)])
    assert anyway is not None
    assert anyway.version == "1.0"
    assert with_upgrade.stays_anyway(copies(there), [str(there)]) is None
    assert without.stays_anyway([], [str(there)]) is None


def test_a_target_directory_with_that_very_version(tmp_path: Path) -> None:
    put(tmp_path, "2.0", files("2.0"))
    assert stays(Placement(target=str(tmp_path)), copies(tmp_path)) is None


@pytest.mark.parametrize("upgrade", [True, False])
def test_a_target_directory_with_a_link(tmp_path: Path, upgrade: bool) -> None:
    there = tmp_path / "there"
    put(there, "1.0", files("1.0"))
    (there / NAME).rename(tmp_path / "elsewhere")
    (there / NAME).symlink_to(tmp_path / "elsewhere")
    placement = Placement(target=str(there), upgrade=upgrade)
    if upgrade:
        with pytest.raises(Unclear, match="pip keeps some of its files"):
            stays(placement, copies(there), wheel=wheel(tmp_path, files("2.0")))
    else:
        assert stays(placement, copies(there), wheel=wheel(tmp_path, files("2.0"))) == "1.0"


@pytest.mark.parametrize("at_hand", [True, False])
def test_a_target_directory_with_files_that_nothing_tells_of(tmp_path: Path, at_hand: bool) -> None:
    there = tmp_path / "there"
    write(there / f"{NAME}" / "__init__.py", "")
    coming = wheel(tmp_path, files("2.0")) if at_hand else ""
    with pytest.raises(Unclear, match="already exists without metadata"):
        stays(Placement(target=str(there)), [], wheel=coming)
    assert stays(Placement(target=str(there), upgrade=True), [], wheel=coming) is None
    other = tmp_path / "other"
    write(other / "unrelated.py", "")
    assert stays(Placement(target=str(other)), [], wheel=coming) is None


def test_a_target_directory_in_which_a_package_becomes_a_module(tmp_path: Path) -> None:
    there = tmp_path / "there"
    put(there, "1.0", files("1.0"))
    for upgrade in (True, False):
        with pytest.raises(Unclear, match="pip keeps some of its files"):
            stays(
                Placement(target=str(there), upgrade=upgrade),
                copies(there),
                wheel=wheel(tmp_path, MODULE),
            )


def test_a_target_directory_in_which_a_module_becomes_a_package(tmp_path: Path) -> None:
    there = tmp_path / "there"
    put(there, "1.0", MODULE)
    placement = Placement(target=str(there), upgrade=True)
    assert stays(placement, copies(there), wheel=wheel(tmp_path, files("2.0"))) is None


def test_a_target_directory_whose_files_are_gone(tmp_path: Path) -> None:
    there = tmp_path / "there"
    put(there, "1.0", files("1.0"))
    for path in files("1.0"):
        (there / path).unlink()
    (there / NAME).rmdir()
    placement = Placement(target=str(there))
    assert stays(placement, copies(there), wheel=wheel(tmp_path, files("2.0"))) is None


def test_a_copy_that_comes_first_on_the_path(tmp_path: Path) -> None:
    first, site = tmp_path / "first", tmp_path / "site"
    put(first, "1.0", files("1.0"))
    placement = Placement((str(site),), uninstalls=True)
    with pytest.raises(Unclear, match="comes before it on sys.path"):
        stays(placement, copies(first, site), first, site)
    assert stays(placement, copies(site, first), site, first) is None
    # pip takes the one away that it finds installed, if that is its own.
    inside = Path(sys.prefix)
    own = [Copy(NAME, str(inside / "first"), copies(first)[0].distribution)]
    assert stays(placement, own, inside / "first", site) is None
    ignoring = Placement((str(site),), uninstalls=False)
    with pytest.raises(Unclear):
        stays(ignoring, own, inside / "first", site)
    # Somewhere that is not on the path.
    assert stays(placement, copies(first, site), first) is None


def test_a_copy_of_the_first_pass_of_a_build_environment(tmp_path: Path) -> None:
    first, second = tmp_path / "overlay", tmp_path / "normal"
    put(first, "1.0", files("1.0"))
    placement = Placement((str(second),), build_environment=True)
    assert stays(placement, copies(first, second), first, second) == "1.0"
    anyway = placement.stays_anyway(copies(first, second), [str(first), str(second)])
    assert anyway is not None
    assert anyway.version == "1.0"
    # In a virtual environment both passes go into one directory.
    both = Placement((str(first),), build_environment=True)
    assert stays(both, copies(first), first) is None
    assert both.stays_anyway(copies(first), [str(first)]) is None
