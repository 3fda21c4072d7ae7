"""An index that serves the metadata of sdists (PEP 658): pip prepares the sources after resolving."""

from __future__ import annotations

import pytest

from ..support.environments import Target
from ..support.serving import index_with_metadata


@pytest.mark.pips(only=("24.0", "26.3"))
def test_a_target_that_is_known_before_the_sources_are_there(target: Target) -> None:
    rules = '[package.declares]\nreplace.ingredient = { from = "target" }\n'
    with index_with_metadata(target.index, target.room / "served") as settings:
        # The newest is 3.0; bundle alone keeps it from the target.
        result = target.override(rules, "install", "declares", "bundle", settings=settings).succeeded()
    assert target.versions()["ingredient"] == "2.0"
    assert target.stamp("declares") == {"ingredient": "2.0"}
    assert "declares 2.0: ingredient -> ingredient==2.0 (target)" in result.stdout
