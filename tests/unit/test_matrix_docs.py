"""What docs/matrix.md says of the engines: functions, states and the setting are as they are."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from pip_build_override.engines import nox
from pip_build_override.matrix.cells import PLANNED
from pip_build_override.matrix.results import FAILED, NOT_INSTALLED, SKIPPED, STATES

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "matrix.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_its_exit_status(state: str) -> None:
    (status,) = re.findall(rf"^\| `{state}` \|.*\| (\d) \|$", PAGE, re.MULTILINE)
    expected = 1 if state in FAILED else 2 if state in (NOT_INSTALLED, SKIPPED) else 0
    assert int(status) == expected


def test_no_other_state_has_a_row() -> None:
    (table,) = re.findall(r"^\| state \|.*?\n\n", PAGE, re.DOTALL | re.MULTILINE)
    assert set(re.findall(r"^\| `([a-z ]+)` \|", table, re.MULTILINE)) == {PLANNED, *STATES}


def test_the_noxfile() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    tree = ast.parse(block)
    imported = [
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == nox.__name__
        for alias in node.names
    ]
    assert imported == ["cells", "install_with_overrides", "run_cell"]
    calls = {
        node.func.id: node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    for name in imported:
        given = [None] * sum(not isinstance(each, ast.Starred) for each in calls[name].args)
        inspect.signature(getattr(nox, name)).bind(*given)


@pytest.mark.parametrize("name", ["cells", "run_cell", "install_with_overrides"])
def test_each_function_has_a_row_with_its_arguments(name: str) -> None:
    (arguments,) = re.findall(rf"^\| `{name}\((.*?)\)` \|", PAGE, re.MULTILINE)
    written = [each.strip().strip("*").partition("=")[0] for each in arguments.split(",")]
    expected = list(inspect.signature(getattr(nox, name)).parameters)
    assert [each if each != "file" else "overrides" for each in written] == expected


def test_the_setting_of_tox() -> None:
    # Not imported: there is no tox with plugins of this kind for Python 3.8.
    source = Path(nox.__file__).with_name("tox_override.py").read_text(encoding="utf-8")
    (key,) = re.findall(r'^KEY = "(.*)"$', source, re.MULTILINE)
    for page in ("matrix.md", "turning-it-on.md"):
        text = (DOCS / page).read_text(encoding="utf-8")
        assert f"[testenv]\n{key} = build-overrides.toml\n" in text
        assert "install_command = " not in text
