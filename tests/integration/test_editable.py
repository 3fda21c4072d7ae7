"""Editable installs."""

from __future__ import annotations

import pytest

from ..support.environments import Target
from ..support.wheelhouse import source_tree


@pytest.mark.quick_on("26.3")
@pytest.mark.seam("editable installs")
@pytest.mark.pips(at_least="21.3")
def test_by_the_backends_hook(target: Target) -> None:
    source_tree("editable", target.room)
    overrides = '[package.editable]\nreplace.ingredient = "ingredient==1.0"\n'
    result = target.override(overrides, "install", "-e", "./editable").succeeded()
    # Spice is what the backend would have asked for to build a wheel.
    assert target.stamp("editable") == {"ingredient": "1.0"}
    assert result.reported == [
        "editable 1.0: ingredient -> ingredient==1.0   [build-overrides.toml: package.editable]",
        "editable 1.0: built with ingredient 1.0, stampbackend 1.0",
    ]
    assert target.stored_wheels() == {}


@pytest.mark.seam("editable installs")
@pytest.mark.pips(below="22.0")
def test_by_setup_py(target: Target) -> None:
    # pip 21.2 knows no other way, which goes through the build environment all the same.
    source_tree("no-backend", target.room)
    overrides = '[package.no-backend]\nreplace.ingredient = "ingredient==1.0"\n'
    result = target.override(overrides, "install", "-e", "./no-backend").succeeded()
    assert target.stamp("no_backend")["ingredient"] == "1.0"
    assert (
        "no-backend 1.0: ingredient -> ingredient==1.0   [build-overrides.toml: package.no-backend]"
        in result.reported
    )


@pytest.mark.seam("editable installs")
@pytest.mark.pips(at_least="21.3")
def test_unused(target: Target) -> None:
    source_tree("editable", target.room)
    overrides = '[package.editable]\nreplace.unheard-of = "unheard-of==1.0"\n'
    target.refuses(overrides, "install", "-e", "./editable", words=("unheard-of", "package.editable"))
