"""Requirements that the build backend's hook asks for."""

from __future__ import annotations

import pytest

from ..support.environments import Target


@pytest.mark.seam("hooks")
def test_replaced(target: Target) -> None:
    overrides = '[package.asks]\nreplace.ingredient = "ingredient==1.0"\n'
    result = target.override(overrides, "install", "asks").succeeded()
    assert target.stamp("asks") == {"ingredient": "1.0"}
    assert result.reported == [
        "asks 1.0: ingredient -> ingredient==1.0   [build-overrides.toml: package.asks]",
        "asks 1.0: built with ingredient 1.0, stampbackend 1.0",
    ]


@pytest.mark.seam("none")
def test_named_in_both_places(target: Target) -> None:
    overrides = '[package.declares-and-asks]\nreplace.ingredient = "ingredient==1.0"\n'
    result = target.override(overrides, "install", "declares-and-asks").succeeded()
    assert target.stamp("declares_and_asks") == {"ingredient": "1.0"}
    assert result.reported == [
        (
            "declares-and-asks 1.0: ingredient -> ingredient==1.0   "
            "[build-overrides.toml: package.declares-and-asks]"
        ),
        "declares-and-asks 1.0: built with ingredient 1.0, stampbackend 1.0",
    ]


@pytest.mark.seam("none")
def test_removed_and_replaced_by_another_name(target: Target) -> None:
    overrides = """
[package.asks]
remove = ["ingredient"]

[package.declares-and-asks]
replace.ingredient = "spice==1.0"
constrain = ["ingredient<2"]
"""
    target.override(overrides, "install", "asks", "declares-and-asks").succeeded()
    assert target.stamp("asks") == {}
    assert target.stamp("declares_and_asks") == {"ingredient": "1.0", "spice": "1.0"}


def test_there_before_the_hook_runs(target: Target) -> None:
    overrides = '[package.undeclared-in-hook]\nadd = ["ingredient==1.0"]\n'
    target.override(overrides, "install", "undeclared-in-hook").succeeded()
    assert target.stamp("undeclared_in_hook") == {"ingredient": "1.0"}
