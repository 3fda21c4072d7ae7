"""Malformed ``system-site-packages`` and ``build-environment``, and what contradicts them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable

import pytest

from pip_build_override.rules import (
    OverrideError,
    Overrides,
    Selection,
    package,
    parse_overrides,
    select,
)

from ..support.hints import follows

Refusal = Callable[..., OverrideError]

HASHES = f"{{ requirement = 'numpy==1', hashes = ['sha256:{'0' * 64}'] }}"

ENVIRONMENT = [
    (
        "system-site-packages = false",
        "system-site-packages = false has no effect, because builds are isolated anyway",
        "leave system-site-packages out",
    ),
    (
        "system-site-packages = 'true'",
        "system-site-packages: expected true, found a string",
        "write system-site-packages = true",
    ),
    (
        "system-site-packages = 1",
        "system-site-packages: expected true, found a number",
        "write system-site-packages = true",
    ),
    (
        "system-site-packages = ['numpy']",
        "system-site-packages: expected true, found a list",
        "write system-site-packages = true",
    ),
    (
        "system-site-packages = true\nbuild-environment = 'target'",
        "build-environment replaces the isolated environment",
        "keep one of build-environment and system-site-packages",
    ),
    (
        "system_site_packages = true",
        "unknown key system_site_packages",
        "did you mean system-site-packages?",
    ),
    (
        "no_build_isolation = true",
        "unknown key no_build_isolation",
        'write build-environment = "target"',
    ),
    (
        "build-isolation = false",
        "unknown key build-isolation",
        'write build-environment = "target"',
    ),
    ("pins = ['numpy']", "unknown key pins", "did you mean pin-compatible?"),
    (
        "build-with-system-site-packages = true",
        "unknown key build-with-system-site-packages",
        "did you mean system-site-packages?",
    ),
    (
        "build-environment = true",
        'build-environment: expected a path or "target", found a boolean',
        'write build-environment = "target", or the path of an environment',
    ),
    (
        "build-environment = 3",
        'build-environment: expected a path or "target", found a number',
        'write build-environment = "target", or',
    ),
    (
        "build-environment = ['PATH']",
        'build-environment: expected a path or "target", found a list',
        'write build-environment = "target", or',
    ),
    (
        "build-environment = { path = 'PATH' }",
        'build-environment: expected a path or "target", found a table',
        'write build-environment = "target", or',
    ),
    (
        "build-environment = ' '",
        'build-environment is not a path: " "',
        'write build-environment = "PATH", or "target" to build without isolation',
    ),
    (
        'build-environment = "a\\u0000b"',
        'build-environment is not a path: "a\\u0000b"',
        'write build-environment = "PATH", or',
    ),
    (
        "build-environment = 'https://example.org/env'",
        'build-environment: "https://example.org/env" is a URL',
        'write build-environment = "PATH", or',
    ),
    (
        "build-environment = 'Target'",
        "build-environment: there is no directory ",
        'did you mean build-environment = "target"?',
    ),
    (
        "build-environment = 'targt'",
        "build-environment: there is no directory ",
        'did you mean build-environment = "target"?',
    ),
    (
        "build-environment = 'current'",
        "build-environment: there is no directory ",
        'did you mean build-environment = "target"?',
    ),
    (
        "build-environment = '~/venvs/numpy-1.20'",
        "build-environment: there is no directory ",
        "write the full path, because ~ is not expanded: build-environment = ",
    ),
    (
        "build-environment = '../venvs/missing'",
        "build-environment: there is no directory ",
        "create that environment, or correct its path, which is relative to the overrides file",
    ),
    (
        "build-environment = '/no/such/environment'",
        f"build-environment: there is no directory {os.sep}no",
        "create that environment, or correct its path",
    ),
    (
        "build-environment = 'target'\nrequires = ['numpy']",
        "requires is a list of what to install, and nothing is installed into a build-environment",
        "leave requires out; what the package declares has to be in that environment",
    ),
    (
        "build-environment = 'target'\nreplace.numpy = { from = 'target' }",
        'replace.numpy has from = "target", but a build-environment that exists already is used as',
        "leave replace.numpy out, and install that numpy into the environment yourself",
    ),
    (
        "build-environment = 'target'\nadd = [{ name = 'torch', from = 'target', borrow = true }]",
        "add has borrow = true, but a build-environment that exists already",
        "leave add out, and install that torch into the environment yourself",
    ),
    (
        f"build-environment = 'target'\nreplace.numpy = {HASHES}",
        "replace.numpy has hashes, and nothing of what",
        'write replace.numpy = "numpy==1"',
    ),
]
OTHERS = [
    (
        f"build-environment = 'target'\nadd = [{HASHES}]",
        "add has hashes, and nothing of what a build-environment contains can be compared with them",
        'write add = ["numpy==1"]',
    ),
    (
        "add = [{ name = 'numpy', from = 'target', system-site-packages = true }]",
        "system-site-packages",
        "put system-site-packages under the package's table, outside of the braces",
    ),
    (
        "add = [{ name = 'numpy', from = 'target', pin-compatible = true }]",
        "unknown key pin-compatible in a source table",
        "put pin-compatible under the package's table, outside of the braces",
    ),
]


@pytest.mark.parametrize(("rules", "message", "hint"), [*ENVIRONMENT, *OTHERS])
def test_what_is_refused(refusal: Refusal, rules: str, message: str, hint: str) -> None:
    error = refusal(f"[package.pyworld]\n{rules}\n")
    assert message in error.message
    assert hint in error.hint
    assert error.where == "build-overrides.toml: package.pyworld"


def test_the_interpreter_in_place_of_its_environment(refusal: Refusal, tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    error = refusal("[package.pyworld]\nbuild-environment = 'venv/bin/python'\n")
    assert (
        error.message
        == f"build-environment: {python} is a file, and not the directory of an environment"
    )
    line = follows("write {} = {}", error.hint).partition(" ")[2]
    assert _read(tmp_path, line).tables[0].build_environment == str(tmp_path / "venv")


def test_an_environment_of_a_similar_name(refusal: Refusal, tmp_path: Path) -> None:
    for name in ("venv", "envs"):
        (tmp_path / "envs" / name).mkdir(parents=True)
    (tmp_path / "envs" / "venv" / "pyvenv.cfg").touch()
    error = refusal("[package.pyworld]\nbuild-environment = './envs/vemv/'\n")
    line = follows("did you mean {} = {}?", error.hint)[len("did you mean ") : -1]
    assert line == 'build-environment = "./envs/venv"'
    assert _read(tmp_path, line).tables[0].build_environment == str(tmp_path / "envs" / "venv")
    # Another directory of a similar name is no environment.
    assert "did you mean" not in refusal("[package.x]\nbuild-environment = 'envz'\n").hint


def _read(room: Path, rules: str, header: str = "package.pyworld") -> Overrides:
    text = f"[{header}]\n{rules}\n"
    return parse_overrides(text.encode(), path=str(room / "o.toml"), shown="o.toml")


def test_a_path_is_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()
    for written in ("venv", "./venv/", f"../{tmp_path.name}/venv", str(tmp_path / "venv")):
        (table,) = _read(tmp_path, f"build-environment = '{written}'").tables
        assert table.build_environment == str(tmp_path / "venv")
    assert _read(tmp_path, "build-environment = 'target'").tables[0].build_environment == "target"
    assert _read(tmp_path, "system-site-packages = true").tables[0].system_site_packages


COMBINED = """
[package."*"]
{}

[package.x]
{}
"""


def _choose(text: str, version: str = "1") -> Selection:
    overrides = parse_overrides(text.encode(), path="/o.toml", shown="o.toml")
    return select(overrides, package("x", version), {})


@pytest.mark.parametrize(
    ("general", "own", "key", "value"),
    [
        ("system-site-packages = true", "", "system-site-packages", True),
        ("build-environment = 'target'", "", "build-environment", "target"),
        ("build-environment = 'target'", "build-environment = '/'", "build-environment", "/"),
        ("build-environment = 'target'", "system-site-packages = true", "system-site-packages", True),
        ("system-site-packages = true", "build-environment = 'target'", "build-environment", "target"),
    ],
)
def test_the_more_specific_of_both_is_in_force(general: str, own: str, key: str, value: object) -> None:
    said = _choose(COMBINED.format(general, own))
    assert [(one.key, one.value) for one in said.settings] == [(key, value)]
    assert len(said.set_aside) == (1 if own else 0)
    assert said.uses_what_exists


def test_a_group_between_both() -> None:
    text = COMBINED.format("system-site-packages = true", "system-site-packages = true")
    group = '[group.all]\npackages = ["x"]\nbuild-environment = "target"\n'
    said = _choose(f"{text}{group}")
    assert [(one.key, one.where) for one in said.settings] == [("system-site-packages", "package.x")]
    assert said.set_aside[-1].startswith("group.all: build-environment (package.x")


def test_neither_is_more_specific() -> None:
    text = (
        '[package."x>=1"]\nsystem-site-packages = true\n[package."x<2"]\nbuild-environment = "target"\n'
    )
    with pytest.raises(OverrideError, match="excludes it") as caught:
        _choose(text)
    assert "x>=1" in caught.value.where + caught.value.message
    follows("remove {} or {}", f"hint: {caught.value.hint}")
    _choose(text.replace("system-site-packages = true", ""))


GROUPS = """
[group.a]
packages = ["x"]
system-site-packages = true
env.A = "1"

[group.b]
packages = ["x", "y"]
build-environment = "target"
env.B = "1"
"""


def test_two_groups_with_one_each() -> None:
    with pytest.raises(OverrideError) as caught:
        _choose(GROUPS)
    assert caught.value.message == (
        "group.a sets system-site-packages for x, and group.b sets build-environment, which excludes"
        " it; neither table wins over the other"
    )
    hint = follows("remove {} or {}", f"hint: {caught.value.hint}")
    assert hint == "remove system-site-packages or build-environment"
    _choose(GROUPS.replace("system-site-packages = true", ""))
    _choose(GROUPS.replace('build-environment = "target"', ""))
    _choose(GROUPS.replace('["x", "y"]', '["y"]'))
    for decides in ("system-site-packages = true", 'build-environment = "target"'):
        said = _choose(f"{GROUPS}\n[package.x]\n{decides}\n")
        assert [one.where for one in said.settings if one.key != "env"] == ["package.x"]
    with pytest.raises(OverrideError, match="group.b sets build-environment"):
        _choose(f"{GROUPS}\n[package.x]\nadd = ['a']\n")


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ("replace.numpy = { from = 'target', borrow = true }", "borrow = true"),
        (f"replace.numpy = {HASHES}", "hashes"),
        (f"add = [{HASHES}]", "hashes"),
    ],
)
def test_another_table_that_needs_something_installed(rule: str, what: str) -> None:
    with pytest.raises(OverrideError, match="which needs an environment that pip fills") as caught:
        _choose(COMBINED.format(rule, "build-environment = 'target'"))
    assert what in caught.value.message
    hint = follows(
        "remove build-environment, or write a rule for {} without {} into {}",
        f"hint: {caught.value.hint}",
    )
    assert hint.endswith("into package.x")
    _choose(COMBINED.format(rule, "build-environment = 'target'\nreplace.numpy = 'numpy==1'\nadd = []"))


def test_what_another_table_asks_for_may_be_there() -> None:
    _choose(COMBINED.format("replace.numpy = { from = 'target' }", "build-environment = 'target'"))
    _choose(COMBINED.format("requires = ['numpy']", "build-environment = 'target'"))
