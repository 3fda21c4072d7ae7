"""Every seam in one run, on every pip, so that a difference that nobody knows of still shows."""

from __future__ import annotations

import pytest

from ..support.environments import Target
from ..support.wheelhouse import ingredient_wheel

OVERRIDES = """
[package.asks-for-what-came]
replace.ingredient = "ingredient==1.0"

[package.declares]
replace.ingredient = { from = "target" }
"""
# asks-for-what-came is prepared a second time, since the hook asks for what spice has brought in.
PACKAGES = ("asks-for-what-came", "declares==1.0")


@pytest.mark.quick_on("26.3")
@pytest.mark.core
def test_prepared_again_and_matched_and_cached(target: Target) -> None:
    present = ingredient_wheel(target.room / "present", "2.0")
    target.put(present)
    result = target.override(OVERRIDES, "install", *PACKAGES).succeeded()
    # The legacy resolver takes the newest spice all the same, whatever that depends on.
    spice = "2.0" if target.pip.mode == "legacy" else "1.0"
    assert target.stamp("asks_for_what_came") == {"ingredient": "1.0", "spice": spice}
    assert target.stamp("declares") == {"ingredient": "2.0"}
    assert target.versions()["ingredient"] == "2.0"
    where = "   [build-overrides.toml: package."
    assert [line for line in result.reported if "->" in line] == [
        f"asks-for-what-came 1.0: ingredient -> ingredient==1.0{where}asks-for-what-came]",
        f"declares 1.0: ingredient -> ingredient==2.0 (target){where}declares]",
    ]
    assert "declares 1.0: built with ingredient 2.0, stampbackend 1.0" in result.reported
    calls = target.calls()
    assert calls.count(("prepare_metadata_for_build_wheel", "declares")) == 1
    assert calls.count(("build_wheel", "declares")) == 1

    # Both from the cache.
    again = target.fresh()
    again.put(present)
    again.override(OVERRIDES, "install", *PACKAGES).succeeded()
    assert target.builds() == []
    assert again.stamp("asks_for_what_came") == {"ingredient": "1.0", "spice": spice}
    assert again.stamp("declares") == {"ingredient": "2.0"}
