"""Which modules of a wheel are imported for ``fix``, and what it means if one of them cannot be."""

from __future__ import annotations

import dataclasses
import os
import sys
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pip_build_override.diagnosis import Failure, diagnose
from pip_build_override.diagnosis.failed_command import FailedCommand
from pip_build_override.fixing import importing
from pip_build_override.fixing.attempts import BUILT, Attempt, Imported, TimeIsUp
from pip_build_override.fixing.clock import Clock
from pip_build_override.fixing.importing_environment import make_environment
from pip_build_override.fixing.modules_of_wheel import Modules, modules_of_wheel
from pip_build_override.fixing.workplace import Workplace
from pip_build_override.verifying import imports

SO = ".cpython-311-x86_64-linux-gnu.so"


@pytest.mark.parametrize(
    ("paths", "tops", "compiled"),
    [
        (["a/__init__.py", "a/b.py", "a-1.dist-info/RECORD", "tests/__init__.py"], ["a"], []),
        ([f"a/_c{SO}", "a/__init__.py", "b.py", "setup.py"], ["a", "b"], ["a._c"]),
        (["yaml/__init__.py", f"yaml/_yaml{SO}", "_yaml/__init__.py"], ["yaml"], ["yaml._yaml"]),
        ([f"_lap{SO}"], ["_lap"], ["_lap"]),
        (["google/cloud/a/__init__.py", "google/cloud/a/b/__init__.py"], ["google.cloud.a"], []),
        (["a-1.data/purelib/a.py", "a-1.data/scripts/b.py", "a-1.data/data/c.py"], ["a"], []),
        (["examples/a.py", "docs/conf.py", "a/tests/b.so", "a-b/c.py"], [], []),
        (["tests/__init__.py"], [], []),
        (["a/__init__.cpython-38.so", "a/libz.so", "a/z.abi3.so", "a/w.pyd"], ["a"], "a a.w a.z"),
        (["a/readme.py.txt", "a.pth"], [], []),
    ],
)
def test_modules(paths: list[str], tops: list[str], compiled: Any) -> None:
    found = modules_of_wheel("a", paths)
    expected = compiled.split() if isinstance(compiled, str) else compiled
    assert (list(found.tops), list(found.compiled)) == (tops, expected)


def test_a_package_that_is_called_like_what_is_left_out() -> None:
    assert modules_of_wheel("Testing", ["testing/__init__.py", "docs.py"]).tops == ("testing",)
    assert modules_of_wheel("a", ["ns/b/__init__.py", f"c/d{SO}"]).own == {"ns", "c"}


MODULES = Modules(("a",), ("a.c", "a.d"), frozenset(("a", "_a")))
KNOWN = Failure("a", "1.0", python="3.11", requirement="a==1.0", declared=("numpy",))
ATTEMPT = Attempt({}, BUILT, environment={"numpy": "2.0"}, wheel="/a.whl")


def judged(*found: imports.Failure, lacks: str = "") -> Imported:
    return importing.judged(found, MODULES, KNOWN, ATTEMPT, lacks)


def missing(module: str, name: str) -> imports.Failure:
    text = f"No module named '{name}'"
    return imports.Failure(
        module, "import-failed", text, f"ModuleNotFoundError: {text}", "ModuleNotFoundError"
    )


def test_what_works() -> None:
    assert judged() == Imported(True)
    library = imports.Failure(
        "a.c", "import-failed", "does not define module export function", "", "Import"
    )
    assert judged(library) == Imported(True)
    # An optional part.
    other = imports.Failure("a.c", "import-failed", "set A first", "", "RuntimeError")
    assert judged(other, missing("a.d", "a.e")) == Imported(True)


def test_what_could_not_be_tried() -> None:
    result = judged(missing("a", "numpy"), missing("a.c", "numpy"), missing("a.d", "six"))
    assert result == Imported(
        True, reason="not tried: it needs numpy and six, which it does not require"
    )
    text = "numpy.core.multiarray failed to import"
    without = imports.Failure("a.c", "import", text, f"ImportError: {text}", "ImportError")
    result = importing.judged([without], MODULES, KNOWN, ATTEMPT, has_numpy=lambda: False)
    assert result.reason == "not tried: it needs numpy, which it does not require"
    result = judged(
        missing("a", "pkg_resources"), lacks="No matching distribution found for setuptools"
    )
    assert result.works
    assert result.reason.endswith(
        "it needs pkg_resources, No matching distribution found for setuptools"
    )


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (missing("a", "a._c"), "a: ModuleNotFoundError: No module named 'a._c'"),
        (missing("a", "_a"), "a: ModuleNotFoundError: No module named '_a'"),
        # Gone from the standard library; of another version; only there with the build tools.
        (missing("a", "imp"), "a: ModuleNotFoundError: No module named 'imp'"),
        (missing("a", "numpy.distutils"), "a: ModuleNotFoundError: No module named 'numpy.distutils'"),
        (missing("a", "pkg_resources"), "a: ModuleNotFoundError: No module named 'pkg_resources'"),
        (imports.Failure("a", "import-failed", "bad\nmore", "", "SyntaxError"), "a: SyntaxError: bad"),
        (imports.Failure("a", "import-failed", "", "", "SystemExit"), "a: SystemExit: no message"),
        (
            imports.Failure("a.c", "import-crashed", "the interpreter was killed by SIGSEGV"),
            "a.c: the interpreter was killed by SIGSEGV",
        ),
        (
            imports.Failure(
                "a.c", "import-failed", "a.so: undefined symbol: exc_traceback", "", "ImportError"
            ),
            "a.c: ImportError: a.so: undefined symbol: exc_traceback",
        ),
        (
            imports.Failure(
                "a.c", "import", "numpy.core.multiarray failed to import", "", "ImportError"
            ),
            "a.c: ImportError: numpy.core.multiarray failed to import",
        ),
    ],
)
def test_what_fails(failure: imports.Failure, reason: str) -> None:
    result = judged(failure)
    assert not result.works
    assert result.reason == reason
    assert result.failure is not None
    assert (result.failure.label, result.failure.step) == ("a 1.0", "import")
    assert result.failure.environment == {"numpy": "2.0"}
    assert result.failure.requirement == "a==1.0"


def test_diagnosis_of_what_fails() -> None:
    said = (
        "RuntimeError: module compiled against API version 0x10 but this version of numpy is 0xe\n"
        "ImportError: numpy.core.multiarray failed to import"
    )
    result = judged(imports.Failure("a.c", "import-failed", "numpy failed", said, "ImportError"))
    assert result.failure is not None
    assert diagnose(result.failure).findings != ()


def wheel_of(directory: Path, files: dict[str, str]) -> str:
    path = directory / "a-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return str(path)


METADATA = "a-1.0.dist-info/METADATA"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", False),
        ("Requires-Dist: b; extra == 'c'\n", False),
        ("Requires-Dist: b\n", True),
        ("Requires-Dist: b; python_version < '3'\nRequires-Dist: d ; extra=='c'\n", True),
    ],
)
def test_requirements(lines: str, expected: bool, tmp_path: Path) -> None:
    path = wheel_of(tmp_path, {METADATA: f"Metadata-Version: 2.1\nName: a\n{lines}\nRequires-Dist: e"})
    with zipfile.ZipFile(path) as wheel:
        assert importing._requires(wheel, wheel.namelist()) is expected


def test_a_wheel_without_modules(tmp_path: Path) -> None:
    attempt = Attempt({}, BUILT, wheel=wheel_of(tmp_path, {"a-1.0.dist-info/RECORD": ""}))
    command = FailedCommand(sys.executable, "/pip", (), (), "/")
    result = importing.import_wheel(command, KNOWN, attempt, "/rules", Workplace(), Clock(1))
    assert result == Imported(True, reason="there is no module in it")


@pytest.mark.parametrize(
    ("options", "hashes", "installed"),
    [
        ((), (), 2),
        (("--no-deps",), (), 1),
        # Their files are not those that the user allows.
        ((), ("sha256:aa",), 1),
    ],
)
def test_nothing_is_installed_that_the_command_does_not_install(
    options: tuple[str, ...],
    hashes: tuple[str, ...],
    installed: int,
    tmp_path: Path,
    place: Workplace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = {METADATA: "Name: a\nRequires-Dist: b\n", "a.py": "import b"}
    attempt = Attempt({}, BUILT, wheel=wheel_of(tmp_path, files))
    failure = dataclasses.replace(KNOWN, hashes=hashes)
    command = FailedCommand(sys.executable, "/pip", options, (failure,), "/")
    runs: list[list[str]] = []
    monkeypatch.setattr(importing, "make_environment", lambda *_: "/python")
    monkeypatch.setattr(place, "run", lambda words, *_: runs.append(words) or 0)
    monkeypatch.setattr(imports, "import_all", lambda *_: [missing("a", "b")])
    result = importing.import_wheel(command, failure, attempt, "/rules", place, Clock(1))
    assert len(runs) == installed
    assert runs[0][-3:-1] == ["--no-deps", "--force-reinstall"]
    assert result.works
    assert result.reason.startswith("not tried: it needs b, ")


def test_what_is_installed_with_it_is_what_the_command_asks_for(
    tmp_path: Path, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {METADATA: "Name: a\nRequires-Dist: b\n", "a.py": "import b"}
    attempt = Attempt({}, BUILT, wheel=wheel_of(tmp_path, files))
    limits = (f"{KNOWN.name}==1.0", "numpy<2")
    outer = Failure("outer", nested=(KNOWN,))
    monkeypatch.setattr(importing, "make_environment", lambda *_: "/python")
    monkeypatch.setattr(imports, "import_all", lambda *_: [])
    for failures, wanted in [((KNOWN,), ["numpy<2\n"]), ((KNOWN, outer), [])]:
        command = FailedCommand(sys.executable, "/pip", (), failures, "/", limits)
        runs: list[list[str]] = []
        monkeypatch.setattr(place, "run", lambda words, *_, runs=runs: runs.append(words) or 0)
        importing.import_wheel(command, KNOWN, attempt, "/rules", place, Clock(1))
        paths = [word.partition("=")[2] for word in runs[1] if word.startswith("--constraint=")]
        assert [Path(path).read_text() for path in paths] == wanted


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Workplace() as made:
        yield made


def test_environments_see_the_other_one(tmp_path: Path, place: Workplace) -> None:
    venv.create(tmp_path / "target", symlinks=os.name != "nt")
    name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    target = tmp_path.joinpath("target", *name)
    site = Path(ask(str(target), "import sysconfig; print(sysconfig.get_path('purelib'))", place))
    (site / "there.py").write_text("")
    (tmp_path / "elsewhere").mkdir()
    (site / "added.pth").write_text(f"{tmp_path / 'elsewhere'}\n")
    (tmp_path / "elsewhere" / "edited.py").write_text("")
    made = make_environment(str(target), place, Clock(1), os.environ)
    assert made is not None
    assert ask(made, "import there, edited; print(there.__file__)", place) == str(site / "there.py")
    broken = {**os.environ, "PYTHONHOME": str(tmp_path)}
    assert make_environment(str(target), place, Clock(1), broken) is None


def ask(python: str, code: str, place: Workplace) -> str:
    log = place.new("log")
    assert place.run([python, "-c", code], os.environ, log, Clock(1)) == 0, Path(log).read_text()
    return Path(log).read_text().strip()


def test_imports_end_when_time_is_up(place: Workplace, tmp_path: Path) -> None:
    (tmp_path / "waits.py").write_text("import time\ntime.sleep(600)\n")
    clock = Clock(0.5 / 60)
    keeper = importing._Keeper(place, clock)
    variables = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with pytest.raises(TimeIsUp):
        list(imports.import_all(sys.executable, ["waits"], variables, 60, keeper))
    assert os.listdir(place.temporary) == []
