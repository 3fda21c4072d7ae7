"""The plan that an engine keeps: used again on the same day, if nothing has changed."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Callable

import pytest

from pip_build_override import switch
from pip_build_override.errors import OverrideError
from pip_build_override.files import read_json, write_json
from pip_build_override.matrix import kept_plan as module
from pip_build_override.matrix.cells import Cell
from pip_build_override.matrix.kept_plan import kept_plan
from pip_build_override.matrix.plan import Interpreter, Plan

PATH = "store/plan.json"
OPTIONS = ("vary", "numpy=latest", "overrides", "o.toml")


class Planner:
    """Counts how often a plan was made."""

    def __init__(self) -> None:
        self.made = 0
        self.interpreter = sys.executable

    def __call__(self) -> Plan:
        self.made += 1
        python = Interpreter("3.11", "3.11.7", self.interpreter)
        return Plan("p", (python,), (Cell("3.11", (("numpy", "1.0"),), name="py311"),))


@pytest.fixture
def planner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Planner:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(switch.SWITCH, raising=False)
    Path("pyproject.toml").write_text("[project]\nname = 'p'\n", encoding="utf-8")
    Path("o.toml").write_text("[matrix]\nvary.numpy = ['latest']\n", encoding="utf-8")
    return Planner()


def test_is_kept(planner: Planner) -> None:
    first = kept_plan(PATH, OPTIONS, planner)
    assert kept_plan(PATH, OPTIONS, planner) == first
    assert planner.made == 1


def _write(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda _: Path(name).write_text("# changed\n", encoding="utf-8") and None


@pytest.mark.parametrize(
    "change",
    [
        _write("pyproject.toml"),
        _write("o.toml"),
        lambda patch: patch.setenv("PIP_INDEX_URL", "https://other"),
        lambda patch: patch.setenv("PATH", "/other"),
        lambda patch: patch.setenv(switch.SWITCH, "other.toml"),
        lambda patch: patch.setattr(module, "__version__", "99"),
    ],
)
def test_is_made_again_if_it_may_differ(
    change: Callable[[pytest.MonkeyPatch], None], planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_plan(PATH, OPTIONS, planner)
    change(monkeypatch)
    kept_plan(PATH, OPTIONS, planner)
    assert planner.made == 2
    kept_plan(PATH, OPTIONS, planner)
    assert planner.made == 2


def test_the_file_that_the_switch_names_counts(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(switch.SWITCH, "s.toml")
    kept_plan(PATH, (), planner)
    _write("s.toml")(monkeypatch)
    kept_plan(PATH, (), planner)
    assert planner.made == 2


def test_other_options(planner: Planner) -> None:
    kept_plan(PATH, OPTIONS, planner)
    kept_plan(PATH, OPTIONS[:2], planner)
    assert planner.made == 2


def test_another_day(planner: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    class Days:
        day = 1

        @classmethod
        def now(cls, zone: timezone) -> datetime:
            return datetime(2026, 1, cls.day, tzinfo=zone)

    monkeypatch.setattr(module, "datetime", Days)
    kept_plan(PATH, OPTIONS, planner)
    Days.day = 2
    kept_plan(PATH, OPTIONS, planner)
    assert planner.made == 2


def test_an_interpreter_is_gone(planner: Planner) -> None:
    planner.interpreter = "python-that-is-gone"
    kept_plan(PATH, OPTIONS, planner)
    kept_plan(PATH, OPTIONS, planner)
    assert planner.made == 2


@pytest.mark.parametrize("field", ["format", "key", "plan"])
def test_an_unknown_document(field: str, planner: Planner) -> None:
    kept_plan(PATH, OPTIONS, planner)
    document = read_json(PATH)
    assert document is not None
    write_json(PATH, {**document, field: 0})
    kept_plan(PATH, OPTIONS, planner)
    assert planner.made == 2


def test_no_plan(planner: Planner) -> None:
    def fail() -> Plan:
        raise OverrideError("no", kind="usage")

    with pytest.raises(OverrideError):
        kept_plan(PATH, OPTIONS, fail)
    assert not Path(PATH).exists()


def test_where_nothing_can_be_written(planner: Planner) -> None:
    Path("store").write_text("a file", encoding="utf-8")
    assert kept_plan(PATH, OPTIONS, planner).project == "p"
