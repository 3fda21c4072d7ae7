"""pip's own --isolated switches the override off, for that pip and for those that it starts."""

from __future__ import annotations

from ..support.environments import Target

OVERRIDES = """
[package.needs-sauce]
replace.ingredient = "ingredient==1.0"

[package.sauce]
replace.ingredient = "ingredient==1.0"
"""


def test_off_throughout(target: Target) -> None:
    # --isolated ignores all PIP_* variables, so what the tests rest on is given as options.
    command = ["--isolated", "install", "--no-index", "--find-links", target.index, "--no-cache-dir"]
    result = target.override(OVERRIDES, *command, "needs-sauce")
    # The command did what it was asked to, and the override was not in force.
    result.refused("isolated")
    assert target.stamp("needs_sauce") == {"ingredient": "3.0", "sauce": "1.0"}
    assert target.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "3.0"}}
    assert result.reported == []

    allowed = target.override(OVERRIDES, *command, "mint", options=("--allow-unused",)).succeeded()
    assert allowed.reported == []
