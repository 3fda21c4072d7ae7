"""What ``verify`` finds of the distributions of an environment, and what it does not look at."""

from __future__ import annotations

import importlib.machinery
import json
import sys
from pathlib import Path
from typing import Any

from pip_build_override.cli import verify
from pip_build_override.verifying.judging import Environment

SUFFIX = importlib.machinery.EXTENSION_SUFFIXES[0]


def put(site: Path, name: str, files: dict[str, str], record: str | None = "", **more: str) -> None:
    """Install a distribution.

    Args:
        site: The directory.
        name: Name of the distribution.
        files: Files, each with its text.
        record: What RECORD contains after the files; None for no RECORD.
        more: Other files of the dist-info directory.
    """
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text, encoding="utf-8")
    information = site / f"{name}-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n", encoding="utf-8")
    if record is not None:
        rows = "".join(f"{path},,\n" for path in files)
        (information / "RECORD").write_text(rows + record, encoding="utf-8")
    for key, text in more.items():
        (information / key.replace("__", ".")).write_text(text, encoding="utf-8")


def listed(site: Path) -> dict[str, Any]:
    answer = verify.listed(sys.executable, {"PYTHONPATH": str(site)})
    return {one["name"]: one for one in answer["distributions"]}


def environment(*distributions: Any) -> Environment:
    return Environment({"distributions": distributions, "markers": {}}, "/bin/python")


def test_namespaces_malformed_rows_and_no_record(tmp_path: Path) -> None:
    extends = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
    put(tmp_path, "native", {f"ns/a/_c{SUFFIX}": "", "ns/a/__init__.py": ""})
    put(tmp_path, "old", {"old/__init__.py": extends, f"old/b/_c{SUFFIX}": "", "old/b/__init__.py": ""})
    put(tmp_path, "bare", {f"ns/_c{SUFFIX}": "", "ns/spoon.h": ""})
    malformed = 'x,sha256=a,ten\nx,y,z,w,v\n\n"x\n,\n'
    put(tmp_path, "malformed", {"m/__init__.py": "", f"m/_c{SUFFIX}": ""}, malformed)
    put(tmp_path, "un.recorded", {"un_recorded/__init__.py": "", f"un_recorded/_c{SUFFIX}": ""}, None)
    put(tmp_path, "renamed", {f"_other{SUFFIX}": ""}, None, top_level__txt="_other\n")
    put(tmp_path, "lost", {}, None)
    found = listed(tmp_path)
    one = environment(*found.values())
    packages = {
        name: [one.package_of(found[name], module) for module in found[name]["modules"]]
        for name in ("native", "old", "bare", "malformed", "un.recorded", "renamed")
    }
    assert packages == {
        "native": ["ns.a"],
        "old": ["old.b"],
        "bare": [""],
        "malformed": ["m"],
        "un.recorded": ["un_recorded"],
        "renamed": [""],
    }
    assert found["bare"]["linkable"] == [f"ns/_c{SUFFIX}", "ns/spoon.h"]
    left_out = {name: one.unchecked(found[name]) for name in ("malformed", "un.recorded", "renamed")}
    assert set(left_out.values()) == {None}
    lost = one.unchecked(found["lost"])
    assert lost is not None
    assert lost.reason == "it has no readable RECORD, and its modules are not found by its name"


def test_metadata_that_cannot_be_read(tmp_path: Path) -> None:
    put(tmp_path, "fine", {f"_fine{SUFFIX}": ""})
    put(tmp_path, "bad", {}, None, top_level__txt="a\0b\n")
    found = listed(tmp_path)
    assert found["fine"]["modules"] == ["_fine"]
    left_out = environment().unchecked(found["bad"])
    assert left_out is not None
    assert left_out.distribution == "bad"


MESON = """
class Finder: ...

def install(names, tops, path):
    pass

install(
    'kettle',
    {'kettle', 'kettle_extras'},
    '/tmp/build',
    ['/tmp/pip-build-env-x/bin/ninja'],
)
"""
NEW_MESON = """
class MesonpyMetaFinder:
    def __init__(self, names, tops, path):
        pass

def init():
    finder = MesonpyMetaFinder(
        'pan',
        {'pan', 'pan_extras'},
        '/tmp/build',
        ['/tmp/pip-build-env-x/bin/ninja'],
        False,
    )
    sys.meta_path.insert(0, finder)
"""
SCIKIT = """
def install(modules, wheels):
    pass

install({'wok': '/src/wok/__init__.py'}, {'wok._c': '/src/build/_c.so'}, ['wok'])
"""
EDITABLE = json.dumps({"url": "file:///src/kettle", "dir_info": {"editable": True}})


def test_editables(tmp_path: Path) -> None:
    site, source = tmp_path / "site", tmp_path / "src"
    site.mkdir()
    put(source, "unused", {f"pot/lid/_c{SUFFIX}": "", "pot/__init__.py": "", "pot/lid/__init__.py": ""})
    put(site, "kettle", {"_kettle_editable_loader.py": MESON}, direct_url__json=EDITABLE)
    put(site, "pot", {"__editable__.pot.pth": f"{source}\n"}, direct_url__json=EDITABLE)
    put(site, "pan", {"_pan_editable_loader.py": NEW_MESON}, direct_url__json=EDITABLE)
    put(site, "wok", {"_editable_skbc_wok.py": SCIKIT}, direct_url__json=EDITABLE)
    put(site, "lid", {"lid.pth": "import nothing\n"}, direct_url__json=EDITABLE)
    found = listed(site)
    assert found["kettle"]["modules"] == ["kettle", "kettle_extras"]
    assert found["pan"]["modules"] == ["pan", "pan_extras"]
    assert found["wok"]["modules"] == ["wok"]
    assert found["pot"]["modules"] == ["pot", "pot.lid._c"]
    one = environment(*found.values())
    assert one.package_of(found["pot"], "pot.lid._c") == "pot"
    assert [one.unchecked(found[name]) for name in ("kettle", "pot")] == [None, None]
    left_out = one.unchecked(found["lid"])
    assert left_out is not None
    assert left_out.reason == "it is an editable installation, whose modules are not known"
