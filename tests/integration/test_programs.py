"""Programs that use pip's modules and run no pip command: to them pip is as without the override."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ..support.environments import SWITCH, Target, injected, wheel_stamp
from ..support.hints import ONE_PIP, follows
from ..support.tools import executable, tool_environment

RULES = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
FILLS = """
import inspect, os, subprocess, sys
from contextlib import ExitStack
from pip._internal import build_env
from pip._internal.commands import create_command
from pip._internal.utils.temp_dir import global_tempdir_manager, tempdir_registry

try:
    from pip._internal.operations.build.build_tracker import get_build_tracker as tracker
except ImportError:
    from pip._internal.req.req_tracker import get_requirement_tracker as tracker

before = dict(os.environ)
with ExitStack() as stack:
    stack.enter_context(global_tempdir_manager())
    # As pip-tools does; the command is never run.
    command = create_command("install")
    stack.enter_context(command.main_context())
    stack.enter_context(tempdir_registry())
    options, _ = command.parse_args([])
    finder = command._build_package_finder(options, command._build_session(options))
    if "tracked" in sys.argv:
        stack.enter_context(tracker())
    if hasattr(build_env, "VirtualBuildEnvironment"):
        installer = build_env.SubprocessBuildEnvironmentInstaller(finder)
        environment = build_env.VirtualBuildEnvironment(installer)
        environment.install_requirements(["declares"], "overlay", kind="them", for_req=None)
    elif hasattr(build_env, "SubprocessBuildEnvironmentInstaller"):
        installer = build_env.SubprocessBuildEnvironmentInstaller(finder)
        environment = build_env.BuildEnvironment(installer)
        environment.install_requirements(["declares"], "overlay", kind="them", for_req=None)
    else:
        environment = build_env.BuildEnvironment()
        fill = environment.install_requirements
        message = {"kind": "them"} if "kind" in inspect.signature(fill).parameters else {"message": "…"}
        fill(finder, ["declares"], "overlay", **message)
    if "backend" in sys.argv:
        # As a build backend may.
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "declares"], check=True)
    with environment:
        show = [sys.executable, "-c", "import declares; print(declares.STAMP['ingredient'])"]
        subprocess.run(show, check=True)
changed = {name for name in {*before, *os.environ} if before.get(name) != os.environ.get(name)}
# distutils sets that one, in Pythons that have it.
assert not changed - {"PLAT"}, changed
"""
RUNS = """
import os, sys
from contextlib import ExitStack
from pip._internal.commands import create_command
from pip._internal.utils.temp_dir import global_tempdir_manager, tempdir_registry

before = dict(os.environ)
command = create_command("install")
if sys.argv[1] == "main":
    assert command.main(["declares"]) == 0
else:
    with command.main_context():
        command.tempdir_registry = command.enter_context(tempdir_registry())
        command.enter_context(global_tempdir_manager())
        command.verbosity = 0
        command._import_guard = command.enter_context(ExitStack())
        assert command.run(*command.parse_args(["declares"])) == 0
# pip itself leaves others behind.
after = dict(os.environ)
changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
assert not [name for name in changed if "OVERRIDE" in name or name == "PIP_LOG"], changed
"""
RUNS_TWO = f"""
import os
from pip._internal.commands import create_command

assert create_command("wheel").main(["-w", "overridden", "declares"]) == 0
del os.environ["{SWITCH}"]
assert create_command("wheel").main(["-w", "plain", "declares"]) == 0
assert "{SWITCH}" not in os.environ
"""
OWN_INSTALL = """
import sys
from pip._internal.commands.install import InstallCommand
print(InstallCommand.__name__, sys.argv[1])
"""


def switched_on(target: Target, overrides: str) -> dict[str, str]:
    return {SWITCH: str(target.write(overrides)), "PYTHONPATH": injected()}


@pytest.mark.parametrize(
    ("rules", "tracked"),
    [pytest.param("", "tracked", id="no rules"), pytest.param(RULES, "alone", id="rules")],
)
def test_that_fill_a_build_environment(target: Target, rules: str, tracked: str) -> None:
    script = target.write(FILLS, "fills.py")
    command = (target.python, script, tracked)
    result = target.execute(*command, settings=switched_on(target, rules))
    if rules:
        result.refused("fills.py fills build environments", "package.declares would not be in force")
        follows("let pip itself do that: pip lock, or {}; or unset {}", result.stderr)
    else:
        assert result.succeeded().lines[-1] == "3.0"

    below_run = target.run(rules, *command)
    assert below_run.lines[-1] == "3.0"
    if rules:
        below_run.refused("without a pip command", "--allow-unused")
        follows("build the package with pip itself (pip wheel), {}", below_run.stderr)
        if target.pip.id == ONE_PIP:
            target.override(rules, "wheel", "--no-deps", "-w", "out", "declares").succeeded()
            assert target.wheel_in("out", "declares") == {"ingredient": "1.0"}
            allowed = target.run(rules, *command, options=("--allow-unused",)).succeeded()
            assert allowed.lines[-1] == "3.0"
    else:
        below_run.succeeded()
        assert below_run.stderr == ""


def test_a_pip_that_a_build_backend_runs_below_one(target: Target) -> None:
    script = target.write(FILLS, "fills.py")
    command = (target.python, script, "tracked", "backend")
    result = target.run(RULES, *command, options=("--allow-unused",)).succeeded()
    assert result.lines[-1] == "3.0"
    assert target.stamp("declares") == {"ingredient": "1.0"}


@pytest.mark.parametrize("method", ["main", "run"])
def test_a_command_that_a_program_has_made_and_runs(target: Target, method: str) -> None:
    script = target.write(RUNS, "runs.py")
    command = (target.python, script, method)
    target.execute(*command, settings=switched_on(target, RULES)).succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}


def test_a_second_command_once_the_variable_is_gone(target: Target) -> None:
    script = target.write(RUNS_TWO, "runs_two.py")
    result = target.execute(target.python, script, settings=switched_on(target, RULES)).succeeded()
    stamps = [wheel_stamp(*target.room.glob(f"{room}/*.whl")) for room in ("overridden", "plain")]
    assert stamps == [{"ingredient": "1.0"}, {"ingredient": "3.0"}]
    # Of the first one.
    assert str(result).count("overridden builds: declares") == 1


@pytest.mark.seam("none")
def test_one_with_an_install_of_its_own(target: Target) -> None:
    script = target.write(OWN_INSTALL, "own.py")
    command = (target.python, script, "install")
    result = target.execute(*command, settings=switched_on(target, RULES)).succeeded()
    assert (result.stdout, result.stderr) == ("InstallCommand install\n", "")


@pytest.mark.pips(only=["24.0"])
@pytest.mark.parametrize("resolver", ["backtracking", "legacy"])
def test_pip_compile(target: Target, resolver: str) -> None:
    target.write("declares\n", "requirements.in")
    environment = Path(
        shutil.copytree(
            tool_environment("pip==24.0", "pip-tools==7.4.1"), target.room / "made", symlinks=True
        )
    )
    compile_them = (executable(environment, "python"), "-m", "piptools", "compile", "--rebuild")
    options = ("--quiet", "--no-header", f"--resolver={resolver}", "requirements.in")
    plain = target.execute(*compile_them, *options, "-o", "plain.txt").succeeded()
    # The resolver decides how the pip is filled, and nothing about who is let alone.
    for rules in ("", RULES) if resolver == "backtracking" else (RULES,):
        settings = switched_on(target, rules)
        result = target.execute(*compile_them, *options, "-o", "ours.txt", settings=settings)
        if rules:
            result.refused("piptools fills build environments", "package.declares")
            assert not (target.room / "ours.txt").exists()
            continue
        result.succeeded()
        compiled = [(target.room / name).read_text("utf-8") for name in ("plain.txt", "ours.txt")]
        assert compiled[1] == compiled[0].replace("plain.txt", "ours.txt")
        assert result.stdout == plain.stdout
        (target.room / "ours.txt").unlink()
    below_run = target.run("", *compile_them, *options, "-o", "ours.txt").succeeded()
    assert below_run.stderr == plain.stderr
