"""The wheels of a matrix: built against what a cell names, read back, kept, and used again."""

from __future__ import annotations

import multiprocessing
import time
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Mapping

import pytest

from pip_build_override.files import SCRATCH
from pip_build_override.matrix.cells import Cell
from pip_build_override.matrix.plan import Interpreter, Plan
from pip_build_override.matrix.results import NOT_BUILT
from pip_build_override.matrix.versions import CONTRADICTION
from pip_build_override.matrix.wheels import BuiltWheel, NotBuilt, wheel_of

from ..support.environments import Target, wheel_stamp
from ..support.hints import follows
from ..support.wheelhouse import write_sdist


@dataclass
class Builds:
    """The builds of one mini-project.

    Attributes:
        room: Where its sdist and the wheels are.
        name: Its name.
        interpreter: The interpreter that builds.
        variables: The environment variables.
        overrides: The overrides file of the user.
    """

    room: Path
    name: str
    interpreter: Interpreter
    variables: dict[str, str]
    overrides: Path | None = None
    sdist: Path = field(init=False)

    def __post_init__(self) -> None:
        self.sdist = write_sdist(self.name, self.room)
        self.store = self.room / "store"

    def wheel(self, *built: str, settings: Mapping[str, str] | None = None) -> BuiltWheel:
        """Return the wheel that is built against some versions, each ``NAME==VERSION``."""
        pairs = tuple((name, version) for name, _, version in (text.partition("==") for text in built))
        overrides = str(self.overrides or "")
        plan = Plan(self.name, (self.interpreter,), (), overrides=overrides)
        cell = Cell(self.interpreter.minor, pairs, pairs)
        variables = {**self.variables, **(settings or {})}
        return wheel_of(self.store, self.sdist, self.interpreter, cell, plan, environment=variables)

    def failure(self, *built: str, settings: Mapping[str, str] | None = None) -> NotBuilt:
        """Return why there is none."""
        with pytest.raises(NotBuilt) as caught:
            self.wheel(*built, settings=settings)
        print(caught.value.reason, Path(caught.value.log).read_text("utf-8"), sep="\n")
        return caught.value


def builds(target: Target, name: str, overrides: Path | None = None) -> Builds:
    interpreter = Interpreter(target.pip.python, target.pip.python, str(target.python))
    return Builds(target.room, name, interpreter, target.variables(), overrides)


@pytest.mark.quick_on("26.3")
def test_what_a_wheel_is_built_against(target: Target) -> None:
    rules = "[package.declares]\nreplace.ingredient = 'ingredient==2.0'\nadd = ['spice==1.0']\n"
    project = builds(target, "declares", target.write(rules + "[settings]\nrecord = 'none'\n"))
    # With what would make pip's command another one.
    wheel = project.wheel("ingredient==1.0", settings={"PIP_TARGET": "x", "PIP_NO_DEPS": "1"})
    assert not wheel.reused
    assert wheel_stamp(wheel.path) == {"ingredient": "1.0", "spice": "1.0"}
    assert wheel.built_with == {**wheel_stamp(wheel.path), "stampbackend": "1.0"}
    assert target.builds() == ["declares"]
    # pip would take what it keeps for the wheel of whatever is at that path.
    assert target.stored_wheels() == {}

    project.sdist = project.sdist.rename(project.sdist.with_name("again.tar.gz"))
    assert project.wheel("ingredient==1.0") == replace(wheel, reused=True)
    assert target.builds() == []

    under = project.wheel()
    assert wheel_stamp(under.path) == {"ingredient": "2.0", "spice": "1.0"}
    assert wheel.path.is_file()

    # Which of the two limits build environments depends on the pip.
    constraints = str(target.write("ingredient<2\n", "constraints.txt"))
    settings = dict.fromkeys(("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"), constraints)
    failed = project.failure("ingredient==3.0", settings=settings)
    assert failed.state == CONTRADICTION
    assert "ingredient==3.0" in failed.reason


@pytest.mark.seam("none")
def test_failures(target: Target) -> None:
    failed = builds(target, "declares").failure("ingredient==9.0")
    assert failed.state == NOT_BUILT
    assert "ingredient==9.0" in failed.reason

    project = builds(target, "misses-wheel")
    failed = project.failure("ingredient==1.0")
    assert failed.state == NOT_BUILT
    assert "imports wheel while it is built" in failed.reason
    hint = follows("write {} into {}, and name {} with --overrides", f"hint: {failed.hints[0]}")
    table = hint[len("write ") :].partition(" into ")[0]
    project.overrides = target.write(table.replace(" and under it ", "\n"))
    assert wheel_stamp(project.wheel("ingredient==1.0").path)["ingredient"] == "1.0"


def build_in_process(project: Builds) -> bool:
    return project.wheel("ingredient==2.0").reused


@pytest.mark.seam("none")
def test_processes(target: Target) -> None:
    project = builds(target, "compiled")
    context = multiprocessing.get_context("spawn")
    killed = context.Process(target=build_in_process, args=(project,))
    killed.start()
    while not any((project.store / "wheels").glob(f"{SCRATCH}*/sdist.tar.gz")):
        assert killed.is_alive()
        time.sleep(0.01)
    killed.kill()
    killed.join()
    with context.Pool(2) as pool:
        assert sorted(pool.map(build_in_process, [project, project], chunksize=1)) == [False, True]
    wheel = project.wheel("ingredient==2.0")
    assert wheel.reused
    with zipfile.ZipFile(wheel.path) as archive:
        (module,) = (name for name in archive.namelist() if name.startswith("compiled."))
        archive.extract(module, target.room)
    asked = "import sys; sys.path.insert(0, '.'); import compiled; print(compiled.AGAINST)"
    assert target.execute(target.python, "-c", asked).succeeded().stdout.strip() == "2.0"
