"""From a run under an override to a constraints file with which a plain pip builds the same."""

from __future__ import annotations

import json
import re

import pytest

from ..support.environments import Target, tool

RULES = """
[package.declares]
replace.ingredient = { from = "target" }
"""


@pytest.mark.pips(only=["26.3"])
@pytest.mark.seam("none")
def test_a_plain_pip_builds_the_same_under_what_was_written(target: Target) -> None:
    target.run_pip("install", "ingredient==1.0").succeeded()
    overrides = target.write(RULES)
    target.override(overrides, "install", "declares", options=("--report", "r.json")).succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}

    shown = target.execute(*tool(), "show", "--python", target.python, "declares").succeeded().stdout
    assert shown.startswith("declares 2.0: built by pip ")
    assert "\n    ingredient 1.0\n" in shown
    change = "ingredient -> ingredient==1.0 (target)   [build-overrides.toml: package.declares]"
    assert f"\n    {change}\n" in shown
    told = target.execute(*tool(), "show", "--python", target.python, "ingredient").failed(1)
    assert "ingredient 1.0: it has no record of its build" in told.stderr

    to_pip = (*tool(), "export", "--python", target.python, "--to", "pip", overrides)
    refused = target.execute(*to_pip).failed(1)
    assert "ingredient==1.0 would hold for every other package that is built" in refused.stderr
    by_report = target.execute(*to_pip, "--report", "r.json").succeeded().stdout
    by_explain = target.execute(*to_pip, "--package", "declares").succeeded().stdout
    assert re.findall("^[^#].*", by_report, re.MULTILINE) == ["ingredient==1.0"]
    assert by_report == by_explain
    written = target.write(by_report, "build-constraints.txt")

    other = target.fresh()
    other.run_pip("install", "declares").succeeded()
    assert other.stamp("declares") != {"ingredient": "1.0"}, "the rule has no effect"
    other = target.fresh()
    arguments = ("install", "--no-cache-dir", "--build-constraint", str(written), "declares")
    other.run_pip(*arguments).succeeded()
    assert other.stamp("declares") == {"ingredient": "1.0"}

    everything = target.execute(*to_pip, "--package", "declares", "--format", "json").succeeded()
    assert json.loads(everything.stdout)["unsaid"] == []
