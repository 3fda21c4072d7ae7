"""One pip command under an override: its owners, its steps, and how it ends."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import pytest

from pip_build_override import switch
from pip_build_override.diagnosis import Failure
from pip_build_override.diagnosis.failed_command import FailedCommand
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip import command as pip_command
from pip_build_override.in_pip import front_end
from pip_build_override.in_pip.internals import patches, same_options, seams
from pip_build_override.in_pip.internals.endings import EndOfRun, Refusal
from pip_build_override.in_pip.session import HANDLERS, OF_PINS, Session
from pip_build_override.in_pip.state import nested_report
from pip_build_override.in_pip.state.environments import Filling
from pip_build_override.in_pip.state.outcome import FailedBuild
from pip_build_override.in_pip.state.run_directory import RunDirectory
from pip_build_override.rules import handed

from .fakes import Options, Owners
from .test_same_options import finder as made_finder

OURS = (
    switch.SWITCH,
    switch.WATCH,
    switch.BELOW_BACKEND,
    switch.REPORT,
    switch.COMMAND_LINE,
    switch.EXPLAIN,
    switch.RUN_DIRECTORY,
    switch.ENVIRONMENT_DIRECTORY,
    switch.FRONT_ENDS,
    "TOX_ENV_NAME",
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The overrides file that is switched on; runs have their directories beside it."""
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = tmp_path / "o.toml"
    path.write_text("[package.x]\nreplace.a = 'a==1'\n", encoding="utf-8")
    path.chmod(0o600)
    monkeypatch.setenv(switch.SWITCH, "o.toml")
    return path


def session(file: Path, name: str = "install") -> Session:
    return Session(name, Options(), str(file.parent))


EVERY = (*HANDLERS, *OF_PINS)


@pytest.mark.parametrize(("seam", "handler"), EVERY, ids=[handler for _, handler in EVERY])
def test_each_seam_has_a_step(file: Path, seam: seams.Seam, handler: str) -> None:
    one = session(file)
    taken = one.handler(handler)
    assert callable(taken)
    # The same object each time: what it remembers is one truth.
    assert taken.__self__ is one.handler(handler).__self__  # type: ignore[attr-defined]
    one.run_directory.close()


def test_steps_that_other_steps_take(file: Path) -> None:
    one = session(file)
    resolve: Any = one.resolve
    assert resolve._make_chosen() is one._chosen
    assert resolve._make_candidates() is one._candidates
    assert resolve._make_explain() is one._explain
    lookup: Any = one.cache_lookup
    assert lookup._make_reused_wheels() is one._reused_wheels
    assert lookup._make_kept_wheels() is one._kept_wheels
    members: Any = one.members
    assert members._make_judgements() is one.judgements


def test_the_rules_of_the_file(file: Path) -> None:
    one = session(file)
    assert one.rules.named_packages == {"x"}
    assert one.rules.file_content == file.read_bytes()
    assert one.environments.for_user
    assert one.report_to is None


def test_the_rules_of_the_pip_above(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outer = session(file)
    file.unlink()
    with outer.run_directory.handed_to_nested(Filling(depth=1, built_for=("y 1",))) as directory:
        inner = session(file)
        assert inner.report_to == directory
    assert inner.rules.overrides == outer.rules.overrides
    assert inner.rules.file_content == b""
    assert inner.environments.root.built_for == ("y 1",)
    assert not inner.environments.outermost
    outer.run_directory.close()


def test_the_report_is_looked_at_first(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(switch.REPORT, "report.json")
    assert session(file)._report == str(file.parent / "report.json")
    (file.parent / "report.json").write_text("mine", encoding="utf-8")
    with pytest.raises(OverrideError, match="cannot write the report"):
        session(file)


# A command


class Command:
    """pip's, that does what a test says."""

    name = "install"

    def __init__(self, body: Callable[[], int]) -> None:
        self.body = body

    def run(self, options: Any, args: list[str]) -> int:
        return self.body()

    def main(self, args: list[str]) -> int:
        return self.run(Options(), args)


class Run:
    """One pip command, and what it leaves."""

    def __init__(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.applied = 0
        self.made: list[Session] = []
        monkeypatch.chdir(file.parent)
        monkeypatch.setattr(patches, "apply", self.apply)
        monkeypatch.setattr(pip_command, "Session", self.make)

    def apply(self, options: Any, handlers: Any) -> None:
        self.applied += 1

    def make(self, *args: Any) -> Session:
        self.made.append(Session(*args))
        return self.made[-1]

    def __call__(self, body: Callable[[], int]) -> int:
        path = list(sys.meta_path)
        try:
            return pip_command.overridden(Command(body)).main([])  # type: ignore[arg-type]
        finally:
            assert sys.meta_path == path
            assert not patches.command_runs()


@pytest.fixture
def run(file: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(file, monkeypatch)


def test_a_command_that_succeeds(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1, "pip_build_override")

    def body() -> int:
        assert patches.command_runs()
        run.made[0].messages.warn_if_succeeded(OverrideError("in the end", kind="usage"))
        # So that there is one.
        assert os.path.isdir(run.made[0].run_directory.path)
        return 0

    assert run(body) == 0
    assert run.applied == 1
    said = [record.getMessage() for record in caplog.records]
    assert said[0] == "pip-build-override: in the end [usage]"
    assert said[1].startswith("o.toml: ")
    assert run.made[0].run_directory._path == ""


def test_a_command_that_fails(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1, "pip_build_override")

    def body() -> int:
        run.made[0].messages.warn_if_succeeded(OverrideError("in the end", kind="usage"))
        return 1

    assert run(body) == 1
    assert caplog.records == []


def test_a_file_that_is_wrong(run: Run, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("[package.x]\nad = 1\n", encoding="utf-8")
    assert run(pytest.fail) == 2
    assert capsys.readouterr().err.startswith("pip-build-override: error: o.toml: ")


@pytest.mark.parametrize("swallowed", [True, False])
def test_a_refusal(run: Run, swallowed: bool, capsys: pytest.CaptureFixture[str]) -> None:
    def body() -> int:
        error = run.made[0].outcome.refuse(OverrideError("no", kind="usage", hint="h"))
        if swallowed:
            # pip logs it and goes on.
            return 0
        raise error

    assert run(body) == 2
    assert capsys.readouterr().err == "pip-build-override: error: no [usage]\nhint: h\n"


def test_an_error_of_pips_own(run: Run) -> None:
    def body() -> int:
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        run(body)


def test_the_failure_that_ended_the_run(run: Run) -> None:
    def body() -> int:
        raise EndOfRun(RuntimeError("it failed"))

    with pytest.raises(RuntimeError, match="it failed"):
        run(body)


def failure(depth: int = 0) -> FailedBuild:
    return FailedBuild(depth, Failure("x", "1.0", "build", error="error: of x"))


def test_last_words(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    def body() -> int:
        run.made[0].outcome.note_failure(failure())
        print("pip's own last words")
        return 1

    assert run(body) == 1
    assert "x 1.0" in capsys.readouterr().err
    # Not of a pip that ends well for all that.
    assert run(lambda: run.made[-1].outcome.note_failure(failure()) or 0) == 0
    assert "x 1.0" not in capsys.readouterr().err


@pytest.mark.parametrize("refused", [True, False])
def test_what_is_left_for_fix(
    run: Run,
    refused: bool,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = file.parent / "fix"
    place.mkdir()
    monkeypatch.setenv(switch.FIX, str(place))

    def body() -> int:
        session = run.made[-1]
        target = SimpleNamespace(finder=made_finder(), plain_limits=("numpy<2",))
        session.environments.root.begin_resolving(lambda: target)  # type: ignore[arg-type, return-value]
        session.outcome.note_failure(failure())
        if refused:
            session.outcome.refuse(OverrideError("no", kind="usage", hint="h"))
        return 1

    assert run(body) == (2 if refused else 1)
    error = capsys.readouterr().err
    assert ("x 1.0" in error, "error: no" in error) == (not refused, refused)
    (path,) = place.iterdir()
    assert path.name.startswith(f"failed-{os.getpid()}-")
    left = FailedCommand.from_json(json.loads(path.read_text(encoding="utf-8")))
    assert (left.python, left.directory) == (sys.executable, str(file.parent))
    assert (left.failures, left.limits) == ((failure().failure,), ("numpy<2",))
    path.unlink()
    # Nothing of a command that succeeds, and of one that explain or a build backend has started.
    if not refused:
        assert run(lambda: body() * 0) == 0
        monkeypatch.setenv(switch.EXPLAIN, str(file.parent / "answer.json"))
        assert run(body) == 1
        monkeypatch.delenv(switch.EXPLAIN)
        monkeypatch.setenv(switch.BELOW_BACKEND, str(file.parent))
        assert run(body) == 1
        monkeypatch.delenv(switch.BELOW_BACKEND)
        assert list(place.iterdir()) == []
        # A directory that is gone, and a pip that does not say how it finds files.
        place.rmdir()
        assert run(body) == 1
        assert f"pip-build-override: {place} cannot be written: " in capsys.readouterr().err
        monkeypatch.setattr(same_options, "_OF_FINDER", ("new",))
        assert run(body) == 2
        assert "PackageFinder.new: missing" in capsys.readouterr().err


def test_streams_that_are_closed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def body() -> int:
        run.made[0].outcome.note_failure(failure())
        monkeypatch.setattr(sys, "stdout", None)
        return 1

    assert run(body) == 1


def test_a_resolver_that_is_reached_past_us(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    class Past(Command):
        def main(self, args: list[str]) -> int:
            # As if pip called its own function by another name.
            for finder in list(sys.meta_path):
                finder.find_spec("json", None)
            try:
                for finder in list(sys.meta_path):
                    finder.find_spec(seams.RESOLVE.module, None)
            except Refusal:
                return 1
            return 0

    before = list(sys.meta_path)
    assert pip_command.overridden(Past(lambda: 0)).main([]) == 2  # type: ignore[arg-type]
    assert "Command.run" in capsys.readouterr().err
    assert sys.meta_path == before


def test_a_nested_pip_hands_back_what_it_did(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outer = session(file)

    def body() -> int:
        run.made[0].ledger.note_done("a 1")
        run.made[0].outcome.note_failure(failure(1))
        return 1

    with outer.run_directory.handed_to_nested(Filling(depth=1)) as directory:
        assert run(body) == 1
        report = nested_report.read(directory)
        assert report is not None
        assert report.done == ("a 1",)
    # The outermost one says it.
    assert capsys.readouterr().err == ""

    def refused() -> int:
        raise run.made[-1].outcome.refuse(OverrideError("no", kind="usage"))

    with outer.run_directory.handed_to_nested(Filling(depth=1)) as directory:
        assert run(refused) == 2
        report = nested_report.read(directory)
        assert report is not None
        assert report.refusal is not None
        assert report.refusal.message == "no"
    assert capsys.readouterr().err == ""
    outer.run_directory.close()


def test_a_nested_pip_without_rules(run: Run, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outer = session(file)
    with outer.run_directory.handed_to_nested(Filling(depth=1)) as directory:
        os.unlink(outer.run_directory.file(handed.FILE))
        assert run(pytest.fail) == 2
        report = nested_report.read(directory)
    assert report is not None
    assert report.refusal is not None
    assert "rules that the outer pip wrote for this one are missing" in report.refusal.message
    assert capsys.readouterr().err == ""
    outer.run_directory.close()


def test_explain_closes_with_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1, "pip_build_override")
    monkeypatch.setenv(switch.EXPLAIN, str(tmp_path / "answer.json"))
    assert run(lambda: 0) == 0
    assert caplog.records == []


def test_a_watcher_is_told_of_a_refusal(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = tmp_path / "watch"
    watch.mkdir()
    monkeypatch.setenv(switch.BELOW_BACKEND, str(watch))

    def body() -> int:
        raise run.made[0].outcome.refuse(OverrideError("no", kind="usage"))

    assert run(body) == 2
    assert any(name.startswith("refused-") for name in os.listdir(watch))


def test_a_directory_goes_also_if_there_is_no_room_for_a_report(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outer = session(file)

    def refuse(directory: str, report: Any) -> None:
        raise OSError("no room")

    closed: list[int] = []
    close = RunDirectory.close
    monkeypatch.setattr(nested_report, "_write", refuse)
    monkeypatch.setattr(RunDirectory, "close", lambda self: closed.append(1) or close(self))
    with outer.run_directory.handed_to_nested(Filling(depth=1)):
        with pytest.raises(OSError, match="no room"):
            run(lambda: 0)
        assert closed == [1]
    outer.run_directory.close()


# For another front end


FILE = "/tmp/build-reqs-abc.txt"


def said(tmp_path: Path, text: str = "", name: str = "install", **options: Any) -> list[str]:
    text = text or "[package.x]\nadd = ['a']\n"
    owners = Owners(tmp_path, text, name=name, **options)
    front_end.check(owners.command, owners.rules, owners.messages)
    return owners.messages.heard


def test_a_pip_that_build_has_started(file: Path, tmp_path: Path) -> None:
    (text,) = said(tmp_path, requirements=[FILE])
    assert "python -m build" in text
    assert said(tmp_path, requirements=["/tmp/requirements.txt"]) == []
    assert said(tmp_path, requirements=[FILE], use_pep517=False) == []
    assert said(tmp_path, requirements=[FILE], name="wheel") == []
    # No rule of it could have acted there.
    assert said(tmp_path, "[package.x]\nno-binary = true\n", requirements=[FILE]) == []
    for rule in ("as-of = 2023-01-31", "regenerate = true", "env.A = '1'", "config-settings.a = '1'"):
        assert said(tmp_path, f"[package.x]\n{rule}\n", requirements=[FILE]) == [text]
    assert said(tmp_path) == []


def test_one_that_tells_of_its_builds_itself(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(switch.FRONT_ENDS, "pyproject_api pyproject_hooks")
    assert said(tmp_path, requirements=[FILE]) == []


def test_run_says_it(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = tmp_path / "watch"
    watch.mkdir()
    monkeypatch.setenv(switch.WATCH, str(watch))
    assert said(tmp_path, requirements=[FILE]) == []
    assert [name.partition("-")[0] for name in os.listdir(watch)] == ["elsewhere"]


@pytest.mark.parametrize(
    ("info", "name", "tox"),
    [
        ('{"ToxEnv": {"type": "Pep517VirtualEnvPackager"}}', ".pkg", True),
        ('{"ToxEnv": {"type": "VirtualEnvRunner"}}', "py311", False),
        ("mine", ".pkg_3", True),
        ("{}", "py311", False),
        (None, ".pkg", True),
        (None, None, False),
    ],
)
def test_an_environment_in_which_tox_builds(
    file: Path,
    tmp_path: Path,
    info: str | None,
    name: str | None,
    tox: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    if info is not None:
        (tmp_path / ".tox-info.json").write_text(info, encoding="utf-8")
    if name is not None:
        monkeypatch.setenv("TOX_ENV_NAME", name)
    assert ["tox" in text for text in said(tmp_path)] == [True] * tox
