"""A project that pypa/build builds under the overrides file, by its oldest and its newest release."""

from __future__ import annotations

import json
import os
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ..support.environments import SWITCH, Result, Target, tool, wheel_stamp
from ..support.tools import executable, tool_environment
from ..support.wheelhouse import RULES_FOR_FRONT_ENDS, source_tree

pytestmark = pytest.mark.pips(only=["24.0"])

OLDEST = ("build==1.0.3", "pip==24.0")
NEWEST = ("build==1.6.1", "pip==26.3")
# What the environments of build contain beside what they are asked for.
OF_BUILD = ("pip", "setuptools")


def _front_ends(target: Target) -> Path:
    tree = target.room / "front-ends"
    return tree if tree.exists() else source_tree("front-ends", target.room)


def _build(
    target: Target, requirements: tuple[str, ...], overrides: str, *words: object, options: Any = ()
) -> Result:
    python = executable(tool_environment(*requirements), "python")
    command = (python, "-m", "build", "--outdir", target.room / "dist", *words, _front_ends(target))
    return target.run(overrides, *command, options=options)


def _nested(wheel: Path) -> Any:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read("front_ends.py").decode()
    return next(line for line in text.splitlines() if line.startswith("NESTED = "))


@pytest.mark.parametrize("requirements", [OLDEST, NEWEST], ids=lambda found: found[0])
def test_as_pip_builds_it(requirements: tuple[str, ...], target: Target) -> None:
    target.override(RULES_FOR_FRONT_ENDS, "wheel", "-w", "by-pip", _front_ends(target)).succeeded()
    (by_pip,) = (target.room / "by-pip").glob("front_ends-*.whl")
    # From an sdist, as build does by itself: both have a build environment.
    report = target.room / "report.json"
    result = _build(
        target, requirements, RULES_FOR_FRONT_ENDS, options=("--report", report)
    ).succeeded()
    (wheel,) = (target.room / "dist").glob("*.whl")
    expected = {"flavour": "1.0", "ingredient": "1.0", "sauce": "1.0", "spice": "1.0"}
    found = {name: version for name, version in wheel_stamp(wheel).items() if name not in OF_BUILD}
    assert found == wheel_stamp(by_pip) == expected
    assert _nested(wheel) == _nested(by_pip)
    assert "'ingredient': '3.0'" in _nested(wheel)
    said = result.stderr
    for line in (
        "front-ends 1.0: ingredient -> ingredient==1.0   [build-overrides.toml: package.front-ends]",
        "front-ends 1.0: mint removed   [build-overrides.toml: package.front-ends]",
        "front-ends 1.0: flavour -> flavour==1.0   [build-overrides.toml: package.front-ends]",
        "front-ends 1.0: spice added   [build-overrides.toml: package.front-ends]",
        "front-ends 1.0: constrained to spice<2   [build-overrides.toml: package.front-ends]",
    ):
        assert line in said
    assert "front-ends 1.0: built with flavour 1.0, ingredient 1.0" in said
    assert "build-overrides.toml: overridden builds: sauce 1.0, front-ends 1.0" in said or (
        "build-overrides.toml: overridden builds: front-ends 1.0; overridden builds from the cache:"
        " sauce 1.0" in said
    )
    builds = json.loads(report.read_text(encoding="utf-8"))["builds"]
    (entry,) = (entry for entry in builds if entry["name"] == "front-ends")
    assert entry["front_end"] == requirements[0].replace("==", " ")
    assert (entry["overridden"], entry["nested"], entry["wheel"]) == (True, False, wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        assert any(name.endswith(".cdx.json") for name in archive.namelist())


def test_stops(target: Target) -> None:
    # By a rule of a nested build, in another process; by the resolver; and for no table that was used.
    nested = '[package.sauce]\nreplace.nothing = "x==1"\n'
    _build(target, NEWEST, nested, "--wheel").refused("sauce 1.0 declares no", "package.sauce")
    absent = '[package.front-ends]\nreplace.ingredient = "ingredient==9"\n'
    failed = _build(target, NEWEST, absent, "--wheel")
    assert failed.failed(1).stderr.count("could not be installed") == 1
    unused = '[package.other]\nadd = ["mint"]\n'
    assert not list((target.room / "dist").glob("*"))
    _build(target, NEWEST, unused, "--wheel").refused("no table for a named package was used")


def test_uv(target: Target) -> None:
    uv = executable(tool_environment("uv==0.13.9"), "uv")
    settings = {
        "UV_OFFLINE": "1",
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(target.index),
        "UV_CACHE_DIR": str(target.room / "cache-of-uv"),
        "PATH": os.pathsep.join([str(uv.parent), os.environ["PATH"]]),
    }
    python = executable(tool_environment(*NEWEST), "python")
    words = ("-m", "build", "--wheel", "--installer=uv", "--outdir", target.room / "dist")
    command = (python, *words, _front_ends(target))
    alone = RULES_FOR_FRONT_ENDS.partition("\n\n")[0].replace('"mint"', '"mint", "sauce"')
    target.run(alone, *command, settings=settings).succeeded()
    assert target.wheel_in("dist", "front-ends") == {
        "flavour": "1.0",
        "ingredient": "1.0",
        "spice": "1.0",
    }
    nested = target.run(RULES_FOR_FRONT_ENDS, *command, settings=settings)
    nested.refused("uv could not fill the build environment of front-ends 1.0", "package.sauce")


def test_the_calls_of_cibuildwheel(target: Target) -> None:
    """Those of cibuildwheel 4 for one Python, in its order, with its arguments, for both front ends."""
    packages = next((tool_environment(*NEWEST) / "lib").glob("python*/site-packages"))
    project = source_tree("compiled", target.room / "project")
    rules = target.write('[package.compiled]\nreplace.ingredient = "ingredient==1.0"\n')
    page = (Path(__file__).parents[2] / "docs" / "pypa-build.md").read_text(encoding="utf-8")
    recipe = re.findall(r"^(before-build|environment) = (.*)$", page, re.MULTILINE)
    before_build, variables = (value.strip('"') for _, value in recipe)
    # Its first command installs this package from an index.
    command, *words = before_build.partition(" && ")[2].split()
    assert command == "pip-build-override"
    names = {"python": str(target.python)}
    target.execute(*tool(), *(names.get(word, word) for word in words)).succeeded()
    assert variables == f'{{ {SWITCH} = "{rules.name}" }}'
    environment = {SWITCH: rules.name, "PYTHONPATH": str(packages)}
    built = target.room / "built_wheel"
    extra_flags = ("-Ca=b", "-v")
    by_build = ("-m", "build", project, "--wheel", f"--outdir={built}", *extra_flags)
    by_pip = ("-m", "pip", "wheel", project, f"--wheel-dir={built}", "--no-deps", *extra_flags)
    target.execute(target.python, "-V", "-V", settings=environment).succeeded()
    # The third finds what the others have left in the project.
    for version, command in (("1.0", by_build), ("1.0", by_pip), ("2.0", by_build)):
        for wheel in built.glob("*") if built.exists() else ():
            wheel.unlink()
        rules.write_text(
            f'[package.compiled]\nreplace.ingredient = "ingredient=={version}"\n', encoding="utf-8"
        )
        result = target.execute(target.python, *command, settings=environment).succeeded()
        (wheel,) = built.glob("*.whl")
        target.put(wheel)
        asked = "import compiled; print(compiled.AGAINST)"
        assert target.execute(target.python, "-c", asked).stdout.strip() == version
        assert f"compiled 1.0: built with ingredient {version}" in result.stdout + result.stderr
    assert "compiled 1.0: built in a copy of" in result.stderr
