"""What ``run`` does for the pips below it, and what it says of those that it could not reach."""

from __future__ import annotations

import os

import pytest

from ..support.environments import SWITCH, Target, injected, tool
from ..support.store import index_wheel

OVERRIDES = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
ALLOWED = ("--allow-unused",)


def test_python_without_pythonpath(target: Target) -> None:
    for option, name in (("-I", "declares"), ("-E", "mint")):
        target.run(OVERRIDES, target.python, option, "-m", "pip", "install", name).refused("pip")
    assert target.stamp("declares") == {"ingredient": "3.0"}
    # Its own failure is the command's to tell.
    target.run(OVERRIDES, target.python, "-I", "-m", "pip", "install", "unheard-of").failed(1)
    target.run(OVERRIDES, target.python, "-I", "-m", "pip", "list", options=ALLOWED).succeeded()


TWO_PIPS = """
import subprocess, sys
run = [sys.executable, "-m", "pip", "install", "mint"]
subprocess.run(run, check=True)
subprocess.run([sys.executable, "-I", "-m", "pip", *sys.argv[1:]], check=True)
"""


@pytest.mark.pips(only=["21.2.4", "26.3+venv"])
def test_whatever_log_the_user_wants(target: Target) -> None:
    """Of two pips the second one has no shim, nor any pip below it that could tell."""
    script = target.write(TWO_PIPS, "two.py")
    log = target.room / "mine.log"
    for settings, options in (
        ({"PIP_LOG": str(log)}, ()),
        ({"PIP_LOCAL_LOG": str(log)}, ()),
        ({}, ("--log", log)),
    ):
        log.unlink(missing_ok=True)
        # Before 22.2 a pip with a log of its own is noticed by what it builds only.
        command = (target.python, script, *options, "install", "--no-cache-dir", "--force-reinstall")
        command = (*command, "declares")
        target.run(OVERRIDES, *command, settings=settings).refused("ran without the shim")
        assert target.stamp("declares") == {"ingredient": "3.0"}
        # The log is what it would have been, with what either pip had to say.
        assert "declares" in log.read_text(encoding="utf-8")
        assert options or "mint" in log.read_text(encoding="utf-8")
    command = (target.python, script, "--log", log, "list")
    target.run(OVERRIDES, *command).succeeded()


@pytest.mark.seam("none")
def test_leaves_nothing_behind(target: Target) -> None:
    plain = target.execute(target.python, "-c", "import sys; print(sys.path, sorted(sys.modules))")
    below = target.run(
        OVERRIDES,
        target.python,
        "-c",
        "import sys; print(sys.path, sorted(sys.modules))",
        options=ALLOWED,
    ).succeeded()
    # sys.path is the same; of modules only the hook may be new.
    assert below.stdout.partition("]")[0] == plain.stdout.partition("]")[0]
    for command in (("list",), ("freeze", "--all")):
        listed = target.override(OVERRIDES, *command).succeeded()
        assert listed.stdout == target.run_pip(*command).stdout


@pytest.mark.seam("none")
def test_shadowed_sitecustomize_and_pythonpath(target: Target) -> None:
    theirs = target.room / "theirs"
    theirs.mkdir()
    (theirs / "sitecustomize.py").write_text("print('their sitecustomize')\n", encoding="utf-8")
    settings = {"PYTHONPATH": str(theirs)}
    result = target.override(OVERRIDES, "install", "declares", settings=settings).succeeded()
    assert "their sitecustomize" in result.lines
    # It has never brought the shim in, so nothing is lost.
    assert result.warnings == []
    assert target.stamp("declares") == {"ingredient": "1.0"}
    path = target.run(
        OVERRIDES,
        target.python,
        "-c",
        "import sys; print(sys.path[1])",
        settings=settings,
        options=ALLOWED,
    ).succeeded()
    assert path.lines[-2:] == ["their sitecustomize", str(theirs)]


@pytest.mark.seam("none")
def test_several_pips_below(target: Target) -> None:
    script = (
        "import subprocess, sys\n"
        "for name in ('declares', 'asks'):\n"
        "    subprocess.run([sys.executable, '-m', 'pip', 'install', name], check=True)\n"
    )
    # The file is named from where the outermost pip starts, wherever the nested ones work.
    target.write(OVERRIDES + OVERRIDES.replace("declares", "asks"))
    result = target.execute(
        *tool(), "run", "--overrides", "build-overrides.toml", "--", target.python, "-c", script
    ).succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}
    assert target.stamp("asks") == {"ingredient": "1.0"}
    assert len([line for line in result.reported if "built with" in line]) == 2


@pytest.mark.pips(only=["24.0"])
def test_statuses(target: Target) -> None:
    def run(status: int, *options: str) -> int:
        command = (target.python, "-c", f"raise SystemExit({status})")
        return target.run(OVERRIDES, *command, options=options).status

    assert run(7) == 7
    assert run(0) == 2
    assert run(0, *ALLOWED) == 0
    target.run(OVERRIDES, target.python, "-c", "pass").refused("pip")
    # Without any rules there is nothing to run under.
    target.execute(*tool(), "run", "--", target.python, "-m", "pip", "list").refused("--overrides")
    missing = target.execute(
        *tool(), "run", "--overrides", "missing.toml", "--", target.python, "-c", ""
    )
    missing.refused("missing.toml")
    nothing = target.run(OVERRIDES, target.room / "no-such-command")
    assert nothing.status != 0
    assert "Traceback" not in nothing.stderr


@pytest.mark.pips(only=["24.0"])
def test_the_variable_stands_for_the_option(target: Target) -> None:
    settings = {SWITCH: str(target.write(OVERRIDES))}
    command = (target.python, "-m", "pip", "install", "declares")
    target.execute(*tool(), "run", "--", *command, settings=settings).succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}


@pytest.mark.pips(only=["21.2.4", "24.0"])
def test_pip_from_its_wheel(target: Target) -> None:
    # Before Python 3.10 what imports from a zip file knows an older protocol only.
    pip = index_wheel(f"pip=={target.pip.version}") / "pip"
    target.run(OVERRIDES, target.python, pip, "install", "declares").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}


@pytest.mark.pips(at_least="22.3")
def test_another_python_through_pip(target: Target) -> None:
    other = target.fresh()
    overridden = target.override(OVERRIDES, "--python", other.python, "install", "declares").succeeded()
    assert other.stamp("declares") == {"ingredient": "1.0"}
    assert len([line for line in overridden.reported if "built with" in line]) == 1


def test_relative_path_in_the_variable(target: Target) -> None:
    target.write('[package.sauce]\nreplace.ingredient = "ingredient==1.0"\n')
    settings = {"PYTHONPATH": injected(), SWITCH: os.path.join(".", "build-overrides.toml")}
    target.run_pip("install", "needs-sauce", settings=settings).succeeded()
    assert target.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "1.0"}}


@pytest.mark.seam("none")
def test_set_without_any_file(target: Target) -> None:
    options = ("--set", "declares: ingredient==1.0", "--set", "asks: ingredient==2.0")
    command = (*tool(), "run", *options, "--", target.python, "-m", "pip", "install")
    result = target.execute(*command, "declares", "asks", "needs-sauce").succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}
    assert target.stamp("asks")["ingredient"] == "2.0"
    assert "   [--set declares]\n" in result.stdout
    # In a nested pip as well, and added where it is declared nowhere.
    options = ("--set", "sauce: ingredient==1.0", "--set", "declares: mint==1.0")
    command = (*tool(), "run", *options, "--", target.python, "-m", "pip", "install")
    target.execute(*command, "--force-reinstall", "needs-sauce", "declares").succeeded()
    assert target.nested_stamps("needs_sauce") == {"sauce": {"ingredient": "1.0"}}
    assert "mint" in target.stamp("declares")


@pytest.mark.pips(only=["24.0"])
def test_set_is_refused_before_the_command_starts(target: Target) -> None:
    command = (*tool(), "run", "--set", "declares", "--", target.python, "-m", "pip", "install", "mint")
    target.execute(*command).refused("--set", "declares: REQUIREMENT")
    assert target.versions() == {}
