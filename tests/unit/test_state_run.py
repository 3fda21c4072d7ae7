"""What the pips of one run share: a directory, what is handed down and up, loans, and locked trees."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import switch
from pip_build_override.diagnosis import Failure
from pip_build_override.errors import OverrideError
from pip_build_override.files import read_json, write_json
from pip_build_override.in_pip.builds.member import Origin
from pip_build_override.in_pip.lending.stand_ins import StandIn
from pip_build_override.in_pip.state import nested_report
from pip_build_override.in_pip.state.environments import Environments, Filling
from pip_build_override.in_pip.state.explained import Explained
from pip_build_override.in_pip.state.explanation import Unexplained
from pip_build_override.in_pip.state.loans import Loans
from pip_build_override.in_pip.state.nested_report import NestedReport, Report
from pip_build_override.in_pip.state.outcome import FailedBuild
from pip_build_override.in_pip.state.run_directory import RunDirectory, read_handed
from pip_build_override.in_pip.state.trees import Trees

from .fakes import Owners, member

# The directory


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where new directories of runs are made."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in (switch.RUN_DIRECTORY, switch.ENVIRONMENT_DIRECTORY):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_run_of_its_own(room: Path) -> None:
    run, environment = RunDirectory.open()
    assert environment is None
    assert os.listdir(room) == []
    furnished = []
    run.furnish = lambda: furnished.append(run.path)
    assert run.file("a") == os.path.join(run.path, "a")
    # Once, and before anything else.
    assert furnished == [run.path]
    assert os.listdir(room) == [os.path.basename(run.path)]
    closed = []
    run.at_end.callback(lambda: closed.append(os.path.isdir(furnished[0])))
    run.close()
    assert closed == [True]
    assert os.listdir(room) == []


def test_it_is_removed_whatever_goes_wrong_at_the_end(room: Path) -> None:
    run, _ = RunDirectory.open()
    run.file("a")

    def fail() -> None:
        raise ValueError("mine")

    run.at_end.callback(fail)
    with pytest.raises(ValueError, match="mine"):
        run.close()
    assert os.listdir(room) == []


@pytest.mark.parametrize("there", [True, False])
def test_a_run_that_is_joined(room: Path, there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(switch.RUN_DIRECTORY, str(room))
    filled = room / "environment-1"
    if there:
        filled.mkdir()
    monkeypatch.setenv(switch.ENVIRONMENT_DIRECTORY, str(filled))
    run, environment = RunDirectory.open()
    assert environment == (str(filled) if there else None)
    # A pip that a build backend starts is no part of it.
    assert switch.RUN_DIRECTORY not in os.environ
    assert switch.ENVIRONMENT_DIRECTORY not in os.environ
    if there:
        assert run.path == str(room)
        run.close()
        # Another pip has made it.
        assert filled.is_dir()


FILLING = Filling(
    (("a<3", "o.toml: package.x"),),
    2,
    ("/one", "/two"),
    (StandIn("b", "1", "/lent/b.whl", "digest"),),
    ("x 1",),
    {"a": ["sha256:aa"]},
    ("a",),
    ("/two",),
)


@pytest.mark.parametrize("filling", [FILLING, Filling()])
def test_what_is_handed_down(room: Path, filling: Filling) -> None:
    run, before = RunDirectory(""), dict(os.environ)
    with run.handed_to_nested(filling) as directory:
        assert os.environ[switch.RUN_DIRECTORY] == run.path
        assert os.environ[switch.ENVIRONMENT_DIRECTORY] == directory
        assert os.environ["PYTHONPATH"].split(os.pathsep)[0] == switch.INJECTED
        assert os.environ["PIP_NO_COMPILE"] == before.get("PIP_NO_COMPILE", "0")
        read = read_handed(directory)
    fields = ("constraints", "depth", "directories", "stand_ins", "built_for", "hashes", "touched")
    for name in (*fields, "into"):
        assert getattr(read, name) == getattr(filling, name)
    assert not read.resolved
    assert dict(os.environ) == before
    run.close()


def test_what_the_user_has_set_stays(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/mine")
    monkeypatch.setenv("PIP_NO_COMPILE", "1")
    run = RunDirectory("")

    def fail() -> None:
        with run.handed_to_nested(Filling()):
            assert os.environ["PYTHONPATH"].split(os.pathsep) == [switch.INJECTED, "/mine"]
            assert os.environ["PIP_NO_COMPILE"] == "1"
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        fail()
    assert os.environ["PYTHONPATH"] == "/mine"
    run.close()


@pytest.mark.parametrize(
    "changes", [None, {"constraints": None}, {"depth": None, "directories": 1}, {"stand_ins": [["b"]]}]
)
def test_what_was_handed_down_and_cannot_be_read(room: Path, changes: Any) -> None:
    run = RunDirectory("")
    with run.handed_to_nested(FILLING) as directory:
        path = os.path.join(directory, "handed.json")
        handed = read_json(path)
        assert handed is not None
        os.unlink(path)
        if changes is not None:
            write_json(path, {**handed, **changes})
        with pytest.raises(OverrideError, match="no override would be"):
            read_handed(directory)
    run.close()


# What is handed back


def test_what_a_nested_pip_did(tmp_path: Path) -> None:
    below = Owners(tmp_path, depth=1)
    below.messages.warn(OverrideError("look", kind="usage"))
    below.root.note_members([member("a", "1", source=True)])
    below.root.note_distributions([Origin("a", "1")])
    below.ledger.note_done("a 1")
    below.ledger.note_from_cache("b 1")
    below.ledger.note_built("a", "1")
    below.ledger.used.update(("package.b", "package.a"))
    below.outcome.fail_overridden()
    below.outcome.note_failure(FailedBuild(1, Failure("a", "1", "build")))
    NestedReport(below.environments, below.ledger, below.messages, below.outcome).write(str(tmp_path))
    report = nested_report.read(str(tmp_path))
    assert report is not None

    above = Owners(tmp_path)
    filling = Filling(depth=1)
    taking = NestedReport(above.environments, above.ledger, above.messages, above.outcome)
    taking.take(report, filling)
    assert filling.resolved
    assert filling.members == below.root.members
    assert filling.distributions == [Origin("a", "1")]
    assert filling.refusal is None
    assert above.messages.heard == ["pip-build-override: look [usage]"]
    assert above.ledger.done == ["a 1"]
    assert above.ledger.from_cache == ["b 1"]
    assert above.ledger.built == [("a", "1")]
    assert above.ledger.used == {"package.a", "package.b"}
    assert above.outcome.failed_overridden
    assert above.outcome.failures == below.outcome.failures


def test_a_refusal_is_handed_back(tmp_path: Path) -> None:
    below = Owners(tmp_path, depth=1)
    below.outcome.refuse(OverrideError("no", kind="usage", where="o.toml: package.x", hint="h"))
    NestedReport(below.environments, below.ledger, below.messages, below.outcome).write(str(tmp_path))
    report = nested_report.read(str(tmp_path))
    assert report is not None
    error = report.refusal
    assert error is not None
    assert (error.message, error.where, error.hint) == ("no", "o.toml: package.x", "h")


def test_a_refusal_before_there_is_a_session(tmp_path: Path) -> None:
    error = OverrideError("no", kind="usage")
    assert not nested_report.hand_up_refusal(error, "")
    assert not nested_report.hand_up_refusal(error, str(tmp_path / "none"))
    assert nested_report.hand_up_refusal(error, str(tmp_path))
    report = nested_report.read(str(tmp_path))
    assert report is not None
    assert report.refusal is not None
    assert report.refusal.message == "no"
    assert not report.resolved


def test_what_is_no_report(tmp_path: Path) -> None:
    assert nested_report.read(str(tmp_path)) is None
    path, complete = str(tmp_path / "report.json"), Report().to_json()
    for name in complete:
        os.path.exists(path) and os.unlink(path)
        write_json(path, {key: value for key, value in complete.items() if key != name})
        assert nested_report.read(str(tmp_path)) is None
    os.unlink(path)
    write_json(path, {**complete, "of a later version": True})
    assert nested_report.read(str(tmp_path)) is None
    write_json(path, complete)
    assert nested_report.read(str(tmp_path)) == Report()


# Loans


def test_the_lender_takes_all_back_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunDirectory(str(tmp_path))
    loans = Loans(run)
    closed = []
    module = "pip_build_override.in_pip.lending.lender.Lender.close"
    monkeypatch.setattr(module, lambda self: closed.append(self))
    assert loans.lender is loans.lender
    run.close()
    assert closed == [loans.lender]


def test_nobody_lends_if_nobody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = "pip_build_override.in_pip.lending.lender.Lender.close"
    monkeypatch.setattr(module, lambda self: pytest.fail("made"))
    run = RunDirectory(str(tmp_path))
    Loans(run)
    run.close()


# Trees


if os.name != "nt":

    def test_a_tree_for_one_pip_alone(tmp_path: Path) -> None:
        ours, others = ExitStack(), ExitStack()
        one, other = Trees(ours), Trees(others)
        tree = str(tmp_path)
        assert one.has_to_itself(tree)
        assert one.has_to_itself(tree)
        assert not other.has_to_itself(tree)
        assert other.has_to_itself(str(tmp_path.parent))
        ours.close()
        assert other.has_to_itself(tree)
        others.close()

    def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(descriptor: int, operation: int) -> None:
            raise OSError("no locks here")

        monkeypatch.setattr("fcntl.flock", refuse)
        with ExitStack() as at_end:
            assert Trees(at_end).has_to_itself(str(tmp_path))


def test_a_tree_that_cannot_be_locked(tmp_path: Path) -> None:
    with ExitStack() as at_end:
        assert Trees(at_end).has_to_itself(str(tmp_path / "none"))


# What explain is told


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("hooks", [True, False])
def test_what_explain_wants(
    tmp_path: Path, wanted: bool, hooks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "answer.json"
    monkeypatch.setenv(switch.EXPLAIN, str(path) if wanted else "")
    monkeypatch.setenv(switch.EXPLAIN_HOOKS, "1" if hooks else "")
    explained = Explained(Environments(Filling(), outermost=True))
    assert explained.wanted is wanted
    assert explained.here is wanted
    assert explained.runs_backends is (hooks or not wanted)
    # Those of build environments are not shown, but are built as ever.
    nested = Explained(Environments(Filling(depth=1), outermost=False))
    assert nested.wanted is wanted
    assert not nested.here


def test_the_answer_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "answer.json"
    monkeypatch.setenv(switch.EXPLAIN, str(path))
    explained = Explained(Environments(Filling(), outermost=True))
    for name in ("x", "y"):
        explained.add(Unexplained(name, "no sdist"))
    packages = [
        {"requirement": name, "problem": "no sdist", "hint": "", "kind": ""} for name in ("x", "y")
    ]
    assert read_json(str(path)) == {"format": 2, "packages": packages}


def test_whose_wheels_are_left_out() -> None:
    explained = Explained(Environments(Filling(), outermost=True))
    explained.look_at(["x"])
    with pytest.raises(ValueError, match="mine"), explained.with_ready_made():
        raise ValueError("mine")
    assert explained.names == {"x"}
    with explained.with_ready_made():
        assert explained.names == frozenset()
    explained.look_at(["y"])
    assert explained.names == {"y"}
