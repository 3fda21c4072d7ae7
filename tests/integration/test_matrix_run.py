"""``matrix``, with the real tox below it: cells in each state, in the table, as JSON and as JUnit."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from junitparser import Error, Failure, JUnitXml, Skipped

import pip_build_override
from pip_build_override.matrix import results

from ..support.hints import follows
from ..support.stampbackend import write_wheel
from ..support.virtualenvs import only_local
from ..support.wheelhouse import ingredient_wheel

pytestmark = pytest.mark.seam("none")

SCHEMA = Path(pip_build_override.__file__, "..", "schemas", "matrix-report.json").resolve()
MINOR = ".".join(map(str, sys.version_info[:2]))
PY = f"py{MINOR.replace('.', '')}"
TESTS = "import m, ingredient; assert ingredient.VERSION != '2.0', 'too old'"
PROJECT = f"""
[build-system]
requires = ["stampbackend", "ingredient"]
build-backend = "backend"
backend-path = ["."]

[project]
name = "m"
version = "1.0"
requires-python = ">=3.8"
dependencies = ["ingredient"]

[dependency-groups]
test = ["ingredient!=7.0"]

[tool.pip-build-override.matrix]
vary.ingredient = ["1.0", "2.0", "3.0", "4.0", "5.0", "6.0", "7.0", "8.0"]
build = "2.0"
python = ["{MINOR}"]
groups = ["test"]
command = ["python", "-c", "{TESTS}"]
"""
TOX = f"""
[testenv:{PY}-ingredient8.0]
commands_pre = python -m pip install --force-reinstall --no-deps {{toxinidir}}/../m-1.0-py3-none-any.whl
[testenv:{PY}-ingredient9.0]
platform = another
"""
# What it does depends on what it builds against. The module that it compiles says what numpy's C API
# says if it was built against another one.
BACKEND = """
import os, shlex, subprocess, sysconfig, tarfile, zipfile

import ingredient
import stampbackend
from stampbackend import get_requires_for_build_wheel, prepare_metadata_for_build_wheel


def build_sdist(sdist_directory, config_settings=None):
    name = stampbackend.build_sdist(sdist_directory, config_settings)
    stem = name[: -len(".tar.gz")]
    path = os.path.join(sdist_directory, name)
    with tarfile.open(path) as archive:
        metadata = archive.extractfile(stem + "/PKG-INFO").read()
    with open("PKG-INFO", "wb") as file:
        file.write(metadata)
    with tarfile.open(path, "w:gz") as archive:
        for each in ("pyproject.toml", "PKG-INFO", "backend.py", "_m.c"):
            archive.add(each, stem + "/" + each)
    os.unlink("PKG-INFO")
    return name


def build_wheel(directory, settings=None, metadata=None):
    if ingredient.VERSION == "3.0":
        import wheel
    name = stampbackend.build_wheel(directory, settings, metadata)
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    include = "-I" + sysconfig.get_path("include")
    subprocess.run([*compiler, "-shared", "-fPIC", include, "_m.c", "-o", "_m.so"], check=True)
    with zipfile.ZipFile(os.path.join(directory, name), "a") as archive:
        archive.write("_m.so")
    return name
"""
MODULE = """
#include <Python.h>

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_m", NULL, -1, NULL};

PyMODINIT_FUNC
PyInit__m(void)
{
    PyObject *module = PyImport_ImportModule("ingredient");
    PyObject *version = module ? PyObject_GetAttrString(module, "VERSION") : NULL;

    if (version && PyUnicode_CompareWithASCIIString(version, "6.0") == 0) {
        PyErr_SetString(
            PyExc_RuntimeError,
            "module compiled against ABI version 0x1000009 but this version of numpy is 0x2000000"
        );
        return NULL;
    }
    return version ? PyModule_Create(&definition) : NULL;
}
"""


@pytest.fixture
def project(tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    more = tmp_path / "more"
    for version in ("6.0", "7.0", "8.0", "9.0"):
        ingredient_wheel(more, version)
    write_wheel(str(more), "ingredient", "4.0", {}, requires=["no-such-distribution"])
    write_wheel(str(tmp_path), "m", "1.0", {"m.py": "STAMP = None\n"})
    # It is not unpacked: no release counts that has no wheel.
    (more / "ingredient-5.0.tar.gz").touch()
    only_local(monkeypatch, tmp_path / "cache", index, more)
    # Next to the project, nothing of it is in the way: tox is that of this environment.
    root = tmp_path / "project"
    root.mkdir()
    for path, text in (
        ("pyproject.toml", PROJECT),
        ("tox.ini", TOX),
        ("backend.py", BACKEND),
        ("_m.c", MODULE),
    ):
        (root / path).write_text(text, encoding="utf-8")
    monkeypatch.chdir(root)
    return root


def matrix(*arguments: str, status: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip_build_override", "matrix", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == status, f"{done.stdout}\n{done.stderr}"
    return done


def cells_in(path: str) -> dict[str, Any]:
    """Return the cells of a report, which is valid, by their names."""
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(document)
    return {cell["name"]: cell for cell in document["cells"]}


def cases_in(path: str) -> dict[str, list[Any]]:
    """Return what a reader of JUnit finds: the kind, the state and the message of each test case."""
    (suite,) = JUnitXml.fromfile(path)
    found = {
        case.name: [(type(each), each.type, each.message) for each in case.result] for case in suite
    }
    kinds = [kind for each in found.values() for kind, _, _ in each]
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (
        len(found),
        kinds.count(Failure),
        kinds.count(Error),
        kinds.count(Skipped),
    )
    return found


def test_every_state(project: Path) -> None:
    """Cells in each state.

    No build makes a wheel whose record names other versions than were asked for: the shim stops a build
    if its environment is not what was asked for, or changes, and then the cell *does not build*. So the
    cell that is *built with something else* is one in which another wheel of the project is installed.
    """
    reports = ["--report", "r.json", "--junit", "j.xml"]
    done = matrix(*reports, status=2)
    wheel = "m-1.0-py3-none-any.whl"
    impossible = "what is built against ingredient 2.0 runs with that version or a newer one"
    misfit = "module compiled against ABI version 0x1000009 but this version of numpy is 0x2000000"
    misfit = (
        f"_m: {misfit}; it needs numpy with the C API 0x1000009; it was built with"
        " ingredient 2.0, and runs with 6.0"
    )
    other = f"{wheel} was to be tested, but another build of m 1.0 is installed when the tests start"
    # What it runs with, what the table says, the kind in JUnit, and the reason.
    expected: list[tuple[str, str, type | None, str]] = [
        ("1.0", "impossible (2.0)", Skipped, impossible),
        ("2.0", "tests failed, built with 2.0", Failure, "the tests ended with status 1"),
        ("3.0", "passed, built with 2.0", None, ""),
        ("4.0", "not installed, built with 2.0", Error, "no-such-distribution"),
        ("5.0", "no wheel", Skipped, "ingredient 5.0 has no wheel for this Python"),
        ("6.0", "does not import, built with 2.0", Failure, misfit),
        ("7.0", "contradiction, built with 2.0", Error, "ingredient==7.0"),
        ("8.0", "built with something else (2.0)", Error, other),
    ]
    cells, cases = cells_in("r.json"), cases_in("j.xml")
    table = done.stdout[done.stdout.index("runs with") :].splitlines()
    rows = dict(line.split("  ", 1) for line in table[1 : len(expected) + 1])
    assert sorted(cells) == sorted(cases) == [f"{PY}-ingredient{version}" for version, *_ in expected]
    for version, shown, kind, reason in expected:
        name = f"{PY}-ingredient{version}"
        state = shown.partition(",")[0].partition(" (")[0]
        assert rows[f"ingredient {version}"].strip() == shown
        assert cells[name]["state"] == state
        assert reason in cells[name]["reason"]
        assert bool(reason) == bool(cells[name]["reason"])
        said = f"{state}: {cells[name]['reason']}"
        assert cases[name] == ([] if kind is None else [(kind, state, said)])
        assert kind is None or f"{said} ({name})" in table
    assert cells[f"{PY}-ingredient3.0"]["built_with"]["stampbackend"] == "1.0"
    counts = "1 passed, 1 tests failed, 1 does not import, 1 built with something else, 1 no wheel"
    counts += ", 1 contradiction, 1 impossible, 1 not installed; 1 wheel"
    assert f"8 cells: {counts}" in table
    assert table[-1].startswith("the oldest ingredient that works, of those that were run, is 3.0; ")
    follows("see what requires another version: {}", done.stdout)
    follows("see the output of pip: {}", done.stdout)
    # The output of the tests that failed is shown, and nothing else that tox prints.
    assert "  AssertionError: too old" in done.stdout
    assert f"{PY}-ingredient3.0: OK" not in done.stdout + done.stderr
    assert f"] {PY}-ingredient3.0: passed, built with 2.0" in done.stderr

    # The two that are left. What suggest says is the hint, and tox itself may leave out an environment.
    failed, left_out = f"{PY}-ingredient3.0", f"{PY}-ingredient9.0"
    done = matrix("--vary", "ingredient=3.0,9.0", "--build", "3.0", *reports, status=2)
    cells, cases = cells_in("r.json"), cases_in("j.xml")
    reason = cells[failed]["reason"]
    assert reason.startswith("m 1.0 imports wheel while it is built: it does not declare wheel")
    assert cases == {
        failed: [(Error, "does not build", f"does not build: {reason}")],
        left_out: [(Skipped, "skipped", "skipped: it was not run")],
    }
    assert "\ningredient 3.0  does not build (3.0)\ningredient 9.0  skipped (3.0)\n" in done.stdout
    hint = 'write [tool.pip-build-override.package.m] and under it add = ["wheel"] into pyproject.toml'
    assert cells[failed]["hints"] == [f"{hint}, and run it again"]
    assert f"\ndoes not build: {reason} ({failed})\nhint: {hint}" in done.stdout
    assert f"\nskipped: it was not run ({left_out})\n" in done.stdout
    shown_states = {shown.partition(",")[0].partition(" (")[0] for _, shown, *_ in expected}
    assert shown_states | {cell["state"] for cell in cells.values()} == {*results.STATES}

    # A program that is not in the environment.
    vary = ("--vary", "ingredient=2.0,3.0")
    arguments = ("-c", f"python -c {shlex.quote(TESTS)}")
    for program in ("no-such-program", "sh"):
        done = matrix(*vary, "--", program, *arguments, status=2)
        passed = f"{PY}-ingredient2.0, {PY}-ingredient3.0"
        assert f"not installed: {program} is not in the environment ({passed})" in done.stdout
    hint = follows("or write allowlist_externals = {} under [testenv]", done.stdout)
    line = hint.partition(" or write ")[2].partition(" under ")[0]
    Path("tox.ini").write_text(f"[testenv]\n{line}\n", encoding="utf-8")
    done = matrix(*vary, "--", "sh", *arguments, status=1)
    # No run after the first has built anything.
    assert "2 cells: 1 passed, 1 tests failed; 1 wheel, all of them reused" in done.stdout
    assert "  AssertionError: too old" in done.stdout
