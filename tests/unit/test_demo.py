"""``demo`` refuses clearly what it cannot show, before it downloads anything."""

from __future__ import annotations

import argparse
import errno
import importlib.util
import io
import os
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from pip_build_override.cli import demo, demo_python, demo_shell
from pip_build_override.cli.demo_shell import Done, Shell
from pip_build_override.errors import OverrideError

from ..support.hints import follows
from ..support.store import site_packages

VENV = "cannot create a virtual environment\nhint: install its module venv"
OTHER = "cannot create a virtual environment\nhint: read the output above"
FULL = "there is no space left for .*\nhint: free some space"
THIS = demo_python.Python(sys.executable, "3.8.18", headers=True, compiler=sys.executable)


def test_asks_this_python_by_default() -> None:
    assert demo_python.probe("").minor == sys.version_info[:2]


@pytest.mark.parametrize("command", ["no-such-python", __file__, os.curdir])
def test_a_python_that_cannot_be_run(command: str) -> None:
    with pytest.raises(
        OverrideError, match="not a Python interpreter that can be run\nhint: .*--python"
    ):
        demo_python.probe(command)


@pytest.mark.parametrize("version", ["3.7.16", "3.99.0"])
def test_a_python_without_a_pair_of_numpy_releases(version: str) -> None:
    python = demo_python.Python("python", version, headers=True, compiler="cc")
    with pytest.raises(OverrideError, match="3.8 to 3.14"):
        demo_python.older_numpy(python)


def test_every_python_of_the_demo_has_an_older_numpy() -> None:
    assert {(3, minor) for minor in range(8, 14)} <= set(demo_python.OLDER_NUMPY)


def test_no_headers() -> None:
    python = demo_python.Python("python", "3.8.18", headers=False, compiler="cc")
    with pytest.raises(OverrideError, match=r"Python\.h.*\nhint: .*python3-dev"):
        demo_python.check_compiler(python)


@pytest.mark.parametrize("compiler", ["no-such-cc -pthread", "/no/such/cc"])
def test_no_compiler(compiler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "name", "posix")
    monkeypatch.delenv("CC", raising=False)
    python = demo_python.Python("python", "3.8.18", headers=True, compiler=compiler)
    with pytest.raises(OverrideError, match="such.cc is not on PATH"):
        demo_python.check_compiler(python)


def test_the_compiler_that_the_user_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", sys.executable)
    demo_python.check_compiler(demo_python.Python("python", "3.8.18", headers=True, compiler="no-cc"))


def test_no_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo_python, "probe", lambda python: THIS)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr(Shell, "run", _with_the_pip_of_this_python)
    with pytest.raises(
        OverrideError, match="cannot be reached, or does not have it\nhint: check the network"
    ):
        demo.main(argparse.Namespace(python="", keep=True))
    assert sorted(path.name for path in tmp_path.glob("*/*")) == ["tmp", "venv"]
    printed = capfd.readouterr().out
    assert "$ venv" in printed
    takes = "It takes about two minutes, and downloads numpy 1.21.6, the newest numpy and setuptools.\n"
    assert takes in printed.partition("$ ")[0]
    assert "No matching distribution found for numpy==" in printed


_run = Shell.run


def _with_the_pip_of_this_python(shell: Shell, *command: str) -> Done:
    """Run a command, but copy no pip into a virtual environment, which takes several seconds."""
    pip = importlib.util.find_spec("pip")
    if command[1:3] != ("-m", "venv") or pip is None or pip.origin is None:
        return _run(shell, *command)
    done = _run(shell, *command, "--without-pip")
    ours = site_packages(Path(shell.directory) / "venv") / "ours.pth"
    ours.write_text(f"{Path(pip.origin).parents[1]}\n", encoding="utf-8")
    return done


@pytest.mark.parametrize("keep", [False, True], ids=["removed", "kept"])
@pytest.mark.parametrize(
    ("said", "free", "error"),
    [
        ("The virtual environment was not created because ensurepip is not\navailable.", 1 << 30, VENV),
        ("/usr/bin/python3: No module named venv", 1 << 30, VENV),
        ("Error: [Errno 13] Permission denied: 'venv'", 1 << 30, OTHER),
        (f"Error: [Errno 28] {os.strerror(errno.ENOSPC)}: 'venv'", 1 << 30, FULL),
        # Of a pip that fails, venv shows the exit status only.
        ("Error: Command '[...]' returned non-zero exit status 1.", 4096, FULL),
    ],
)
def test_no_environment(
    keep: bool, said: str, free: int, error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_python, "probe", lambda python: THIS)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=free))

    def fail(shell: Shell, *command: str) -> Done:
        (Path(shell.directory) / "venv").mkdir()
        return Done(1, said)

    monkeypatch.setattr(Shell, "run", fail)
    with pytest.raises(OverrideError, match=error) as raised:
        demo.main(argparse.Namespace(python="", keep=keep))
    assert ("python3-venv" in raised.value.hint) is (error == VENV)
    if error == OTHER:
        # That it is kept, is asserted below.
        follows("read the output above; with --keep the directory is kept", str(raised.value))
    elif error == FULL:
        follows("free some space, or set TMPDIR to a directory that has some", str(raised.value))
        # Elsewhere, another reason is given.
        monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1 << 30))
        monkeypatch.setattr(Shell, "run", lambda *_: Done(1, "another reason"))
        with pytest.raises(OverrideError, match=OTHER):
            demo.main(argparse.Namespace(python="", keep=False))
    assert sorted(path.name for path in tmp_path.glob("*/*")) == (["tmp", "venv"] if keep else [])
    assert bool(list(tmp_path.iterdir())) is keep


def test_no_space_for_a_wheel(tmp_path: Path) -> None:
    done = Done(1, f"ERROR: Could not install packages due to an OSError: {os.strerror(errno.ENOSPC)}")
    with pytest.raises(OverrideError, match=FULL):
        demo._need(Shell(str(tmp_path)), done, "numpy")


def test_no_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell = Shell(str(tmp_path))
    asked = []
    said = "nothing was found"

    def run_ours(shell: Shell, *arguments: str) -> Done:
        asked.append(arguments)
        return Done(1, said)

    monkeypatch.setattr(Shell, "run_ours", run_ours)
    with pytest.raises(OverrideError, match=r"nothing with which PyYAML==5.4.1 builds\nhint: read the"):
        demo._show_fix(shell, "venv/bin/python")
    ((*words, package),) = asked
    assert (words[:3], package) == (["fix", "--", "venv/bin/python"], "PyYAML==5.4.1")
    said = "(from versions: none)\nERROR: No matching distribution found for PyYAML==5.4.1"
    with pytest.raises(OverrideError, match="cannot be reached, or does not have it"):
        demo._show_fix(shell, "venv/bin/python")


def test_a_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run_ours(shell: Shell, *_: str) -> Done:
        (tmp_path / demo.FOUND).write_text("[package.pyyaml]\n", encoding="utf-8")
        return Done(0, "")

    monkeypatch.setattr(Shell, "run_ours", run_ours)
    demo._show_fix(Shell(str(tmp_path)), "venv/bin/python")
    assert "$ cat build-overrides.toml\n  [package.pyyaml]\n" in capsys.readouterr().out


@pytest.mark.parametrize(("version", "fixes"), [("3.9.18", False), ("3.12.1", True), ("3.13.0", False)])
def test_the_pythons_with_a_fix(
    version: str, fixes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = demo_python.Python(sys.executable, version, headers=True, compiler=sys.executable)
    shown = []
    monkeypatch.setattr(demo_python, "probe", lambda _: python)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(demo, "_make_environment", lambda *_: "venv/bin/python")
    monkeypatch.setattr(demo, "_show_fix", lambda *_: shown.append("fix"))
    monkeypatch.setattr(demo, "_install_numpy", lambda *_: ())
    monkeypatch.setattr(demo, "_show_wrong", lambda *_: shown.append("wrong"))
    monkeypatch.setattr(demo, "_show_right", lambda *_: shown.append("right"))
    assert demo.main(argparse.Namespace(python="", keep=False)) == 0
    assert shown == ["fix"] * fixes + ["wrong", "right"]


def test_the_sdist_is_one(tmp_path: Path) -> None:
    name = demo._write_sdist(str(tmp_path))
    with tarfile.open(tmp_path / name) as sdist:
        names = set(sdist.getnames())
        info = sdist.extractfile("demo_sumsq-1.0/PKG-INFO")
        assert info is not None
        assert b"Name: demo-sumsq\n" in info.read()
    assert {"demo_sumsq-1.0/pyproject.toml", "demo_sumsq-1.0/demo_sumsq.c"} <= names


class TestShell:
    def test_shows_a_command_and_its_output(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        done = Shell(str(tmp_path)).run(sys.executable, "-c", "print('a'); raise SystemExit(3)")
        assert (done.status, done.output) == (3, "a\n")
        assert capsys.readouterr().out.endswith("raise SystemExit(3)'\n  a\n")

    def test_leaves_out_what_would_turn_pip_aside(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PIP_CONSTRAINT", "x.txt")
        monkeypatch.setenv("PIP_BUILD_REQUIREMENTS_OVERRIDE", "x.toml")
        monkeypatch.setenv("PIP_INDEX_URL", "https://example.org/simple")
        ask = "import os; print(sorted(name for name in os.environ if name.startswith('PIP_')))"
        output = Shell(str(tmp_path)).ask(sys.executable, "-c", ask).output
        assert "PIP_INDEX_URL" in output
        assert "PIP_CONSTRAINT" not in output
        assert "PIP_BUILD_REQUIREMENTS_OVERRIDE" not in output

    def test_ends_a_command_when_it_is_interrupted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(*words: object, flush: bool = False) -> None:
            if words == ("  ready",):
                raise KeyboardInterrupt

        monkeypatch.setattr("builtins.print", interrupt)
        # Where this Python ignores SIGINT, as below a shell's "&", so does what it starts.
        monkeypatch.setattr(demo_shell, "_SECONDS_TO_END", 1)
        wait = "import time; print('ready', flush=True); time.sleep(600); open('late', 'w')"
        with pytest.raises(KeyboardInterrupt):
            Shell(str(tmp_path)).run(sys.executable, "-c", wait)
        assert [path.name for path in tmp_path.iterdir()] == ["tmp"]

    def test_our_command_is_the_one_that_runs_now(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        printed = io.StringIO()
        monkeypatch.setattr("sys.stdout", printed)
        done = Shell(str(tmp_path)).run_ours("--version")
        assert done.status == 0
        assert printed.getvalue().startswith("$ pip-build-override --version\n")
