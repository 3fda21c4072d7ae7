"""An override that contradicts an exact pin of the package that is built."""

from __future__ import annotations

from ..support.environments import Target

NAMES = ("pins", "asks-pinned", "pins-and-asks-pinned")
OVERRIDES = "".join(f'[package.{name}]\nreplace.ingredient = "ingredient==1.0"\n' for name in NAMES)


def test_the_override_wins(target: Target) -> None:
    # Where pip has a check of its own, it is to see the effective list as well.
    options = [] if target.pip.is_older_than("22.1") else ["--check-build-dependencies"]
    target.override(OVERRIDES, "install", *options, *NAMES).succeeded()
    for name in NAMES:
        assert target.stamp(name.replace("-", "_")) == {"ingredient": "1.0"}, name


def test_a_constraint_only_limits(target: Target) -> None:
    result = target.override(
        '[package.pins]\nconstrain = ["ingredient<3"]\n', "install", "pins"
    ).failed()
    assert "conflicting dependencies" in result.stdout + result.stderr
    assert target.versions() == {}
