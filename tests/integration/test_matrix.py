"""``matrix list``: what the pips of interpreters find, and the plan that comes from that."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.matrix.asking import answers
from pip_build_override.matrix.making import Answers
from pip_build_override.matrix.plan import Interpreter
from pip_build_override.matrix.table import Matrix
from pip_build_override.releases import Release
from pip_build_override.rules.place import Place

from ..support.environments import Target, tool
from ..support.serving import file_of_index, index_with_times

PROJECT = """
[build-system]
requires = ["stampbackend", "ingredient>=2"]

[project]
name = "p"
requires-python = ">=3.8"
dependencies = ["ingredient>=1.5", "spice"]
"""
MATRIX = Matrix(Place("o.toml"), vary=(("ingredient", ("oldest", "latest")), ("spice", ("latest",))))


def asked(target: Target, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> Answers:
    """Ask the pip of the target."""
    for name, value in {**target.variables(), **settings}.items():
        monkeypatch.setenv(name, value)
    interpreter = Interpreter(target.pip.python, target.pip.python, str(target.python))
    return answers(MATRIX, [interpreter])[target.pip.python]


@pytest.mark.quick_on("26.3")
def test_an_index_with_times(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    other = "ingredient-{}-cp30-cp30-linux_x86_64.whl"
    files = [
        file_of_index("ingredient-1.0-py3-none-any.whl", "2024-01-02"),
        file_of_index("ingredient-1.0.tar.gz", "2024-01-01"),
        file_of_index("ingredient-2.0-py3-none-any.whl", "2024-02-01", yanked=True),
        file_of_index("ingredient-3.0.tar.gz", "2024-03-01"),
        # For another Python, so that pip does not find it.
        file_of_index(other.format("4.0"), "2024-04-01"),
        file_of_index("ingredient-5.0rc1-py3-none-any.whl", "2024-05-01"),
    ]
    pages = {"ingredient": files, "spice": [file_of_index("spice-1.0-py3-none-any.whl", "")]}
    with index_with_times(pages) as settings:
        found = asked(target, monkeypatch, settings).index
    assert {release.version: release for release in found.releases["ingredient"]} == {
        "1.0": Release("1.0", True, False, date(2024, 1, 1), date(2024, 1, 2)),
        "2.0": Release("2.0", False, True, date(2024, 2, 1), None),
        "3.0": Release("3.0", False, False, date(2024, 3, 1), None),
        "4.0": Release("4.0", False, False, date(2024, 4, 1), None),
        "5.0rc1": Release("5.0rc1", True, False, date(2024, 5, 1), date(2024, 5, 1)),
    }
    assert found.releases["spice"] == (Release("1.0"),)
    assert [page.rpartition("/simple/")[2] for page in found.without_times] == ["spice/"]
    assert found.environment["python_version"] == target.pip.python
    assert target.versions() == {}

    # An index that cannot be read is not an empty one.
    with pytest.raises(OverrideError) as caught:
        asked(target, monkeypatch, {**settings, "PIP_RETRIES": "0"})
    assert "127.0.0.1" in caught.value.message


@pytest.mark.seam("none")
def test_a_project_with_find_links(target: Target) -> None:
    target.write(PROJECT, "pyproject.toml")
    target.write('[matrix]\nvary.ingredient = ["oldest", "latest"]\n')
    minor = ".".join(map(str, sys.version_info[:2]))
    command = (*tool(), "matrix", "list", "--overrides", "build-overrides.toml", "--python", minor)
    # Files in a directory have no day, and always count.
    result = target.execute(*command, "--as-of", "2024-01-01").succeeded()
    assert result.stdout.splitlines() == [
        f"runs with       Python {minor}",
        "ingredient 2.0  impossible (3.0)",
        "ingredient 3.0  built with 3.0",
        "",
        (
            "impossible: what is built against ingredient 3.0 runs with that version or a newer one"
            f" (py{minor.replace('.', '')}-ingredient2.0)"
        ),
        "[project] declares ingredient>=1.5, but pip finds no release 1.5; the oldest here is 2.0",
        "1 cell, 1 build, 1 cannot be run, as of 2024-01-01",
    ]
    result = target.execute(*command, "--build", "same", "--format", "github").succeeded()
    assert [cell["name"] for cell in json.loads(result.stdout)["include"]] == [
        f"py{minor.replace('.', '')}-ingredient2.0",
        f"py{minor.replace('.', '')}-ingredient3.0",
    ]
    target.execute(*command, "--vary", "ingredient=9.*").refused("no cell of the matrix can be run")
    # A pip that reads the file does not mind.
    target.override(Path(target.room, "build-overrides.toml"), "install", "spice").succeeded()
