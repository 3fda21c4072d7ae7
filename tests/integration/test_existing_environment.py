"""``build-environment``: an environment that exists already, into which nothing is installed."""

from __future__ import annotations

import os

import pytest

from ..support.environments import Target, tool
from ..support.hints import ONE_PIP, follows
from ..support.lending import everything
from ..support.wheelhouse import ingredient_wheel

PREPARED = """\
[package.declares-and-asks]
build-environment = "../environment-2"
"""
INSTEAD = '[package.declares-and-asks]\nbuild-environment = "target"\n'


def _furnish(target: Target) -> None:
    """Put in what the mini-project declares."""
    target.put(
        ingredient_wheel(target.room / "wheels", "1.0", note="prepared"),
        target.index / "stampbackend-1.0-py3-none-any.whl",
        target.index / "mint-1.0-py3-none-any.whl",
    )


@pytest.mark.seam("build environments")
@pytest.mark.quick_on("26.3")
def test_is_used_as_it_is(target: Target) -> None:
    prepared = target.fresh()
    _furnish(prepared)
    before = everything(prepared.environment)
    # Neither the target nor a PYTHONPATH of the user is part of that environment.
    target.put(ingredient_wheel(target.room / "wheels", "2.0"))
    elsewhere = target.room / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "ingredient.py").write_text("VERSION = '7'\n", encoding="utf-8")
    result = target.override(
        PREPARED,
        *("install", "declares-and-asks"),
        settings={"PYTHONPATH": str(elsewhere)},
        options=("--report", "report.json"),
    ).succeeded()
    assert target.stamp("declares_and_asks") == {"ingredient": "1.0", "mint": "1.0"}
    assert target.constant("declares_and_asks", "NOTES")["ingredient"] == "prepared"
    environment = os.path.normpath(target.room / ".." / "environment-2")
    table = "[build-overrides.toml: package.declares-and-asks]"
    used = f"ingredient 1.0, stampbackend 1.0, in {environment} (which contains 2 more)"
    assert result.reported == [
        f'declares-and-asks 1.0: build-environment = "{environment}"   {table}',
        f"declares-and-asks 1.0: built with {used}",
    ]
    assert everything(prepared.environment) == before
    assert target.stored_wheels() == {}
    if target.pip.id == ONE_PIP:
        frozen = target.execute(*tool(), "freeze", "report.json").failed()
        assert "it was built with build-environment, so it could import what nothing" in frozen.stderr
        assert "hint: build it without build-environment, with rules that have" in frozen.stderr
        again = ("install", "--force-reinstall", "--no-deps", "declares-and-asks")
        options = ("--report", "second.json")
        rules = '[package.declares-and-asks]\nreplace.ingredient = "ingredient==1.0"\n'
        target.override(rules, *again, options=options).succeeded()
        target.execute(*tool(), "freeze", "second.json").succeeded()


@pytest.mark.seam("build environments")
def test_the_target_is_one_too(target: Target) -> None:
    result = target.refuses(INSTEAD, "install", "declares-and-asks")
    assert "in the target environment, into which nothing is installed" in result.error
    assert "which lacks stampbackend, ingredient" in result.error
    assert "-m pip install stampbackend ingredient" in result.error
    _furnish(target)
    target.override(INSTEAD, "install", "declares-and-asks").succeeded()
    assert target.stamp("declares_and_asks") == {"ingredient": "1.0", "mint": "1.0"}
    assert target.stored_wheels() == {}


@pytest.mark.seam("none")
def test_of_a_build_requirement_the_target_is_not_complete(target: Target) -> None:
    rules = '[package.sauce]\nbuild-environment = "target"\n'
    result = target.refuses(rules, "install", "needs-sauce")
    assert "sauce 1.0 is a build requirement of needs-sauce 1.0" in result.error
    prepared = target.fresh()
    _furnish(prepared)
    hint = follows("name an environment by its path, as in build-environment = {}", result.stderr)
    named = hint.rpartition("as in ")[2].replace("PATH", str(prepared.environment))
    target.override(f"[package.sauce]\n{named}\n", "install", "needs-sauce").succeeded()
    assert target.nested_stamps("needs_sauce")["sauce"]["ingredient"] == "1.0"


@pytest.mark.seam("none")
def test_without_isolation_no_other_environment_is_used(target: Target) -> None:
    target.fresh()
    _furnish(target)
    rules = PREPARED.replace("package.declares-and-asks", 'package."*"')
    command = ("install", "--no-build-isolation", "declares-and-asks")
    target.refuses(rules, *command, words=("is built without build isolation",))
    # What the other one contains would not be compared with the requirements.
    target.refuses(INSTEAD, *command, words=("is built without build isolation",))
