"""What a pyproject.toml declares, as far as a matrix needs it."""

from __future__ import annotations

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.matrix.project import Limits, Project, read_project
from pip_build_override.rules.place import Place
from pip_build_override.rules.standards import read_toml

from ..support.hints import follows
from .conftest import LINUX

PLACE = Place("pyproject.toml", "pyproject")
FULL = """
[build-system]
requires = [
    "setuptools",
    "NumPy >= 2.0 , <3 ; python_version >= '3.9'",
    "numpy>=1.25; python_version < '3.9'",
]

[project]
name = "P"
requires-python = ">=3.8"
dependencies = ["numpy>=1.21", "numpy<2.4; python_version < '3.12'", "scipy (>=1.10)"]

[project.optional-dependencies]
All = ["pandas>=2", "numpy!=2.1.0"]
"""


def read(text: str) -> Project:
    return read_project(read_toml(text), PLACE)


def test_limits() -> None:
    found = read(FULL)
    assert (found.name, found.requires_python) == ("P", ">=3.8")
    assert found.running("numpy", LINUX) == Limits("[project]", "numpy", ">=1.21,<2.4")
    newer = {**LINUX, "python_version": "3.13", "python_full_version": "3.13.0"}
    assert found.running("numpy", newer).text == "[project] numpy>=1.21"
    assert found.running("scipy", LINUX).specifier == ">=1.10"
    assert found.running("pandas", LINUX) == Limits("[project]", "pandas", declared=False)
    assert found.running("pandas", LINUX, ["all"]).specifier == ">=2"
    assert found.running("numpy", LINUX, ["all", "none"]).specifier == ">=1.21,<2.4,!=2.1.0"
    assert found.building("numpy", LINUX) == Limits("[build-system]", "numpy", ">=2.0,<3")
    assert not found.building("scipy", LINUX).declared


def test_numpy_by_another_name() -> None:
    found = read('[build-system]\nrequires = ["oldest-supported-numpy>=2022"]')
    assert found.building("numpy", LINUX) == Limits("[build-system]", "numpy")
    assert not found.building("scipy", LINUX).declared


def test_nothing_is_declared() -> None:
    found = read("")
    assert found.build_requires == ("setuptools",)
    assert found.requires_python is None
    assert found.running("numpy", LINUX) == Limits("[project]", "numpy", declared=False, known=False)
    found = read("[project]\nname = 'p'\n[build-system]\n")
    assert found.running("numpy", LINUX, ["all"]) == Limits("[project]", "numpy", declared=False)
    assert (found.requires_python, found.build_requires) == ("", ())


def test_dynamic() -> None:
    found = read("[project]\ndynamic = ['dependencies', 'requires-python']")
    assert found.requires_python is None
    assert not found.running("numpy", LINUX).known
    found = read("[project]\ndynamic = ['optional-dependencies']\ndependencies = ['numpy']")
    assert found.running("numpy", LINUX) == Limits("[project]", "numpy")
    assert not found.running("numpy", LINUX, ["all"]).known


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("project = 1", "pyproject.toml", "project is not a table"),
        ("build-system = []", "pyproject.toml", "build-system is not a table"),
        ("[build-system]\nrequires = 'numpy'", "build-system", "requires is not a list of strings"),
        ("[build-system]\nrequires = [1]", "build-system", "requires is not a list of strings"),
        ("[build-system]\nrequires = ['numpy>>1']", "build-system", "'numpy>>1' is not a requirement"),
        ("[project]\ndependencies = ['>1']", "project", "dependencies: '>1' is not a requirement"),
        ("[project]\ndependencies = {}", "project", "dependencies is not a list of strings"),
        ("[project]\ndynamic = 'version'", "project", "dynamic is not a list of strings"),
        ("[project]\noptional-dependencies = []", "project", "optional-dependencies is not a table"),
        (
            "[project.optional-dependencies]\n'a b' = ['numpy==']",
            "project",
            "optional-dependencies.\"a b\": 'numpy==' is not a requirement",
        ),
        ("[project]\nrequires-python = 3", "project", "requires-python is not a version specifier"),
        (
            "[project]\nrequires-python = '3.9+'",
            "project",
            "requires-python is not a version specifier",
        ),
    ],
)
def test_what_is_not_valid(text: str, where: str, message: str) -> None:
    with pytest.raises(OverrideError) as caught:
        read(text)
    assert caught.value.where.endswith(where)
    assert message in caught.value.message
    assert follows("write it as {} specifies; pip needs that, too", str(caught.value))
    # As specified.
    read(FULL)
