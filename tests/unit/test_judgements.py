"""Warnings that are kept with a wheel, and become errors under another setting."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override import rules
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds.build import Build
from pip_build_override.in_pip.state import judgements

HINT = 'correct the name, or use add = ["b"], or [settings] unused = "warn"'


class Session:
    """What a judgement wants of one."""

    def __init__(self, shown: str = "o.toml", **settings: str) -> None:
        self.overrides = rules.Overrides(shown=shown, **settings)  # type: ignore[arg-type]
        self.filling = SimpleNamespace(misfits={})
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        logging.getLogger(__name__).info(text)
        self.warnings.append(text)


def built(session: Any) -> Build:
    """Return a build with a rule for what it does not declare."""
    build = Build(SimpleNamespace(use_pep517=True), True, SimpleNamespace())  # type: ignore[arg-type]
    build.package = rules.package("x", "1.0")
    build.declared = rules.Declared(static=("a",), hook=())
    overrides = rules.parse_overrides(
        b'[package.x]\nreplace.b = "b==1"\n', path="/o.toml", shown=session.overrides.shown
    )
    build.make_plan(overrides, {}, lambda question: pytest.fail("no source table"))
    return build


def test_what_is_unused_is_said_again_under_the_name_of_today() -> None:
    told = judgements.of_build(Session(unused="warn"), built(Session()))  # type: ignore[arg-type]
    (entry,) = told["unused"]
    assert entry["where"] == "package.x"
    today: Any = Session(shown="p.toml", unused="warn")
    assert not judgements.would_stop(today, told)
    judgements.tell_again(today, told)
    (text,) = today.warnings
    assert text.startswith("p.toml: package.x: x 1.0 declares no build requirement b")
    assert text.endswith(f"hint: {HINT}")


def test_what_is_an_error_today_stops() -> None:
    told = judgements.of_build(Session(unused="warn"), built(Session()))  # type: ignore[arg-type]
    today: Any = Session(unused="error")
    assert judgements.would_stop(today, told)
    judgements.tell_again(today, told)
    assert today.warnings == []


def test_what_fits_and_what_does_not() -> None:
    session: Any = Session(mismatch="warn")
    session.filling.misfits["y"] = [OverrideError("y is built against numpy 2", hint="h")]
    assert judgements.of_misfits(session, "x") == {}
    told = judgements.of_misfits(session, "y")
    assert not judgements.would_stop(session, told)
    assert judgements.would_stop(Session(mismatch="error"), told)  # type: ignore[arg-type]
    ignoring: Any = Session(mismatch="ignore")
    assert not judgements.would_stop(ignoring, told)
    judgements.tell_again(ignoring, told)
    assert ignoring.warnings == []


def test_a_setting_that_is_not_known_stops() -> None:
    told = {"of a later version": [{"message": "m", "where": "", "hint": ""}]}
    assert judgements.would_stop(Session(), told)  # type: ignore[arg-type]


def test_two_sources_of_one_setting() -> None:
    entry = {"message": "m", "where": "", "hint": ""}
    both = judgements.put_together({"unused": [entry], "mismatch": []}, {"unused": [entry]})
    assert both == {"unused": [entry, entry]}
