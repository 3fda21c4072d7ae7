"""Doing what a hint about start-up files says lets the hook be installed, and pip run under it."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from filelock import FileLock

from pip_build_override import switch
from pip_build_override.cli import demo_python, startup_files, verify
from pip_build_override.cli.main import main
from pip_build_override.errors import OverrideError
from pip_build_override.startup import STEM, routes, target, writing

from ..support.hints import follows
from ..support.store import site_packages

prove = startup_files.prove
Capture = pytest.CaptureFixture[str]
PACKAGE = Path(switch.__file__).parent


@pytest.fixture(autouse=True)
def _room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (switch.SWITCH, switch.WATCH, switch.COMMAND_LINE, switch.REPORT, "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    # The proof takes two starts of the interpreter; what loads is seen below.
    monkeypatch.setattr(startup_files, "prove", lambda *_: {"pip": None})
    rules = tmp_path / "o.toml"
    rules.write_text('[package.lamp]\nadd = ["a"]\n', encoding="utf-8")
    rules.chmod(0o600)
    with zipfile.ZipFile(tmp_path / "x-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("x-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: x\nVersion: 1.0\n")
        wheel.writestr("x-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("x-1.0.dist-info/RECORD", "x-1.0.dist-info/RECORD,,\n")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a virtual environment with the pip of this Python, which is not copied."""
    directory = tmp_path_factory.mktemp("hints") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(directory)], check=True)
    pip = importlib.util.find_spec("pip")
    assert pip is not None
    assert pip.origin is not None
    place = site_packages(directory) / "ours.pth"
    place.write_text(f"{Path(pip.origin).parents[1]}\n", encoding="utf-8")
    return directory


@pytest.fixture
def env(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "env", symlinks=True))


def status(line: str) -> int:
    return main(shlex.split(line))


def installs(env: Path) -> None:
    assert status(f"install --python {env}") == 0


def refused(line: str, capsys: Capture, code: int = 2) -> str:
    capsys.readouterr()
    assert status(line) == code
    return capsys.readouterr().err


def pip(env: Path, rules: str = "o.toml") -> subprocess.CompletedProcess[str]:
    """Run a pip of the environment with the variable set."""
    command = [
        "-m",
        "pip",
        "download",
        "--no-index",
        "--no-deps",
        "-d",
        "out",
        "./x-1.0-py3-none-any.whl",
    ]
    return subprocess.run(
        [str(env / "bin" / "python"), *command],
        env={**os.environ, switch.SWITCH: rules},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def is_in_force(env: Path) -> None:
    # Nothing but the override reads this file.
    assert "there is no such overrides file" in pip(env, "none.toml").stderr


# A hook that has lost what it loads


def with_a_copy(env: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install the hook of a copy of the package, which can then be changed."""
    copy = tmp_path / "copy" / "pip_build_override"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(startup_files, "PACKAGE", str(copy))
    installs(env)
    return copy


if os.name == "posix":

    @pytest.mark.parametrize("way", ["install it there again", "uninstall", "unset"])
    def test_a_package_that_is_gone(
        way: str, env: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        copy = with_a_copy(env, tmp_path, monkeypatch)
        away = copy.rename(tmp_path / "away")
        done = pip(env)
        assert done.returncode == 2
        said = follows(
            "install pip-build-override there again; or remove its start-up hook from this"
            " environment: pip-build-override uninstall --python {}; or unset"
            " PIP_BUILD_REQUIREMENTS_OVERRIDE",
            done.stderr,
        )
        if way == "install it there again":
            away.rename(copy)
            is_in_force(env)
        elif way == "uninstall":
            assert status(said.split("pip-build-override ")[2].partition(";")[0]) == 0
            assert pip(env, "none.toml").returncode == 0
        else:
            assert pip(env, "").returncode == 0

    def test_a_package_that_is_incomplete(
        env: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        copy = with_a_copy(env, tmp_path, monkeypatch)
        (copy / "in_pip" / "gate.py").write_text("", encoding="utf-8")
        done = pip(env)
        assert done.returncode == 2
        said = follows(
            "reinstall the pip-build-override in {}, or unset PIP_BUILD_REQUIREMENTS_OVERRIDE",
            done.stderr,
        )
        assert pip(env, "").returncode == 0
        place = Path(said.partition(" in ")[2].partition(", or")[0])
        shutil.copy(PACKAGE / "in_pip" / "gate.py", place / "in_pip" / "gate.py")
        is_in_force(env)

    def test_a_hook_that_is_broken(env: Path, tmp_path: Path) -> None:
        (site_packages(env) / "sitecustomize.py").symlink_to(tmp_path / "theirs.py")
        (tmp_path / "theirs.py").touch()
        installs(env)
        (site_packages(env) / f"{STEM}.py").write_text("", encoding="utf-8")
        done = pip(env)
        assert done.returncode == 2
        said = follows("pip-build-override install --python {}", done.stderr)
        assert status(said.partition("pip-build-override ")[2]) == 0
        is_in_force(env)


def test_a_newer_python(monkeypatch: pytest.MonkeyPatch, capsys: Capture, env: Path) -> None:
    from .test_startup_hook import hook

    with monkeypatch.context() as patch:
        patch.setattr(sys, "version_info", (3, 7, 16, "final", 0))
        with pytest.raises(SystemExit):
            hook._refuse_old_python()
    text = capsys.readouterr().err
    follows("use a newer Python, or unset PIP_BUILD_REQUIREMENTS_OVERRIDE", text)
    installs(env)
    is_in_force(env)
    assert pip(env, "").returncode == 0


# install


def test_an_environment_that_nobody_else_manages(
    env: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = dataclasses.replace(target.describe(str(env)), managed="/usr/lib/EXTERNALLY-MANAGED")
    with pytest.raises(OverrideError) as caught:
        routes.to_install(described, str(PACKAGE))
    said = follows(
        "create a virtual environment (python -m venv), and install the start-up hook there; for a"
        " single command, use: pip-build-override run",
        str(caught.value),
    )
    follows("create a virtual environment (python -m venv), and install the start-up hook there", said)
    command = said.partition("(")[2].partition(")")[0].split()
    subprocess.run([sys.executable, *command[1:], "--without-pip", "made"], check=True)
    assert status("install --python made") == 0
    by_run(said)


def by_run(said: str) -> None:
    command = said.rpartition("pip-build-override ")[2].partition(",")[0]
    assert command in ("run", "run instead")
    python = shlex.quote(sys.executable)
    ends = "raise SystemExit(7)"
    assert status(f"run --overrides o.toml -- {python} -c '{ends}'") == 7


def test_an_interpreter_that_reads_no_start_up_files(env: Path) -> None:
    described = dataclasses.replace(target.describe(str(env)), site_directories=())
    with pytest.raises(OverrideError) as caught:
        routes.to_install(described, str(PACKAGE))
    by_run(follows("use: pip-build-override run", str(caught.value)))


def test_a_file_that_is_moved_away(env: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "theirs.py").touch()
    (site_packages(env) / "sitecustomize.py").symlink_to(tmp_path / "theirs.py")
    theirs = site_packages(env) / f"{STEM}.pth"
    theirs.write_text("# theirs\n", encoding="utf-8")
    text = refused(f"install --python {env}", capsys)
    follows("move it away, and try again", text)
    Path(text.partition("error: ")[2].partition(" was not written")[0]).rename(tmp_path / "away.pth")
    installs(env)


def test_the_rest_of_a_block(env: Path, capsys: Capture) -> None:
    installs(env)
    file = site_packages(env) / "sitecustomize.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("# <<< ", "# ", 1) + "x = 1\n", encoding="utf-8")
    said = follows(
        'delete by hand what is left of it, from ">>>" to "<<<", and try again',
        refused(f"install --python {env}", capsys),
    )
    assert '">>>"' in said
    file.write_text("x = 1\n", encoding="utf-8")
    installs(env)


def test_a_user_who_may_write(env: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    # root may write everywhere.
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
        text = refused(f"install --python {env}", capsys)
    by_run(
        follows("run this as the user who owns the environment, or use: pip-build-override run", text)
    )
    installs(env)


def test_a_user_who_may_lock(env: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(place: str) -> None:
        raise PermissionError(13, "Permission denied", place)

    with monkeypatch.context() as patch:
        patch.setattr(writing, "sweep", refuse)
        text = refused(f"install --python {env}", capsys)
    by_run(
        follows(
            "run this as the user who owns the environment, or use pip-build-override run instead",
            text,
        )
    )
    installs(env)


def test_a_file_that_can_be_read(env: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    # By name and not by mode, because root may read everything.
    unreadable = {str(site_packages(env) / "sitecustomize.py")}
    read = routes.read_whole

    def read_as_a_user(path: str) -> bytes | None:
        if path in unreadable:
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(routes, "read_whole", read_as_a_user)
    text = refused(f"install --python {env}", capsys)
    follows("make it readable for this user", text)
    unreadable.clear()
    installs(env)


def test_a_lock_directory_of_ones_own(
    env: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = os.getuid() if hasattr(os, "getuid") else ""
    place = tmp_path / f"pip-build-override-locks-{user}"
    place.touch()
    text = refused(f"install --python {env}", capsys)
    follows("remove it, or set TMPDIR to another directory", text)
    (tmp_path / "other").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr("tempfile.tempdir", None)
        patch.setenv("TMPDIR", str(tmp_path / "other"))
        installs(env)
    place.unlink()
    assert status(f"uninstall --python {env}") == 0


def test_a_lock_that_is_released(env: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup_files, "_LOCK_SECONDS", 0.1)
    installs(env)
    locks = startup_files._lock_directory()
    (lock,) = Path(locks).glob("*.lock")
    with FileLock(str(lock)):
        text = refused(f"uninstall --python {env}", capsys)
        follows("wait until it has ended, or end it, and try again", text)
    assert status(f"uninstall --python {env}") == 0


def test_a_hook_that_does_not_load(env: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup_files, "prove", prove)
    problem = "the start-up hook is not loaded"
    monkeypatch.setattr(startup_files, "problem_of_loading", lambda *_: problem)
    text = refused(f"install --python {env}", capsys)
    said = follows("use pip-build-override run, which installs nothing", text)
    by_run(said)


def test_a_hook_that_status_misses(env: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def problems() -> list[str]:
        capsys.readouterr()
        assert status(f"status --format json --python {env}") in (0, 1)
        found = json.loads(capsys.readouterr().out)["problems"]
        return [str(OverrideError.from_json(problem)) for problem in found]

    monkeypatch.setenv(switch.SWITCH, "o.toml")
    (problem,) = problems()
    assert problem.startswith("no start-up hook is installed\n")
    said = follows("add one: pip-build-override install --python {}", problem)
    assert status(said.partition("pip-build-override ")[2]) == 0
    assert problems() == []

    monkeypatch.delenv(switch.SWITCH)
    (problem,) = problems()
    said = follows(
        "set it to the path of an overrides file, or use pip-build-override run --overrides FILE",
        problem,
    )
    assert problem.startswith(f"{switch.SWITCH} is not set\n")
    monkeypatch.setenv(switch.SWITCH, "o.toml")
    assert problems() == []


def test_a_hook_that_is_hidden(env: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    assert status(f"install --python {env}") == 0
    (Path.cwd() / "other").mkdir()
    (Path.cwd() / "other" / "sitecustomize.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd() / "other"))
    monkeypatch.setenv(switch.SWITCH, "o.toml")
    capsys.readouterr()
    assert status(f"status --python {env}") == 1
    printed = capsys.readouterr().out
    assert "sitecustomize.py is loaded instead" in printed
    said = follows("use pip-build-override run, which needs no hook", printed)
    by_run(said.splitlines()[0])


def test_a_pip_for_an_environment(tmp_path: Path, capsys: Capture) -> None:
    env = tmp_path / "without"
    venv.create(env, with_pip=False)
    assert status(f"status --python {env}") == 1
    said = follows("install one: {} -m ensurepip", capsys.readouterr().out)
    shell = said.splitlines()[0].partition("install one: ")[2]
    subprocess.run(shlex.split(shell), check=True, capture_output=True)
    assert status(f"status --python {env}") == 1
    assert "no pip" not in capsys.readouterr().out


# Interpreters


def script(path: Path, text: str) -> str:
    path.write_text(f"#!{sys.executable}\n{text}", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_why_an_interpreter_does_not_start(tmp_path: Path, capsys: Capture) -> None:
    python = script(tmp_path / "my python", "import sys; sys.exit('out of order')\n")
    text = refused(f"status --python '{python}'", capsys, 1)
    said = follows("to see why, run: {} -c pass", text)
    command = said.partition("run: ")[2]
    done = subprocess.run(command, shell=True, stderr=subprocess.PIPE, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (1, "out of order\n")


def test_the_path_of_an_interpreter(env: Path, capsys: Capture) -> None:
    text = refused("status --python no-such-python", capsys)
    follows("give the path of one, or of its environment", text)
    for place in (env, env / "bin" / "python"):
        assert "there is no interpreter" not in refused(f"status --python {place}", capsys, 1)


def test_the_environment_that_is_meant(
    env: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (env / "file").touch()
    monkeypatch.chdir(env.parent)
    for wrong in (f"{env.name}v", f"{env.name.upper()}v/", f"{env}v", f"{env}/bin/pythn"):
        said = follows("did you mean --python {}?", refused(f"status --python {wrong}", capsys))
        option, place = shlex.split(said.partition("did you mean ")[2].rstrip("?"))
        assert option == "--python"
        assert target.find(place) == target.find(str(env))
    (env.parent / "python-x").touch(0o700)
    text = refused("status --python python-y", capsys)
    follows("give the path of one, or of its environment", text)


def test_a_python_that_is_new_enough(env: Path, tmp_path: Path, capsys: Capture) -> None:
    old = script(tmp_path / "old", "print('{\"version\": [3, 7, 16]}')\n")
    text = refused(f"install --python {old}", capsys)
    follows("use Python 3.8 or later", text)
    installs(env)


def test_a_python_that_verify_understands(env: Path, tmp_path: Path, capsys: Capture) -> None:
    old = script(tmp_path / "old", "import sys; sys.exit('SyntaxError')\n")
    text = refused(f"verify --python {old}", capsys)
    follows("use a Python 3.8 or later", text)
    assert verify.listed(str(env / "bin" / "python"), dict(os.environ))["distributions"]


# demo


def test_another_python_for_the_demo(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    text = refused("demo --python no-such-python", capsys)
    follows("name another with --python", text)
    assert demo_python.probe(sys.executable).minor == sys.version_info[:2]


def test_a_python_with_two_releases_of_numpy() -> None:
    with pytest.raises(OverrideError) as caught:
        demo_python.older_numpy(demo_python.Python("python", "3.7.16", headers=True, compiler="cc"))
    said = follows("name a Python from {} to {} with --python", str(caught.value))
    first, last = said.split()[4:7:2]
    for version in (first, last):
        known = demo_python.Python("python", f"{version}.1", headers=True, compiler="cc")
        assert demo_python.older_numpy(known)


def test_a_compiler_named_in_cc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "name", "posix")
    monkeypatch.delenv("CC", raising=False)
    python = demo_python.Python("python", "3.11.7", headers=True, compiler="no-cc")
    with pytest.raises(OverrideError) as caught:
        demo_python.check_compiler(python)
    follows("install one ({}), or name one in CC", str(caught.value))
    monkeypatch.setenv("CC", sys.executable)
    demo_python.check_compiler(python)
