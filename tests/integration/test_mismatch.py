"""Wheels that are built against another version than they will run with."""

from __future__ import annotations

import re

import pytest

from ..support.environments import Target, tool
from ..support.hints import ONE_PIP, follows
from ..support.wheelhouse import ingredient_wheel

ALL = '[settings]\nrecord = "all"\n'
SUGGESTED = {
    "built-and-run-on": '[package.built-and-run-on]\nreplace.ingredient = "ingredient==1.0"',
    "built-by-bundle": '[package.built-by-bundle]\nreplace.bundle = "ingredient==1.0"',
}


def has_older(target: Target) -> None:
    target.put(ingredient_wheel(target.room / "older", "1.0"))


@pytest.mark.seam("none")
@pytest.mark.parametrize("name", SUGGESTED)
def test_a_warning_with_what_to_paste(target: Target, name: str) -> None:
    has_older(target)
    built = {"built-and-run-on": "3.0", "built-by-bundle": "2.0"}[name]
    result = target.override(ALL, "install", name).succeeded()
    (said,) = [text for text in result.warnings if "built against" in text]
    assert f"{name} 1.0 is built against ingredient {built}" in said
    assert "run with ingredient 1.0" in said
    assert SUGGESTED[name] in result.stderr

    # From the cache, where nothing is built any more, it is said again.
    again = target.fresh()
    has_older(again)
    target.builds()
    assert SUGGESTED[name] in again.override(ALL, "install", name).succeeded().stderr
    assert target.builds() == []

    fixed = target.fresh()
    has_older(fixed)
    result = fixed.override(f"{ALL}\n{SUGGESTED[name]}\n", "install", name).succeeded()
    assert not result.warnings
    assert fixed.stamp(name.replace("-", "_"))["ingredient"] == "1.0"


@pytest.mark.seam("none")
@pytest.mark.pips(only=("26.3",))
@pytest.mark.parametrize(
    ("text", "table"),
    [
        # Beside a table for some versions, a whole list, and a rule for the same requirement.
        (
            '[package."built-and-run-on<2"]\nconstrain = ["ingredient<4"]\nadd = ["mint"]\n',
            '[package."built-and-run-on<2"]\nreplace.ingredient = "ingredient==1.0"\nadd = ["mint"]',
        ),
        (
            '[package.built-and-run-on]\nrequires = ["stampbackend", "ingredient==3.0", "mint"]\n',
            '[package.built-and-run-on]\nrequires = ["stampbackend", "ingredient==1.0", "mint"]',
        ),
        (
            '[package.built-and-run-on]\nreplace.ingredient = "ingredient>1"\nadd = ["mint"]\n',
            '[package.built-and-run-on]\nreplace.ingredient = "ingredient==1.0"\nadd = ["mint"]',
        ),
    ],
)
def test_the_remedy_is_the_whole_table(target: Target, text: str, table: str) -> None:
    has_older(target)
    result = target.override(text, "install", "built-and-run-on").succeeded()
    header = table.partition("\n")[0].strip("[]")
    hint = f"hint: in build-overrides.toml, replace everything under {header} with this ("
    assert hint in result.stderr
    assert result.stderr.rstrip().endswith(f":\n{table}")
    fixed = target.fresh()
    has_older(fixed)
    assert not fixed.override(f"{table}\n", "install", "built-and-run-on").succeeded().warnings
    stamp = fixed.stamp("built_and_run_on")
    assert stamp["ingredient"] == "1.0"


def test_an_error_before_anything_is_installed(target: Target) -> None:
    has_older(target)
    result = target.refuses(
        f'{ALL}mismatch = "error"\n',
        *("install", "built-and-run-on", "spice==1.0"),
        words=("built against ingredient 3.0", "ingredient 1.0"),
    )
    assert SUGGESTED["built-and-run-on"] in result.error
    if target.pip.id != ONE_PIP:
        return
    log = target.write(f"{result.stdout}{result.stderr}", "log")
    said = target.execute(*tool(), "suggest", str(log)).failed(1).stdout
    assert (
        "the run was stopped by an error: built-and-run-on 1.0 is built against ingredient 3.0" in said
    )
    follows("do what the hint after that error says", said)
    table = SUGGESTED["built-and-run-on"]
    target.override(f'{ALL}mismatch = "error"\n{table}\n', "install", "built-and-run-on").succeeded()


@pytest.mark.seam("none")
def test_what_is_to_be_ignored(target: Target) -> None:
    has_older(target)
    result = target.override(f'{ALL}mismatch = "ignore"\n', "install", "built-and-run-on").succeeded()
    assert "built against" not in result.stderr


@pytest.mark.seam("none")
def test_what_fits_is_not_spoken_of(target: Target) -> None:
    result = target.override(ALL, "install", "built-and-run-on").succeeded()
    assert not re.search("built against", result.stderr)
