"""Build dependencies that are themselves built from source follow a table of their own."""

from __future__ import annotations

import pytest

from ..support.environments import Target

REPLACED = """
[package.needs-sauce]
replace.ingredient = "ingredient==1.0"

[package.sauce]
replace.ingredient = "ingredient==2.0"
"""


@pytest.mark.quick_on("21.2.4", "26.3")
@pytest.mark.seam("build environments")
def test_each_its_own_table(target: Target) -> None:
    result = target.override(REPLACED, "install", "needs-sauce").succeeded()
    assert target.stamp("needs_sauce") == {"ingredient": "1.0", "sauce": "1.0"}
    assert target.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "2.0"}}
    # What the nested pip did is handed up and printed once.
    assert sorted(result.reported) == [
        "needs-sauce 1.0: built with ingredient 1.0, sauce 1.0, stampbackend 1.0",
        "needs-sauce 1.0: ingredient -> ingredient==1.0   [build-overrides.toml: package.needs-sauce]",
        "sauce 1.0: built with ingredient 2.0, stampbackend 1.0",
        "sauce 1.0: ingredient -> ingredient==2.0   [build-overrides.toml: package.sauce]",
    ]
    assert "needs-sauce" in result.summary
    assert "sauce 1.0" in result.summary


@pytest.mark.seam("build environments")
def test_a_nested_pip_that_refuses(target: Target) -> None:
    overrides = '[package.sauce]\nreplace.unheard-of = "unheard-of==1.0"\n'
    target.refuses(
        overrides, "install", "needs-sauce", words=("package.sauce", "unheard-of", "ingredient")
    )


def test_a_nested_build_environment_that_fails(target: Target) -> None:
    overrides = '[package.sauce]\nreplace.ingredient = "ingredient==99"\n'
    result = target.override(overrides, "install", "needs-sauce").failed()
    assert "ingredient==99" in result.stdout + result.stderr
    assert target.versions() == {}
