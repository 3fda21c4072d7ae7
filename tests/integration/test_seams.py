"""A pip whose internals are not as known stops, and names what is not as known."""

from __future__ import annotations

import pytest

from ..support.altered_pip import ALTERATIONS, NO_LONGER_BEST, Alteration
from ..support.environments import Target, injected
from ..support.pips import Pip

# Among its rules is one for each thing that the shim does.
OVERRIDES = "".join(
    f"""
[package.{name}]
no-binary = true
replace.ingredient = "ingredient==1.0"
"""
    for name in ("declares-and-asks", "ready-made")
)
QUICK = ("the static list comes from elsewhere",)
CASES = [
    pytest.param(
        alteration,
        id=alteration.name.replace(" ", "-"),
        marks=[
            pytest.mark.pips(only=tuple(alteration.edits)),
            *([pytest.mark.quick] if alteration.name in QUICK else []),
        ],
    )
    for alteration in ALTERATIONS
]


@pytest.mark.parametrize("alteration", CASES)
def test_altered(pip: Pip, alteration: Alteration, target: Target) -> None:
    alteration.apply(pip.id, target.site_packages)
    settings = {"PYTHONPATH": injected()}
    target.run_pip("install", alteration.package, settings=settings).succeeded()
    assert target.versions() == {alteration.package: "1.0"}

    # Here lies in wait what is wrong under the rules: pip's own wheel in its cache, or on the index.
    overridden = target.fresh()
    alteration.apply(pip.id, overridden.site_packages)
    result = overridden.refuses(
        OVERRIDES, "install", alteration.package, words=(f"pip {pip.version} is not as known",)
    )
    assert any(name in result.error for name in alteration.seam), str(result)


@pytest.mark.pips(only=tuple(NO_LONGER_BEST.edits))
def test_what_is_read_only_when_it_is_wanted(target: Target) -> None:
    NO_LONGER_BEST.apply(target.pip.id, target.site_packages)
    overrides = '[package.declares]\nreplace.ingredient = { from = "target" }\n'
    words = (f"pip {target.pip.version} is not as known", *NO_LONGER_BEST.seam)
    target.refuses(overrides, "install", "declares", "spice", words=words)
