"""``fix`` runs a command, says what it does, and writes what was found; the search is made up."""

from __future__ import annotations

import errno
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, Iterator

import pytest

from pip_build_override import switch
from pip_build_override.cli import complaints
from pip_build_override.cli.main import main
from pip_build_override.diagnosis import Failure
from pip_build_override.diagnosis.failed_command import FailedCommand
from pip_build_override.errors import OverrideError
from pip_build_override.files import write_json
from pip_build_override.fixing import package
from pip_build_override.fixing.attempts import BUILT, Attempt
from pip_build_override.fixing.result import Fixed, NotFixed

from ..support.hints import follows

FILE = "build-overrides.toml"
TABLE = {"reason": "found by fix", "constrain": ["cython<3"]}
LINES = '[package.lamp]\nreason = "found by fix"\nconstrain = ["cython<3"]\n'
FOUND = Fixed("Lamp", "1.0", TABLE, "signature")

# What a pip with the shim does, in which lamp builds only with the rule.
PIP = """
import os, shutil, sys
def leave(word):
    open(os.path.join(os.environ["PIP_BUILD_REQUIREMENTS_OVERRIDE_WATCH"], word + "-1-x"), "w").close()
rules = os.environ["PIP_BUILD_REQUIREMENTS_OVERRIDE"]
with open("in-force", "a") as log:
    print(os.path.basename(rules), file=log)
leave("loaded"); leave("judged")
{before}
if "cython<3" not in open(rules).read():
    {failed}
{after}
"""
FAILS = (
    "shutil.copy('failure.json', os.path.join(os.environ['PIP_BUILD_REQUIREMENTS_OVERRIDE_FIX'],"
    " 'failed-1.json')); sys.exit(1)"
)


def command(before: str = "", failed: str = FAILS, after: str = "") -> str:
    """Write such a pip, and return the words that run it."""
    text = PIP.format(before=before, failed=failed, after=after)
    Path("pip.py").write_text(text, encoding="utf-8")
    return f"{shlex.quote(sys.executable)} pip.py"


def status(line: str) -> int:
    return main(shlex.split(line))


def write(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")
    Path(name).chmod(0o600)


def read(name: str = FILE) -> str:
    return Path(name).read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in (switch.SWITCH, switch.WATCH, switch.COMMAND_LINE, switch.REPORT, "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    here, temporary = tmp_path / "here", tmp_path / "tmp"
    here.mkdir()
    temporary.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    lamp = Failure("Lamp", "1.0", python="3.11", requirement="Lamp==1.0")
    write_json("failure.json", FailedCommand("/python", "/pip", (), (lamp,), str(here)).to_json())
    yield
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert list(temporary.iterdir()) == []


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], list[tuple[Any, ...]]]:
    """Have a result found, or a function called in its place."""

    def set_result(result: object) -> list[tuple[Any, ...]]:
        asked = []

        def fix_package(*args: Any) -> object:
            asked.append(args)
            return result() if callable(result) else result

        monkeypatch.setattr(package, "fix_package", fix_package)
        return asked

    return set_result


Find = Callable[[object], "list[tuple[Any, ...]]"]
Capture = pytest.CaptureFixture[str]


# What comes of it


def test_writes_what_is_found(found: Find, capsys: Capture) -> None:
    asked = found(FOUND)
    assert status(f"fix -- {command()}") == 0
    assert read() == LINES
    ((failure, outer, _, python, _),) = asked
    assert (failure.label, outer, python) == ("Lamp 1.0", (), "3.11")
    # Neither file is there before.
    assert read("in-force").split("\n") == ["command line", FILE, ""]
    printed = capsys.readouterr()
    assert printed.out == ""
    said = printed.err.splitlines()
    words = f"{shlex.quote(sys.executable)} pip.py"
    assert said[0] == f"pip-build-override: running {words}"
    assert "15 minutes; a build runs code of the package" in said[1]
    assert said[2] == f"pip-build-override: what is found is written to {FILE}"
    table = said[said.index("pip-build-override: this was tried:") :]
    assert table[2].split()[:-1] == ["COMMAND", "fails", "in", "Lamp", "1.0"]
    assert table[3].split()[:-1] == ["COMMAND", "succeeds"]
    assert f"written to {FILE}:\n\n{LINES}\n" in printed.err
    assert "the command succeeds with these rules" in said[-2]
    hint = follows("keep {} in version control; later builds use it with {}", printed.err)
    assert status(hint.partition("with pip-build-override ")[2]) == 0


def test_begins_with_what_an_earlier_run_has_written(found: Find, capsys: Capture) -> None:
    text = "# ours\n[package.shade]\nadd = ['a'] # because\n\n[package.lamp]\nadd = ['b']\n"
    write(FILE, text)
    found(FOUND)
    assert status(f"fix -- {command()}") == 0
    assert read() == text + 'constrain = ["cython<3"]\nreason = "found by fix"\n'
    assert read("in-force").split() == [FILE] * 2
    assert f"is written to {FILE}, the rules of which are in force\n" in capsys.readouterr().err
    found(pytest.fail)
    capsys.readouterr()
    assert status("fix -- " + command()) == 0
    assert "nothing to fix" in capsys.readouterr().err
    assert read("in-force").split() == [FILE] * 3


def test_the_file_that_the_variable_names(
    found: Find, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv(switch.SWITCH, "mine.toml")
    write(FILE, "this is no TOML")
    found(FOUND)
    assert status(f"fix -- {command()}") == 0
    assert read("mine.toml") == LINES
    assert "not in force" not in capsys.readouterr().err
    assert status(f"fix --write other.toml -- {command()}") == 0
    assert read("other.toml") == LINES
    said = f"mine.toml, which {switch.SWITCH} names, is not in force, because of --write"
    assert said in capsys.readouterr().err


def test_the_table_of_a_project(found: Find) -> None:
    write("pyproject.toml", "[project]\nname = 'x'\n")
    found(FOUND)
    assert status(f"fix --write pyproject.toml -- {command()}") == 0
    assert read("in-force").split("\n")[0] == "command line"
    header = "[tool.pip-build-override.package.lamp]\n"
    assert read("pyproject.toml") == f"[project]\nname = 'x'\n\n{header}{LINES.partition(chr(10))[2]}"
    assert status(f"fix --write pyproject.toml -- {command()}") == 0
    assert read("in-force").split()[-1] == "pyproject.toml"


def test_a_workbench_has_what_is_in_force(found: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    write(FILE, "[package.shade]\nadd = ['a']\n")
    given: list[Any] = []

    class Bench:
        def __init__(self, *args: Any) -> None:
            given.extend(args)

        def attempt(self) -> None:
            journal = given[-1]
            journal.begin("Lamp 1.0", "with cython<3")
            journal.end(Attempt(TABLE, BUILT, seconds=3))

    module = "pip_build_override.fixing.workbench"
    monkeypatch.setitem(sys.modules, module, SimpleNamespace(PipWorkbench=Bench))

    def fix_package(failure: Failure, outer: Any, bench: Any, *_: Any) -> Fixed:
        bench(failure).attempt()
        return FOUND

    monkeypatch.setattr(package, "fix_package", fix_package)
    assert status(f"fix -- {command()}") == 0
    left, failure, place, overrides, clock, journal = given
    assert (left.python, failure.name, overrides) == ("/python", "Lamp", os.path.abspath(FILE))
    assert not os.path.exists(place.path)
    assert 0 < clock.left() <= 15 * 60
    assert [row.tried for row in journal.rows] == ["COMMAND", "with cython<3", "COMMAND"]


def test_nothing_is_found(found: Find, capsys: Capture) -> None:
    ruled_out = ("with cython<3: fails", "COMMAND")
    found(NotFixed("it needs a library", ruled_out, "install libx; then try again"))
    assert status(f"fix -- {command()}") == 1
    assert not Path(FILE).exists()
    said = capsys.readouterr().err
    assert "Lamp 1.0 is not fixed: it needs a library" in said
    assert "this was ruled out:\n  with cython<3: fails\nhint: install libx; then try again\n" in said


def test_another_error_than_that_of_a_build(found: Find, capsys: Capture) -> None:
    found(pytest.fail)
    assert status(f"fix -- {command(failed='sys.exit(7)')}") == 1
    said = capsys.readouterr().err
    assert (
        "no build by pip failed, but the command fails with status 7; what it printed says why" in said
    )
    follows(
        "if a build failed that pip did not start, fix it as a build by pip:"
        " pip-build-override fix -- pip wheel --no-deps DIRECTORY",
        said,
    )
    found(FOUND)
    assert status(f"fix -- {command(after='sys.exit(7)')}") == 1
    assert "each build succeeds now, but the command fails with status 7" in capsys.readouterr().err
    # What the builds need is known by then.
    assert read() == LINES


def test_a_command_that_succeeds_although_a_build_failed(found: Find, capsys: Capture) -> None:
    found(pytest.fail)
    assert status(f"fix -- {command(failed=FAILS.replace('sys.exit(1)', 'sys.exit(0)'))}") == 0
    said = capsys.readouterr().err
    assert "nothing to fix: the command succeeded, although Lamp 1.0 did not build" in said


def test_what_a_pip_of_another_release_has_left(found: Find) -> None:
    write("failure.json", '{"format": 0}')
    found(pytest.fail)
    assert status(f"fix -- {command()}") == 1


def test_the_rules_do_not_reach_the_build(found: Find, capsys: Capture) -> None:
    found(Fixed("Lamp", "1.0", {"add": ["bulb"]}, "search"))
    words = command()
    assert status(f"fix -- {words}") == 1
    assert not Path(FILE).exists()
    said = capsys.readouterr().err
    assert "Lamp 1.0 builds on its own with the rules that were found, but fails in the command" in said
    hint = follows("see what differs between the builds: {}", said)
    assert hint.endswith(f"PIP_VERBOSE=1 pip-build-override fix -- {words}")


def test_rules_of_the_user_that_exclude_what_is_found(found: Find, capsys: Capture) -> None:
    text = "[package.lamp]\nconstrain = ['cython>=3']\n"
    write(FILE, text)
    found(FOUND)
    words = command()
    assert status(f"fix -- {words}") == 1
    assert read() == text
    said = capsys.readouterr().err
    assert "not fixed: build-overrides.toml: package.lamp: Lamp 1.0 needs cython<3, but" in said
    assert said.count("hint:") == 1
    hint = follows("remove {} from {} there, and run the same command again", said)
    assert hint.startswith("remove cython>=3 from constrain")
    write(FILE, text.replace("'cython>=3'", ""))
    assert status(f"fix -- {words}") == 0


def test_a_pip_that_refuses_the_rules(found: Find, capsys: Capture) -> None:
    found(FOUND)
    words = command(after='leave("refused"); sys.exit(2)')
    assert status(f"fix -- {words}") == 2
    assert not Path(FILE).exists()
    said = capsys.readouterr().err
    assert "pip refused to work under the rules; what it printed says why" in said
    assert f"found, and not written to {FILE}:\n\n{LINES}" in said


def test_no_pip_loaded_the_shim(found: Find, capsys: Capture) -> None:
    found(pytest.fail)
    for end in ("0", "1"):
        python = shlex.quote(sys.executable)
        assert status(f"fix -- {python} -c 'raise SystemExit({end})'") == 2
        said = capsys.readouterr().err
        assert "loaded the shim, so no override was in force" in said
        assert "--allow-unused" not in said
        assert "nothing to fix" not in said


def test_a_warning_about_other_builds(
    found: Find, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    found(FOUND)
    words = command(before="leave('elsewhere')")
    complaint = complaints.Complaint(
        OverrideError("uv built shade", kind="not-reached", hint="use pip"), about_builds=True
    )
    monkeypatch.setattr(complaints, "choose", lambda *_, **__: complaint)
    assert status(f"fix -- {words}") == 0
    assert (
        "pip-build-override: warning: uv built shade [not-reached]\nhint: use pip\n"
        in capsys.readouterr().err
    )


def test_a_pip_without_the_shim_beside_the_one_that_is_fixed(
    found: Find, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    found(FOUND)
    words = command(before="leave('outer')")
    assert status(f"fix -- {words}") == 2
    assert "ran without the shim" in capsys.readouterr().err
    # What was found is not lost.
    assert read() == LINES


# Limit and interrupt


def test_the_limit(found: Find, capsys: Capture) -> None:
    found(replace(FOUND, complete=False))
    assert status(f"fix --limit 0.5 -- {command()}") == 0
    said = capsys.readouterr().err
    assert "for at most 0.5 minutes" in said
    assert "the search was ended early: fewer or looser rules may be enough for Lamp" in said
    assert read() == LINES


def test_no_time_at_all(found: Find, capsys: Capture) -> None:
    found(pytest.fail)
    words = command()
    assert status(f"fix --limit 1e-9 -- {words}") == 1
    said = capsys.readouterr().err
    assert "the time is up, and nothing was found so far with which Lamp 1.0 builds" in said
    follows("give it more time with --limit", said)
    found(FOUND)
    assert status(f"fix --limit 1 -- {words}") == 0


@pytest.fixture
def in_the_foreground() -> Iterator[None]:
    """Take the signals as a shell's foreground job: in the background some are ignored."""
    handlers = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("in_the_foreground")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupt(name: str, found: Find, capsys: Capture) -> None:
    number = getattr(signal, name)
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]

    def interrupt() -> Fixed:
        os.kill(os.getpid(), number)
        return FOUND

    found(interrupt)
    words = command()
    assert status(f"fix -- {words}") == 128 + number
    assert not Path(FILE).exists()
    assert read("in-force").count("\n") == 1
    said = capsys.readouterr().err
    assert "interrupted; no file was changed" in said
    assert f"found, and not written to {FILE}:\n\n{LINES}" in said
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before
    follows("write these rules to a file, or run the same command again", said)
    write("o.toml", LINES)
    assert status(f"run --overrides o.toml -- {words}") == 0
    found(FOUND)
    assert status(f"fix -- {words}") == 0


@pytest.mark.usefixtures("in_the_foreground")
def test_an_interrupt_before_anything_is_known(found: Find, capsys: Capture) -> None:
    def interrupt() -> NotFixed:
        os.kill(os.getpid(), signal.SIGINT)
        return NotFixed("nothing was found before the search ended", (), "install another lamp")

    found(interrupt)
    assert status(f"fix -- {command()}") == 130
    said = capsys.readouterr().err
    assert "interrupted; no file was changed" in said
    # That is no reason for it.
    assert "hint:" not in said


@pytest.mark.usefixtures("in_the_foreground")
def test_a_second_interrupt_ends_everything(found: Find, capsys: Capture) -> None:
    def interrupt() -> None:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
        pytest.fail("not ended")

    found(interrupt)
    assert status(f"fix -- {command()}") == 130
    assert not Path(FILE).exists()


def test_a_signal_that_is_ignored(found: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def hang_up() -> Fixed:
        os.kill(os.getpid(), signal.SIGHUP)
        return FOUND

    found(hang_up)
    try:
        assert status(f"fix -- {command()}") == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_is_ended(number: int) -> None:
    # The command is ended by what is passed on to it; Ctrl-C of a terminal reaches it by itself.
    before = f"os.kill(os.getppid(), {number:d}); os.kill(os.getpid(), {number:d})"
    wait = "import time; time.sleep(60)"
    words = command(before=f"{before}; {wait}")
    ours = [sys.executable, "-m", "pip_build_override", "fix", "--", *shlex.split(words)]
    done = subprocess.run(
        ours,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        # These tests may run where Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert done.returncode == (-number if number == signal.SIGTERM else 128 + number), done.stdout
    assert "interrupted; no file was changed" in done.stdout
    assert not Path(FILE).exists()


# What is refused before the command is run


def refused(line: str, capsys: Capture) -> str:
    capsys.readouterr()
    words = command()
    assert status(f"{line} {words}" if line.endswith("--") else line) == 2
    assert not Path("in-force").exists()
    return capsys.readouterr().err


def test_no_command(found: Find, capsys: Capture) -> None:
    said = refused("fix --limit 3", capsys)
    hint = follows("put it after two dashes: pip-build-override fix -- pip install …", said)
    found(FOUND)
    line = hint.partition("pip-build-override ")[2].replace("pip install …", command())
    assert status(line) == 0


@pytest.mark.parametrize("limit", ["x", "0", "-1", "nan", "inf"])
def test_no_number_of_minutes(limit: str, found: Find, capsys: Capture) -> None:
    said = refused(f"fix --limit={limit} --", capsys)
    assert f"--limit: {limit} is not a positive number of minutes" in said
    hint = follows("write --limit {}", said)
    found(FOUND)
    assert status(f"fix {hint[len('write ') :]} -- {command()}") == 0


def test_below_run(found: Find, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv(switch.WATCH, os.getcwd())
    said = refused("fix --", capsys)
    # The run above does not blame the command that fix would have run.
    (word,) = [name for name in os.listdir() if name.startswith("refused-")]
    Path(word).unlink()
    hint = follows("start fix by itself: pip-build-override fix --write FILE -- COMMAND", said)
    monkeypatch.delenv(switch.WATCH)
    found(FOUND)
    line = hint.partition("pip-build-override ")[2]
    assert status(line.replace("FILE", FILE).replace("COMMAND", command())) == 0


def test_a_file_with_a_mistake(capsys: Capture) -> None:
    write(FILE, "[package.lamp]\nad = ['a']\n")
    assert "did you mean add?" in refused("fix --", capsys)
    assert read() == "[package.lamp]\nad = ['a']\n"


def test_a_file_that_cannot_have_tables(found: Find, capsys: Capture) -> None:
    write("r.txt", "cython<3\n")
    said = refused("fix --write r.txt --", capsys)
    hint = follows("write to a .toml file: --write {}", said)
    found(FOUND)
    assert status(f"fix {hint.partition(': ')[2]} -- {command()}") == 0
    assert read("r.toml") == LINES


def test_a_dash_is_not_a_file(found: Find, capsys: Capture) -> None:
    hint = follows("name a file: --write build-overrides.toml", refused("fix --write - --", capsys))
    found(FOUND)
    assert status(f"fix {hint.partition(': ')[2]} -- {command()}") == 0
    assert read() == LINES


def test_files_that_cannot_be_replaced(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    write("theirs.toml", "")
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != "theirs.toml" and access(path, mode))
    said = refused("fix --write theirs.toml --", capsys)
    assert "theirs.toml: this file cannot be written" in said
    assert "would be lost: this user may not write to it [unwritable-file]\n" in said
    # There are no rules in it that could be included.
    said = refused(f"fix --write {os.devnull} --", capsys)
    assert (
        "would be lost: it is not a regular file [unwritable-file]\nhint: with --write, name a file"
        in said
    )


def test_a_directory_that_is_not_there(found: Find, capsys: Capture) -> None:
    said = refused("fix --write 'a b/o.toml' --", capsys)
    hint = follows("make it: mkdir -p {}", said)
    subprocess.run(shlex.split(hint.partition(": ")[2]), check=True)
    found(FOUND)
    assert status(f"fix --write 'a b/o.toml' -- {command()}") == 0


def test_a_file_that_cannot_be_written(found: Find, capsys: Capture) -> None:
    write("theirs.toml", "[package.shade]\nadd = ['a']\n")
    Path("o.toml").symlink_to("theirs.toml")
    said = refused("fix --write o.toml --", capsys)
    assert (
        "o.toml: this file cannot be written, and what is found would be lost: it is a link, to" in said
    )
    hint = follows("with --write, name another file; {} in it keeps these rules in force", said)
    included = os.path.abspath("o.toml")
    assert f'; include = ["{included}"] in it' in hint
    write("mine.toml", f'include = ["{included}"]\n')
    found(FOUND)
    assert status(f"fix --write mine.toml -- {command()}") == 0
    assert read("mine.toml") == f'include = ["{included}"]\n\n{LINES}'
    assert read("theirs.toml") == "[package.shade]\nadd = ['a']\n"


def test_a_directory_that_cannot_be_written_to(
    found: Find, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    there = os.path.abspath("theirs")
    os.mkdir(there)
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != there and access(path, mode))
    said = refused("fix --write theirs/o.toml --", capsys)
    assert "would be lost: this user may not write to theirs [unwritable-file]\n" in said
    follows("with --write, name a file that you may write to", said)
    found(FOUND)
    assert status(f"fix --write o.toml -- {command()}") == 0


def test_what_is_found_is_shown_if_it_cannot_be_written_in_the_end(
    found: Find, capsys: Capture
) -> None:
    found(FOUND)
    words = command(
        after="os.path.basename(rules) == 'command line' or os.mkdir('build-overrides.toml')"
    )
    assert status(f"fix -- {words}") == 2
    said = capsys.readouterr().err
    assert f"found, and not written to {FILE}:\n\n{LINES}" in said
    assert "pip-build-override: error: " in said


def test_rules_that_the_file_cannot_have(found: Find, capsys: Capture) -> None:
    text = "[package.lamp]\nreplace.a = 'a'\n"
    write(FILE, text)
    found(Fixed("Lamp", "1.0", {"requires": ["a"]}, "search"))
    assert status(f"fix -- {command()}") == 1
    assert read() == text
    said = capsys.readouterr().err
    assert "the lines cannot be added to this file" in said
    hint = follows("with --write, name another file; {} in it keeps these rules in force", said)
    assert os.path.abspath(FILE) in hint


def test_the_line_ends_of_the_file_are_kept(found: Find) -> None:
    for text in ("# mine\r\n[package.a]\r\nadd = ['b']\r\n", "[package.lamp]\r\nadd = ['b']\r\n\r\n"):
        Path(FILE).write_bytes(text.encode())
        Path(FILE).chmod(0o600)
        found(FOUND)
        assert status(f"fix -- {command()}") == 0
        content = Path(FILE).read_bytes()
        assert b"cython<3" in content
        assert content.count(b"\n") == content.count(b"\r\n") == len(content.splitlines())


def test_a_file_that_somebody_changes_meanwhile(found: Find, capsys: Capture) -> None:
    write(FILE, "[package.lamp]\nadd = ['b']\n")
    changed = "[package.lamp]\nadd = ['b', 'c']\n"
    found(FOUND)
    line = f"fix -- {command(after=f'open({FILE!r}, chr(119)).write({changed!r})')}"
    assert status(line) == 2
    assert read() == changed
    said = capsys.readouterr().err
    assert f"found, and not written to {FILE}:" in said
    follows("run the same command again", said)
    assert status(line) == 0
    assert "'b', 'c'" in read()
    assert "cython<3" in read()


def test_no_room_for_temporary_files(
    found: Find, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(FOUND)

    def environment_of(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("pip_build_override.cli.run.environment_of", environment_of)
        said = refused(f"fix -- {command()}", capsys)
    assert "temporary files cannot be written: No space left on device" in said
    follows("make room in that directory, or name another one: export TMPDIR=DIRECTORY", said)
    assert os.listdir(os.environ["TMPDIR"]) == []
    assert status(f"fix -- {command()}") == 0
