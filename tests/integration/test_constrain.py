"""Limits on a build environment: how far they reach, and that the user's own stay in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..support.environments import Target


def test_reach(target: Target) -> None:
    overrides = """
[package.needs-spice]
constrain = ["ingredient<3", "spice<2"]

[package.needs-sauce]
constrain = ["ingredient<2"]

[package.runs-on-ingredient]
constrain = ["ingredient<2"]
"""
    result = target.override(
        overrides, "install", "needs-spice", "needs-sauce", "runs-on-ingredient"
    ).succeeded()
    # Transitive build dependencies are reached…
    assert target.stamp("needs_spice") == {"ingredient": "2.0", "spice": "1.0"}
    # …nested builds are not…
    assert target.stamp("needs_sauce") == {"ingredient": "1.0", "sauce": "1.0"}
    assert target.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "3.0"}}
    # …and neither is what is installed at run time.
    assert target.versions()["ingredient"] == "3.0"
    # A limit on what never came into the build environment is a mistake, most likely.
    (warning,) = result.warnings
    assert "package.runs-on-ingredient" in warning
    assert "ingredient" in warning
    assert (
        "needs-sauce 1.0: constrained to ingredient<2   [build-overrides.toml: package.needs-sauce]"
        in result.reported
    )


def test_the_users_own_constraints_stay_in_force(target: Target) -> None:
    overrides = '[package.needs-spice]\nconstrain = ["spice<2"]\n'
    settings, options = _build_constraint(target, "ingredient<3\n")
    target.override(overrides, "install", *options, "needs-spice", settings=settings).succeeded()
    assert target.stamp("needs_spice") == {"ingredient": "2.0", "spice": "1.0"}


@pytest.mark.seam("none")
def test_a_contradiction_ends_in_the_resolvers_error(target: Target) -> None:
    overrides = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
    settings, options = _build_constraint(target, "ingredient>=2\n")
    result = target.override(overrides, "install", *options, "declares", settings=settings).failed()
    assert "conflicting dependencies" in result.stdout + result.stderr
    assert target.versions() == {}
    assert target.stored_wheels() == {}


@pytest.mark.pips(at_least="26.2")
def test_what_pip_keeps_out_of_builds_stays_out(target: Target) -> None:
    # From 26.2 on the constraints of the run are none of the build environment.
    overrides = '[package.needs-spice]\nconstrain = ["spice<2"]\n'
    settings = {"PIP_CONSTRAINT": str(target.write("ingredient<3\n", "constraints.txt"))}
    target.override(overrides, "install", "needs-spice", settings=settings).succeeded()
    assert target.stamp("needs_spice") == {"ingredient": "3.0", "spice": "1.0"}


@pytest.mark.pips(only=("24.0+legacy", "26.3"))
@pytest.mark.parametrize(
    ("rule", "user"),
    [
        ('constrain = ["ingredient<3"]', "ingredient<2"),
        ('constrain = ["ingredient<3", "ingredient!=2.0"]', "ingredient!=0.5"),
        ('replace.ingredient = "ingredient==1.0"', "ingredient<3"),
    ],
)
def test_both_hold_where_pip_keeps_one_constraint_per_name(
    target: Target, rule: str, user: str
) -> None:
    settings, options = _build_constraint(target, f"{user}\n")
    settings["PIP_USE_DEPRECATED"] = "legacy-resolver"
    overrides = f"[package.declares]\n{rule}\n"
    target.override(overrides, "install", *options, "declares", settings=settings).succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}


@pytest.mark.pips(only=("24.0+legacy",))
def test_a_constraint_of_the_user_that_is_a_file(target: Target) -> None:
    wheel = target.index / "ingredient-2.0-py3-none-any.whl"
    settings, _ = _build_constraint(target, f"ingredient @ {wheel.as_uri()}\n")
    overrides = '[package.declares]\nconstrain = ["ingredient<{}"]\n'
    target.override(overrides.format(3), "install", "declares", settings=settings).succeeded()
    assert target.stamp("declares") == {"ingredient": "2.0"}
    words = ("ingredient 2.0", "ingredient<2")
    target.fresh().refuses(overrides.format(2), "install", "declares", words=words, settings=settings)


def _build_constraint(target: Target, text: str) -> tuple[dict[str, str], tuple[str | Path, ...]]:
    path = target.write(text, "constraints.txt")
    if target.pip.is_older_than("25.3"):
        return {"PIP_CONSTRAINT": str(path)}, ()
    return {}, ("--build-constraint", path)
