"""What is left of the version that the target has, behind the one that pip installed for a build."""

from __future__ import annotations

import sys
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Mapping

import pytest

from pip_build_override.in_pip.builds.hiding import what_is_left
from pip_build_override.in_pip.target.installed import Copy

from .test_installed import NAME, row, write

# Of a library directory, which is three levels below the environment.
_COMMANDS = "../../../bin/"
_POINTS = f"{NAME}-{{}}.dist-info/entry_points.txt"
_DIRECT = f"{NAME}-1.0.dist-info/direct_url.json"
_EXTENDS = '__path__ = __import__("pkgutil").extend_path(__path__, __name__)\n'
_DECLARES = "__import__('pkg_resources').declare_namespace(__name__)\n"
_MODULE = {f"{NAME}/__init__.py": ""}
_TOOL = f"[console_scripts]\ntool = {NAME}:main\n"
_EXTENDED = (
    f"modules in its {NAME} could still be imported, because {NAME}/__init__.py extends its path"
)
_OUTSIDE = "its files outside of the library directory would still be found"

Files = Mapping[str, str]


def _put(room: Path, version: str, files: Files, *, record: bool = True) -> Copy:
    site = room / "lib" / "python3" / "site-packages"
    info = site / f"{NAME}-{version}.dist-info"
    write(info / "METADATA", f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {version}\n")
    for path, text in files.items():
        write(site / path, text)
    if record:
        rows = "".join(row(path, text) for path, text in files.items())
        write(info / "RECORD", f"{rows}{info.name}/RECORD,,\n")
    return Copy(NAME, str(site), PathDistribution(info))


def _left(room: Path, front: Files, behind: Files, *, record: bool = True) -> str:
    seen = _put(room / "target", "1.0", behind, record=record)
    return what_is_left(_put(room / "own", "2.0", front), seen, [seen.site])


@pytest.mark.parametrize(
    ("front", "behind"),
    [
        (_MODULE, {**_MODULE, f"{NAME}/gone.py": "", f"{NAME}/deep/__init__.py": _EXTENDS}),
        ({f"{NAME}.py": ""}, _MODULE),
        ({f"{NAME}.abi3.so": ""}, {f"{NAME}.py": ""}),
        (_MODULE, {f"{NAME}/s.py": ""}),
        # What has no name that can be imported is found only by what is beside it.
        (_MODULE, {**_MODULE, f"{NAME}.libs/lib.so": "", "__pycache__/x.cpython-311.pyc": ""}),
        ({**_MODULE, f"{_COMMANDS}tool": ""}, {**_MODULE, f"{_COMMANDS}tool": ""}),
        ({**_MODULE, f"{_COMMANDS}tool.exe": ""}, {**_MODULE, _POINTS.format("1.0"): _TOOL}),
        (_MODULE, {**_MODULE, f"{_COMMANDS}__pycache__/tool.cpython-311.pyc": ""}),
    ],
)
def test_all_of_it_is_hidden(tmp_path: Path, front: Files, behind: Files) -> None:
    fronts_points = {_POINTS.format("2.0"): behind.get(_POINTS.format("1.0"), "")}
    assert _left(tmp_path, {**front, **fronts_points}, behind) == ""


@pytest.mark.parametrize(
    ("front", "behind", "left"),
    [
        (_MODULE, {**_MODULE, "old.py": ""}, "old could still be imported"),
        (_MODULE, {**_MODULE, "old/x.txt": ""}, "old could still be imported"),
        (
            _MODULE,
            {"a.py": "", "b.py": "", "c/__init__.py": "", "d.so": ""},
            "a, b, c and 1 more could still be imported",
        ),
        # Of regular packages, the first counts, but a namespace package has all directories.
        ({f"{NAME}/s.py": ""}, {**_MODULE, f"{NAME}/s.py": ""}, f"{NAME} could still be imported"),
        ({f"{NAME}/new.py": ""}, {f"{NAME}/old.py": ""}, f"{NAME} could still be imported"),
        (
            {f"{NAME}/__init__.py": _EXTENDS},
            _MODULE,
            _EXTENDED,
        ),
        (
            {f"{NAME}/__init__.py": _DECLARES},
            _MODULE,
            _EXTENDED,
        ),
        (
            _MODULE,
            {**_MODULE, _DIRECT: '{"url": "file:///x", "dir_info": {"editable": true}}'},
            "it is an editable installation, whose sources can still be imported",
        ),
        (
            _MODULE,
            {f"__editable__.{NAME}.pth": "/sources"},
            "it is an editable installation, whose sources can still be imported",
        ),
        (_MODULE, {**_MODULE, "start.pth": "import sys"}, "Python still reads its start.pth"),
        (_MODULE, {**_MODULE, f"{NAME}.egg-link": "."}, f"Python still reads its {NAME}.egg-link"),
        (
            {**_MODULE, f"{_COMMANDS}tool": ""},
            {**_MODULE, f"{_COMMANDS}tool": "", f"{_COMMANDS}old": ""},
            "its commands would still be found: old",
        ),
        (
            _MODULE,
            {**_MODULE, _POINTS.format("1.0"): _TOOL},
            "its commands would still be found: tool",
        ),
        (
            _MODULE,
            {**_MODULE, "../../../include/site/python3/x/x.h": ""},
            f"{_OUTSIDE}: ../../../include/site/python3/x/x.h",
        ),
        (
            _MODULE,
            {**_MODULE, _POINTS.format("1.0"): "[console_scripts]\ntool\n"},
            "its entry_points.txt, or that of the other version, cannot be read",
        ),
        (
            _MODULE,
            {**_MODULE, "../../../share/bin/tool": ""},
            f"{_OUTSIDE}: ../../../share/bin/tool",
        ),
    ],
)
def test_what_is_left_of_it(tmp_path: Path, front: Files, behind: Files, left: str) -> None:
    assert _left(tmp_path, front, behind) == left


def test_of_what_nothing_is_recorded(tmp_path: Path) -> None:
    left = _left(tmp_path, _MODULE, _MODULE, record=False)
    assert left == "it has no RECORD, so it is not known what it consists of"
    # The same files are the same version, wherever they are found.
    start = {**_MODULE, "start.pth": "import sys"}
    seen = _put(tmp_path / "target" / "2", "1.0", start)
    assert what_is_left(_put(tmp_path / "own" / "2", "1.0", start), seen, [seen.site]) == ""


def test_what_is_listed_but_not_there_hides_nothing(tmp_path: Path) -> None:
    front = _put(tmp_path / "own", "2.0", _MODULE)
    Path(front.path_of(f"{NAME}/__init__.py")).unlink()
    seen = _put(tmp_path / "target", "1.0", _MODULE)
    assert what_is_left(front, seen, [seen.site]) == f"{NAME} could still be imported"


def test_what_is_in_another_library_directory_of_the_target(tmp_path: Path) -> None:
    behind = {**_MODULE, "../../../lib64/python3/site-packages/old.so": ""}
    seen = _put(tmp_path / "target", "1.0", behind)
    other = str(tmp_path / "target" / "lib64" / "python3" / "site-packages")
    front = _put(tmp_path / "own", "2.0", {**_MODULE, f"{_COMMANDS}tool": ""})
    assert what_is_left(front, seen, [seen.site, other]) == "old could still be imported"
    # The sources of an editable may contain the environment, and are no library directory for it.
    again = _put(tmp_path / "target" / "2", "1.0", {**_MODULE, f"{_COMMANDS}tool": ""})
    assert what_is_left(front, again, [str(tmp_path), again.site]) == ""


@pytest.mark.parametrize(
    ("version", "left"),
    [
        ((3, 9), f"this version of Python would still list its entry points: old = {NAME}:old in g"),
        ((3, 10), ""),
    ],
)
def test_entry_points_of_both_versions(
    tmp_path: Path, version: tuple[int, int], left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    both = f"[g]\nsame = {NAME}:same\n"
    behind = {**_MODULE, _POINTS.format("1.0"): f"{both}old = {NAME}:old\n"}
    front = {**_MODULE, _POINTS.format("2.0"): f"{both}new = {NAME}:new\n"}
    assert _left(tmp_path, front, behind) == left
