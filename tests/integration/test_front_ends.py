"""A package that another front end than pip builds: ``run`` says so, if a rule may be for it."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from ..support.environments import SWITCH, Result, Target, tool
from ..support.hints import follows
from ..support.tools import executable, tool_environment
from ..support.wheelhouse import source_tree

pytestmark = pytest.mark.pips(only=["24.0"])

OVERRIDES = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
FOR_ALL = '[package."*"]\nconstrain = ["ingredient<3"]\n'
FOR_ANOTHER = '[package.asks]\nreplace.ingredient = "ingredient==1.0"\n'
BUILD = ("build==1.2.2", "pip==24.0")
ALLOWED = ("--allow-unused",)


def build(target: Target, overrides: str, *words: str, options: tuple[str, ...] = ()) -> Result:
    python = executable(tool_environment(*BUILD), "python")
    tree = target.room / "project" / "declares"
    if not tree.exists():
        source_tree("declares", target.room / "project")
    command = (python, *words, "-m", "build", "--wheel", "--outdir", target.room / "dist", tree)
    return target.run(overrides, *command, options=options)


def test_pypa_build_out_of_reach(target: Target) -> None:
    # The front end does not load the shim, and its pip is not told what it is for.
    refused = build(target, FOR_ANOTHER, "-I")
    refused.refused("python -m build built a package", "package.asks")
    said = follows("build it with pip: pip wheel --no-deps {}; or {}", refused.stderr)
    words = (
        said.partition(": pip ")[2].partition(";")[0].replace("DIRECTORY", "project/declares").split()
    )
    target.override(OVERRIDES, *words, "-w", "out").succeeded()
    assert target.wheel_in("out", "declares") == {"ingredient": "1.0"}
    allowed = build(target, FOR_ALL, "-I", options=ALLOWED).succeeded()
    # Of several reports, the one that knows the name of the package.
    assert "warning: python -m build built declares itself" in allowed.stderr


def test_pypa_build_without_the_hook(target: Target) -> None:
    """Its pip has the shim, and the build that started it has not."""
    environment = tool_environment(*BUILD)
    packages = next((environment / "lib").glob("python*/site-packages"))
    tree = source_tree("declares", target.room / "project")
    target.execute(*tool(), "install", "--python", target.python).succeeded()
    code = (
        "import runpy, sys; sys.meta_path[:] = [f for f in sys.meta_path if not hasattr(f,"
        " 'pip_build_override')]; sys.argv[0] = 'build'; runpy.run_module('build', run_name='__main__')"
    )
    for overrides, warned in ((OVERRIDES, True), ("[settings]\nrecord = 'all'\n", False)):
        settings = {SWITCH: str(target.write(overrides)), "PYTHONPATH": str(packages)}
        command = (target.python, "-c", code, "-v", "--wheel", tree)
        result = target.execute(*command, settings=settings).succeeded()
        # build shows what pip says in lines of its own.
        assert ("WARNING: pip-build-override" in result.stderr) is warned
        if warned:
            plain = re.sub(r"\x1b\[[0-9;]*m", "", result.stderr)
            text = "\n".join(line.strip("< ").strip() for line in plain.splitlines())
            said = follows("build the package with pip: pip wheel --no-deps DIRECTORY", text)
            words = said.partition(": pip ")[2].replace("DIRECTORY", str(tree)).split()
            target.run_pip(*words, "-w", "out", settings=settings).succeeded()
            assert target.wheel_in("out", "declares") == {"ingredient": "1.0"}


def test_uv(target: Target) -> None:
    uv = Path(sys.executable).with_name("uv")
    script = target.write(
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-m', 'pip', 'install', 'mint'], check=True)\n"
        "subprocess.run(sys.argv[1:], check=True)\n",
        "both.py",
    )
    command = (uv, "pip", "install", "--no-index", "--find-links", target.index, "--python")
    for overrides, words in ((OVERRIDES, ("uv built declares",)), (FOR_ANOTHER, ())):
        result = target.run(
            overrides,
            *(target.python, script, *command, target.python),
            *("--no-cache", "--reinstall", "declares"),
        )
        result.refused(*words) if words else result.succeeded()
        if words:
            said = follows("install it with pip; or let uv follow the rules itself: {}", result.stderr)
            target.override(overrides, "install", "--force-reinstall", "declares").succeeded()
            assert target.stamp("declares") == {"ingredient": "1.0"}
            exported = said.partition(" pip-build-override ")[2].partition(" prints")[0]
            written = target.execute(*tool(), *shlex.split(exported)).succeeded()
            target.write(written.stdout, "pyproject.toml")
            target.execute(
                *(*command, target.python, "--no-cache", "--reinstall", "declares")
            ).succeeded()
            assert target.stamp("declares") == {"ingredient": "1.0"}
            (target.room / "pyproject.toml").unlink()

    # Rules of the command line cannot be exported.
    rule = ("--set", "declares: ingredient==1.0")
    words = (target.python, script, *command, target.python, "--no-cache", "--reinstall", "declares")
    refused = target.run("", *words, options=rule).refused("uv built declares")
    assert follows("install it with pip; or accept this with --allow-unused", refused.stderr)
    target.override("", "install", "--force-reinstall", "declares", options=rule).succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}

    # A program in between removes PYTHONPATH, as pipx does.
    script = target.write(
        "import os, subprocess, sys\n"
        "subprocess.run([sys.executable, '-m', 'pip', 'install', 'mint'], check=True)\n"
        "env = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}\n"
        "subprocess.run(sys.argv[1:], check=True, env=env)\n",
        "without.py",
    )
    command = (target.python, script, *command, target.python, "--no-cache", "--reinstall")
    target.run(OVERRIDES, *command, "declares").refused("uv built declares")
    # Nothing is built.
    target.run(OVERRIDES, *command, "ingredient").succeeded()


def test_a_backend_in_the_process_of_a_program(target: Target) -> None:
    """As hatch, flit and Poetry build projects of their own backends, and a setup.py builds itself."""
    target.run_pip("install", "setuptools==75.3.4").succeeded()
    tree = target.room / "project"
    tree.mkdir()
    (tree / "setup.py").write_text(
        "from setuptools import setup\nsetup(name='one', version='1.0', py_modules=[])\n", "utf-8"
    )
    script = target.write(
        "import os, subprocess, sys\n"
        "subprocess.run([sys.executable, '-m', 'pip', 'install', 'mint'], check=True)\n"
        "subprocess.run([sys.executable, *sys.argv[1:]], check=True, cwd='project')\n",
        "both.py",
    )
    overrides = "[package.one]\nadd = ['mint']\n"
    for words, by in (
        (("setup.py", "--name"), ""),
        (("setup.py", "build"), "setup.py"),
        (("-c", "from setuptools.build_meta import build_sdist as b; b('d')"), "a Python program"),
    ):
        result = target.run(overrides, target.python, script, *words)
        result.refused(f"{by} built one itself") if by else result.succeeded()
