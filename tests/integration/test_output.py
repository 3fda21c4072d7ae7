"""What is printed, where, and how often."""

from __future__ import annotations

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
        'asks 1.0: built with ingredient 2.0, stampbackend 1.0',
        'asks 1.0: constrained to ingredient<3   [build-overrides.toml: package."*"]',
        "needs-sauce 1.0: built with ingredient 1.0, sauce 1.0, stampbackend 1.0",
        "needs-sauce 1.0: ingredient -> ingredient==1.0   [build-overrides.toml: package.needs-sauce]",
        "sauce 1.0: built with ingredient 2.0, stampbackend 1.0",
        "sauce 1.0: ingredient -> ingredient==2.0   [build-overrides.toml: package.sauce]",
    ]
    summary = result.summary
    for word in ("needs-sauce 1.0", "sauce 1.0", "asks 1.0", "unheard-of"):
        assert word in summary, summary
    assert result.stderr == ""
    assert list((target.room / "temporary").iterdir()) == []


def test_quiet(target: Target) -> None:
    overrides = OVERRIDES.replace("[package.unheard-of]", "[package.runs-on-ingredient]")
    quiet = target.override(overrides, "install", "-q", "needs-sauce", "runs-on-ingredient").succeeded()
    assert quiet.stdout == ""
    assert target.stamp("needs_sauce") == {"ingredient": "1.0", "sauce": "1.0"}
    # Refusals are shown however quiet pip is to be.
    overrides = '[package.asks]\nremove = ["unheard-of"]\n'
    for option in ("-qqq",):
        result = target.refuses(overrides, "install", option, "asks", words=("unheard-of",))
        assert result.stdout == ""


def test_set_aside(target: Target) -> None:
    overrides = OVERRIDES + '\n[package.asks]\nconstrain = ["ingredient<2"]\n'
    result = target.override(overrides, "install", "-v", "asks").succeeded()
    assert target.stamp("asks") == {"ingredient": "1.0"}
    assert [line for line in result.lines if 'package."*"' in line and "set aside" in line], str(result)


def test_nothing_to_do(target: Target) -> None:
    overrides = '[package.unheard-of]\nadd = ["spice"]\n'
    plain = target.fresh().run_pip("install", "--no-cache-dir", "declares").succeeded()
    result = target.override(overrides, "install", "--no-cache-dir", "declares").succeeded()
    assert result.reported == []
    assert "unheard-of" in result.summary
    without_summary = [line for line in result.lines if line != result.summary]
    assert without_summary == plain.lines
    assert result.stderr == ""
