"""Doing what a hint of a command says, by the command line that it gives, has the command accepted."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from pip_build_override import records, switch
from pip_build_override.cli import explain, verify
from pip_build_override.cli.main import main
from pip_build_override.errors import OverrideError
from pip_build_override.rules import Declared, package, parse_overrides, plan

from ..support.hints import follows
from .test_suggest import LOG
from .test_suggest import TABLE as FIX

Capture = pytest.CaptureFixture[str]

RULES = "[package.lamp]\nadd = ['a']\n"
PYTHON = shlex.quote(sys.executable)
NOTHING = f"{PYTHON} -c pass"


@pytest.fixture(autouse=True)
def _room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (switch.SWITCH, switch.WATCH, switch.COMMAND_LINE, switch.REPORT, "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    write("o.toml", RULES)
    write("log", LOG)


def write(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")
    Path(name).chmod(0o600)


def status(line: str) -> int:
    """Return the exit status of a command, as it is typed after ``pip-build-override``."""
    try:
        return main(shlex.split(line))
    except SystemExit as ended:
        # argparse has printed its help.
        return int(ended.code or 0)


class Hint:
    """The hint of a command that is refused."""

    def __init__(self, capsys: Capture) -> None:
        self._capsys = capsys

    def text(self, line: str, refused: int = 2) -> str:
        """Return what a command prints, which is refused."""
        self._capsys.readouterr()
        assert status(line) == refused
        printed = self._capsys.readouterr()
        return printed.err or printed.out


@pytest.fixture
def hint(capsys: Capture) -> Hint:
    return Hint(capsys)


# Slips on the command line


def our_command(said: str) -> str:
    return said.partition("pip-build-override ")[2]


def test_another_word(hint: Hint) -> None:
    said = follows("did you mean {}?", hint.text("--versoin"))
    assert status(said[len("did you mean ") : -1]) == 0
    said = follows("did you mean {}?", hint.text("chek o.toml"))
    assert status(f"{said[len('did you mean ') : -1]} o.toml") == 0
    said = follows("did you mean {}?", hint.text("check --formt json o.toml"))
    assert status(f"check {said[len('did you mean ') : -1]} json o.toml") == 0
    said = follows("did you mean {}?", hint.text("check --format jsn o.toml"))
    assert status(f"check --format {said[len('did you mean ') : -1]} o.toml") == 0


def test_one_of_the_commands(hint: Hint) -> None:
    said = follows("the commands are {}", hint.text("zzz"))
    for command in said.partition("the commands are ")[2].split(", "):
        assert status(f"{command} --help") == 0


def test_the_help(hint: Hint) -> None:
    text = hint.text("help")
    said = follows("pip-build-override --help, or pip-build-override COMMAND --help", text)
    for line in said.split(", or "):
        assert status(our_command(line).replace("COMMAND", "check")) == 0
    for line in ("check --zzz o.toml", "status x", "freeze", "run --overrides -- pip"):
        assert status(our_command(follows("see {} --help", hint.text(line)))) == 0


def test_options_after_the_command(hint: Hint) -> None:
    text = hint.text(f"--overrides o.toml run --allow-unused -- {NOTHING}")
    said = follows("put options after the command: pip-build-override {} {} …", text)
    assert status(f"{our_command(said)[:-1]}o.toml --allow-unused -- {NOTHING}") == 0


def test_an_interpreter_as_an_option(hint: Hint) -> None:
    text = hint.text(f"verify {PYTHON}")
    said = follows("did you mean --python {}?", text)
    assert "unrecognized argument" not in hint.text(f"status {said[len('did you mean ') : -1]}", 1)


def test_a_command_under_run(hint: Hint) -> None:
    text = hint.text(f"{PYTHON} -c 'raise SystemExit(7)'")
    said = follows("to run a command with an override: pip-build-override run {} -- {}", text)
    assert status(our_command(said).replace("FILE", "o.toml")) == 7


def test_a_value_that_there_is(hint: Hint) -> None:
    said = follows("write {} {}", hint.text("check --format=1 o.toml"))
    assert status(f"check {said[len('write ') :]} o.toml") == 0


# run


def test_a_command_to_run(hint: Hint) -> None:
    text = hint.text("run --overrides o.toml")
    said = follows("put it after two dashes: pip-build-override run {} -- pip install …", text)
    line = our_command(said).replace("FILE", "o.toml").replace("pip install …", "'raise'")
    assert line.endswith("-- 'raise'")
    line = line.replace("'raise'", f"{PYTHON} -c 'raise SystemExit(7)'")
    assert status(line) == 7


def test_options_of_the_outer_run(hint: Hint, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = f"{PYTHON} -c 'raise SystemExit(7)'"
    monkeypatch.setenv(switch.WATCH, os.getcwd())
    text = hint.text(f"run --overrides o.toml -- {ends}")
    follows("give all options to the outer run, or do not use the outer run", text)
    # As it is below an outer run with all options, and without an outer run.
    assert status(f"run -- {ends}") == 7
    monkeypatch.delenv(switch.WATCH)
    assert status(f"run --overrides o.toml -- {ends}") == 7


def test_rules_to_apply(hint: Hint, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = f"{PYTHON} -c 'raise SystemExit(7)'"
    text = hint.text(f"run -- {ends}")
    said = follows("give --overrides FILE, --set, --constrain, --as-of or --report, or set {}", text)
    values = {"--overrides": "o.toml", "--set": "'p: x'", "--constrain": "x<2", "--report": "r.json"}
    values["--as-of"] = "release"
    for option, value in values.items():
        assert option in said
        assert status(f"run {option} {value} -- {ends}") == 7
    assert said.endswith(switch.SWITCH)
    monkeypatch.setenv(switch.SWITCH, "o.toml")
    assert status(f"run -- {ends}") == 7


def test_an_option_before_the_command(hint: Hint) -> None:
    ends = f"{PYTHON} -c 'raise SystemExit(7)'"
    said = follows("put {} before COMMAND: it is {}", hint.text(f"run -- {ends} --overrides o.toml"))
    assert status(f"run {said.split()[1]} o.toml -- {ends}") == 7


def test_a_command_that_is_there(hint: Hint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    follows(
        "check the name of the command, and PATH", hint.text("run --overrides o.toml -- only-there")
    )
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "only-there"
    program.write_text("#!/bin/sh\nexit 7\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    assert status("run --overrides o.toml -- only-there") == 7


def program(path: str, text: str = "exit 7") -> None:
    Path(path).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    Path(path).chmod(0o755)


@pytest.fixture
def only_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave one program on PATH, which returns the number of its arguments."""
    (tmp_path / "bin").mkdir()
    program("bin/pip", "exit $#")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


@pytest.mark.usefixtures("only_pip")
def test_a_command_that_cannot_be_started(hint: Hint) -> None:
    def said(words: str) -> str:
        return hint.text(f"run --overrides o.toml -- {words}")

    def then(words: str) -> int:
        return status(f"run --overrides o.toml --allow-unused -- {words}")

    found = follows("give each word by itself, without quotes around them: {}", said("'pip wheel x'"))
    assert then(found.partition(": ")[2]) == 2
    found = follows("begin with pip: pip {}", said("wheel 'a b'"))
    assert then(found.partition(": ")[2]) == 2
    for requirement in ("x==1", "'x[y] >= 1'", "x@file:///y", "'x<2'"):
        found = follows("begin with pip install: {}", said(requirement))
        assert then(found.partition(": ")[2]) == 2
    assert "did you mean pip?" in said("pipp install")
    program("here")
    assert "did you mean ./here?" in said("here")
    assert then("./here") == 7
    Path("here").chmod(0o600)
    found = follows("make it executable: chmod u+x {}", said("./here"))
    assert found.endswith("chmod u+x ./here")
    Path("here").chmod(0o700)
    assert then("./here") == 7
    # Nothing is similar, or it is there and is no program.
    Path("log").chmod(0o600)
    for words in ("'no such' thing", "zzz", "log"):
        assert "check the name of the command, and PATH" in said(words)


# A real pip, below run


@pytest.fixture
def offline(tmp_path: Path) -> str:
    """Return the options of a pip command that gets along without an index."""
    with zipfile.ZipFile(tmp_path / "x-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("x-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: x\nVersion: 1.0\n")
        wheel.writestr("x-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("x-1.0.dist-info/RECORD", "x-1.0.dist-info/RECORD,,\n")
    return "--no-index --no-deps -d out ./x-1.0-py3-none-any.whl"


def below_run(command: str, capfd: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    capfd.readouterr()
    found = status(" ".join(["run --overrides o.toml", *options, "--", command]))
    return found, capfd.readouterr().err


def test_a_command_that_starts_a_pip(offline: str, capfd: pytest.CaptureFixture[str]) -> None:
    refused, text = below_run(NOTHING, capfd)
    said = follows("run a command that starts one of pip {}, and that passes its environment", text)
    assert refused == 2
    for command in ("install", "wheel", "download", "lock"):
        assert f"pip {command}" in said
    assert said.endswith("or accept this with --allow-unused")
    assert below_run(f"{PYTHON} -m pip download {offline}", capfd) == (0, "")
    assert below_run(NOTHING, capfd, "--allow-unused") == (0, "")


def test_a_pip_with_the_variables(
    offline: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # What installs something: a pip that only downloads wheels does not count.
    installs = f"install -q {offline.replace(' -d ', ' --target ')}"
    for option in ("-I", "-E"):
        refused, text = below_run(f"{PYTHON} {option} -m pip {installs}", capfd)
        said = follows("start pip without -I, -E and -S, and pass PYTHONPATH on to it", text)
        assert refused == 2
        assert option in said
    assert below_run(f"{PYTHON} -m pip {installs} --upgrade", capfd) == (0, "")


def test_a_pip_that_is_not_isolated(offline: str, capfd: pytest.CaptureFixture[str]) -> None:
    isolated = f"{PYTHON} -m pip --isolated download {offline}"
    refused, text = below_run(isolated, capfd)
    follows("remove --isolated, or accept this with --allow-unused", text)
    assert refused == 2
    assert below_run(isolated.replace("--isolated ", ""), capfd) == (0, "")
    assert below_run(isolated, capfd, "--allow-unused") == (0, "")


# suggest


def test_a_log_that_is_piped_in(hint: Hint, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    said = follows("pipe one in: {} | pip-build-override suggest; or name a file", hint.text("suggest"))
    piped = said.partition(";")[0].replace("pipe one in: pip install X", "cat log")
    ours = f"{PYTHON} -m pip_build_override"
    piped = piped.replace("pip-build-override", ours)
    done = subprocess.run(piped, shell=True, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    assert done.stdout.endswith(FIX)
    assert status("suggest log") == 0


@pytest.mark.parametrize("way", ["closed", "broken"])
def test_a_log_that_is_named(
    way: str, hint: Hint, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    class Broken(io.BytesIO):
        def readline(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(sys, "stdin", None if way == "closed" else io.TextIOWrapper(Broken()))
    text = hint.text("suggest")
    if way == "closed":
        follows("name a file, or pipe the log in", text)
    else:
        follows("name a file", text)
    assert status("suggest log") == 0
    assert capsys.readouterr().out.endswith(FIX)


def test_a_log_that_can_be_read(hint: Hint, capsys: Capture) -> None:
    follows("name a file with the output of a build", hint.text("suggest of-nothing"))
    assert status("suggest log") == 0
    assert capsys.readouterr().out.endswith(FIX)


def test_a_log_of_a_similar_name(hint: Hint, capsys: Capture) -> None:
    write("build.log", Path("log").read_text(encoding="utf-8"))
    said = follows("did you mean {}?", hint.text("suggest biuld.log"))
    assert status(f"suggest {said.split()[-1].rstrip('?')}") == 0
    assert capsys.readouterr().out.endswith(FIX)


def test_a_log_with_both_streams(hint: Hint, capsys: Capture) -> None:
    write("log.py", f"import sys\nprint('Collecting x')\nsys.stderr.write({LOG!r})\n")
    subprocess.run(f"{PYTHON} log.py > log", shell=True, stderr=subprocess.DEVNULL, check=True)
    said = follows("the log needs both streams: pip install X > log 2>&1", hint.text("suggest log", 1))
    line = said.partition(": ")[2].replace("pip install X", f"{PYTHON} log.py")
    subprocess.run(line, shell=True, check=True)
    assert status("suggest log") == 0
    assert capsys.readouterr().out.endswith(FIX)


def test_the_name_in_the_place_of_name(hint: Hint) -> None:
    write("log", "".join(LOG.splitlines(keepends=True)[2:]))
    text = hint.text("suggest log", 1)
    follows("{}replace NAME here by the name of the package{}:", text)
    lines = [line[len("#   ") :] for line in text.splitlines() if line.startswith("#   ")]
    write("o.toml", "\n".join(lines).replace("NAME", "lamp"))
    assert status("check o.toml") == 0
    # It is the fix of a log that has the name.
    write("log", LOG)
    assert "# o.toml already contains the fix" in hint.text("suggest log --write o.toml", 1)


def test_the_directory_of_the_builds(
    tmp_path: Path, hint: Hint, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    write("log", "lamp 1.0: a -> a<1   [o.toml: package.lamp]\n" + LOG)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert status("suggest ../log") == 0
    text = capsys.readouterr().out
    follows("run suggest again in the directory in which the builds were started", text)
    monkeypatch.chdir(tmp_path)
    assert status("suggest log") == 0
    printed = capsys.readouterr().out
    assert "not below this directory" not in printed
    assert printed.endswith("[package.lamp]\nadd = ['a']\nconstrain = [\"setuptools<82\"]\n")


def test_a_toml_file(hint: Hint) -> None:
    write("o.txt", "a\n")
    text = hint.text("suggest log --write o.txt")
    said = follows("write to a .toml file: --write {}", text)
    Path("o.toml").unlink()
    assert status(f"suggest log {said.partition(': ')[2]}") == 0
    assert Path("o.toml").read_text(encoding="utf-8") == FIX


def test_lines_that_are_merged_by_hand(hint: Hint, capsys: Capture) -> None:
    inline = 'package = { wick = { add = ["a"] } }\n'
    write("o.toml", inline)
    text = hint.text("suggest log --write o.toml")
    follows("run suggest again without --write, and merge by hand what it prints", text)
    assert status("suggest log") == 0
    printed = capsys.readouterr().out
    merged = inline.replace("package = { wick = ", "[package]\nwick = ").replace(" }\n", "\n")
    write("o.toml", f"{merged}\n{printed}")
    assert status("check o.toml") == 0
    assert "already contains the fix" in hint.text("suggest log --write o.toml", 1)


def test_a_regular_file(hint: Hint) -> None:
    Path("link.toml").symlink_to("o.toml")
    text = hint.text("suggest log --write link.toml")
    follows("name a regular file that this user may write to", text)
    assert status("suggest log --write o.toml") == 0
    assert "setuptools<82" in Path("o.toml").read_text(encoding="utf-8")


def test_a_file_that_is_restored() -> None:
    write("log", "lamp 1.0: a -> a<1   [o.toml: package.lamp]\n" + LOG)
    ours = f"{PYTHON} -m pip_build_override"
    done = subprocess.run(
        f"{ours} suggest log > o.toml",
        shell=True,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 2
    said = follows("restore it, and write to it with: suggest --write {}", done.stderr)
    write("o.toml", RULES)
    assert status(f"{said.partition('with: ')[2]} log") == 0
    assert "setuptools<82" in Path("o.toml").read_text(encoding="utf-8")
    assert "add = ['a']" in Path("o.toml").read_text(encoding="utf-8")


# Streams


def shell(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        line.replace("pip-build-override", f"{PYTHON} -m pip_build_override"),
        shell=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


if os.name == "posix":

    def test_standard_output_that_is_not_closed() -> None:
        done = shell("pip-build-override check o.toml >&-")
        follows("do not close it, or redirect it to a file", done.stderr)
        assert done.returncode == 2
        assert shell("pip-build-override check o.toml").returncode == 0
        assert shell("pip-build-override check o.toml > answer").returncode == 0
        assert "valid" in Path("answer").read_text(encoding="utf-8")

    @pytest.mark.parametrize("full", ["/dev/full"] if os.path.exists("/dev/full") else [])
    def test_standard_output_that_can_be_written(full: str) -> None:
        done = shell(f"pip-build-override check o.toml > {full}")
        follows("redirect it to a file that can be written to", done.stderr)
        assert done.returncode == 2
        assert shell("pip-build-override check o.toml > answer").returncode == 0

    def test_a_directory_that_exists() -> None:
        run = "pip-build-override run --allow-unused --set 'p: x' --report r.json -- true"
        done = shell(f"mkdir gone; cd gone; rmdir ../gone; {run}")
        said = follows("change to an existing directory: cd", done.stderr)
        assert done.returncode == 2
        back = said.partition(": ")[2]
        done = shell(f"mkdir gone; cd gone; rmdir ../gone; HOME=$OLDPWD; {back}; {run}")
        assert (done.returncode, done.stderr) == (0, "")


# freeze, run --report, explain, verify

NUMPY = records.Distribution(
    "numpy", "1.26.0", url="https://h.test/numpy-1.26.0-py3-none-any.whl", sha256="a" * 64
)
RECORD = records.Record("x", "1.0", environment=(NUMPY,), isolated=True)


def report(name: str, *builds: records.Record) -> None:
    entries = [{**build.to_json(), "id": str(number)} for number, build in enumerate(builds)]
    write(name, json.dumps({**records.blank(), "builds": entries}))


def test_a_report_of_builds(hint: Hint, offline: str, capsys: Capture) -> None:
    wheel = offline.split("/")[-1]
    text = hint.text("freeze o.toml")
    follows("name a report that run --report has written, or a wheel with a record", text)
    report("r.json", RECORD)
    assert status("freeze r.json") == 0
    report("report.json", RECORD)
    said = follows("did you mean {}?", hint.text("freeze reprot.json"))
    assert status(f"freeze {said.split()[-1].rstrip('?')}") == 0
    text = hint.text(f"freeze {wheel}")
    follows("name a report that run --report has written, or a wheel with a record", text)
    records.put_into_wheel(wheel, records.to_cyclonedx(RECORD, ""))
    capsys.readouterr()
    assert status(f"freeze {wheel}") == 0
    write("frozen.toml", capsys.readouterr().out)
    assert status("check frozen.toml") == 0


def test_a_report_with_one_build_of_a_package(hint: Hint) -> None:
    other = records.Record("x", "1.0", environment=(), isolated=True)
    report("r.json", RECORD, other)
    text = hint.text("freeze r.json", 2)
    follows("give freeze the wheel of the build to repeat, or the report of a run with only one", text)
    report("r.json", RECORD)
    assert status("freeze r.json") == 0


def test_another_report(hint: Hint) -> None:
    text = hint.text(f"run --allow-unused --set 'p: x' --report o.toml -- {NOTHING}")
    follows("name another file, or delete this one", text)
    assert status(f"run --allow-unused --set 'p: x' --report r.json -- {NOTHING}") == 0
    Path("o.toml").unlink()
    assert status(f"run --allow-unused --set 'p: x' --report o.toml -- {NOTHING}") == 0
    text = hint.text(f"run --allow-unused --set 'p: x' --report none/r.json -- {NOTHING}")
    follows("name another file", text)


class Asked(Exception):
    """pip would be asked now, so the command line was accepted."""


@pytest.fixture
def _no_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*_: object, **__: object) -> None:
        raise Asked

    monkeypatch.setattr(explain, "ask", ask)


@pytest.mark.usefixtures("_no_pip")
def test_a_path_to_explain(hint: Hint) -> None:
    Path("lamps").mkdir()
    for wrong in ("./lamp", "./lamp[x]", "lamp/", "'./lamp ; os_name == \"nt\"'"):
        text = hint.text(f"explain {wrong}")
        assert "there is no file or directory " in text
        said = follows("did you mean {}?", text)
        with pytest.raises(Asked):
            status(f"explain ./{said[len('did you mean ') : -1]}")
    text = hint.text("explain ./zzz")
    follows(
        "give the name of a package, or the path of an sdist or a source directory that is there", text
    )
    for right in ("lamp", "./lamps", "'./lamps[x]'", "https://h.test/zzz", "file:./zzz", "a@./zzz"):
        with pytest.raises(Asked):
            status(f"explain {right}")


@pytest.mark.usefixtures("_no_pip")
def test_a_requirements_file_to_explain(hint: Hint) -> None:
    write("requirements.txt", "lamp\n")
    text = hint.text("explain -r requirement.txt")
    assert "-r requirement.txt: the requirements file is missing" in text
    said = follows("did you mean -r {}?", text)
    for right in (said[len("did you mean ") : -1], "-r https://h.test/zzz.txt"):
        with pytest.raises(Asked):
            status(f"explain {right}")
    follows("give the path of a requirements file", hint.text("explain -r zzz"))
    follows("give the path of a requirements file", hint.text("explain -r ."))


def test_an_overrides_file_that_is_meant(hint: Hint) -> None:
    write("build-overrides.toml", RULES)
    write("build-overides.log", "")
    text = hint.text("check build-overides.toml", 1)
    said = follows("did you mean {}? If not, create the file, or correct {}", text)
    assert said.endswith("? If not, create the file, or correct the path")
    assert status(f"check {said[len('did you mean ') :].partition('?')[0]}") == 0
    said = follows("create it, or correct {}", hint.text("check none/o.toml", 1))
    assert said == "create it, or correct the path"
    Path("none").mkdir()
    write("none/o.toml", RULES)
    assert status("check none/o.toml") == 0


def test_a_package_to_explain(hint: Hint, monkeypatch: pytest.MonkeyPatch) -> None:
    text = hint.text("explain")
    said = follows("name a package: pip-build-override explain pyworld==0.3.3", text)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    text = hint.text(our_command(said), 1)
    assert (
        "error: pyworld==0.3.3: pip finds no release of it at all [package-not-found]\nhint: " in text
    )
    follows("check its spelling, the package index, and the network connection", text)


def test_what_pip_says(hint: Hint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    Path("x").mkdir()
    text = hint.text("explain ./x")
    said = follows("check the requirement and the index, and see what pip says: {}", text)
    command = said.partition("pip says: ")[2]
    assert command == f"{PYTHON} -m pip wheel --no-deps ./x"
    done = shell(command)
    assert done.returncode == 1
    assert "is not installable" in done.stderr
    # The requirement is one now.
    write("x/pyproject.toml", '[build-system]\nrequires = []\n[project]\nname = "x"\nversion = "1"\n')
    assert status("explain ./x") == 0


BACKEND = """
def get_requires_for_build_wheel(config_settings=None):
    import pkg_resources
"""


@pytest.mark.parametrize("given", ["", "--overrides o.toml", "--set 'y: a<2' --constrain 'b<2'"])
def test_what_a_backend_that_fails_needs(
    given: str, hint: Hint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    Path("x").mkdir()
    write(
        "x/pyproject.toml",
        """
[project]
name = "x"
version = "1.0"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
""",
    )
    write("x/backend.py", BACKEND)
    write("o.toml", '[package.x]\nconstrain = ["b<2"]\n')
    text = hint.text(f"explain --hooks {given} ./x")
    assert "Traceback" not in text
    assert text.startswith(
        "pip-build-override: error: the build backend gave no answer: x 1.0 imports pkg_resources while"
        " it is built: "
    )
    said = follows("run this to see its output, and a fix if one is known: {}", text)
    command = said.partition("known: ")[2]
    assert (" run " in command) is bool(given)
    done = shell(command)
    printed = done.stdout + done.stderr
    assert "backend.py" in printed or not given
    assert f"[package.{'x' if given else 'NAME'}]" in printed
    assert "setuptools<82" in printed


def test_what_the_other_python_says(hint: Hint) -> None:
    write("python", "#!/bin/sh\necho this is no Python\n")
    Path("python").chmod(0o755)
    text = hint.text("explain --python ./python lamp")
    said = follows("run the same requirement with pip download there, and see what it prints", text)
    command = "pip download" if "pip download there" in said else ""
    assert shell(f"./python -m {command} lamp").stdout == "this is no Python\n"


def test_a_version_that_only_pip_knows(capsys: Capture) -> None:
    text = '[package.x]\nadd = [{ name = "pip", from = "target" }]\n'
    with pytest.raises(OverrideError) as caught:
        plan(parse_overrides(text.encode(), path="/o.toml"), package("x", "1.0"), Declared((), ()), {})
    said = follows("use pip-build-override explain to see it", str(caught.value))
    write("o.toml", text)
    Path("x").mkdir()
    backend = '[build-system]\nrequires = []\nbuild-backend = "none"\n'
    write("x/pyproject.toml", f'{backend}[project]\nname = "x"\nversion = "1.0"\n')
    command = our_command(said).partition(" ")[0]
    assert status(f"{command} --overrides o.toml ./x") == 0
    assert f"    pip=={version('pip')}" in capsys.readouterr().out


def test_an_interpreter_that_can_be_run(tmp_path: Path, hint: Hint, offline: str) -> None:
    other = tmp_path / "python"
    other.write_bytes(b"\x7fELF, or not")
    other.chmod(0o755)
    wheel = "./" + offline.split("/")[-1]
    text = hint.text(f"explain --python ./python {wheel}")
    follows("name an interpreter with --python", text)
    # pip does not build what is a wheel already.
    assert status(f"explain --python {PYTHON} {wheel}") == 1
    for line in ("status --python ./python", "verify --python ./python"):
        follows("check the path", hint.text(line, 1 if line.startswith("status") else 2))
    assert status(f"verify --python {PYTHON} --timeout 1") in (0, 1)


def test_a_time_limit(hint: Hint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "listed", lambda *_: {"distributions": [], "markers": {}})
    said = follows(
        "give a number of seconds above 0; 60 is the default", hint.text("verify --timeout 0")
    )
    assert "60" in said
    for seconds in ("0.5", "60"):
        assert status(f"verify --timeout {seconds}") == 0


@pytest.mark.parametrize("option", ["--write", "--limit"])
def test_options_of_fix_alone(option: str, hint: Hint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "listed", lambda *_: {"distributions": [], "markers": {}})
    said = follows("add --fix, or remove --{}", hint.text(f"verify {option} 1"))
    assert said.endswith(f" {option}")
    assert status(f"verify {option} 1 --fix") == 0
    assert status("verify") == 0
