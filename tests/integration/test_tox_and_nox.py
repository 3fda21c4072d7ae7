"""With tox 4 and nox the override is in force in every environment, or ``run`` says that it is not."""

from __future__ import annotations

import os

import pytest

from ..support.environments import Result, Target
from ..support.tools import executable, tool_environment
from ..support.wheelhouse import source_tree

pytestmark = pytest.mark.pips(only=["24.0"])

TOX = "tox==4.23.2"
NOX = "nox==2024.10.9"
OVERRIDES = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
SHOW = "import declares; print('STAMP', declares.STAMP)"
RECIPE = """
pass_env = PYTHONPATH
install_command = python -m pip install {opts} {packages}
"""


def project(target: Target, recipe: str) -> None:
    """Write a project that is installed into two environments, with a dependency built from source."""
    source_tree("asks", target.room / "project")
    target.write(
        "[tox]\nenv_list = one, two\n"
        f'[testenv]\npackage = wheel\ndeps = declares\ncommands = python -c "{SHOW}"\n{recipe}'
        f"[pkgenv]\n{recipe}",
        "project/asks/tox.ini",
    )
    target.write(
        "import nox\n\n"
        "@nox.session\n"
        "@nox.parametrize('number', [1, 2])\n"
        "def tests(session, number):\n"
        "    session.install('.', 'declares')\n"
        f"    session.run('python', '-c', {SHOW!r})\n",
        "project/asks/noxfile.py",
    )


def run(target: Target, name: str, requirement: str, *options: str) -> Result:
    command = executable(tool_environment(requirement, "virtualenv==20.26.6"), name)
    tree = target.room / "project" / "asks"
    where = ("-c", tree / "tox.ini") if name == "tox" else ("--noxfile", tree / "noxfile.py")
    # Nobody is asked for a newer pip than the one that came with virtualenv.
    settings = {"VIRTUALENV_NO_PERIODIC_UPDATE": "1", "PATH": _path(target)}
    return target.run(OVERRIDES, command, *where, *options, settings=settings)


def _path(target: Target) -> str:
    return os.pathsep.join([str(target.python.parent), os.environ["PATH"]])


def stamps(result: Result) -> list[str]:
    return [line for line in result.lines if line.startswith("STAMP")]


def test_tox(target: Target) -> None:
    project(target, "")
    result = run(target, "tox", TOX).succeeded()
    assert len(stamps(result)) == 2
    assert all("'ingredient': '1.0'" in stamp for stamp in stamps(result))


def test_nox(target: Target) -> None:
    project(target, "")
    result = run(target, "nox", NOX).succeeded()
    assert len(stamps(result)) == 2
    assert all("'ingredient': '1.0'" in stamp for stamp in stamps(result))
