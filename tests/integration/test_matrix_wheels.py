"""The wheels of a matrix: built against what a cell names, read back, kept, and used again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Mapping

import pytest

from pip_build_override.matrix.cells import Cell
from pip_build_override.matrix.plan import Interpreter, Plan
from pip_build_override.matrix.results import NOT_BUILT
from pip_build_override.matrix.versions import CONTRADICTION
from pip_build_override.matrix.wheels import BuiltWheel, NotBuilt, wheel_of, wheel_under

from ..support.environments import Target, wheel_stamp
from ..support.wheelhouse import write_sdist


class Matrix:
    """The builds of one mini-project."""

    def __init__(self, target: Target, name: str, overrides: Path | None = None) -> None:
        self.target = target
        self.store = target.room / "store"
        self.sdist = write_sdist(name, target.room)
        self.interpreter = Interpreter(target.pip.python, target.pip.python, str(target.python))
        self.plan = Plan(name, (self.interpreter,), (), overrides=str(overrides or ""))
        self.environment = target.variables()

    def wheel(self, *built: str, settings: Mapping[str, str] | None = None) -> BuiltWheel:
        """Return the wheel that is built against some versions, each ``NAME==VERSION``."""
        pairs = tuple((name, version) for name, _, version in (text.partition("==") for text in built))
        cell = Cell(self.target.pip.python, pairs, pairs, name="c")
        return wheel_of(
            self.store,
            self.sdist,
            self.interpreter,
            cell,
            self.plan,
            environment={**self.environment, **(settings or {})},
            run="r",
        )

    def failure(self, *built: str, settings: Mapping[str, str] | None = None) -> NotBuilt:
        with pytest.raises(NotBuilt) as caught:
            self.wheel(*built, settings=settings)
        error = caught.value
        print(error.state, error.reason, error.hints, Path(error.log).read_text(), sep="\n")
        return error


@pytest.mark.quick_on("26.3")
def test_wheels(target: Target) -> None:
    rules = '[package.declares]\nreplace.ingredient = "ingredient==2.0"\nadd = ["spice==1.0"]\n'
    matrix = Matrix(target, "declares", target.write(rules + "[settings]\nrecord = 'none'\n"))
    wheel = matrix.wheel("ingredient==1.0", settings={"PIP_TARGET": "x", "PIP_NO_DEPS": "1"})
    assert not wheel.reused
    assert wheel_stamp(wheel.path) == {"ingredient": "1.0", "spice": "1.0"}
    assert {**wheel.built_with, "stampbackend": ""} == {
        **wheel_stamp(wheel.path),
        "stampbackend": "",
    }
    assert target.builds() == ["declares"]
    # The same members in another file, and a comment in the rules.
    target.write(rules + "[settings]\nrecord = 'none'  # not ours\n")
    matrix.sdist = matrix.sdist.rename(matrix.sdist.with_name("declares-1.0-again.tar.gz"))
    assert matrix.wheel("ingredient==1.0") == replace(wheel, reused=True)
    assert target.builds() == []
    other = matrix.wheel("ingredient==3.0")
    assert (other.reused, wheel_stamp(other.path)["ingredient"]) == (False, "3.0")
    assert wheel.path.is_file()
    # Nothing of the wheels is left in pip's cache, which would take them for those of any sdist there.
    assert target.stored_wheels() == {}
    under = wheel_under(
        matrix.store,
        matrix.sdist,
        matrix.interpreter,
        matrix.plan.overrides,
        environment=matrix.environment,
    )
    assert wheel_stamp(under.path) == {"ingredient": "2.0", "spice": "1.0"}
    target.builds()

    constraints = target.write("ingredient<2\n", "constraints.txt")
    # Which of the two applies to build environments depends on the pip.
    settings = dict.fromkeys(("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"), str(constraints))
    failed = matrix.failure("ingredient==3.0", settings=settings)
    assert failed.state == CONTRADICTION
    failed = matrix.failure("ingredient==9.0")
    assert failed.state == NOT_BUILT
    assert "ingredient==9.0" in failed.reason
