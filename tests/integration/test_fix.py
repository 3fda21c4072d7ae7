"""``fix``: from a command that fails in several builds to the file under which it succeeds."""

from __future__ import annotations

import pytest

from ..support.environments import Target, tool

LINES = "# ours\n[package.declares] # and why\nreplace.ingredient = 'ingredient==1.0'\n"

PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "lamp"
version = "1.0"
"""


def test_finds_writes_and_runs(target: Target) -> None:
    """A build requirement that does not build, of a package that then builds, from a file of pip."""
    overrides = target.write(LINES)
    requirements = target.write("needs-misses-wheel\ndeclares\n", "requirements.txt")
    command = (*tool(), "fix", "--", target.python, "-m", "pip", "install", "-r", requirements)
    result = target.execute(*command).succeeded()
    text = overrides.read_text(encoding="utf-8")
    assert text.startswith(f"{LINES}\n[package.misses-wheel]\nreason = ")
    assert text.endswith('\nadd = ["wheel"]\n')
    assert "written to build-overrides.toml" in result.stderr
    # What fix writes itself is not offered by pip.
    assert "write into build-overrides.toml" not in result.stderr
    assert target.stamp("declares") == {"ingredient": "1.0"}
    assert "needs-misses-wheel" in target.run_pip("list").stdout
    again = target.execute(*command).succeeded()
    assert "nothing to fix" in again.stderr
    assert overrides.read_text(encoding="utf-8") == text


@pytest.mark.seam("none")
def test_finds_nothing(target: Target) -> None:
    """No rule helps, so nothing is left but what pip itself leaves."""
    project = target.room / "lamp"
    project.mkdir()
    (project / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (project / "backend.py").write_text("raise ValueError('no bulb')\n", encoding="utf-8")
    temporary = target.room / "temporary"
    temporary.mkdir()
    before = sorted(target.room.rglob("*.toml"))
    command = (*tool(), "fix", "--", target.python, "-m", "pip", "install", project)
    result = target.execute(*command, settings={"TMPDIR": str(temporary)}).failed()
    assert "lamp 1.0 is not fixed: " in result.stderr
    assert list(temporary.iterdir()) == []
    assert sorted(target.room.rglob("*.toml")) == before
    assert "lamp" not in target.run_pip("list").stdout
