"""One overrides file and one project, over all front ends: the same result, or a refusal."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Mapping

import pytest

from ..support.environments import SWITCH, Target, injected, tool, wheel_stamp
from ..support.tools import executable, tool_environment
from ..support.virtualenvs import VIRTUALENV
from ..support.wheelhouse import RULES_FOR_FRONT_ENDS, source_tree

pytestmark = pytest.mark.pips(only=["24.0"])

SEEN = {"flavour": "1.0", "ingredient": "1.0", "sauce": "1.0", "spice": "1.0"}
PREPARED = ["flavour", "ingredient", "spice"]
NESTED = "NESTED = {'sauce': {'ingredient': '3.0', 'stampbackend': '1.0'}}"
# What some build environments contain beside what they are asked for.
SEEDS = ("pip", "setuptools", "stampbackend", "wheel")
BUILD = ("build==1.6.1", "pip==26.3")
TOX = ("tox==4.23.2", "virtualenv==20.26.6")
PIP_TOOLS = ("pip==24.0", "pip-tools==7.4.1")
TOX_INI = """
[tox]
env_list = wheel, editable, sdist
[testenv]
commands = python show.py
[testenv:wheel]
package = wheel
[testenv:editable]
package = editable
[testenv:sdist]
package = sdist
"""
SHOW = """
import json, os
import front_ends as built
print("SEEN", json.dumps([os.environ["TOX_ENV_NAME"], built.EDITABLE, built.STAMP]))
print("NESTED =", built.NESTED)
"""


def _project(target: Target) -> Path:
    tree = source_tree("front-ends", target.room / "project")
    path = tree / "pyproject.toml"
    version = 'version = "1.0"'
    text = path.read_text("utf-8").replace(version, f'{version}\ndynamic = ["dependencies"]')
    # Its metadata say what it was prepared with.
    path.write_text(f"{text}pins = {json.dumps(PREPARED)}\n", encoding="utf-8")
    (tree / "tox.ini").write_text(TOX_INI, encoding="utf-8")
    (tree / "show.py").write_text(SHOW, encoding="utf-8")
    return tree


def _without_seeds(stamp: Mapping[str, str]) -> dict[str, str]:
    return {name: version for name, version in stamp.items() if name not in SEEDS}


def _check_wheel(target: Target, directory: str) -> None:
    (wheel,) = (target.room / directory).glob("front_ends-*.whl")
    assert _without_seeds(wheel_stamp(wheel)) == SEEN
    assert NESTED in _module(wheel)


def _module(wheel: Path) -> str:
    import zipfile

    with zipfile.ZipFile(wheel) as archive:
        return archive.read("front_ends.py").decode()


def test_by_pip_and_by_pypa_build(target: Target) -> None:
    """Below run, and as cibuildwheel calls both, where the hook is installed."""
    tree = _project(target)
    target.override(RULES_FOR_FRONT_ENDS, "wheel", "--no-deps", "-w", "pip", tree).succeeded()
    _check_wheel(target, "pip")
    python = executable(tool_environment(*BUILD), "python")
    target.run(
        RULES_FOR_FRONT_ENDS, python, "-m", "build", "--wheel", "--outdir", "build", tree
    ).succeeded()
    _check_wheel(target, "build")

    target.execute(*tool(), "install", "--python", target.python).succeeded()
    packages = next((tool_environment(*BUILD) / "lib").glob("python*/site-packages"))
    settings = {SWITCH: str(target.write(RULES_FOR_FRONT_ENDS)), "PYTHONPATH": str(packages)}
    flags = ("-Ca=b", "-v")
    for name, words in (
        ("cibuildwheel-build", ("-m", "build", tree, "--wheel", "--outdir=cibuildwheel-build")),
        ("cibuildwheel-pip", ("-m", "pip", "wheel", tree, "--wheel-dir=cibuildwheel-pip", "--no-deps")),
    ):
        target.execute(target.python, *words, *flags, settings=settings).succeeded()
        _check_wheel(target, name)


def test_by_tox(target: Target) -> None:
    """Without the plugin, in one run, whichever way it packages the project."""
    tree = _project(target)
    tox = executable(tool_environment(*TOX), "tox")
    path = os.pathsep.join([str(target.python.parent), os.environ["PATH"]])
    report = target.room / "report.json"
    result = target.run(
        RULES_FOR_FRONT_ENDS,
        *(tox, "-c", tree / "tox.ini"),
        settings={**VIRTUALENV, "PATH": path},
        options=("--report", report),
    ).succeeded()
    found = [json.loads(line[len("SEEN ") :]) for line in result.lines if line.startswith("SEEN ")]
    assert [(name, editable, _without_seeds(stamp)) for name, editable, stamp in found] == [
        ("wheel", False, SEEN),
        ("editable", True, SEEN),
        ("sdist", False, SEEN),
    ]
    assert result.lines.count(NESTED) == len(found)
    builds: Any = json.loads(report.read_text(encoding="utf-8"))["builds"]
    ours = [one for one in builds if one["name"] == "front-ends"]
    assert [(one["front_end"], one["editable"]) for one in ours] == [
        ("tox 4.23.2", False),
        ("tox 4.23.2", True),
        ("", False),
    ]
    for one in ours:
        stamp = {each["name"]: each["version"] for each in one["environment"]}
        assert _without_seeds(stamp) == SEEN


def test_by_pip_compile(target: Target) -> None:
    """The project itself is prepared by pypa/build; what it requires, by no command of pip."""
    tree = _project(target)
    python = executable(tool_environment(*PIP_TOOLS), "python")
    compiled = (python, "-m", "piptools", "compile", "--quiet", "--no-header", "--no-annotate", "-o")
    target.run(RULES_FOR_FRONT_ENDS, *compiled, "project.txt", tree / "pyproject.toml").succeeded()
    lines = (target.room / "project.txt").read_text("utf-8").split()
    pinned = [line for line in lines if "==" in line]
    assert pinned == [f"{name}=={SEEN[name]}" for name in PREPARED]
    target.write(f"front-ends @ {tree.as_uri()}\n", "requirements.in")
    settings = {SWITCH: str(target.write(RULES_FOR_FRONT_ENDS)), "PYTHONPATH": injected()}
    refused = target.execute(*compiled, "other.txt", "requirements.in", settings=settings)
    refused.refused("piptools fills build environments", "package.front-ends")
