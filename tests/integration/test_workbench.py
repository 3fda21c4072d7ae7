"""The workbench of ``fix``, on real pips: builds of one package under one table after the other."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator

import pytest

from pip_build_override.diagnosis import Failure
from pip_build_override.diagnosis.failed_command import FailedCommand
from pip_build_override.fixing.attempts import BUILT, FAILED, REFUSED, Attempt, Imported
from pip_build_override.fixing.clock import Clock
from pip_build_override.fixing.workbench import PipWorkbench
from pip_build_override.fixing.workplace import Workplace

from ..support.environments import Target
from ..support.wheelhouse import source_tree


class Journal:
    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.results: list[Imported] = []

    def begin(self, package: str, purpose: str) -> None:
        self.begun.append(f"{package}: {purpose}")

    def end(self, attempt: Attempt) -> None:
        self.ended.append(attempt.state)

    def imported(self, package: str, result: Imported) -> None:
        self.results.append(result)


class Bench:
    """A workbench for a package in the target, and where it works."""

    def __init__(self, target: Target, place: Workplace) -> None:
        self._target = target
        self._place = place
        self.journal = Journal()

    def of(self, name: str, requirement: str = "", overrides: str = "") -> PipWorkbench:
        failure = Failure(name, "1.0", requirement=requirement or f"{name}==1.0", python="3.9")
        pip = self._target.site_packages / "pip"
        room = str(self._target.room)
        command = FailedCommand(str(self._target.python), str(pip), (), (failure,), room)
        return PipWorkbench(command, failure, self._place, overrides, Clock(4), self.journal)


@pytest.fixture
def bench(target: Target, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    variables = target.variables()
    for name in os.environ.keys() - variables.keys():
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tempfile.tempdir", None)
    before = sorted(os.listdir(target.temporary))
    with Workplace() as place:
        yield Bench(target, place)
    assert sorted(os.listdir(target.temporary)) == before


def test_builds_under_one_table_after_the_other(target: Target, bench: Bench) -> None:
    # Its limits are for every package, and hold for what is tried too.
    limits = '[package."*"]\nconstrain = ["ingredient<3", "stampbackend<2"]\n'
    overrides = target.write(limits)
    overrides.chmod(0o600)
    undeclared = bench.of("undeclared", overrides=str(overrides))
    plain = undeclared.build({}, "as it is")
    assert plain.state == FAILED
    assert plain.failure is not None
    assert plain.failure.label == "undeclared 1.0"
    assert plain.failure.requirement == "undeclared==1.0"
    assert "ingredient" in f"{plain.failure.error} {plain.failure.cause}"

    target.calls()
    same = undeclared.build({"constrain": ["stampbackend<8"]}, "the same contents")
    assert (same.state, same.failure) == (FAILED, plain.failure)
    # pip asks no backend to build what is known to fail.
    assert "build_wheel" not in [hook for hook, _ in target.calls()]

    refused = undeclared.build({"remove": ["salt"], "add": ["mint"]}, "without salt")
    assert refused.state == REFUSED
    assert "salt" in refused.refusal
    assert "rules-" not in refused.refusal

    table = {"add": ["ingredient"], "reason": "it is imported"}
    target.builds()
    built = undeclared.build(table, "with ingredient")
    assert built.state == BUILT
    assert built.environment == {"ingredient": "2.0", "stampbackend": "1.0"}
    assert os.path.basename(built.wheel) == "undeclared-1.0-py3-none-any.whl"
    assert undeclared.imported(built) == Imported(True)
    assert len(target.builds()) == 1
    again = undeclared.build({"add": ["ingredient"]}, "again")
    assert (again.wheel, again.table) == (built.wheel, {"add": ["ingredient"]})
    assert undeclared.imported(again) == Imported(True)
    assert bench.journal.begun == [
        f"undeclared 1.0: {purpose}"
        for purpose in ("as it is", "the same contents", "without salt", "with ingredient")
    ]
    assert bench.journal.ended == [FAILED, FAILED, REFUSED, BUILT]
    assert len(bench.journal.results) == 1
    assert target.versions() == {}

    rules = limits + '[package.undeclared]\nadd = ["ingredient"]\nreason = "it is imported"\n'
    result = target.override(rules, "install", "undeclared==1.0").succeeded()
    assert target.stamp("undeclared") == {"ingredient": "3.0"}
    # Only pips of the same search use what an attempt has built.
    assert target.builds() == ["undeclared"], str(result)


def test_what_it_needs_is_what_would_be_installed(target: Target, bench: Bench) -> None:
    needs = bench.of("runs-on-ingredient")
    target.put(target.index / "ingredient-1.0-py3-none-any.whl")
    built = needs.build({}, "as it is")
    assert needs.imported(built) == Imported(True), built.failure
    assert target.versions() == {"ingredient": "1.0"}


def test_local_directories_are_built_elsewhere(target: Target, bench: Bench) -> None:
    tree = source_tree("undeclared", target.room)
    files = sorted(map(str, tree.rglob("*")))
    undeclared = bench.of("undeclared", str(tree))
    assert undeclared.build({}, "as it is").state == FAILED
    Path(tree, "pyproject.toml").rename(tree / "moved")
    built = undeclared.build({"add": ["ingredient"]}, "with ingredient")
    assert built.state == BUILT, built
    (tree / "moved").rename(tree / "pyproject.toml")
    assert sorted(map(str, tree.rglob("*"))) == files
