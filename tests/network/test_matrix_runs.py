"""Whole matrices with numpy as it is on the index: each cell is what the table says, and was tested."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..support.interpreters import find_interpreter
from ..support.wheelhouse import source_tree
from .real import pip_environment, shared_downloads

pytestmark = pytest.mark.network

# No numpy after these has a wheel for Python 3.9.
ALL_OF_39 = ["1.22.0", "1.22.4", "1.23.5", "1.24.4", "1.25.2", "1.26.4", "2.0.2"]
# The first ones on the others; those that follow may have newer releases.
FIRST_OF_311 = ["1.23.2", "1.23.5", "1.24.4", "1.25.2", "1.26.4", "2.0.2", "2.1.3", "2.2.6"]
FIRST_OF_313 = ["2.1.0", "2.1.3", "2.2.6"]
FIRST = {"3.9": ALL_OF_39, "3.11": FIRST_OF_311, "3.13": FIRST_OF_313}

# Runs the tests of the example where it is installed, after what its module says was written down.
STAMPING = """\
import os
import sys
from pathlib import Path

import numpy
import pytest

from matrix_example import BUILT_WITH

python = "%d.%d" % sys.version_info[:2]
stamp = " ".join([python, BUILT_WITH, numpy.__version__])
Path({stamps!r}, os.environ["TOX_ENV_NAME"]).write_text(stamp)
sys.exit(pytest.main(["-q"]))
"""
# Put before its setup.py, which also runs for metadata and for an sdist.
COUNTING = """\
import sys

if "bdist_wheel" in sys.argv:
    import numpy as built_with

    with open({builds!r}, "a") as file:
        file.write("%d.%d %s\\n" % (*sys.version_info[:2], built_with.__version__))
"""


@dataclass(frozen=True)
class Case:
    """A matrix: the Python that has to be there, and how long it may take."""

    name: str
    python: str
    seconds: int


EXAMPLE = [Case(build, "3.11", 900) for build in ("latest", "oldest", "same")]
FLOOR = Case("floor", "3.11", 240)
BOTTLENECK = Case("bottleneck==1.6.0", "3.11", 600)
PYERFA = Case("pyerfa==2.0.1.5", "3.9", 600)


class Room:
    """The directory of a test: a project, and what its matrix leaves behind."""

    def __init__(self, directory: Path, downloads: Path) -> None:
        self.directory = directory
        shared_downloads(directory / "cache", downloads)
        self.environment = pip_environment(directory / "cache")
        self.project = directory / "project"
        self.stamps = directory / "stamps"
        self.stamps.mkdir()
        self.builds = directory / "builds.txt"

    def example(self) -> None:
        """Take the example, which counts its builds and writes its stamps down."""
        source_tree("matrix-example", self.directory).rename(self.project)
        stamping = STAMPING.format(stamps=str(self.stamps))
        Path(self.project, "stamping.py").write_text(stamping, encoding="utf-8")
        counting = COUNTING.format(builds=str(self.builds))
        self.edit("setup.py", "import numpy\n", f"{counting}\nimport numpy\n")

    def sdist(self, case: Case) -> None:
        """Take a project from its sdist on the index."""
        name, _, version = case.name.partition("==")
        command = [str(find_interpreter(case.python)), "-m", "pip", "download", "--no-deps"]
        command += ["--no-binary", name, "--dest", str(self.directory), case.name]
        subprocess.run(command, check=True, env=self.environment, timeout=300)
        with tarfile.open(self.directory / f"{name}-{version}.tar.gz") as archive:
            # From 3.12 on, Python wants to be told which members may be unpacked.
            archive.extraction_filter = getattr(tarfile, "data_filter", None)
            archive.extractall(self.directory)
        Path(self.directory, f"{name}-{version}").rename(self.project)

    def edit(self, path: str, old: str, new: str) -> None:
        """Change one place of a file of the project."""
        text = Path(self.project, path).read_text(encoding="utf-8")
        assert text.count(old) == 1
        Path(self.project, path).write_text(text.replace(old, new), encoding="utf-8")

    def add(self, table: str) -> None:
        """Add a table to the end of pyproject.toml."""
        with open(self.project / "pyproject.toml", "a", encoding="utf-8") as file:
            file.write(f"\n{table}")

    def matrix(self, *options: str, command: list[str], status: int = 0) -> tuple[Any, str]:
        """Run a matrix, and return its report and all that it printed."""
        report, junit = self.directory / "report.json", self.directory / "junit.xml"
        for path in (report, junit):
            path.unlink(missing_ok=True)
        files = ["--report", str(report), "--junit", str(junit)]
        line = [sys.executable, "-m", "pip_build_override", "matrix", *options, *files, "--", *command]
        print("$", *line, flush=True)
        done = subprocess.run(
            line,
            cwd=self.project,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=1800,
        )
        print(done.stdout, f"[exit status {done.returncode}]", sep="\n", flush=True)
        assert done.returncode == status
        document = json.loads(report.read_text(encoding="utf-8"))
        assert document["format"] == 1
        cases = list(ElementTree.parse(junit).iter("testcase"))
        assert len(cases) == len(document["cells"])
        wrong = [case for case in cases if case.find("failure") is not None]
        wrong += [case for case in cases if case.find("error") is not None]
        assert bool(wrong) == (status == 1)
        return document, done.stdout

    def built(self) -> list[str]:
        """Return the Python and the numpy of each build so far."""
        return sorted(self.builds.read_text(encoding="utf-8").splitlines())


def minor(version: str) -> tuple[int, ...]:
    """Return x and y of a version."""
    return tuple(map(int, version.split(".")[:2]))


def checked(cell: Any) -> Any:
    """Return a cell that was tested, if the wheel and its environment were what the cell says."""
    assert cell["state"] == "passed", cell
    assert cell["built_with"]["numpy"] == cell["built"]["numpy"]
    assert cell["ran_with"]["numpy"] == cell["runs"]["numpy"]
    return cell


@pytest.mark.parametrize("case", EXAMPLE, ids=lambda case: case.name)
def test_the_example(case: Case, tmp_path: Path, downloads: Path) -> None:
    room = Room(tmp_path, downloads)
    room.example()
    # All of them on the Python in the middle, too.
    room.edit("pyproject.toml", "command =", 'cells = "each"\ncommand =')
    pythons = [python for python in FIRST if find_interpreter(python) is not None]
    options = ["--vary", "numpy=oldest,minors,latest", "--build", case.name]
    options += ["--python", ",".join(pythons)]
    document, output = room.matrix(*options, "--jobs", "2", command=["python", "stamping.py"])

    expected = {}
    for python in pythons:
        cells = [cell for cell in document["cells"] if cell["python"] == python]
        runs = [cell["runs"]["numpy"] for cell in cells]
        assert runs[: len(FIRST[python])] == FIRST[python]
        assert python != "3.9" or runs == ALL_OF_39
        for cell, version in zip(cells, runs):
            built = {"latest": runs[-1], "oldest": runs[0], "same": version}[case.name]
            assert cell["built"] == {"numpy": built}
            if minor(built)[0] < minor(version)[0]:
                assert cell["state"] == "impossible"
                assert "1.x does not run with 2.x" in cell["reason"]
            else:
                expected[checked(cell)["name"]] = f"{python} {built} {version}"
    assert ("impossible" in output) == (case.name == "oldest")
    # What the modules say: in each cell that can be, and in no other.
    assert {path.name: path.read_text() for path in room.stamps.iterdir()} == expected
    # One build for each interpreter and build version, and none of them in the project.
    once = sorted({stamp.rpartition(" ")[0] for stamp in expected.values()})
    assert room.built() == once
    assert not (room.project / "build").exists()

    # Nothing has changed, so nothing is built.
    document, _ = room.matrix(*options, command=["python", "-c", "import matrix_example"])
    possible = [cell for cell in document["cells"] if cell["state"] != "impossible"]
    assert {checked(cell)["name"] for cell in possible} == set(expected)
    assert room.built() == once


@pytest.mark.parametrize("case", [FLOOR], ids=["example"])
def test_a_floor_that_does_not_import(case: Case, tmp_path: Path, downloads: Path) -> None:
    room = Room(tmp_path, downloads)
    room.example()
    # It asks for newer functions of the C API than its metadata admit, which no build tells.
    include = "#include <numpy/arrayobject.h>"
    target = "#define NPY_TARGET_VERSION NPY_1_25_API_VERSION"
    room.edit("src/matrix_example/_rolling.c", include, f"{target}\n{include}")
    room.edit("pyproject.toml", 'dependencies = ["numpy>=1.22"]', 'dependencies = ["numpy>=1.21"]')
    document, output = room.matrix(
        *("--vary", "numpy=oldest,1.24.*,1.25.*,2.3.*", "--build", "2.3.*", "--python", case.python),
        command=["python", "stamping.py"],
        status=1,
    )
    states = {cell["runs"]["numpy"]: cell["state"] for cell in document["cells"]}
    newest = document["cells"][-1]["built"]["numpy"]
    assert newest.startswith("2.3.")
    assert states == {
        "1.23.2": "does not import",
        "1.24.4": "does not import",
        "1.25.2": "passed",
        newest: "passed",
    }
    stamps = sorted(path.read_text() for path in room.stamps.iterdir())
    assert stamps == [f"{case.python} {newest} {version}" for version in ("1.25.2", newest)]
    assert room.built() == [f"{case.python} {newest}"]
    # What is declared, what there is of it here, and what works.
    assert "numpy>=1.21" in output
    assert "1.23.2" in output
    (floor,) = document["floors"]
    assert (floor["name"], floor["oldest"], floor["needed"]) == ("numpy", "1.25.2", ["numpy>=1.25.2"])
    assert "numpy>=1.25.2" in output.rstrip().rpartition("\n")[2]


@pytest.mark.parametrize("case", [BOTTLENECK], ids=lambda case: case.name)
def test_a_project_without_static_metadata(case: Case, tmp_path: Path, downloads: Path) -> None:
    room = Room(tmp_path, downloads)
    room.sdist(case)
    room.add('[dependency-groups]\ntest = ["pytest"]\n')
    room.add('[tool.pip-build-override.matrix]\ngroups = ["test"]\n')
    versions = ["1.23.5", "1.26.4", "2.2.6"]
    document, _ = room.matrix(
        *("--vary", "numpy=" + ",".join(versions), "--python", case.python, "--jobs", "2"),
        # As "bottleneck" it would be the directory in the project.
        command=["pytest", "-q", "--pyargs", "bottleneck.tests"],
    )
    assert [checked(cell)["runs"]["numpy"] for cell in document["cells"]] == versions
    (built,) = {cell["built"]["numpy"] for cell in document["cells"]}
    assert minor(built) >= (2, 4)


@pytest.mark.parametrize("case", [PYERFA], ids=lambda case: case.name)
def test_wheels_of_one_name_for_two_pythons(case: Case, tmp_path: Path, downloads: Path) -> None:
    room = Room(tmp_path, downloads)
    room.sdist(case)
    room.add('[tool.pip-build-override.matrix]\nextras = ["test"]\n')
    command = ["pytest", "-q", "--pyargs", "erfa"]
    document, _ = room.matrix(
        "--vary", "numpy=oldest,1.26.*,latest", "--python", case.python, "--jobs", "2", command=command
    )
    versions = ["1.19.3", "1.26.4", "2.0.2"]
    assert [checked(cell)["runs"]["numpy"] for cell in document["cells"]] == versions
    assert {cell["built"]["numpy"] for cell in document["cells"]} == {"2.0.2"}
    if find_interpreter("3.13") is None:
        return
    # Its wheels are for all Pythons from 3.9 on by their names, but were built against another numpy.
    document, _ = room.matrix(
        "--vary", "numpy=oldest,2.2.*,latest", "--python", "3.13", "--jobs", "2", command=command
    )
    runs = [checked(cell)["runs"]["numpy"] for cell in document["cells"]]
    assert runs[:2] == ["2.1.0", "2.2.6"]
    assert {cell["built"]["numpy"] for cell in document["cells"]} == {runs[-1]}
