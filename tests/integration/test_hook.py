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


@pytest.mark.parametrize("source", ["oldest", "target"])
def test_a_range_that_not_every_pip_can_read(target: Target, source: str) -> None:
    overrides = f'[package.asks-by-wildcard]\nreplace.ingredient = {{ from = "{source}" }}\n'
    asked = ("install", "asks-by-wildcard", *(["ingredient==1.0"] if source == "target" else []))
    if source == "target":
        # It is the version of the target, whatever is declared; what is declared is said.
        result = target.override(overrides, *asked).succeeded()
        assert target.stamp("asks_by_wildcard") == {"ingredient": "1.0"}
        assert any("ingredient>=2.*" in line for line in result.reported), str(result)
    elif target.pip.is_older_than("24.1"):
        target.override(overrides, *asked).succeeded()
        assert target.stamp("asks_by_wildcard") == {"ingredient": "2.0"}
    else:
        words = ("ingredient>=2.*", "cannot be read", "package.asks-by-wildcard")
        error = target.refuses(overrides, *asked, words=words).error
        assert 'hint: replace the source table by a version, "ingredient==VERSION"' in error
        written = '[package.asks-by-wildcard]\nreplace.ingredient = "ingredient==2.0"\n'
        target.override(written, *asked).succeeded()
        assert target.stamp("asks_by_wildcard") == {"ingredient": "2.0"}
