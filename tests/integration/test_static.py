"""Requirements that stand in pyproject.toml."""

from __future__ import annotations

import pytest

from ..support.environments import Target


@pytest.mark.seam("sources")
def test_replaced(target: Target) -> None:
    plain = target.fresh()
    plain.run_pip("install", "--no-cache-dir", "declares==1.0").succeeded()
    assert plain.stamp("declares") == {"ingredient": "3.0"}

    overrides = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
    result = target.override(overrides, "install", "declares==1.0").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}
    assert result.reported == [
        "declares 1.0: ingredient -> ingredient==1.0   [build-overrides.toml: package.declares]",
        "declares 1.0: built with ingredient 1.0, stampbackend 1.0",
    ]


@pytest.mark.seam("sources")
def test_removed_added_and_the_whole_list(target: Target) -> None:
    overrides = """
[package.declares]
remove = ["ingredient"]

[package.undeclared]
add = ["ingredient<3"]

[package.declares-and-asks]
requires = ["stampbackend", "ingredient==1.0", "spice<2"]
"""
    result = target.override(
        overrides, "install", "declares==1.0", "undeclared", "declares-and-asks"
    ).succeeded()
    assert target.stamp("declares") == {}
    assert target.stamp("undeclared") == {"ingredient": "2.0"}
    assert target.stamp("declares_and_asks") == {"ingredient": "1.0", "spice": "1.0"}
    assert (
        "declares 1.0: ingredient removed   [build-overrides.toml: package.declares]" in result.reported
    )
    assert (
        "undeclared 1.0: ingredient<3 added   [build-overrides.toml: package.undeclared]"
        in result.reported
    )
    assert "declares 1.0: built with stampbackend 1.0" in result.reported


@pytest.mark.seam("none")
def test_two_packages_with_opposite_needs(target: Target) -> None:
    overrides = """
[package.declares]
replace.ingredient = "ingredient==1.0"

[package.declares-and-asks]
replace.ingredient = "ingredient==2.0"
"""
    target.override(overrides, "install", "declares", "declares-and-asks").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}
    assert target.stamp("declares_and_asks") == {"ingredient": "2.0"}


@pytest.mark.quick_on("26.3")
def test_lines_with_markers_and_extras(target: Target) -> None:
    overrides = """
[package.many-lines]
replace.Ingredient = "ingredient==1.0"

[package.wants_extra]
replace.flavour = "flavour==1.0"

[package.other-interpreters]
replace.ingredient = "ingredient==1.0"

[package.asks]
replace.ingredient = "ingredient==1.0; python_version < '3'"
"""
    names = ("many-lines", "wants-extra", "other-interpreters", "asks")
    result = target.override(overrides, "install", *names).succeeded()
    assert target.stamp("many_lines") == {"ingredient": "1.0"}
    # The declared extra is kept, and brings in what it stands for.
    assert target.stamp("wants_extra") == {"flavour": "1.0", "mint": "1.0"}
    # Where no declared line applies, nothing is installed in its place, and that is said.
    assert target.stamp("other_interpreters") == {}
    assert _said(result.reported, "other-interpreters 1.0", "ingredient")
    # If no entry applies, the declared requirement is kept, and that is reported.
    assert target.stamp("asks") == {"ingredient": "3.0"}
    assert _said(result.reported, "asks 1.0", "ingredient")


def _said(reported: list[str], package: str, word: str) -> bool:
    changes = [
        line for line in reported if line.startswith(f"{package}: ") and "built with" not in line
    ]
    return len(changes) == 1 and word in changes[0]
