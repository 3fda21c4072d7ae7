"""The workbench of ``fix``, with a program in place of pip that does what a test says."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from pip_build_override import records, switch
from pip_build_override.build_steps import HOOK, KNOWN, WHEEL
from pip_build_override.diagnosis import Failure
from pip_build_override.diagnosis.failed_command import FailedCommand
from pip_build_override.errors import OverrideError
from pip_build_override.files import read_json, write_json
from pip_build_override.fixing import asking
from pip_build_override.fixing.attempts import BUILT, FAILED, REFUSED, Attempt, TimeIsUp
from pip_build_override.fixing.clock import Clock
from pip_build_override.fixing.workbench import PipWorkbench
from pip_build_override.fixing.workplace import Workplace
from pip_build_override.releases import Release

from ..support.hints import follows

HERE = Path(__file__)


def directory_in(requirement: str) -> str:
    """Return the path of the directory in ``NAME @ URL``."""
    return url2pathname(urlsplit(requirement.rpartition(" @ ")[2]).path)


class Pip:
    """What the workbench has run, and what comes of the next run."""

    def __init__(self, place: Workplace) -> None:
        self.commands: list[list[str]] = []
        self.variables: list[dict[str, str]] = []
        self.known: list[Any] = []
        self.failure: Failure | None = None
        self.said = ""
        self.status = 1
        self.environment: dict[str, str] | None = None
        self.inside: list[str] = []
        self.loads = True
        place.run = self.run  # type: ignore[method-assign]

    def run(
        self, command: list[str], variables: dict[str, str], log: str, clock: Clock, directory: str
    ) -> int:
        self.commands.append(command)
        self.variables.append(variables)
        left = variables[switch.FIX]
        known = read_json(os.path.join(left, "known.json"))
        self.known.append(known["failed"] if known else None)
        Path(log).write_text(self.said.format(rules=variables[switch.SWITCH]))
        directory = directory_in(command[-1])
        if os.path.isdir(directory):
            self.inside = sorted(os.listdir(directory))
            Path(directory, "left-by-the-build").write_text("")
        if self.failure is not None:
            document = FailedCommand("/python", "/pip", (), (self.failure,), "/").to_json()
            write_json(os.path.join(left, "failed-1.json"), document)
        if self.loads:
            Path(left, "loaded-1-2").write_text("")
        if self.environment is not None:
            held = tuple(records.Distribution(*pair) for pair in self.environment.items())
            record = records.Record("a", "1.0", environment=held)
            report = records.with_build(records.blank(), {**record.to_json(), "id": "1"})
            write_json(variables[switch.REPORT], report)
        if self.status == 0:
            wheels = command[command.index("--wheel-dir") + 1]
            Path(wheels, "a-1.0-py3-none-any.whl").write_text("")
        return self.status


class Journal:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def begin(self, package: str, purpose: str) -> None:
        self.lines.append(f"{package}: {purpose}")

    def end(self, attempt: Attempt) -> None:
        self.lines[-1] += f": {attempt.state}"

    def imported(self, package: str, result: object) -> None:
        raise AssertionError("nothing is imported here")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Workplace() as made:
        yield made


@pytest.fixture
def fake(place: Workplace) -> Pip:
    return Pip(place)


def bench(
    place: Workplace,
    requirement: str = "a==1.0",
    *,
    overrides: str = "",
    clock: Clock | None = None,
    journal: Journal | None = None,
    options: tuple[str, ...] = (),
) -> PipWorkbench:
    failure = Failure("a", "1.0", requirement=requirement, python="3.11")
    command = FailedCommand("/python", "/pip", options, (failure,), str(HERE.parent))
    return PipWorkbench(command, failure, place, overrides, clock or Clock(1), journal or Journal())


def test_the_command(place: Workplace, fake: Pip, tmp_path: Path) -> None:
    user = tmp_path / "mine.toml"
    user.write_text("")
    options = ("--only-binary=:all:", "--index-url=https://example.org/")
    bench(place, overrides=str(user), options=options).build({"add": ["b"]}, "with b")
    (command,) = fake.commands
    directory = command[5]
    assert command == [
        *("/python", "/pip", "wheel", "--no-deps", "--wheel-dir", directory),
        *(*options, "--no-binary", "a", "a==1.0"),
    ]
    (variables,) = fake.variables
    text = Path(variables[switch.SWITCH]).read_text()
    assert f'include = ["{user}"]' in text
    assert "[package.a]" in text
    assert os.stat(variables[switch.SWITCH]).st_mode & 0o077 == 0


def test_what_is_not_known_by_its_name_is_built_in_any_case(place: Workplace, fake: Pip) -> None:
    for requirement in ("https://example.org/a==1.0.tar.gz", "git+https://example.org/a@b==1"):
        bench(place, requirement).build({}, "as it is")
        assert "--no-binary" not in fake.commands[-1]
        assert fake.commands[-1][-1] == requirement
    # What a log of a pip without the shim says.
    bench(place, "").build({}, "as it is")
    assert fake.commands[-1][-1] == "a==1.0"


def test_built_once(place: Workplace, fake: Pip) -> None:
    journal = Journal()
    made = bench(place, journal=journal)
    fake.status, fake.environment = 0, {"setuptools": "57"}
    one = made.build({"add": ["b"], "reason": "it is needed"}, "with b")
    other = made.build({"reason": "another one", "add": ["b"]}, "with b again")
    assert (one.state, one.environment) == (BUILT, {"setuptools": "57"})
    assert os.path.isfile(one.wheel)
    assert (other.wheel, other.seconds) == (one.wheel, one.seconds)
    assert other.table["reason"] == "another one"
    assert journal.lines == ["a 1.0: with b: built"]
    assert len(fake.commands) == 1


def test_a_pip_without_the_rules_has_built_nothing(place: Workplace, fake: Pip) -> None:
    fake.status, fake.loads = 0, False
    attempt = bench(place).build({"add": ["b"]}, "with b")
    assert attempt.state == REFUSED
    assert "without the rules" in attempt.refusal
    assert attempt.wheel == ""
    # One that was built earlier may have no record of its build environment.
    fake.loads = True
    attempt = bench(place).build({"add": ["b"]}, "with b")
    assert (attempt.state, attempt.environment) == (BUILT, {})


def test_refused(place: Workplace, fake: Pip) -> None:
    fake.status, fake.said = 2, "pip-build-override: error: {rules}: package.a: b is not declared\n"
    attempt = bench(place).build({"remove": ["b"]}, "without b")
    assert (attempt.state, attempt.refusal) == (REFUSED, "package.a: b is not declared")


def test_a_directory_is_refused(place: Workplace, fake: Pip, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    made = bench(place, str(tree))
    run = fake.run

    def refuse(command: list[str], *others: Any) -> int:
        copy = Path(directory_in(command[-1]))
        fake.said = f"pip-build-override: error: {copy.as_uri()} has no name\nhint: write a @ {copy}\n"
        return run(command, *others)

    fake.status = 2
    place.run = refuse  # type: ignore[method-assign, assignment]
    attempt = made.build({"add": ["b"]}, "with b")
    assert (attempt.state, attempt.refusal) == (REFUSED, f"{tree.as_uri()} has no name")
    assert attempt.hint == f"write a @ {tree}"


def test_not_built_again_with_the_same_contents(place: Workplace, fake: Pip) -> None:
    made = bench(place)
    fake.failure = Failure("a", "1.0", error="old", environment={"b": "1"}, stage=WHEEL)
    first = made.build({"constrain": ["b<2"]}, "with b<2")
    assert (first.state, first.environment) == (FAILED, {"b": "1"})
    fake.failure = Failure("a", "1.0", step=KNOWN, environment={"b": "1"}, stage=WHEEL)
    second = made.build({"as-of": "release"}, "as of then")
    assert second.failure == first.failure
    # It failed elsewhere before.
    fake.failure = Failure("a", "1.0", step=KNOWN, environment={"b": "1"}, stage=HOOK)
    third = made.build({"constrain": ["b<1.1"]}, "with b<1.1")
    assert third.failure is not None
    assert third.failure.step == KNOWN
    # While the environment was filled.
    fake.failure = Failure("a", "1.0", environment={"b": "2"}, stage="first pass")
    made.build({"env": {"C": "d"}}, "with C")
    made.build({"env": {"C": "d"}, "constrain": ["b<3"]}, "with C and b<3")
    known = [{"environment": {"b": "1"}, "step": "whole"}]
    assert fake.known == [[], known, known, [], []]


def test_trees_of_the_user_are_not_built_in(place: Workplace, fake: Pip, tmp_path: Path) -> None:
    tree = tmp_path / "tree of mine"
    (tree / ".git").mkdir(parents=True)
    (tree / "setup.py").write_text("")
    made = bench(place, tree.as_uri())
    for table in ({}, {"add": ["b"]}):
        made.build(table, "built")
        assert fake.inside == [".git", "setup.py"]
        assert not os.path.exists(directory_in(fake.commands[-1][-1]))
        # What the user changes meanwhile is not built.
        (tree / "new").write_text("")
    assert sorted(os.listdir(tree)) == [".git", "new", "setup.py"]
    copy = directory_in(fake.commands[-1][-1])
    assert copy.startswith(place.path)
    assert os.path.basename(copy) == tree.name
    # The temporary directory may be in the tree.
    bench(place, str(tmp_path)).build({}, "built")
    assert fake.inside == ["tree of mine"]


def test_time_is_up(place: Workplace, fake: Pip) -> None:
    clock = Clock(1)
    made = bench(place, clock=clock)
    clock.stop()
    attempt = Attempt({}, BUILT, wheel="/a.whl")
    for ask in (
        lambda: made.build({}, "as it is"),
        lambda: made.imported(attempt),
        lambda: made.releases("b"),
    ):
        with pytest.raises(TimeIsUp):
            ask()
    assert fake.commands == []


def test_releases(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def releases_of(command: FailedCommand, names: Any) -> dict[str, tuple[Release, ...]]:
        asked.append([*names])
        if "e" in names:
            raise OverrideError("the index cannot be reached", kind="usage")
        return {"b-c": (Release("1.9"), Release("1.10"))}

    monkeypatch.setattr(asking, "releases_of", releases_of)
    made = bench(place)
    for name in ("B.c", "b-c"):
        assert [each.version for each in made.releases(name)] == ["1.9", "1.10"]
    for name in ("d", "e", "e"):
        assert made.releases(name) == ()
    assert asked == [["b-c"], ["d"], ["e"]]


def test_imported_once(place: Workplace, fake: Pip) -> None:
    fake.status, fake.environment = 0, {}
    journal = Journal()
    made = bench(place, journal=journal)
    attempt = made.build({}, "as it is")
    told: list[tuple[str, bool]] = []
    journal.imported = lambda package, result: told.append((package, result.works))  # type: ignore[method-assign,assignment,misc]
    with pytest.MonkeyPatch.context() as patch:
        calls: list[str] = []

        def import_wheel(command: Any, failure: Any, attempt: Any, rules: str, *_: object) -> Any:
            calls.append(rules)
            return type("Imported", (), {"works": True})

        patch.setattr("pip_build_override.fixing.importing.import_wheel", import_wheel)
        assert made.imported(attempt) is made.imported(attempt)
    assert calls == [fake.variables[0][switch.SWITCH]]
    assert told == [("a 1.0", True)]


def test_only_a_file_that_the_user_allows(place: Workplace, fake: Pip) -> None:
    failure = Failure("a", "1.0", requirement="a==1.0", hashes=("sha256:aa", "sha256:bb"))
    command = FailedCommand("/python", "/pip", (), (failure,), str(HERE.parent))
    fake.failure = Failure("a", "1.0")
    made = PipWorkbench(command, failure, place, "", Clock(1), Journal()).build({}, "as it is")
    *_, option, path = fake.commands[-1]
    assert option == "--requirement"
    assert Path(path).read_text() == "a==1.0 --hash=sha256:aa --hash=sha256:bb\n"
    assert made.failure is not None
    assert made.failure.hashes == failure.hashes


def test_settings_are_those_of_the_build(place: Workplace, fake: Pip) -> None:
    words = ("a=b c", "a=$d")
    for own, line in (
        ((), "a==1.0\n"),
        (words, "a==1.0 --config-settings='a=b c' --config-settings='a=$d'\n"),
    ):
        failure = Failure("a", "1.0", requirement="a==1.0", settings=own)
        command = FailedCommand("/python", "/pip", (), (failure,), "/", settings=("e=f",))
        PipWorkbench(command, failure, place, "", Clock(1), Journal()).build({}, "as it is")
        *_, option, path = fake.commands[-1]
        assert option == "--requirement"
        assert Path(path).read_text() == line
    failure = Failure("a", "1.0", requirement="a==1.0", settings=("e=f",))
    command = FailedCommand("/python", "/pip", (), (failure,), "/", settings=("e=f",))
    PipWorkbench(command, failure, place, "", Clock(1), Journal()).build({}, "as it is")
    assert fake.commands[-1][-1] == "a==1.0"


def test_variables_are_those_of_the_build(place: Workplace, fake: Pip) -> None:
    failure = Failure("a", "1.0", requirement="a==1.0")
    variables = {"LAMP": "lit", "PIP_TARGET": "/elsewhere", "PIP_INDEX_URL": "https://example.org/"}
    command = FailedCommand("/python", "/pip", (), (failure,), "/", variables=variables)
    PipWorkbench(command, failure, place, "", Clock(1), Journal()).build({}, "as it is")
    (given,) = fake.variables
    assert (given["LAMP"], given["PIP_INDEX_URL"]) == ("lit", "https://example.org/")
    assert "PIP_TARGET" not in given
    assert given["PYTHONPATH"] == switch.INJECTED


def test_no_path_of_the_rules_of_an_attempt_is_shown(place: Workplace, fake: Pip) -> None:
    made = bench(place)
    fake.failure = Failure("a", "1.0", asked_in=f"{place.path}/rules-5/build-overrides.toml: package.a")
    failure = made.build({"add": ["b"]}, "with b").failure
    assert failure is not None
    assert failure.asked_in == "package.a"


def test_what_is_no_file_is_not_copied(place: Workplace, fake: Pip, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "setup.py").write_text("")
    (tree / "link").symlink_to("nowhere")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tree / "pipe")
    bench(place, str(tree)).build({}, "as it is")
    assert fake.inside == ["link", "setup.py"]


def test_no_room(place: Workplace, fake: Pip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    made = bench(place, str(tree))
    full = OSError(errno.ENOSPC, "No space left on device")
    for error in (full, shutil.Error([("a", "b", str(full))])):

        def copytree(*_: Any, error: OSError = error, **__: Any) -> None:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(shutil, "copytree", copytree)
            with pytest.raises(OverrideError, match="No space left on device") as caught:
                made.build({}, "as it is")
        assert caught.value.where == str(tmp_path)
        follows(
            "make room in that directory, or name another one: export TMPDIR=DIRECTORY",
            str(caught.value),
        )
    fake.status = 0
    assert made.build({}, "as it is").state == BUILT


def test_a_package_that_pip_cannot_find(place: Workplace, fake: Pip) -> None:
    fake.said = "ERROR: Could not find a version\nERROR: No matching distribution found for a==1.0\n"
    failure = bench(place).build({"add": ["b"]}, "with b").failure
    assert failure is not None
    assert failure.not_found == "a==1.0"


def test_what_is_installed_in_the_target(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def run(command: list[str], *_: Any) -> int:
        ran.append(command)
        return subprocess.run([sys.executable, *command[1:]], capture_output=True).returncode

    monkeypatch.setattr(place, "run", run)
    made = bench(place)
    assert made.in_target("PyTest")
    assert not made.in_target("not-installed-anywhere")
    assert made.in_target("pytest")
    assert [command[0] for command in ran] == ["/python", "/python"]
