"""What every engine does in a cell: the checks around the tests, and the result that is written."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Iterator

import pytest

from pip_build_override.engines import cell as module
from pip_build_override.engines import installed
from pip_build_override.engines.cell import CellRun
from pip_build_override.engines.watching import Watching
from pip_build_override.matrix.cells import Cell
from pip_build_override.matrix.results import PASSED, Result
from pip_build_override.verifying.imports import Failure

from ..support.hints import follows

MINOR = ".".join(map(str, sys.version_info[:2]))
CELL = Cell(MINOR, (("numpy", "1.26.4"),), (("numpy", "2.0.0"),), name="py-numpy1.26")
FILES = {
    "m/__init__.py": "",
    "m/_core.abi3.so": "binary",
    "m/sub/__init__.py": "",
    "m/libx.so": "a library",
    "single.py": "",
    "__pycache__/single.cpython-311.pyc": "",
    "ns/part/__init__.py": "",
    "m-1.0.data/purelib/late/__init__.py": "",
    "m-1.0.data/scripts/tool": "#!python",
    "m-1.0.data/data/share/x": "x",
}


def record(files: dict[str, str]) -> str:
    def digest(text: str) -> str:
        return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()

    lines = [f"{path},sha256={digest(text)},{len(text)}" for path, text in files.items()]
    return "\n".join([*lines, "m-1.0.dist-info/RECORD,,", ""])


def wheel(directory: Path, files: dict[str, str]) -> str:
    path = directory / "m-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr("m-1.0.dist-info/RECORD", record(files))
    return str(path)


def install(root: Path, name: str, version: str, text: str = "") -> None:
    site = Path(installed.site_directories(str(root), MINOR)[0])
    for old in site.glob(f"{name}-*.dist-info"):
        for file in old.iterdir():
            file.unlink()
        old.rmdir()
    directory = site / f"{name}-{version}.dist-info"
    directory.mkdir(parents=True)
    (directory / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (directory / "RECORD").write_text(text)


def install_wheel(root: Path) -> None:
    """Install what ``wheel`` makes of FILES, as pip does."""
    kept = {name.replace("m-1.0.data/purelib/", ""): text for name, text in FILES.items()}
    install(root, "m", "1.0", record(kept))
    site = Path(installed.site_directories(str(root), MINOR)[0])
    for name, text in kept.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An environment in which the wheel and the planned numpy are installed."""
    where = tmp_path / "environment"
    install_wheel(where)
    install(where, "numpy", "1.26.4")
    return where


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CellRun]:
    monkeypatch.setattr(module, "import_all", lambda *_: iter(()))
    found = CellRun(str(tmp_path / "store"), CELL)
    found.begin()
    found.has_wheel(wheel(tmp_path, FILES), {"numpy": "2.0.0"}, reused=True)
    yield found
    # Whatever came of it is what is on the disk.
    if found.result is not None:
        path = tmp_path / "store" / "cells" / "py-numpy1.26.json"
        assert Result.from_json(json.loads(path.read_text("utf-8"))) == found.result


def imports(root: Path, *files: str) -> None:
    """Do what tests do that import something."""
    directory = root / "pip-build-override-imports"
    for number, file in enumerate(files):
        (directory / str(number)).write_text(f"m\n{file}", encoding="utf-8")


def test_a_cell_that_passes(run: CellRun, root: Path) -> None:
    assert run.before_tests(str(root), "", {}) is None
    assert run.check_versions(str(root)) is None
    assert run.other_than_planned(str(root)) == ""
    site = installed.site_directories(str(root), MINOR)[0]
    imports(root, os.path.join(site, "m", "__init__.py"))
    result = run.after_tests(str(root), 0, 12)
    assert (result.state, result.reason, result.milliseconds) == ("passed", "", 12)
    assert (result.ran_with, result.built_with) == ({"numpy": "1.26.4"}, {"numpy": "2.0.0"})
    assert (result.wheel, result.reused) == ("m-1.0-py3-none-any.whl", True)
    run.begin()
    assert run.result is None
    assert os.listdir(os.path.join(run.store, "cells")) == []


def test_files_of_the_wheel_that_are_not_as_they_were(run: CellRun, root: Path) -> None:
    site = Path(installed.site_directories(str(root), MINOR)[0])
    assert run.before_tests(str(root), "", {}) is None
    imports(root, str(site / "m" / "__init__.py"))
    (site / "m" / "_core.abi3.so").write_text("another")
    result = run.after_tests(str(root), 0, 0)
    assert result.state == "built with something else"
    assert result.reason.endswith("but a changed m/_core.abi3.so is installed after the tests")
    (site / "m" / "_core.abi3.so").unlink()
    # So the environment is made again.
    assert run.other_than_planned(str(root)).endswith("but no m/_core.abi3.so")


def test_python_writes_bytecode_again(run: CellRun, root: Path) -> None:
    site = Path(installed.site_directories(str(root), MINOR)[0])
    (site / "__pycache__" / "single.cpython-311.pyc").write_text("of this file")
    assert run.other_than_planned(str(root)) == ""


def test_a_hash_that_nothing_can_check(tmp_path: Path) -> None:
    path = tmp_path / "m-1.0-py3-none-any.whl"
    text = "m.py,shake_x=abc,1"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m-1.0.dist-info/RECORD", text)
    install(tmp_path, "m", "1.0", text)
    Path(installed.site_directories(str(tmp_path), MINOR)[0], "m.py").touch()
    assert installed.differs_from(str(tmp_path), MINOR, str(path)) == ""


def test_tests_that_fail(run: CellRun, root: Path) -> None:
    assert run.before_tests(str(root), "", {}) is None
    result = run.after_tests(str(root), 3, 0)
    assert (result.state, result.reason) == ("tests failed", "the tests ended with status 3")


def test_tests_of_something_else(run: CellRun, root: Path, tmp_path: Path) -> None:
    assert run.before_tests(str(root), "", {}) is None
    result = run.after_tests(str(root), 0, 0)
    assert result.state == "tests failed"
    assert result.reason == "the command imported nothing of m-1.0-py3-none-any.whl"
    imports(root, str(tmp_path / "m" / "__init__.py"))
    result = run.after_tests(str(root), 0, 0)
    assert result.state == "built with something else"
    assert result.reason.startswith(f"the tests imported {tmp_path / 'm' / '__init__.py'}, not m-1.0-")


@pytest.mark.parametrize("there", ["1.26.3", "none"])
def test_another_version(there: str, run: CellRun, root: Path) -> None:
    if there == "none":
        install(root, "numpy", "other")
        there = "numpy other"
    else:
        install(root, "numpy", there)
        there = f"numpy {there}"
    result = run.before_tests(str(root), "", {})
    assert result is not None
    assert (result.state, result.reason) == (
        "contradiction",
        f"numpy 1.26.4 was to run, but {there} is installed",
    )
    assert run.other_than_planned(str(root)) == f"numpy 1.26.4 was to run, but {there}"


def test_another_wheel(run: CellRun, root: Path) -> None:
    install(root, "m", "1.0", record({**FILES, "m/_core.abi3.so": "other"}))
    result = run.check_versions(str(root))
    assert result is not None
    assert (result.state, result.reason) == (
        "built with something else",
        (
            "m-1.0-py3-none-any.whl was to be tested, but another build of m 1.0 is installed when the"
            " tests start"
        ),
    )
    install(root, "m", "1.0")
    assert "another build of m 1.0" in run.other_than_planned(str(root))
    site = Path(installed.site_directories(str(root), MINOR)[0])
    (site / "m-1.0.dist-info" / "METADATA").write_text("Name: other\n")
    assert run.other_than_planned(str(root)).endswith("but no m")


def failures(monkeypatch: pytest.MonkeyPatch, *found: Failure, package: bool = True) -> None:
    monkeypatch.setattr(module, "import_all", lambda *_: iter(found))
    monkeypatch.setattr(module, "package_fails", lambda *_: package)


def test_what_does_not_import(run: CellRun, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "module compiled against API version 0x10 but this version of numpy is 0xf"
    failures(monkeypatch, Failure("m._core", "import-failed", text))
    result = run.before_tests(str(root), "", {})
    assert result is not None
    assert result.state == "does not import"
    assert result.reason == (
        f"m._core: {text}; it needs numpy 1.23 or later; it was built with numpy 2.0.0, and runs with"
        " 1.26.4"
    )
    assert text in Path(result.log).read_text("utf-8")
    failures(monkeypatch, Failure("m._core", "import-crashed", "the interpreter was killed"))
    result = run.before_tests(str(root), "", {})
    assert result is not None
    assert result.reason == "m._core: the interpreter was killed"
    failures(monkeypatch, Failure("m._core", "import-failed", ""))
    result = run.before_tests(str(root), "", {})
    assert result is not None
    assert result.reason == "m._core: no message"


def test_what_need_not_import(run: CellRun, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_module = "dynamic module does not define module export function (PyInit_x)"
    other = Failure("m.a.b._optional", "import-failed", "No module named 'x'")
    failures(monkeypatch, Failure("m.x", "import-failed", no_module), other, package=False)
    assert run.before_tests(str(root), "", {}) is None
    assert module._package_of("m.a.b._optional", ["m"]) == "m"
    assert module._package_of("_top", ["m"]) == ""


def test_what_is_imported_without_tests(
    run: CellRun, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(module, "import_all", lambda _, names, *__: asked.append(names) or iter(()))
    pure = {"m/__init__.py": "", "single.py": ""}
    install(root, "m", "1.0", record(pure))
    run.has_wheel(wheel(tmp_path, pure), {}, reused=False)
    assert run.before_tests(str(root), "", {}) is None
    assert run.before_tests(str(root), "", {}, tested=False) is None
    assert asked == [[], ["m", "single"]]
    assert run.after_tests(str(root), 0, 0).state in ("passed", "tests failed")


def test_what_pip_could_not_install(run: CellRun) -> None:
    output = "ERROR: Cannot install a and b because they conflict\nERROR: ResolutionImpossible: help\n"
    result = run.not_installed(output, 1)
    assert (result.state, result.reason) == (
        "contradiction",
        "Cannot install a and b because they conflict",
    )
    follows("see what requires another version: {}", f"hint: {result.hints[0]}")
    assert Path(result.log).read_text("utf-8") == output
    assert run.not_installed("ResolutionImpossible", 1).reason == (
        "pip found no versions that fit together"
    )
    result = run.not_installed("x\nERROR: no\nERROR: network\n", 1)
    assert (result.state, result.reason) == ("not installed", "network")
    assert run.not_installed("", 7).reason == "pip ended with status 7"


def test_a_project_without_an_sdist(run: CellRun) -> None:
    result = run.no_sdist("", "the backend failed\nTraceback:\n")
    assert result.state == "does not build"
    assert result.reason == "the sdist cannot be made: the backend failed"
    assert Path(result.log).read_text("utf-8") == "the backend failed\nTraceback:\n"
    assert run.no_sdist("", "").reason == "the sdist cannot be made: it is not known why"


def test_tests_with_another_numpy_than_is_installed(run: CellRun, root: Path, tmp_path: Path) -> None:
    site = installed.site_directories(str(root), MINOR)[0]
    text = "numpy/__init__.py,,\nnumpy/core/__init__.py,,\n../../../bin/f2py,,\ntests/__init__.py,,\n"
    install(root, "numpy", "1.26.4", text)
    assert installed.names_in(str(root), MINOR, "numpy") == ["numpy"]
    assert installed.names_in(str(root), MINOR, "absent") == []
    assert run.before_tests(str(root), "", {}) is None
    assert "'m ns.part single numpy'" in Path(site, "pip_build_override_cell.py").read_text().replace(
        "late ", ""
    )
    imports(root, os.path.join(site, "m", "__init__.py"))
    file = tmp_path / "path" / "numpy" / "__init__.py"
    (root / "pip-build-override-imports" / "other").write_text(f"numpy\n{file}", encoding="utf-8")
    result = run.after_tests(str(root), 0, 0)
    assert result.state == "contradiction"
    assert result.reason == f"numpy 1.26.4 was to run, but the tests imported numpy from {file}"
    follows("let PYTHONPATH, and what the tests add to sys.path, contain no {}", result.hints[0])
    (root / "pip-build-override-imports" / "other").unlink()
    assert run.after_tests(str(root), 0, 0).state == "passed"


def test_a_cell_without_tests(run: CellRun) -> None:
    result = run.not_tested("notest")
    assert (result.state, result.reason) == ("skipped", "notest")


def test_what_is_in_a_wheel(tmp_path: Path) -> None:
    path = wheel(tmp_path, FILES)
    packages, modules = installed.modules_of(path)
    assert packages == ["late", "m", "m.sub", "ns.part"]
    assert modules == ["m._core"]
    assert installed.names_of(path) == ["late", "m", "ns.part", "single"]
    path = wheel(tmp_path, {"m/__init__.abi3.so": "", "top.cpython-311-x86_64-linux-gnu.so": ""})
    assert installed.modules_of(path) == (["m"], ["m", "top"])
    with zipfile.ZipFile(tmp_path / "x-1.0-py3-none-any.whl", "w"):
        pass
    assert installed._record_of(str(tmp_path / "x-1.0-py3-none-any.whl")) == []


def test_imports_are_watched(tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    for directory in (site, elsewhere):
        for package in ("m", "dep"):
            (directory / package).mkdir(parents=True)
            (directory / package / "__init__.py").write_text("")
    (site / "ns" / "part").mkdir(parents=True)
    watching = Watching(str(tmp_path / "environment"), [str(site)], ["m", "ns.part", "absent"], ["dep"])

    def python(first: Path, statement: str) -> None:
        command = f"import site; site.addsitedir({str(site)!r}); {statement}"
        variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(first), str(site)])}
        subprocess.run([sys.executable, "-c", command], env=variables, check=True)

    watching.begin()
    python(site, "import dep")
    assert not watching.anything()
    python(site, "import m, ns.part, m")
    assert watching.anything()
    assert watching.elsewhere() == ("", "")
    python(elsewhere, "import dep")
    assert watching.elsewhere() == ("dep", str(elsewhere / "dep" / "__init__.py"))
    python(elsewhere, "import m")
    assert watching.elsewhere() == ("m", str(elsewhere / "m" / "__init__.py"))
    watching.begin()
    assert watching.elsewhere() == ("", "")
    # Where it cannot be noted, it is not seen, and the import goes on.
    for file in (tmp_path / "environment").iterdir():
        file.rmdir()
    python(site, "import m")
    assert Watching(str(tmp_path), [str(site)], []).anything()


@pytest.mark.parametrize(
    ("asked", "reused"),
    [
        ([("w", True)], True),
        ([("w", False)], False),
        # The environment is made again, and then the wheel is there.
        ([("w", False), ("w", True)], False),
        ([("w", False), ("w", True), ("w", True)], False),
        ([("v", False), ("w", True)], True),
    ],
)
def test_a_wheel_of_this_run_is_not_one_of_an_earlier_run(
    asked: list[tuple[str, bool]], reused: bool, tmp_path: Path
) -> None:
    run = CellRun(str(tmp_path), CELL)
    run.begin()
    for path, there in asked:
        run.has_wheel(path, {"numpy": "2.0.2"}, reused=there)
    result = run.ends(PASSED)
    assert result.reused is reused
    assert result.wheel == asked[-1][0]
