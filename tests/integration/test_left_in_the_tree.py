"""Directories in which something of an earlier build, or of an earlier preparation, is left."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from ..support.environments import Target, tool
from ..support.hints import ONE_PIP, follows
from ..support.pips import Pip
from ..support.serving import index_with_metadata
from ..support.wheelhouse import source_tree

IN_STEP = '[package.{}]\nreplace.ingredient = {{ from = "target" }}\n'
# pip 21.2 builds a directory in a copy of its own.
IN_PLACE = {"21.2.4": {"PIP_USE_FEATURE": "in-tree-build"}}


def _files(tree: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(tree.rglob("*")) if path.is_file()}


def _against(target: Target) -> str:
    asked = "import compiled; print(compiled.AGAINST)"
    return target.execute(target.python, "-c", asked).succeeded().stdout.strip()


def _rule(pip: Pip, version: str) -> str:
    if pip.mode == "legacy":
        # Its resolver does not say what it will bring.
        return f'[package.compiled]\nreplace.ingredient = "ingredient=={version}"\n'
    return IN_STEP.format("compiled")


@pytest.mark.quick_on("26.3")
@pytest.mark.seam("sources")
def test_object_files_of_an_earlier_build(pip: Pip, target: Target) -> None:
    tree = source_tree("compiled", target.room / "work")
    first = target.fresh()
    first.override(
        _rule(pip, "1.0"),
        *("install", tree, "ingredient==1.0"),
        settings=IN_PLACE.get(pip.id),
    ).succeeded()
    assert _against(first) == "1.0"
    assert list((tree / "build").rglob("*.o"))

    before = _files(tree)
    result = target.override(_rule(pip, "2.0"), "install", tree, "ingredient==2.0").succeeded()
    assert _against(target) == "2.0"
    assert result.warnings == []
    assert _files(tree) == before
    (direct_url,) = target.site_packages.glob("compiled-1.0.dist-info/direct_url.json")
    assert json.loads(direct_url.read_text(encoding="utf-8"))["url"] == tree.as_uri()

    if pip.id not in IN_PLACE:
        said = f"compiled 1.0: built in a copy of {tree}, without the results of earlier builds:"
        assert [line for line in result.lines if line.startswith(said)]


@pytest.mark.seam("none")
@pytest.mark.pips(at_least="21.3")
def test_modules_that_were_built_beside_the_sources(target: Target) -> None:
    tree = source_tree("compiled", target.room / "work")
    plain = target.fresh()
    plain.run_pip("install", "-e", tree, settings={"PIP_CONSTRAINT": ""}).succeeded()
    assert list(tree.glob("compiled.*.so"))

    rules = '[package.compiled]\nreplace.ingredient = "ingredient=={}"\n'
    target.override(rules.format("1.0"), "install", tree).succeeded()
    assert _against(target) == "1.0"
    # Today's setuptools makes the module of an editable project from the beginning, and then copies it.
    target.override(rules.format("2.0"), "install", "-e", tree).succeeded()
    assert _against(target) == "2.0"


@pytest.mark.seam("none")
@pytest.mark.pips(at_least="21.3")
def test_an_editable_project_whose_backend_may_use_what_is_there(target: Target) -> None:
    tree = source_tree("editable", target.room)
    left = tree / "build" / "cp311"
    left.mkdir(parents=True)
    (left / "build.ninja").touch()
    rules = '[package.editable]\nreplace.ingredient = "ingredient==1.0"\n'
    result = target.refuses(rules, "install", "-e", "./editable", words=("build/cp311", "remove them"))
    said = follows("remove them from {} first: {}", result.error)
    for path in said.partition(" first: ")[2].split():
        assert path.startswith("build/")
    shutil.rmtree(left)
    target.override(rules, "install", "-e", "./editable").succeeded()


@pytest.mark.seam("none")
def test_what_a_pure_build_has_left(target: Target) -> None:
    tree = source_tree("declares", target.room)
    (tree / "build" / "lib").mkdir(parents=True)
    (tree / "build" / "lib" / "declares.py").touch()
    rules = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
    result = target.override(rules, "install", "./declares").succeeded()
    assert result.warnings == []
    assert "built in a copy" not in result.stdout


@pytest.mark.seam("none")
def test_a_module_that_is_not_built(target: Target) -> None:
    tree = source_tree("declares", target.room)
    (tree / "declares.abi3.so").write_bytes(b"\x7fELF")
    rules = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
    words = ("declares.abi3.so", "does not contain it")
    result = target.refuses(rules, "install", "./declares", words=words)
    said = follows(
        "if it is such a result, remove it from {}; if one of them is a source file, add it to version"
        " control (git add -f), or build from an sdist",
        result.error,
    )
    if target.pip.id == ONE_PIP:
        # As a source file first: what Git knows is part of the sources.
        for command in (("init", "-q"), ("add", "-f", "."), ("commit", "-q", "-m", "A tree")):
            _git(target, tree, *command)
        target.override(rules, "install", "./declares").succeeded()
        place = Path(said.partition("remove it from ")[2].partition(";")[0])
        shutil.rmtree(place / ".git")
        (place / "declares.abi3.so").unlink()
        target.override(rules, "install", "--force-reinstall", "./declares").succeeded()


@pytest.mark.seam("none")
def test_what_a_build_requirement_was_built_with(target: Target) -> None:
    # No rule is about needs-sauce, and one is about what it is built with.
    tree = source_tree("needs-sauce", target.room / "work")
    (tree / "build" / "temp.linux").mkdir(parents=True)
    (tree / "build" / "temp.linux" / "x.o").touch()
    rules = '[package.sauce]\nreplace.ingredient = "ingredient==1.0"\n'
    result = target.override(rules, "install", tree).succeeded()
    assert target.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "1.0"}}
    if target.pip.version != "21.2.4":
        assert "needs-sauce 1.0: built in a copy of" in result.stdout


@pytest.mark.pips(only=("23.2.1", "24.0", "26.3"))
def test_prepared_again_where_an_index_serves_metadata(target: Target) -> None:
    with index_with_metadata(target.index, target.room / "served") as settings:
        # The newest is 3.0; bundle alone keeps it from the target.
        target.override(
            IN_STEP.format("remembers"), "install", "remembers", "bundle", settings=settings
        ).succeeded()
    assert target.stamp("remembers") == {"ingredient": "2.0"}
    assert json.loads(target.constant("remembers", "KEPT"))["ingredient"] == "2.0"


_BACKEND = """\
import stampbackend
from stampbackend import *

def get_requires_for_build_wheel(config_settings=None):
    stampbackend._keep(stampbackend.read_settings())
    return stampbackend.get_requires_for_build_wheel(config_settings)

def get_requires_for_build_editable(config_settings=None):
    stampbackend._keep(stampbackend.read_settings())
    return stampbackend.get_requires_for_build_editable(config_settings)
"""


def _whose_hook_writes(target: Target) -> Path:
    tree = source_tree("asks-for-what-came", target.room / "work")
    (tree / "backend.py").write_text(_BACKEND, encoding="utf-8")
    pyproject = tree / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8") + 'keeps = "kept.json"\n'
    text = text.replace('"stampbackend"\n', '"backend"\nbackend-path = ["."]\n')
    pyproject.write_text(text, encoding="utf-8")
    return tree


RULE = '[package.asks-for-what-came]\nreplace.ingredient = "ingredient==1.0"\n'


def _git(target: Target, tree: Path, *arguments: str) -> None:
    git = shutil.which("git")
    assert git, "git is needed for these tests"
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@localhost")
    target.execute(git, "-C", tree, *who, *arguments).succeeded()


@pytest.mark.seam("hooks")
@pytest.mark.parametrize("kind", ["directory", "checkout"])
def test_prepared_again_after_a_hook_that_writes(target: Target, kind: str) -> None:
    tree = _whose_hook_writes(target)
    asked: object = tree
    if kind == "checkout":
        for command in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "A tree")):
            _git(target, tree, *command)
        asked = f"git+{tree.as_uri()}"
    target.override(RULE, "install", asked).succeeded()
    assert target.stamp("asks_for_what_came")["ingredient"] == "1.0"
    assert json.loads(target.constant("asks_for_what_came", "KEPT"))["ingredient"] == "1.0"
    assert not (tree / "kept.json").exists()


@pytest.mark.seam("none")
@pytest.mark.pips(at_least="21.3")
def test_an_editable_project_whose_hook_writes(target: Target) -> None:
    tree = _whose_hook_writes(target)
    words = ("a second time", "kept.json")
    result = target.refuses(RULE, "install", "-e", tree, words=words)
    (tree / "kept.json").unlink()
    said = follows(
        "restore those files, and have the requirement installed from the start: put {} into the table"
        " package.{}",
        result.error,
    )
    key = said.partition("put ")[2].partition(" into the table")[0]
    assert key == "constrain = ['ingredient==1.0']"
    target.override(f"{RULE}{key}\n", "install", "-e", tree).succeeded()
    assert json.loads(target.constant("asks_for_what_came", "KEPT"))["ingredient"] == "1.0"


@pytest.mark.seam("none")
def test_a_directory_that_is_built_for_a_build_environment(target: Target) -> None:
    # In a copy: it would leave something for the build of the same directory for the target.
    tree = source_tree("remembers", target.room / "work")
    rules = "[package.declares]\nreplace.ingredient = { path = 'work/remembers', name = 'remembers' }\n"
    target.override(rules, "install", "declares==1.0").succeeded()
    assert not (tree / "kept.json").exists()


@pytest.mark.seam("none")
@pytest.mark.pips(at_least="21.3")  # before, pip builds each directory in a copy of its own
def test_a_directory_that_another_pip_builds_in(target: Target) -> None:
    import fcntl

    tree = source_tree("remembers", target.room)
    rules = '[package.remembers]\nreplace.ingredient = "ingredient==1.0"\n'
    other = os.open(tree, os.O_RDONLY)
    try:
        fcntl.flock(other, fcntl.LOCK_EX)
        target.override(rules, "install", "./remembers").succeeded()
        assert not (tree / "kept.json").exists()
    finally:
        os.close(other)
    target.override(rules, "install", "--force-reinstall", "./remembers").succeeded()
    assert (tree / "kept.json").exists()


@pytest.mark.seam("none")
def test_explained_hooks_write_nothing(target: Target) -> None:
    tree = _whose_hook_writes(target)
    command = (*tool(), "explain", "--hooks", "--overrides", target.write(RULE))
    target.execute(*command, "--python", target.python, tree).succeeded()
    assert not (tree / "kept.json").exists()
