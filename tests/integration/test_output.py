"""What is printed, where, and how often."""

from __future__ import annotations

import pytest

from ..support.environments import Target

OVERRIDES = """
[package.needs-sauce]
replace.ingredient = "ingredient==1.0"

[package.sauce]
replace.ingredient = "ingredient==2.0"

[package.unheard-of]
add = ["spice"]

[package."*"]
constrain = ["ingredient<3"]
"""


def test_changes_and_summary(target: Target) -> None:
    result = target.override(OVERRIDES, "install", "needs-sauce", "asks").succeeded()
    assert sorted(result.reported) == [
        "asks 1.0: built with ingredient 2.0, stampbackend 1.0",
        'asks 1.0: constrained to ingredient<3   [build-overrides.toml: package."*"]',
        "needs-sauce 1.0: built with ingredient 1.0, sauce 1.0, stampbackend 1.0",
        "needs-sauce 1.0: ingredient -> ingredient==1.0   [build-overrides.toml: package.needs-sauce]",
        "sauce 1.0: built with ingredient 2.0, stampbackend 1.0",
        "sauce 1.0: ingredient -> ingredient==2.0   [build-overrides.toml: package.sauce]",
    ]
    summary = result.summary
    for word in ("needs-sauce 1.0", "sauce 1.0", "asks 1.0", "unheard-of"):
        assert word in summary, summary
    assert "pip-build-override" not in result.stderr
    assert list(target.temporary.iterdir()) == []


def test_quiet(target: Target) -> None:
    overrides = '[package.declares]\nconstrain = ["ingredient<3", "unheard-of<2"]\n'
    quiet = target.override(overrides, "install", "-q", "declares").succeeded()
    assert target.stamp("declares") == {"ingredient": "2.0"}
    # Changes and the summary are not shown, warnings are.
    assert quiet.stdout == ""
    assert len(quiet.warnings) == 1
    # And so are refusals, however quiet pip is to be.
    overrides = '[package.asks]\nremove = ["unheard-of"]\n'
    result = target.refuses(overrides, "install", "-qqq", "asks", words=("unheard-of",))
    assert result.stdout == ""


@pytest.mark.seam("none")
def test_set_aside(target: Target) -> None:
    overrides = OVERRIDES + '\n[package.asks]\nconstrain = ["ingredient<2"]\n'
    result = target.override(overrides, "install", "-v", "asks").succeeded()
    assert target.stamp("asks") == {"ingredient": "1.0"}
    assert [line for line in result.lines if 'package."*"' in line and "set aside" in line], str(result)


@pytest.mark.seam("none")
def test_nothing_to_do(target: Target) -> None:
    overrides = '[package.unheard-of]\nadd = ["spice"]\n'
    plain = target.fresh().run_pip("install", "--no-cache-dir", "declares").succeeded()
    command = ("install", "--no-cache-dir", "declares")
    result = target.override(overrides, *command, options=("--allow-unused",)).succeeded()
    assert result.reported == []
    assert "unheard-of" in result.summary
    assert _settled(result.lines) == [*_settled(plain.lines), result.summary]
    # The name may be misspelt, since something else was built.
    ours, _, hint = result.stderr[len(plain.stderr) :].partition("\nhint: ")
    assert result.stderr.startswith(plain.stderr)
    assert ours.startswith("pip-build-override: warning: ")
    assert hint.count("\n") == 1


def _settled(lines: list[str]) -> list[str]:
    # Where a wheel lies until it is installed is a directory with a random name.
    return [line for line in lines if not line.startswith("Stored in directory: ")]
