"""Ready-made wheels of packages that have a table."""

from __future__ import annotations

import pytest

from ..support.environments import Target
from ..support.hints import ONE_PIP, follows


def test_a_ready_made_wheel_is_warned_of(target: Target) -> None:
    overrides = '[package.ready-made]\nreplace.ingredient = "ingredient==1.0"\n'
    result = target.override(overrides, "install", "ready-made").succeeded()
    (warning,) = result.warnings
    for word in ("ready-made", "package.ready-made", "no-binary"):
        assert word in warning
    assert target.builds() == []
    said = follows("set no-binary = true in a table package.{} to build it from source", warning)
    if target.pip.id == ONE_PIP:
        key, table = said.split(" in a table ")
        changed = f"{overrides}{key[len('set ') :]}\n"
        assert f"[{table.partition(' ')[0]}]" in changed
        target.override(changed, "install", "--force-reinstall", "ready-made").succeeded()
        assert target.stamp("ready_made") == {"ingredient": "1.0"}


def test_always_built_from_source(target: Target) -> None:
    overrides = '[package.ready-made]\nno-binary = true\nreplace.ingredient = "ingredient==1.0"\n'
    result = target.override(overrides, "install", "ready-made").succeeded()
    assert result.warnings == []
    assert target.stamp("ready_made") == {"ingredient": "1.0"}
    assert target.builds() == ["ready-made"]
    # A wheel that was built before under the same rules will do.
    again = target.fresh()
    again.override(overrides, "install", "ready-made").succeeded()
    assert again.stamp("ready_made") == {"ingredient": "1.0"}
    assert target.builds() == []
    if target.pip.id == ONE_PIP:
        force = ("install", "--force-reinstall")
        # The user names the wheel itself, which nothing can build from source.
        (wheel,) = target.index.glob("ready_made-*.whl")
        (warning,) = again.override(overrides, *force, wheel).succeeded().warnings
        follows("name the sdist or the directory of {} instead of the wheel", warning)
        (sdist,) = target.index.glob("ready?made-*.tar.gz")
        assert not again.override(overrides, *force, sdist).succeeded().warnings
        assert again.stamp("ready_made") == {"ingredient": "1.0"}


def test_of_a_build_dependency(target: Target) -> None:
    overrides = """
[package.undeclared]
add = ["ready-made", "ingredient==2.0"]

[package.ready-made]
no-binary = true
replace.ingredient = "ingredient==1.0"
"""
    target.override(overrides, "install", "undeclared").succeeded()
    assert target.nested_stamps("undeclared") == {"ready-made": {"ingredient": "1.0"}}


@pytest.mark.pips(only=["24.0", "26.3"])
def test_a_wheel_by_its_file(target: Target) -> None:
    overrides = "[package.ready-made]\nno-binary = true\n"
    wheel = target.index / "ready_made-1.0-py3-none-any.whl"
    result = target.override(overrides, "install", wheel)
    # Nobody else's wheel is a candidate here: it must not pass without a word.
    assert result.warnings or result.status == 2, str(result)
