"""``build-environment``: built in an environment that exists already, into which nothing is installed."""

from __future__ import annotations

import os

import pytest

from ..support.environments import Target
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
    before = everything(prepared.environment), everything(target.environment)
    # A PYTHONPATH of the user is not part of that environment.
    target.put(ingredient_wheel(target.room / "wheels", "2.0"))
    report = target.room / "report.json"
    result = target.override(
        PREPARED,
        *("install", "declares-and-asks"),
        settings={"PYTHONPATH": str(target.index)},
        options=("--report", str(report)),
    ).succeeded()
    assert target.stamp("declares_and_asks") == {"ingredient": "1.0", "mint": "1.0"}
    assert target.constant("declares_and_asks", "NOTES")["ingredient"] == "prepared"
    environment = os.path.normpath(target.room / ".." / "environment-2")
    assert result.reported == [
        f'declares-and-asks 1.0: build-environment = "{environment}"'
        "   [build-overrides.toml: package.declares-and-asks]",
        f"declares-and-asks 1.0: built with ingredient 1.0, stampbackend 1.0, in {environment} (which"
        " contains 2 more)",
    ]
    assert everything(prepared.environment) == before[0]
    assert target.stored_wheels() == {}
    print(report.read_text())


@pytest.mark.seam("build environments")
def test_the_target_is_one_too(target: Target) -> None:
    target.refuses(
        INSTEAD,
        "install",
        "declares-and-asks",
        words=(
            "the target environment",
            "lacks stampbackend, ingredient",
            "-m pip install stampbackend ingredient",
        ),
    )
    _furnish(target)
    target.override(INSTEAD, "install", "declares-and-asks").succeeded()
    assert target.stamp("declares_and_asks") == {"ingredient": "1.0", "mint": "1.0"}
    assert target.stored_wheels() == {}
