"""A pip whose internals are not as known stops, and names what is not as known."""

from __future__ import annotations

import pytest

from ..support.altered_pip import ALTERATIONS, Alteration
from ..support.environments import Target, injected
from ..support.pips import Pip

# Among its rules is one for each thing that the shim does.
OVERRIDES = """
[package.declares-and-asks]
no-binary = true
replace.ingredient = "ingredient==1.0"
"""
CASES = [
    pytest.param(
        alteration,
        id=alteration.name.replace(" ", "-"),
        marks=pytest.mark.pips(only=tuple(alteration.edits)),
    )
    for alteration in ALTERATIONS
]


@pytest.mark.parametrize("alteration", CASES)
def test_altered(pip: Pip, alteration: Alteration, target: Target) -> None:
    alteration.apply(pip.id, target.site_packages)
    result = target.refuses(
        OVERRIDES, "install", "declares-and-asks", words=(f"pip {pip.version} is not as known",)
    )
    assert any(name in result.error for name in alteration.seam), str(result)

    settings = {"PYTHONPATH": injected()}
    target.run_pip("install", "declares-and-asks", settings=settings).succeeded()
    assert target.stamp("declares_and_asks") == {"ingredient": "3.0"}
