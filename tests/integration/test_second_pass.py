"""The second pass, which installs what the hook asks for, knows the versions chosen for the first."""

from __future__ import annotations

import pytest

from ..support.environments import Target


@pytest.mark.quick_on("26.3")
def test_carries_the_pins(target: Target) -> None:
    overrides = '[package.asks-for-more]\nreplace.ingredient = "ingredient==1.0"\n'
    target.override(overrides, "install", "asks-for-more").succeeded()
    # The newest spice needs a newer ingredient, so an older spice it is.
    assert target.stamp("asks_for_more") == {"ingredient": "1.0", "spice": "1.0"}


def test_ends_in_the_resolvers_error(target: Target) -> None:
    installed = target.installed()
    overrides = '[package.asks-for-newer]\nreplace.ingredient = "ingredient==1.0"\n'
    result = target.override(overrides, "install", "asks-for-newer").failed()
    assert "conflicting dependencies" in result.stdout + result.stderr
    assert target.installed() == installed
    assert target.stored_wheels() == {}
