"""Warnings that are kept with a wheel, and become errors under another setting."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override import rules
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds.build import Build
from pip_build_override.in_pip.builds.member import Judgement, put_together
from pip_build_override.in_pip.state.judgements import Judgements
from pip_build_override.in_pip.state.rules_in_force import RulesInForce

HINT = 'correct the name, or use add = ["b==1"], or set unused = "warn" under [settings]'


class Today(Judgements):
    """Judges by some settings, and keeps what it would say."""

    def __init__(self, shown: str = "o.toml", **settings: str) -> None:
        overrides = rules.Overrides(shown=shown, **settings)  # type: ignore[arg-type]
        self.shown = shown
        self.warnings: list[str] = []
        messages: Any = SimpleNamespace(warn=lambda warning: self.warnings.append(str(warning)))
        super().__init__(RulesInForce(overrides, b"", SimpleNamespace()), messages)  # type: ignore[arg-type]


def built() -> Build:
    """Return a build with a rule for what it does not declare."""
    build = Build(SimpleNamespace(use_pep517=True), True, SimpleNamespace())  # type: ignore[arg-type]
    build.package = rules.package("x", "1.0")
    build.declared = rules.Declared(static=("a",), hook=())
    overrides = rules.parse_overrides(
        b'[package.x]\nreplace.b = "b==1"\n', path="/o.toml", shown="o.toml"
    )
    build.make_plan(overrides, {}, lambda question: pytest.fail("no source table"))
    return build


def test_what_is_unused_is_said_again_under_the_name_of_today() -> None:
    told = Today(unused="warn").of_build(built())
    (entry,) = told["unused"]
    assert entry.where == "package.x"
    today = Today(shown="p.toml", unused="warn")
    assert not today.would_stop(told)
    today.say_again(told)
    (text,) = today.warnings
    assert text.startswith("p.toml: package.x: x 1.0 declares no build requirement b")
    assert text.endswith(f"hint: {HINT}")


def test_what_is_an_error_today_stops() -> None:
    told = Today(unused="warn").of_build(built())
    today = Today(unused="error")
    assert today.would_stop(told)
    today.say_again(told)
    assert today.warnings == []


def test_what_fits_and_what_does_not() -> None:
    warning = Today(mismatch="warn")
    assert warning.of_misfits([]) == {}
    told = warning.of_misfits([OverrideError("y is built against numpy 2", kind="usage", hint="h")])
    assert not warning.would_stop(told)
    assert Today(mismatch="error").would_stop(told)
    ignoring = Today(mismatch="ignore")
    assert not ignoring.would_stop(told)
    ignoring.say_again(told)
    assert ignoring.warnings == []


def test_a_setting_that_is_not_known_stops() -> None:
    told = {"of a later version": (Judgement("unused-rule", "m", "", ""),)}
    assert Today().would_stop(told)


def test_two_sources_of_one_setting() -> None:
    entry = Judgement("unused-rule", "m", "", "")
    both = put_together({"unused": (entry,), "mismatch": ()}, {"unused": (entry,)})
    assert both == {"unused": (entry, entry)}
