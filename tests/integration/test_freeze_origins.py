"""What freeze makes of build requirements that came from no index: the same again, or a refusal."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ..support.environments import Result, Target, tool
from ..support.lending import BORROWED, LARDER, cook, install, larder_wheel
from ..support.wheelhouse import ingredient_wheel, source_tree

REPORT = ("--report", "report.json")

TWO_COPIES = """
[build-system]
requires = ["stampbackend", "ingredient==1.0"]
build-backend = "stampbackend"

[project]
name = "two-copies"
version = "1.0"

[tool.stamp]
wheel-requires = ["spice>=2"]
"""


def freeze(target: Target) -> Result:
    return target.execute(*tool(), "freeze", "report.json")


def commit(target: Target, tree: Path) -> None:
    git = shutil.which("git")
    assert git, "git is needed for these tests"
    identity = ("-c", "user.name=nobody", "-c", "user.email=nobody@localhost")
    target.execute(git, "-C", tree, "add", ".").succeeded()
    target.execute(git, "-C", tree, *identity, "commit", "-q", "-m", "A tree").succeeded()


# Earlier pips take no git+file in NAME @ URL.
@pytest.mark.pips(at_least="24.1")
def test_a_branch_is_frozen_to_its_commit(target: Target) -> None:
    repository = target.room / "repository"
    tree = source_tree("sauce", repository)
    target.execute("git", "-C", repository, "init", "-q").succeeded()
    target.execute("git", "-C", repository, "checkout", "-q", "-b", "trunk").succeeded()
    commit(target, repository)
    url = f"git+{repository.as_uri()}@trunk#subdirectory={tree.name}"
    rules = f'[package.needs-sauce]\nreplace.sauce = "sauce @ {url}"\n'
    target.override(rules, "install", "needs-sauce", options=REPORT).succeeded()
    built = target.stamp("needs_sauce")
    assert built["sauce"] == "1.0"
    frozen = freeze(target).succeeded()
    assert frozen.stderr == ""
    assert f"#subdirectory={tree.name}" in frozen.stdout
    path = target.write(frozen.stdout, "frozen.toml")
    pyproject = tree / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    pyproject.write_text(text.replace('version = "1.0"', 'version = "2.0"'), encoding="utf-8")
    commit(target, repository)
    other = target.fresh()
    other.override(path, "install", "needs-sauce").succeeded()
    assert other.stamp("needs_sauce") == built


def test_a_loan_is_frozen_as_a_loan(target: Target) -> None:
    install(
        target,
        larder_wheel(target.room / "wheels", note="here"),
        target.index / "spice-1.0-py3-none-any.whl",
        ingredient_wheel(target.room / "wheels", "1.0", note="here"),
    )
    command = ("wheel", "--no-deps", "-w")
    target.override(BORROWED, *command, "out", cook(target), options=REPORT).succeeded()
    built = target.wheel_in("out", "cook")
    frozen = freeze(target).succeeded()
    assert f"larder {LARDER} was borrowed" in frozen.stderr
    path = target.write(frozen.stdout, "frozen.toml")
    target.override(path, *command, "again", cook(target)).succeeded()
    assert target.wheel_in("again", "cook") == built


@pytest.mark.pips(only=["21.2.4", "26.3"])  # in a venv, one takes the place of the other
def test_two_copies_are_refused(target: Target) -> None:
    tree = target.room / "two-copies"
    tree.mkdir()
    (tree / "pyproject.toml").write_text(TWO_COPIES, encoding="utf-8")
    rules = '[package.two-copies]\nadd = ["mint"]\n'
    target.override(rules, "install", "./two-copies", options=REPORT).succeeded()
    result = freeze(target).failed()
    assert "two-copies 1.0 cannot be repeated" in result.stderr
    assert "ingredient 1.0" in result.stderr
    assert "ingredient 3.0" in result.stderr
    assert "hint: " in result.stderr


def test_no_isolation_is_refused(target: Target) -> None:
    install(
        target,
        next(target.index.glob("stampbackend-*.whl")),
        next(target.index.glob("ingredient-1.0-*.whl")),
    )
    rules = '[settings]\nrecord = "all"\n'
    target.override(rules, "install", "--no-build-isolation", "declares", options=REPORT).succeeded()
    result = freeze(target).failed()
    assert "cannot be repeated: it was built without a build environment" in result.stderr
    assert "[package.declares]" not in result.stdout
