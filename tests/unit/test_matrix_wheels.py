"""The wheels of a matrix, as far as no pip is needed: each is built once, read back, and kept whole."""

from __future__ import annotations

import io
import os
import shlex
import tarfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Mapping

import pytest

from pip_build_override import records, switch
from pip_build_override.cli.main import main
from pip_build_override.command_line import CommandLine
from pip_build_override.errors import OverrideError
from pip_build_override.files import SCRATCH
from pip_build_override.matrix import build_key, kept_wheels, wheels
from pip_build_override.matrix.cells import Cell
from pip_build_override.matrix.interpreter_facts import Facts, facts_of
from pip_build_override.matrix.plan import Interpreter, Plan
from pip_build_override.matrix.results import BUILT_OTHERWISE, NOT_BUILT
from pip_build_override.matrix.wheels import BuiltWheel, NotBuilt, wheel_of

from ..support.hints import follows
from ..support.stampbackend import write_wheel

PYPROJECT = """
[build-system]
requires = ["setuptools", "numpy>=1.20"]
[project]
name = "lamp"
version = "1.0"
"""
MARKERS = {"python_version": "3.11", "platform_release": "1"}
FACTS = Facts(MARKERS, ("3.11.7",), ("pip 26.3", "numpy 1.0"), (":env:.constraint='/none'",))


def write_sdist(path: Path, members: Mapping[str, str], *, mode: int = 0o644, mtime: int = 0) -> Path:
    """Write an sdist.

    Args:
        path: The file.
        members: The content of each member, by its path below the root.
        mode: The mode of all of them.
        mtime: Their time.
    """
    with tarfile.open(path, "w:gz") as archive:
        for name, text in members.items():
            member = tarfile.TarInfo(f"lamp-1.0/{name}")
            member.size, member.mode, member.mtime = len(text.encode()), mode, mtime
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


MEMBERS = {"PKG-INFO": "Name: Lamp\nVersion: 1.0\n", "pyproject.toml": PYPROJECT, "lamp.c": "int a;"}


class Builds:
    """Builds by a pip that does what the test says, and what it was asked for."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = directory / "store"
        self.sdist = write_sdist(directory / "lamp-1.0.tar.gz", MEMBERS)
        self.interpreter = Interpreter("3.11", "3.11.7", "/opt/python3.11")
        self.plan = Plan("lamp", (self.interpreter,), ())
        self.environment: dict[str, str] = {"PATH": ""}
        self.commands: list[list[str]] = []
        self.variables: dict[str, str] = {}
        self.rules = ""
        self.numpy: str | None = "1.22.0"
        self.says = ""
        self.status = 0
        self.before: Callable[[], None] = lambda: None

    def run(self, command: list[str], variables: Mapping[str, str], log: Path) -> int:
        """Stand for pip."""
        self.commands.append(command)
        self.variables = dict(variables)
        self.rules = Path(variables[switch.SWITCH]).read_text(encoding="utf-8")
        log.write_text(self.says, encoding="utf-8")
        self.before()
        if self.status == 0:
            directory = Path(command[command.index("--wheel-dir") + 1])
            wheel = directory / write_wheel(str(directory), "lamp", "1.0", {"lamp.py": ""})
            if self.numpy is not None:
                held = (records.Distribution("numpy", self.numpy),) if self.numpy else ()
                record = records.Record("lamp", "1.0", held)
                records.put_into_wheel(str(wheel), records.to_cyclonedx(record))
        return self.status

    def wheel(self, numpy: str = "1.22.0", **more: Any) -> BuiltWheel:
        pairs = (("numpy", numpy),)
        cell = Cell("3.11", pairs, pairs, nightly=more.pop("nightly", ()))
        given = {"environment": self.environment, **more}
        return wheel_of(self.store, self.sdist, self.interpreter, cell, self.plan, **given)

    def failure(self, numpy: str = "1.22.0", **more: Any) -> NotBuilt:
        with pytest.raises(NotBuilt) as caught:
            self.wheel(numpy, **more)
        return caught.value

    def files(self) -> list[str]:
        """Return what is in the directory of the wheels, without locks."""
        return sorted(
            path.relative_to(self.store / "wheels").as_posix()
            for path in (self.store / "wheels").rglob("*")
            if path.is_file() and path.suffix != ".lock"
        )


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builds:
    found = Builds(tmp_path)
    monkeypatch.setattr(wheels, "_run", found.run)
    monkeypatch.setattr(wheels, "facts_of", lambda *_: FACTS)
    monkeypatch.chdir(tmp_path)
    return found


def test_a_wheel_is_built_once(builds: Builds) -> None:
    built = builds.wheel()
    assert built == BuiltWheel(built.path, {"numpy": "1.22.0"}, reused=False)
    key = built.path.parent.name
    assert builds.files() == [f"{key}/lamp-1.0-py3-none-any.whl", f"{key}/wheel.json"]
    assert builds.wheel() == replace(built, reused=True)
    # Another way to write the same version.
    assert [builds.wheel("1.22").reused for _ in range(2)] == [False, True]
    assert len(builds.commands) == 2
    command = builds.commands[0]
    assert command[:5] == ["/opt/python3.11", "-m", "pip", "wheel", "--no-deps"]
    # Not NAME-VERSION.tar.gz, which pip would look up in its cache of wheels by the path.
    assert command[-1].startswith("lamp @ file:///")
    assert command[-1].endswith("/sdist.tar.gz")
    assert 'replace.numpy = "numpy==1.22"' in builds.rules
    assert builds.variables["PYTHONPATH"] == switch.INJECTED


def test_no_versions_asked(builds: Builds) -> None:
    builds.numpy = "2.0"
    overrides = builds.directory / "o.toml"
    overrides.write_text('[package.lamp]\nreplace.numpy = "numpy==2.0"\n', encoding="utf-8")

    def under(file: str) -> BuiltWheel:
        cell, plan = Cell("3.11", (("numpy", "2.0"),)), replace(builds.plan, overrides=file)
        given = (builds.store, builds.sdist, builds.interpreter, cell, plan)
        return wheel_of(*given, environment=builds.environment)

    built = under(str(overrides))
    assert built.built_with == {"numpy": "2.0"}
    assert "[package" not in builds.rules
    assert f'include = ["{overrides}"]' in builds.rules
    assert under(str(overrides)).reused
    assert not under("").reused
    assert "include" not in builds.rules


def test_a_nightly_build(builds: Builds) -> None:
    builds.numpy = "2.5.0.dev0+1"
    built = builds.wheel("2.5.0.dev0+1", nightly=("numpy",))
    command = builds.commands[-1]
    assert command[command.index("--extra-index-url") + 1].endswith(
        "/scientific-python-nightly-wheels/simple"
    )
    assert builds.wheel("2.5.0.dev0+1").path != built.path
    assert "--extra-index-url" not in builds.commands[-1]


@pytest.mark.parametrize(
    ("numpy", "says"),
    [
        ("1.23.0", "was built with numpy 1.23.0, but 1.22.0 was asked for"),
        ("x", "was built with numpy x, but 1.22.0 was asked for"),
        ("", "was built without numpy, but 1.22.0 was asked for"),
        (None, "has no record of what it was built with"),
    ],
)
def test_built_otherwise(builds: Builds, numpy: str | None, says: str) -> None:
    builds.numpy = numpy
    error = builds.failure()
    assert (error.state, error.reason) == (BUILT_OTHERWISE, f"lamp-1.0-py3-none-any.whl {says}")
    assert str(error) == error.reason
    assert builds.files() == []
    assert Path(error.log).is_file()


def test_a_wheel_that_is_none(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_wheel(command: list[str], *_: object) -> int:
        Path(command[command.index("--wheel-dir") + 1], "lamp-1.0-py3-none-any.whl").write_bytes(b"")
        return 0

    monkeypatch.setattr(wheels, "_run", no_wheel)
    error = builds.failure()
    assert error.state == BUILT_OTHERWISE
    assert "has a record that cannot be read" in error.reason
    assert builds.files() == []


def test_the_hint_for_a_wheel_without_a_record(
    builds: Builds, capsys: pytest.CaptureFixture[str]
) -> None:
    builds.numpy = None
    (hint,) = builds.failure().hints
    line = follows("see whether the override would be in force there: {}", f"hint: {hint}")
    words = shlex.split(line.partition(": ")[2])
    assert words[0] == "pip-build-override"
    assert main(words[1:]) == 2
    assert "/opt/python3.11" in capsys.readouterr().err


def test_what_fails_is_not_tried_again_in_the_same_run(builds: Builds) -> None:
    builds.status = 1
    builds.says = "ERROR: No such luck\n"
    error = builds.failure(run="a")
    assert (error.state, error.reason) == (NOT_BUILT, "No such luck")
    assert builds.failure(run="a").reason == "No such luck"
    assert len(builds.commands) == 1
    builds.failure(run="b")
    builds.failure()
    builds.failure()
    assert len(builds.commands) == 4
    builds.failure("1.23.0", run="b")
    assert len(builds.commands) == 5
    builds.status = 0
    assert not builds.wheel(run="c").reused


def test_all_that_want_a_wheel_wait_for_one_build(builds: Builds) -> None:
    builds.before = lambda: time.sleep(0.3)
    found: list[BuiltWheel] = []
    threads = [threading.Thread(target=lambda: found.append(builds.wheel())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(builds.commands) == 1
    assert sorted(each.reused for each in found) == [False, True, True, True]
    assert len({each.path for each in found}) == 1


def test_an_interrupted_build_leaves_nothing(builds: Builds) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    builds.before = interrupt
    with pytest.raises(KeyboardInterrupt):
        builds.wheel()
    assert builds.files() == []
    builds.before = lambda: None
    assert not builds.wheel().reused


def test_a_damaged_wheel_is_built_again(builds: Builds) -> None:
    wheel = builds.wheel().path
    whole = wheel.read_bytes()
    wheel.write_bytes(whole[:-1])
    assert builds.wheel() == BuiltWheel(wheel, {"numpy": "1.22.0"}, reused=False)
    assert wheel.read_bytes() == whole
    for damage in ("", "{}", '{"format": 1, "file": "../x", "sha256": ""}'):
        (wheel.parent / "wheel.json").write_text(damage, encoding="utf-8")
        assert not builds.wheel().reused
    wheel.unlink()
    assert not builds.wheel().reused
    # What a process that was killed has left.
    wheel.rename(wheel.with_name("x"))
    wheel.parent.rename(wheel.parent.with_name(f"{SCRATCH}0"))
    assert not builds.wheel().reused


def test_old_wheels_are_removed(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_wheels, "KEPT", 2)
    found = []
    for number in range(4):
        builds.numpy = f"1.{number}"
        found.append(builds.wheel(builds.numpy).path)
    left = builds.store / "wheels" / f"{SCRATCH}left"
    left.mkdir()
    (left / "x").touch()
    _age(left, 2)
    # All of them may be in use.
    assert all(path.is_file() for path in found)
    for path in found:
        _age(path.parent / "wheel.json", 2)
        _age(path.parent.with_name(f"{path.parent.name}.lock"), 2)
    logs = sorted((builds.store / "logs").iterdir())
    _age(logs[0], 31)
    # The first is used again, and so is not old.
    builds.numpy = "1.0"
    assert builds.wheel("1.0").reused
    with kept_wheels.KeptWheels(builds.store).locked(found[1].parent.name):
        builds.numpy = "1.4"
        last = builds.wheel("1.4").path
    assert [path.is_file() for path in found] == [True, True, False, False]
    assert last.is_file()
    assert not left.exists()
    assert not logs[0].exists()
    # It was taken to remove its wheel, so it is only removed a day later.
    lock = found[3].parent.with_name(f"{found[3].parent.name}.lock")
    if lock.exists():
        _age(lock, 2)
    builds.numpy = "1.5"
    builds.wheel("1.5")
    assert [path.is_file() for path in found] == [False] * 4 or found[0].is_file()
    assert not found[1].is_file()
    assert not lock.exists()


def _age(path: Path, days: int) -> None:
    then = time.time() - days * 24 * 60 * 60 - 60
    os.utime(path, (then, then))


def test_the_same_sources_in_another_file(builds: Builds) -> None:
    builds.wheel()
    turned = dict(reversed(list(MEMBERS.items())))
    builds.sdist = write_sdist(builds.directory / "other.tar.gz", turned, mtime=1)
    assert builds.wheel().reused


@pytest.mark.parametrize(
    "change",
    [
        lambda b: write_sdist(b.sdist, {**MEMBERS, "lamp.c": "int b;"}),
        lambda b: write_sdist(b.sdist, {**MEMBERS, "more.c": ""}),
        lambda b: write_sdist(b.sdist, MEMBERS, mode=0o755),
        lambda b: setattr(b, "environment", {"PATH": "", "CFLAGS": "-O0"}),
        lambda b: setattr(b, "environment", {"PATH": "", "LAMP_WITH_BULB": "1"}),
        lambda b: setattr(b, "environment", {"PATH": "", switch.COMMAND_LINE: '[["wheel<1"], [], ""]'}),
        lambda b: setattr(b, "plan", replace(b.plan, overrides=str(b.write("[package.x]\nadd=['y']")))),
    ],
)
def test_what_is_built_anew(builds: Builds, change: Callable[[Any], None]) -> None:
    builds.write = lambda text: _written(builds.directory / "o.toml", text)  # type: ignore[attr-defined]
    builds.wheel()
    change(builds)
    assert not builds.wheel().reused
    assert builds.wheel().reused


def _unreadable(path: str) -> str:
    raise PermissionError(13, "Permission denied", path)


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "facts",
    [
        replace(FACTS, abi=("3.11.8",)),
        replace(FACTS, installed=("pip 26.2",)),
        replace(FACTS, settings=("global.no-binary='x'",)),
        replace(FACTS, markers={"python_version": "3.12"}),
    ],
)
def test_another_interpreter(builds: Builds, facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    builds.wheel()
    monkeypatch.setattr(wheels, "facts_of", lambda *_: facts)
    assert not builds.wheel().reused


@pytest.mark.parametrize(
    "facts",
    [
        replace(FACTS, installed=("pip 26.3", "numpy 2.0")),
        replace(FACTS, markers={**MARKERS, "platform_release": "2"}),
    ],
)
def test_what_changes_no_build(builds: Builds, facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    builds.wheel()
    monkeypatch.setattr(wheels, "facts_of", lambda *_: facts)
    builds.environment = {"PATH": "", "HOME": "/other", "PIP_TARGET": "x"}
    assert builds.wheel().reused


def test_rules(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _written(builds.directory / "o.toml", "[package.x]\nadd = ['y']\n")
    builds.plan = replace(builds.plan, overrides=str(file))
    builds.wheel()
    _written(
        file, "# why\n[package.x]\nreason = 'so'\nadd = ['y']\n[matrix]\nvary.numpy = ['oldest']\n"
    )
    assert builds.wheel().reused

    # A wheel that a rule names, with other content.
    path = _written(builds.directory / "y-1-py3-none-any.whl", "1")
    _written(file, "[package.x]\nadd = [{ path = 'y-1-py3-none-any.whl', name = 'y' }]\n")
    assert not builds.wheel().reused
    path.write_text("2", encoding="utf-8")
    assert not builds.wheel().reused
    assert builds.wheel().reused
    with monkeypatch.context() as patched:
        patched.setattr(build_key, "sha256_of_file", _unreadable)
        with pytest.raises(OverrideError) as caught:
            builds.wheel()
    follows("make {} readable, or name another one", str(caught.value))
    assert builds.wheel().reused
    path.unlink()
    path.mkdir()
    (path / "setup.py").touch()
    assert not builds.wheel().reused
    (path / "setup.py").chmod(0o755)
    assert not builds.wheel().reused
    (path / "link").symlink_to("setup.py")
    assert not builds.wheel().reused
    assert builds.wheel().reused

    # What the interpreter has installed counts if a rule asks for it.
    _written(file, "[package.x]\nreplace.y = { from = 'target' }\n")
    builds.wheel()
    assert builds.wheel().reused
    facts = replace(FACTS, installed=("pip 26.3", "y 2"))
    monkeypatch.setattr(wheels, "facts_of", lambda *_: facts)
    assert not builds.wheel().reused

    # Such a wheel is for one run.
    _written(file, "[package.x]\nsystem-site-packages = true\n")
    builds.wheel(run="a")
    assert builds.wheel(run="a").reused
    assert not builds.wheel(run="b").reused
    assert not builds.wheel().reused
    assert not builds.wheel().reused


def test_constraints(builds: Builds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    one.write_text("-c other.txt\na<2\n", encoding="utf-8")
    other.write_text("-r one.txt\nb<2\n", encoding="utf-8")
    facts = replace(FACTS, settings=(f"global.constraint='\\n{one}'", "global.index-url='https://x'"))
    monkeypatch.setattr(wheels, "facts_of", lambda *_: facts)
    builds.wheel()
    assert builds.wheel().reused
    other.write_text("-r one.txt\nb<3\n", encoding="utf-8")
    assert not builds.wheel().reused


def test_rules_of_a_run_above(builds: Builds) -> None:
    above = CommandLine(("numpy<1",), ("lamp: numpy<2", "lamp: wheel", "shade: numpy<2"), "2026-01-31")
    builds.environment[switch.COMMAND_LINE] = above.dump()
    builds.wheel()
    kept = CommandLine.load(builds.variables[switch.COMMAND_LINE])
    assert kept == CommandLine(("numpy<1",), ("lamp: wheel", "shade: numpy<2"), "2026-01-31")


def test_a_store_that_is_none(builds: Builds) -> None:
    builds.store.write_text("", encoding="utf-8")
    with pytest.raises(OverrideError) as caught:
        builds.wheel()
    follows("make room on the disk and the directory writable, or remove it", str(caught.value))
    builds.store.unlink()
    builds.wheel()


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({}, "there is no PKG-INFO in it"),
        ({"PKG-INFO": "Name: lamp\n"}, "its PKG-INFO has no name and version"),
        (None, "it is not an sdist: "),
    ],
)
def test_no_sdist(builds: Builds, members: dict[str, str] | None, says: str) -> None:
    if members is None:
        builds.sdist.write_text("x", encoding="utf-8")
    else:
        write_sdist(builds.sdist, members)
    with pytest.raises(OverrideError) as caught:
        builds.wheel()
    assert says in str(caught.value)
    follows("make it again, for example with python -m build --sdist", str(caught.value))
    write_sdist(builds.sdist, MEMBERS)
    builds.wheel()


def test_an_sdist_that_changes(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    def facts(*_: object) -> Facts:
        write_sdist(builds.sdist, {**MEMBERS, "lamp.c": "int b;"})
        return FACTS

    monkeypatch.setattr(wheels, "facts_of", facts)
    with pytest.raises(OverrideError) as caught:
        builds.wheel()
    follows("run the matrix again, and let nothing else make the sdist meanwhile", str(caught.value))
    assert not builds.wheel().reused


def test_without_pyproject_toml(builds: Builds) -> None:
    write_sdist(builds.sdist, {"PKG-INFO": MEMBERS["PKG-INFO"]})
    builds.wheel()
    assert 'add = ["numpy==1.22.0"]' in builds.rules


def test_the_pip_of_an_interpreter_cannot_be_run(tmp_path: Path) -> None:
    interpreter = Interpreter("3.11", "3.11.7", str(tmp_path / "none"))
    with pytest.raises(OverrideError) as caught:
        facts_of(interpreter, {})
    follows("see whether it runs, and has pip; or name other Pythons with --python", str(caught.value))
    with pytest.raises(NotBuilt) as failed:
        wheels._run([interpreter.path], {}, tmp_path / "log")
    assert failed.value.state == NOT_BUILT
